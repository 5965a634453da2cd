/*
 * Copying the outbox, by SQLite's own backup: made aside, synced, and renamed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox_copy.h"

#include "core/outbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OUTBOX_COPY_PAGES 256 /* a step; between two, others may write */
#define OUTBOX_COPY_BUSY_MS 2000

static int outbox_copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    int code;

    if (!backup)
        return sqlite3_errcode(to);
    do {
        code = sqlite3_backup_step(backup, OUTBOX_COPY_PAGES);
        if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
            (void)sqlite3_sleep(20);
    } while (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED);
    (void)sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int outbox_copy_database(const char *path, const char *aside, struct error *error)
{
    sqlite3 *from = NULL, *to = NULL;
    int code = sqlite3_open_v2(path, &from, SQLITE_OPEN_READWRITE, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_open_v2(aside, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_busy_timeout(from, OUTBOX_COPY_BUSY_MS);
        code = outbox_copy_pages(from, to);
    }
    if (code == SQLITE_OK)
        code = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    (void)sqlite3_close(to);
    (void)sqlite3_close(from);
    if (code == SQLITE_OK)
        return 0;
    return error_set(error, code == SQLITE_FULL ? -ENOSPC : -EIO, "%s: it could not be copied to %s: %s",
                     path, aside, sqlite3_errstr(code));
}

/* The stick may be pulled as soon as we say so. */
static int outbox_copy_sync(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC), result = 0;

    if (file < 0 || fsync(file) < 0)
        result = -errno;
    if (file >= 0)
        (void)close(file);
    return result;
}

int outbox_copy(const char *path, const char *to, struct error *error)
{
    char aside[PATH_MAX], folder[PATH_MAX];
    const char *slash = strrchr(to, '/');
    int result;

    if (access(to, F_OK) == 0)
        return error_set(error, -EEXIST, "%s: it is there already", to);
    if (snprintf(aside, sizeof aside, "%s.part", to) >= (int)sizeof aside)
        return error_set(error, -ENAMETOOLONG, "%s: too long a path", to);
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - to) + 1 : 1, slash ? to : ".");
    (void)unlink(aside);
    result = outbox_copy_database(path, aside, error);
    if (result == 0) {
        result = outbox_copy_sync(aside);
        if (result == 0 && rename(aside, to) < 0)
            result = -errno;
        if (result == 0)
            result = outbox_copy_sync(folder);
        if (result < 0)
            error_set(error, result, "%s: %s", to, strerror(-result));
    }
    if (result < 0)
        (void)unlink(aside);
    return result;
}
