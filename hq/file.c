/*
 * Whole files and folders.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_failed(const char *path, struct error *error)
{
    int code = -errno;
    return error_set(error, code, "%s: %s", path, strerror(-code));
}

/* --- reading --------------------------------------------------------------------------------------------- */

static int file_take(int file, const char *path, size_t limit, char **data, size_t *size, struct error *error)
{
    struct stat status;
    if (fstat(file, &status) < 0)
        return file_failed(path, error);
    if (!S_ISREG(status.st_mode))
        return error_set(error, -EINVAL, "%s: not a file", path);
    if ((size_t)status.st_size > limit)
        return error_set(error, -E2BIG, "%s: %lld bytes; up to %zu are expected", path,
                         (long long)status.st_size, limit);
    size_t length = (size_t)status.st_size, got = 0;
    char *bytes = malloc(length + 1);
    if (!bytes)
        return error_set(error, -ENOMEM, "%s: no memory to read it", path);
    while (got < length) {
        ssize_t part = read(file, bytes + got, length - got);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0) {
            free(bytes);
            return file_failed(path, error);
        }
        if (part == 0)
            break;
        got += (size_t)part;
    }
    bytes[got] = '\0';
    *data = bytes;
    *size = got;
    return 0;
}

int file_read(const char *path, size_t limit, char **data, size_t *size, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return file_failed(path, error);
    int result = file_take(file, path, limit, data, size, error);
    (void)close(file);
    return result;
}

int file_read_secret(const char *path, size_t limit, char **data, size_t *size, struct error *error)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC), result;
    if (file < 0)
        return file_failed(path, error);
    if (fstat(file, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)))
        result =
            error_set(error, -EINVAL, "%s: a secret key that others can read; run: chmod 600 %s", path, path);
    else
        result = file_take(file, path, limit, data, size, error);
    (void)close(file);
    return result;
}

/* --- writing --------------------------------------------------------------------------------------------- */

static int file_put(int file, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t part = write(file, at, size);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return -errno;
        at += part;
        size -= (size_t)part;
    }
    return 0;
}

/* Writes a fresh file beside path and gives its name; gone again on error. */
static int file_aside(char *aside, const char *path, const void *data, size_t size, mode_t mode, bool sync,
                      struct error *error)
{
    if (snprintf(aside, FILE_PATH_MAX, "%s.new-XXXXXX", path) >= FILE_PATH_MAX)
        return error_set(error, -EINVAL, "%s: path too long", path);
    int file = mkostemp(aside, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return file_failed(aside, error);
    int result = file_put(file, data, size);
    if (result == 0 && fchmod(file, mode) < 0)
        result = -errno;
    if (result == 0 && sync && fsync(file) < 0)
        result = -errno;
    if (close(file) < 0 && result == 0)
        result = -errno;
    if (result < 0) {
        (void)unlink(aside);
        return error_set(error, result, "%s: %s", path, strerror(-result));
    }
    return 0;
}

int file_write(const char *path, const void *data, size_t size, bool secret, struct error *error)
{
    char aside[FILE_PATH_MAX];
    int result = file_aside(aside, path, data, size, secret ? 0600 : 0644, true, error);
    if (result < 0)
        return result;
    /* link, not rename: it refuses to overwrite */
    if (link(aside, path) < 0)
        result = file_failed(path, error);
    (void)unlink(aside);
    return result;
}

int file_replace(const char *path, const void *data, size_t size, struct error *error)
{
    char aside[FILE_PATH_MAX];
    int result = file_aside(aside, path, data, size, 0644, false, error);
    if (result == 0 && rename(aside, path) < 0) {
        result = file_failed(path, error);
        (void)unlink(aside);
    }
    return result;
}

int file_path(char *path, const char *folder, const char *name, struct error *error)
{
    if (snprintf(path, FILE_PATH_MAX, "%s/%s", folder, name) >= FILE_PATH_MAX)
        return error_set(error, -EINVAL, "%s/%s: path too long", folder, name);
    return 0;
}

/* --- folders --------------------------------------------------------------------------------------------- */

static int file_sync_folder(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return file_failed(path, error);
    int result = fsync(folder) < 0 ? file_failed(path, error) : 0;
    (void)close(folder);
    return result;
}

int file_stage(char *stage, const char *folder, struct error *error)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    if (snprintf(stage, FILE_PATH_MAX, "%.*s.tmp-XXXXXX", (int)length, folder) >= FILE_PATH_MAX)
        return error_set(error, -EINVAL, "%s: path too long", folder);
    return mkdtemp(stage) ? 0 : file_failed(stage, error);
}

int file_commit(const char *stage, const char *folder, struct error *error)
{
    char parent[FILE_PATH_MAX];
    int result = file_sync_folder(stage, error);
    if (result < 0)
        return result;
    if (rename(stage, folder) < 0) {
        if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
            return error_set(error, -EEXIST, "%s: it is there already; nothing was changed, name another",
                             folder);
        return file_failed(folder, error);
    }
    (void)snprintf(parent, sizeof parent, "%s", folder);
    return file_sync_folder(dirname(parent), error);
}

void file_abandon(const char *stage)
{
    char path[FILE_PATH_MAX];
    DIR *folder = opendir(stage);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (file_path(path, stage, entry->d_name, NULL) == 0)
            (void)unlink(path); /* "." and ".." refuse */
    if (folder)
        (void)closedir(folder);
    (void)rmdir(stage);
}
