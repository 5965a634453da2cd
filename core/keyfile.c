/*
 * Key files: hexadecimal on one line, made aside and renamed into place.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYFILE_KEY_MAX 64

static int keyfile_check(int file, const char *path, bool secret, struct error *error)
{
    struct stat status;
    if (fstat(file, &status) < 0)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, -EINVAL, "%s: not a file", path);
    if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)))
        return error_set(error, -EINVAL, "%s: a secret key that others can read; run: chmod 600 %s", path,
                         path);
    return 0;
}

int keyfile_read(const char *path, uint8_t *key, size_t size, bool secret, struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    int result = keyfile_check(file, path, secret, error);
    if (result == 0) {
        char text[2 * KEYFILE_KEY_MAX + 8];
        uint8_t bytes[KEYFILE_KEY_MAX];
        size_t length = 0;
        const char *end = NULL;
        ssize_t got = read(file, text, sizeof text - 1);
        text[got > 0 ? got : 0] = '\0';
        if (size > sizeof bytes || got <= 0 ||
            sodium_hex2bin(bytes, sizeof bytes, text, (size_t)got, NULL, &length, &end) != 0 ||
            length != size || end[strspn(end, " \r\n")] != '\0')
            result = error_set(
                error, -EINVAL,
                "%s: not a key; %zu hexadecimal digits on one line are expected: fetch the file again", path,
                size * 2);
        else
            memcpy(key, bytes, size);
        sodium_memzero(text, sizeof text);
        sodium_memzero(bytes, sizeof bytes);
    }
    (void)close(file);
    return result;
}

static int keyfile_fill(int file, const uint8_t *key, size_t size)
{
    char text[2 * KEYFILE_KEY_MAX + 2];
    (void)sodium_bin2hex(text, sizeof text, key, size);
    text[2 * size] = '\n';
    ssize_t put = write(file, text, 2 * size + 1);
    sodium_memzero(text, sizeof text);
    if (put != (ssize_t)(2 * size + 1))
        return put < 0 ? -errno : -ENOSPC;
    return fsync(file) < 0 ? -errno : 0;
}

int keyfile_write(const char *path, const uint8_t *key, size_t size, bool secret, struct error *error)
{
    char aside[PATH_MAX];
    if (size > KEYFILE_KEY_MAX || snprintf(aside, sizeof aside, "%s.new-XXXXXX", path) >= (int)sizeof aside)
        return error_set(error, -EINVAL, "%s: path or key too long", path);
    int file = mkostemp(aside, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return error_set(error, -errno, "%s: %s", aside, strerror(errno));
    int result = keyfile_fill(file, key, size);
    if (result == 0 && !secret && fchmod(file, 0644) < 0)
        result = -errno;
    (void)close(file);
    /* link, not rename: it refuses to overwrite a key that is there */
    if (result == 0 && link(aside, path) < 0)
        result = -errno;
    (void)unlink(aside);
    return result == 0 ? 0 : error_set(error, result, "%s: %s", path, strerror(-result));
}
