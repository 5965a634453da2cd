/*
 * Whole files.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_failed(const char *path, int code, struct error *error)
{
    return error_set(error, code, "%s: %s", path, strerror(-code));
}

int file_read(const char *path, size_t limit, char **data, size_t *size, struct error *error)
{
    struct stat facts;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return file_failed(path, -errno, error);
    int result = fstat(file, &facts) < 0 ? -errno : S_ISREG(facts.st_mode) ? 0 : -EINVAL;
    if (result == 0 && (size_t)facts.st_size > limit)
        result = -E2BIG;
    size_t room = result == 0 ? (size_t)facts.st_size : 0, got = 0;
    char *made = malloc(room + 1);
    ssize_t piece = 1;
    if (!made)
        result = result < 0 ? result : -ENOMEM;
    while (made && result == 0 && got < room && piece > 0) {
        piece = read(file, made + got, room - got);
        if (piece < 0 && errno == EINTR)
            piece = 1;
        else if (piece < 0)
            result = -errno;
        else
            got += (size_t)piece;
    }
    (void)close(file);
    if (!made || result < 0) {
        free(made);
        return file_failed(path, result, error);
    }
    made[got] = '\0';
    *data = made;
    *size = got;
    return 0;
}

int file_folder_of(char *folder, const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    int length = slash == path ? 1 : slash ? (int)(slash - path) : 1;
    if (length >= FILE_PATH_MAX)
        return file_failed(path, -ENAMETOOLONG, error);
    (void)snprintf(folder, FILE_PATH_MAX, "%.*s", length, slash ? path : ".");
    return 0;
}

/* A name is only there for good when its folder is synced. */
static int file_sync_folder(const char *path, struct error *error)
{
    char folder[FILE_PATH_MAX];
    int result = file_folder_of(folder, path, error);
    if (result < 0)
        return result;
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0 || fsync(handle) < 0)
        result = file_failed(folder, -errno, error);
    if (handle >= 0)
        (void)close(handle);
    return result;
}

static int file_fill(int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, data, size);
        if (written < 0 && errno != EINTR)
            return -errno;
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return fsync(file) < 0 ? -errno : 0;
}

int file_rename(const char *from, const char *to, struct error *error)
{
    if (rename(from, to) < 0)
        return file_failed(to, -errno, error);
    return file_sync_folder(to, error);
}

int file_replace(const char *path, const void *data, size_t size, bool secret, struct error *error)
{
    char aside[FILE_PATH_MAX];
    if (snprintf(aside, sizeof aside, "%s.new", path) >= (int)sizeof aside)
        return file_failed(path, -ENAMETOOLONG, error);
    (void)unlink(aside); /* of an attempt that was cut short; its mode may be another */
    int file = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
    if (file < 0)
        return file_failed(aside, -errno, error);
    int result = file_fill(file, data, size);
    if (close(file) < 0 && result == 0)
        result = -errno;
    if (result < 0) {
        (void)unlink(aside);
        return file_failed(aside, result, error);
    }
    return file_rename(aside, path, error);
}

int file_folder(const char *path, struct error *error)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return file_failed(path, -errno, error);
    return 0;
}

int file_path(char *path, const char *folder, const char *name, struct error *error)
{
    if (snprintf(path, FILE_PATH_MAX, "%s/%s", folder, name) >= FILE_PATH_MAX)
        return file_failed(folder, -ENAMETOOLONG, error);
    return 0;
}
