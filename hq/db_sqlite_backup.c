/*
 * Copies of the SQLite file, and putting one back. A copy that is served begins a new epoch, before anybody can
 * be told anything from it. SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DB_SQLITE_PATH_MAX 4096
#define DB_SQLITE_COPY_PAGES 2000 /* copied at once: a writer waits no longer than that takes */

static int db_sqlite_sync(const char *path, struct error *error)
{
    char copy[DB_SQLITE_PATH_MAX];
    (void)snprintf(copy, sizeof copy, "%s", path);
    const char *const both[] = {path, dirname(copy)};
    int result = 0;
    for (int i = 0; i < 2 && result == 0; i++) {
        int file = open(both[i], O_RDONLY | O_CLOEXEC);
        if (file < 0 || fsync(file) < 0)
            result = error_set(error, -errno, "%s: cannot be synced: %s", both[i], strerror(errno));
        if (file >= 0)
            (void)close(file);
    }
    return result;
}

/* Page by page through SQLite's own copier; the copy is one file, without a log. */
static int db_sqlite_copy(sqlite3 *from, const char *path, struct error *error)
{
    sqlite3 *to = NULL;
    int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set(error, -errno, "%s: cannot be made: %s", path, strerror(errno));
    (void)close(file);
    int result = db_sqlite_connect(&to, path, SQLITE_OPEN_READWRITE, error);
    sqlite3_backup *copy = result == 0 ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    if (result == 0 && !copy)
        result = db_sqlite_failed(to, "copying", error);
    int step = SQLITE_OK;
    while (copy && (step == SQLITE_OK || step == SQLITE_BUSY || step == SQLITE_LOCKED))
        step = sqlite3_backup_step(copy, DB_SQLITE_COPY_PAGES);
    if (copy && (sqlite3_backup_finish(copy), step) != SQLITE_DONE)
        result = db_sqlite_failed(to, "copying", error);
    if (result == 0)
        result = db_sqlite_execute(to, "PRAGMA journal_mode = DELETE", "copying", error);
    (void)sqlite3_close_v2(to);
    if (result == 0)
        result = db_sqlite_sync(path, error);
    if (result < 0)
        (void)unlink(path);
    return result;
}

int db_sqlite_backup(struct db *db, const char *path, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    sqlite3 *connection = NULL;
    int64_t version = 0;
    int result = db_sqlite_connect(&connection, self->path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_recognise(connection, self->path, &version, error);
    /* one moment's state: without it, a writer would make the copy begin anew again and again */
    if (result == 0)
        result = db_sqlite_execute(connection, "BEGIN; SELECT count(*) FROM meta", "copying", error);
    if (result == 0)
        result = db_sqlite_copy(connection, path, error);
    (void)sqlite3_close_v2(connection);
    return result;
}

static int db_sqlite_new_epoch(sqlite3 *connection, struct error *error)
{
    char sql[200], epoch[ID_TEXT];
    id_random(epoch);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE meta SET value = '%s' WHERE key = 'epoch';"
                   "INSERT INTO meta (key, value) VALUES ('restored', '%lld')"
                   " ON CONFLICT DO UPDATE SET value = excluded.value",
                   epoch, (long long)time(NULL));
    return db_sqlite_execute(connection, sql, "beginning a new epoch", error);
}

/*
 * Takes the file out of its log and sees that nobody else has it open: only the last connection may turn the
 * log off. -EBUSY when somebody has.
 */
static int db_sqlite_alone(const char *path, struct error *error)
{
    sqlite3 *connection = NULL;
    int64_t version = 0;
    int result = db_sqlite_connect(&connection, path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_recognise(connection, path, &version, error);
    if (result == 0) {
        result = db_sqlite_execute(connection, "PRAGMA journal_mode = DELETE", "closing its log", error);
        if (result == -EAGAIN)
            result = error_set(error, -EBUSY, "%s: in use; stop tapline-hq serve first", path);
    }
    (void)sqlite3_close_v2(connection);
    return result;
}

static int db_sqlite_epoch_in_place(const char *path, struct error *error)
{
    sqlite3 *connection = NULL;
    int64_t version = 0;
    int result = db_sqlite_alone(path, error);
    if (result == 0)
        result = db_sqlite_connect(&connection, path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_recognise(connection, path, &version, error);
    if (result == 0)
        result = db_sqlite_new_epoch(connection, error);
    (void)sqlite3_close_v2(connection);
    return result;
}

/* A copy of the backup beside the database, with a new epoch, whole and on the disk. */
static int db_sqlite_stage(const char *from, const char *stage, struct error *error)
{
    sqlite3 *source = NULL, *made = NULL;
    int64_t version = 0;
    (void)unlink(stage);
    int result = db_sqlite_connect(&source, from, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_recognise(source, from, &version, error);
    if (result == 0)
        result = db_sqlite_copy(source, stage, error);
    (void)sqlite3_close_v2(source);
    if (result < 0)
        return result;
    result = db_sqlite_connect(&made, stage, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_new_epoch(made, error);
    (void)sqlite3_close_v2(made);
    if (result == 0)
        result = db_sqlite_sync(stage, error);
    if (result < 0)
        (void)unlink(stage);
    return result;
}

/* The old database gets a second name, then the new one takes its place in one step. */
static int db_sqlite_swap(const char *path, const char *stage, char *aside, size_t room, struct error *error)
{
    char log[DB_SQLITE_PATH_MAX], other[DB_SQLITE_PATH_MAX];
    aside[0] = '\0';
    if (access(path, F_OK) == 0) {
        if (snprintf(aside, room, "%s.before-%lld", path, (long long)time(NULL)) >= (int)room)
            return error_set(error, -ENAMETOOLONG, "%s: path too long", path);
        if (link(path, aside) < 0)
            return error_set(error, -errno, "%s: cannot be set aside as %s: %s", path, aside,
                             strerror(errno));
        /* only a damaged one still has a log; the new one must never meet it */
        (void)snprintf(log, sizeof log, "%s-wal", path);
        (void)snprintf(other, sizeof other, "%s-wal", aside);
        if (rename(log, other) < 0 && errno != ENOENT)
            return error_set(error, -errno, "%s: cannot be set aside: %s", log, strerror(errno));
        (void)snprintf(log, sizeof log, "%s-shm", path);
        (void)unlink(log);
    }
    if (rename(stage, path) < 0)
        return error_set(error, -errno, "%s: cannot take its place: %s", stage, strerror(errno));
    return db_sqlite_sync(path, error);
}

int db_sqlite_restore(const char *path, const char *from, char *aside, size_t room, struct error *error)
{
    char stage[DB_SQLITE_PATH_MAX];
    aside[0] = '\0';
    if (!from)
        return db_sqlite_epoch_in_place(path, error);
    if (snprintf(stage, sizeof stage, "%s.restoring", path) >= (int)sizeof stage)
        return error_set(error, -ENAMETOOLONG, "%s: path too long", path);
    int result = access(path, F_OK) == 0 ? db_sqlite_alone(path, error) : 0;
    if (result == -EBADMSG) /* that is why there are backups */
        result = 0;
    if (result == 0)
        result = db_sqlite_stage(from, stage, error);
    return result == 0 ? db_sqlite_swap(path, stage, aside, room, error) : result;
}
