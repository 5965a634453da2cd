/*
 * The lock: an open file description lock, because it can be asked about without being taken.
 * The file stays when the process ends; removing it would let two processes lock two files.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool lock_path(const char *outbox_path, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s.sync-lock", outbox_path) < PATH_MAX;
}

int lock_take(const char *outbox_path, int *file, struct error *error)
{
    char path[PATH_MAX];
    if (!lock_path(outbox_path, path))
        return error_set(error, -EINVAL, "%s: path too long", outbox_path);
    int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (opened < 0)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(opened, F_OFD_SETLK, &lock) < 0) {
        int why = errno;
        (void)close(opened);
        if (why == EAGAIN || why == EACCES)
            return error_set(error, -EAGAIN, "%s: another tapline-sync uploads this outbox already",
                             outbox_path);
        return error_set(error, -why, "%s: %s", path, strerror(why));
    }
    *file = opened;
    return 0;
}

bool lock_held(const char *outbox_path)
{
    char path[PATH_MAX];
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    int opened = lock_path(outbox_path, path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (opened < 0)
        return false;
    bool held = fcntl(opened, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    (void)close(opened);
    return held;
}
