/*
 * Watching files.
 * Folders are watched rather than files, so that a file that is renamed into place is seen too.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

struct watched {
    int folder; /* inotify's number for it, -1: not watched */
    char name[NAME_MAX + 1];
};

struct watch {
    int inotify, stop;
    struct watched files[WATCH_FILES];
    size_t count;
    void (*notify)(void *user, size_t index);
    void *user;
    pthread_t thread;
};

static void take_event(const struct watch *watch, const struct inotify_event *event)
{
    for (size_t i = 0; i < watch->count; i++)
        if (event->len && watch->files[i].folder == event->wd &&
            strcmp(watch->files[i].name, event->name) == 0)
            watch->notify(watch->user, i);
}

static void *run(void *argument)
{
    struct watch *watch = argument;
    struct pollfd polled[] = {{.fd = watch->inotify, .events = POLLIN},
                              {.fd = watch->stop, .events = POLLIN}};
    _Alignas(struct inotify_event) char bytes[4096];

    for (;;) {
        ssize_t got;

        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (polled[1].revents)
            return NULL;
        got = read(watch->inotify, bytes, sizeof bytes);
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const struct inotify_event *)(bytes + at);

            take_event(watch, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}

static int add(struct watch *watch, const char *path, struct watched *file, struct error *error)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];

    file->folder = -1;
    if (!path[0])
        return 0;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    snprintf(file->name, sizeof file->name, "%s", slash ? slash + 1 : path);
    file->folder = inotify_add_watch(watch->inotify, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE);
    if (file->folder < 0)
        return error_set(error, -errno, "%s: it cannot be watched: %s", folder, strerror(errno));
    return 0;
}

static void release(struct watch *watch)
{
    if (watch->inotify >= 0)
        close(watch->inotify);
    if (watch->stop >= 0)
        close(watch->stop);
    free(watch);
}

int watch_start(struct watch **watch, const char *const *paths, size_t count,
                void (*notify)(void *user, size_t index), void *user, struct error *error)
{
    struct watch *made = calloc(1, sizeof *made);
    int result = 0;

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    made->notify = notify;
    made->user = user;
    made->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    made->stop = eventfd(0, EFD_CLOEXEC);
    if (made->inotify < 0 || made->stop < 0)
        result = error_set(error, -errno, "no files can be watched: %s", strerror(errno));
    for (size_t i = 0; result == 0 && i < count && i < WATCH_FILES; i++) {
        result = add(made, paths[i], &made->files[i], error);
        made->count = i + 1;
    }
    if (result == 0 && pthread_create(&made->thread, NULL, run, made) != 0)
        result = error_set(error, -EAGAIN, "no thread to watch files");
    if (result < 0) {
        release(made);
        return result;
    }
    *watch = made;
    return 0;
}

void watch_stop(struct watch *watch)
{
    const uint64_t one = 1;

    if (!watch)
        return;
    (void)!write(watch->stop, &one, sizeof one);
    pthread_join(watch->thread, NULL);
    release(watch);
}
