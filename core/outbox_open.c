/*
 * Opening an outbox: settings, schema by user_version, and SQLite's errors in our words.
 * A database that is not ours, or newer than we are, is left exactly as it was.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox_private.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTBOX_SET_LOG_MS 20
#define OUTBOX_BUSY_MS 2000 /* bounded wait for another writer's commit */

/* Forward only: entry v brings user_version v to v + 1. Never edit an entry that was released. */
static const char *const outbox_migrations[] = {
    "CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, parent TEXT,"
    " made INTEGER NOT NULL) STRICT;"
    "CREATE TABLE record (n INTEGER PRIMARY KEY CHECK (n > 0), line TEXT NOT NULL, chain BLOB NOT NULL) "
    "STRICT;"
    "CREATE TABLE receipt (day INTEGER PRIMARY KEY, epoch TEXT NOT NULL, high_water INTEGER NOT NULL,"
    " chain BLOB NOT NULL, now INTEGER NOT NULL, signature BLOB NOT NULL) STRICT;",
    /* forks: what a store continues, and the raw bytes of what could not go on; n is the number in that store */
    "ALTER TABLE store ADD COLUMN lineage TEXT;"
    "ALTER TABLE store ADD COLUMN why INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE quarantine (id INTEGER PRIMARY KEY, store TEXT NOT NULL, n INTEGER NOT NULL,"
    " at INTEGER NOT NULL, why TEXT NOT NULL, line BLOB NOT NULL) STRICT;",
};
_Static_assert(sizeof outbox_migrations / sizeof *outbox_migrations == OUTBOX_VERSION,
               "a schema version each");

/* SQLite says only that it could not open; the file system says why. */
static int outbox_why_not(const char *path)
{
    char copy[OUTBOX_PATH_MAX];
    if (access(path, R_OK | W_OK) < 0 && errno != ENOENT)
        return -errno;
    (void)snprintf(copy, sizeof copy, "%s", path);
    return access(dirname(copy), R_OK | W_OK | X_OK) < 0 ? -errno : -EIO;
}

static int outbox_errno(const struct outbox *outbox, int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EAGAIN;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
        return code == SQLITE_READONLY_DBMOVED ? -ESTALE : -EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* our own rows break our own rules */
        return -EBADMSG;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CANTOPEN:
        return outbox_why_not(outbox->path);
    default:
        return -EIO;
    }
}

static const char *outbox_remedy(int code)
{
    switch (code) {
    case -EAGAIN:
        return "another program keeps it locked";
    case -ENOSPC:
        return "the disk is full; free some space";
    case -EROFS:
        return "the file system or the file is read-only; remount it or mend the rights";
    case -EACCES:
    case -EPERM:
        return "mend the rights of the file and its folder";
    case -ENOENT:
        return "the folder does not exist; make it, or mend [device] outbox";
    case -EBADMSG:
        return "set the file aside and keep it; a new one is made in its place";
    default:
        return "look at the disk and the kernel's log";
    }
}

int outbox_sqlite_error(struct outbox *outbox, int code, const char *doing, struct error *error)
{
    int result = outbox_errno(outbox, code);
    return error_set(error, result, "%s: %s: %s (SQLite %d); %s", outbox->path, doing,
                     outbox->db ? sqlite3_errmsg(outbox->db) : sqlite3_errstr(code),
                     outbox->db ? sqlite3_extended_errcode(outbox->db) : code, outbox_remedy(result));
}

