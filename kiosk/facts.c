/*
 * Facts for the technician.
 * Each stands alone: one that cannot be had leaves the others.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BRIGHTNESS_LEAST 5

static void ask_outbox(struct facts *facts)
{
    struct outbox *outbox = NULL;
    struct clock clock;

    clock_system(&clock);
    facts->outbox_error = (struct error){0};
    if (outbox_open(&outbox, facts->outbox, &clock, &facts->outbox_error) == 0)
        (void)outbox_state(outbox, &facts->state, &facts->outbox_error);
    outbox_close(outbox);
}

static void ask_disk(struct facts *facts)
{
    char folder[CONFIG_TEXT_MAX];
    const char *slash = strrchr(facts->outbox, '/');
    struct statvfs disk;

    facts->disk_free = facts->disk_size = 0;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - facts->outbox) + 1 : 1,
             slash ? facts->outbox : ".");
    if (statvfs(folder, &disk) < 0)
        return;
    facts->disk_free = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    facts->disk_size = (int64_t)disk.f_blocks * (int64_t)disk.f_frsize;
}

static const char *address_text(const struct sockaddr *address, char *text, size_t size)
{
    if (address->sa_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text,
                         (socklen_t)size);
    if (address->sa_family == AF_INET6 &&
        !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr))
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
                         (socklen_t)size);
    return NULL;
}

static void ask_network(struct facts *facts)
{
    struct ifaddrs *list = NULL;
    size_t used = 0;

    facts->network[0] = '\0';
    if (getifaddrs(&list) < 0)
        return;
    for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
        char text[INET6_ADDRSTRLEN];
        int length;

        if (!at->ifa_addr || (at->ifa_flags & IFF_LOOPBACK) || !(at->ifa_flags & IFF_RUNNING) ||
            !address_text(at->ifa_addr, text, sizeof text))
            continue;
        length = snprintf(facts->network + used, sizeof facts->network - used, "%s%s %s", used ? ", " : "",
                          at->ifa_name, text);
        if (length < 0 || used + (size_t)length >= sizeof facts->network) {
            facts->network[used] = '\0';
            break;
        }
        used += (size_t)length;
    }
    freeifaddrs(list);
}

/* -1: there is no number in the file. */
static long read_number(const char *folder, const char *name)
{
    char path[CONFIG_TEXT_MAX + 32], text[32], *end;
    ssize_t got;
    long number;
    int file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    got = read(file, text, sizeof text - 1);
    close(file);
    if (got <= 0)
        return -1;
    text[got] = '\0';
    number = strtol(text, &end, 10);
    return end != text && number >= 0 ? number : -1;
}

int facts_brightness(const char *folder)
{
    long most = folder[0] ? read_number(folder, "max_brightness") : -1;
    long now = most > 0 ? read_number(folder, "brightness") : -1;

    return now < 0 ? -1 : (int)((now * 100 + most / 2) / most);
}

int facts_set_brightness(const char *folder, int percent, struct error *error)
{
    long most = read_number(folder, "max_brightness");
    char path[CONFIG_TEXT_MAX + 32], text[32];
    int file, length, result = 0;

    if (percent < BRIGHTNESS_LEAST)
        percent = BRIGHTNESS_LEAST;
    if (percent > 100)
        percent = 100;
    snprintf(path, sizeof path, "%s/brightness", folder);
    if (most <= 0)
        return error_set(error, -ENODEV, "%s: no backlight", folder);
    file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    length = snprintf(text, sizeof text, "%ld\n", (most * percent + 50) / 100);
    if (write(file, text, (size_t)length) < 0)
        result = error_set(error, -errno, "%s: %s", path, strerror(errno));
    close(file);
    return result;
}

void facts_gather(struct facts *facts)
{
    ask_outbox(facts);
    ask_disk(facts);
    ask_network(facts);
    facts->brightness_percent = facts_brightness(facts->brightness);
}
