/*
 * The word to the service manager, a datagram each.
 * A manager that does not listen never holds us up.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* 0 when the variable is not a number above 0. */
static long long number_of(const char *variable)
{
    const char *text = getenv(variable);
    char *end = NULL;
    long long number = text ? strtoll(text, &end, 10) : 0;

    return text && *text && *end == '\0' && number > 0 ? number : 0;
}

void notify_open(struct notify *notify)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    long long process = number_of("WATCHDOG_PID");
    size_t length;

    *notify = (struct notify){.socket = -1};
    length = path ? strlen(path) : 0;
    if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, length);
    if (path[0] == '@') /* the abstract name space */
        address.sun_path[0] = '\0';
    notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->socket < 0)
        return;
    if (connect(notify->socket, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0) {
        notify_close(notify);
        return;
    }
    if (!process || process == getpid())
        notify->period_ms = number_of("WATCHDOG_USEC") / 2000;
}

void notify_close(struct notify *notify)
{
    if (notify->socket >= 0)
        close(notify->socket);
    notify->socket = -1;
    notify->period_ms = 0;
}

void notify_say(const struct notify *notify, const char *words)
{
    if (notify->socket >= 0)
        (void)!send(notify->socket, words, strlen(words), MSG_NOSIGNAL);
}

void notify_alive(struct notify *notify, int64_t now)
{
    if (!notify->period_ms || now < notify->next)
        return;
    notify_say(notify, "WATCHDOG=1");
    notify->next = now + notify->period_ms;
}

int64_t notify_deadline(const struct notify *notify)
{
    return notify->period_ms ? notify->next : NOTIFY_NEVER;
}
