/*
 * Wake-ups by inotify. Any number of events is one wake-up.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/wake.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WAKE_FIRST_GAP_MS 1
#define WAKE_GAP_GROWS 4
#define WAKE_LAST_GAP_MS 4096 /* 1, 4, 16 ... 4096: also a disk that syncs for seconds is seen through */

struct wake {
    int fd;
    char name[NAME_MAX + 1]; /* of the database within its folder */
};

void wake_looks_start(struct wake_looks *looks, int64_t now)
{
    looks->at = now;
    looks->gap = WAKE_FIRST_GAP_MS;
}

void wake_looks_stop(struct wake_looks *looks)
{
    looks->at = INT64_MAX;
}

bool wake_looks_due(struct wake_looks *looks, int64_t now)
{
    if (now < looks->at)
        return false;
    looks->at = looks->gap > WAKE_LAST_GAP_MS ? INT64_MAX : now + looks->gap;
    looks->gap *= WAKE_GAP_GROWS;
    return true;
}

/* folder gets "." for a path without one. */
static int wake_split(const char *path, char folder[PATH_MAX], char name[NAME_MAX + 1], struct error *error)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    int used = slash ? snprintf(folder, PATH_MAX, "%.*s", (int)(slash - path) + 1, path)
                     : snprintf(folder, PATH_MAX, ".");
    if (used < 0 || used >= PATH_MAX || snprintf(name, NAME_MAX + 1, "%s", base) > NAME_MAX)
        return error_set(error, -EINVAL, "%s: path too long", path);
    return 0;
}

int wake_open(struct wake **out, const char *path, struct error *error)
{
    struct wake *wake = calloc(1, sizeof *wake);
    char folder[PATH_MAX];
    if (!wake)
        return error_set(error, -ENOMEM, "no memory to watch %s", path);
    wake->fd = -1;
    int result = wake_split(path, folder, wake->name, error);
    if (result == 0) {
        wake->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (wake->fd < 0 ||
            inotify_add_watch(wake->fd, folder,
                              IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) < 0)
            result = error_set(error, -errno, "%s: cannot be watched for new records: %s", folder,
                               strerror(errno));
    }
    if (result < 0) {
        wake_close(wake);
        return result;
    }
    *out = wake;
    return 0;
}

void wake_close(struct wake *wake)
{
    if (!wake)
        return;
    if (wake->fd >= 0)
        (void)close(wake->fd);
    free(wake);
}

int wake_fd(const struct wake *wake)
{
    return wake->fd;
}

static bool wake_concerns(const struct wake *wake, const struct inotify_event *event)
{
    size_t length = strlen(wake->name);
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    return event->len > length && memcmp(event->name, wake->name, length) == 0 &&
           (event->name[length] == '\0' || strcmp(event->name + length, "-wal") == 0);
}

int wake_drain(struct wake *wake, bool *touched, struct error *error)
{
    _Alignas(struct inotify_event) char events[4096];
    bool gone = false;
    ssize_t got = 0;
    *touched = false;
    while ((got = read(wake->fd, events, sizeof events)) > 0) {
        const char *at = events, *end = events + got;
        while (at < end) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            *touched = *touched || wake_concerns(wake, event);
            gone = gone || (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)) != 0;
            at += sizeof *event + event->len;
        }
    }
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        return error_set(error, -errno, "listening for new records: %s", strerror(errno));
    return gone ? error_set(error, -ESTALE, "the outbox's folder was removed or moved away") : 0;
}