int outbox_execute(struct outbox *outbox, const char *sql, const char *doing, struct error *error)
{
    int code = sqlite3_exec(outbox->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : outbox_sqlite_error(outbox, code, doing, error);
}

int outbox_number(struct outbox *outbox, const char *sql, int64_t *number, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(outbox->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *number = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    int result =
        code == SQLITE_ROW || code == SQLITE_DONE ? 0 : outbox_sqlite_error(outbox, code, "reading", error);
    (void)sqlite3_finalize(statement);
    return result;
}

static int outbox_check_kind(struct outbox *outbox, int64_t *version, struct error *error)
{
    int64_t application = 0, tables = 0;
    int result = outbox_number(outbox, "PRAGMA user_version", version, error);
    if (result == 0)
        result = outbox_number(outbox, "PRAGMA application_id", &application, error);
    if (result == 0)
        result = outbox_number(outbox, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (result < 0)
        return result;
    bool empty = application == 0 && *version == 0 && tables == 0;
    if (!empty && application != OUTBOX_APPLICATION)
        return error_set(error, -EBADMSG,
                         "%s: a database of another program, not an outbox; mend [device] outbox",
                         outbox->path);
    if (*version < 0 || *version > OUTBOX_VERSION)
        return error_set(
            error, -EBADMSG,
            "%s: schema version %lld, made by a newer Tapline; this one knows %d: install the newer one",
            outbox->path, (long long)*version, OUTBOX_VERSION);
    return 0;
}

static int outbox_make_store(struct outbox *outbox, const struct clock *clock, struct error *error)
{
    char id[ID_TEXT];
    char sql[160];
    id_random(id);
    (void)snprintf(sql, sizeof sql, "INSERT INTO store (one, id, made) VALUES (1, '%s', %lld)", id,
                   (long long)clock_wall(clock));
    return outbox_execute(outbox, sql, "making the store", error);
}

/* Inside one transaction: either the whole new schema, or the old one untouched. */
static int outbox_migrate(struct outbox *outbox, const struct clock *clock, struct error *error)
{
    int64_t version = 0;
    int result =
        outbox_check_kind(outbox, &version, error); /* again, behind the lock: another may have been faster */
    for (int64_t step = version; result == 0 && step < OUTBOX_VERSION; step++) {
        result = outbox_execute(outbox, outbox_migrations[step], "bringing the schema up to date", error);
        if (result == 0 && step == 0)
            result = outbox_make_store(outbox, clock, error);
    }
    if (result == 0) {
        char sql[96];
        (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                       OUTBOX_APPLICATION, OUTBOX_VERSION);
        result = outbox_execute(outbox, sql, "bringing the schema up to date", error);
    }
    return result;
}

/* The switch to the log does not wait for a lock by itself, so it is tried again within the bounded wait. */
static int outbox_set_log(struct outbox *outbox, struct error *error)
{
    int result = -EAGAIN;
    for (int waited = 0; result == -EAGAIN && waited <= OUTBOX_BUSY_MS; waited += OUTBOX_SET_LOG_MS) {
        result = outbox_execute(outbox, "PRAGMA journal_mode = WAL", "setting up", error);
        if (result == -EAGAIN)
            (void)sqlite3_sleep(OUTBOX_SET_LOG_MS);
    }
    return result;
}

static int outbox_prepare_schema(struct outbox *outbox, const struct clock *clock, struct error *error)
{
    int64_t version = 0;
    int result =
        outbox_execute(outbox, "BEGIN", "reading", error); /* one moment: another may be making it just now */
    if (result == 0)
        result = outbox_check_kind(outbox, &version, error);
    (void)sqlite3_exec(outbox->db, "ROLLBACK", NULL, NULL, NULL);
    if (result == 0 &&
        sqlite3_db_readonly(outbox->db, "main") == 1) /* SQLite falls back to reading without a word */
        result = error_set(error, -EROFS, "%s: cannot be written; %s", outbox->path, outbox_remedy(-EROFS));
    if (result == 0)
        result = outbox_set_log(outbox, error);
    if (result == 0)
        result = outbox_execute(outbox,
                                "PRAGMA synchronous = FULL;"
                                "PRAGMA journal_size_limit = 4194304; PRAGMA trusted_schema = OFF;"
                                "PRAGMA cell_size_check = ON",
                                "setting up", error);
    if (result < 0 || version == OUTBOX_VERSION)
        return result;
    result = outbox_execute(outbox, "BEGIN IMMEDIATE", "locking", error);
    if (result < 0)
        return result;
    result = outbox_migrate(outbox, clock, error);
    if (result == 0)
        result = outbox_execute(outbox, "COMMIT", "bringing the schema up to date", error);
    if (result < 0)
        (void)sqlite3_exec(outbox->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

static bool outbox_take_id(sqlite3_stmt *row, int column, char id[ID_TEXT])
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    if (!text || !id_valid(text, (size_t)sqlite3_column_bytes(row, column)))
        return false;
    memcpy(id, text, ID_TEXT);
    return true;
}

/* An original has neither parent nor lineage; a child has both. */
static bool outbox_take_store(sqlite3_stmt *row, char store[ID_TEXT], struct outbox_origin *origin)
{
    int64_t why = sqlite3_column_int64(row, 3);
    *origin = (struct outbox_origin){0};
    if (!outbox_take_id(row, 0, store) || why < OUTBOX_ORIGINAL || why > OUTBOX_PARKED)
        return false;
    origin->why = (enum outbox_why)why;
    if (origin->why != OUTBOX_ORIGINAL)
        return outbox_take_id(row, 1, origin->parent) && outbox_take_id(row, 2, origin->lineage);
    memcpy(origin->lineage, store, ID_TEXT);
    return true;
}

int outbox_read_store(struct outbox *outbox, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    char store[ID_TEXT];
    struct outbox_origin origin;
    int result = outbox_prepare(outbox, OUTBOX_STORE, &statement, error);
    if (result < 0)
        return result;
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        result = outbox_sqlite_error(outbox, code, "reading", error);
    } else if (code == SQLITE_DONE || !outbox_take_store(statement, store, &origin)) {
        result = error_set(error, -EBADMSG, "%s: has no store identity; %s", outbox->path,
                           outbox_remedy(-EBADMSG));
    } else {
        memcpy(outbox->store, store, ID_TEXT);
        outbox->origin = origin;
    }
    (void)sqlite3_reset(statement);
    return result;
}

int outbox_open(struct outbox **out, const char *path, const struct clock *clock, struct error *error)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return error_set(error, -ENOMEM, "%s: no memory", path);
    (void)snprintf(outbox->path, sizeof outbox->path, "%s", path);
    int code = sqlite3_open_v2(path, &outbox->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    int result = 0;
    if (code != SQLITE_OK) {
        result = outbox_sqlite_error(outbox, code, "opening", error);
    } else {
        (void)sqlite3_extended_result_codes(outbox->db, 1);
        (void)sqlite3_busy_timeout(outbox->db, OUTBOX_BUSY_MS);
        result = outbox_prepare_schema(outbox, clock, error);
        if (result == 0)
            result = outbox_read_store(outbox, error);
    }
    if (result < 0) {
        outbox_close(outbox);
        return result;
    }
    *out = outbox;
    return 0;
}

int outbox_open_damaged(struct outbox **out, const char *path, struct error *error)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox)
        return error_set(error, -ENOMEM, "%s: no memory", path);
    (void)snprintf(outbox->path, sizeof outbox->path, "%s", path);
    int code = sqlite3_open_v2(path, &outbox->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        int result = outbox_sqlite_error(outbox, code, "opening", error);
        outbox_close(outbox);
        return result;
    }
    (void)sqlite3_extended_result_codes(outbox->db, 1);
    (void)sqlite3_busy_timeout(outbox->db, OUTBOX_BUSY_MS);
    /* whatever can be known of it; what cannot stays empty */
    if (outbox_read_store(outbox, NULL) < 0)
        outbox->store[0] = '\0';
    *out = outbox;
    return 0;
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    for (int i = 0; i < OUTBOX_STATEMENTS; i++)
        (void)sqlite3_finalize(outbox->statement[i]);
    (void)sqlite3_close(outbox->db);
    free(outbox);
}
