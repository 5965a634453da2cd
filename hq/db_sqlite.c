/*
 * The two connections to the SQLite file: opening, giving up and trusting them.
 * A connection is used only after it has been seen to hold this program's schema.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite.h"

#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DB_SQLITE_BUSY_MS 5000 /* how long a locked database is waited for */

/* Settings of each connection, the file's own apart. A larger log than usual: batches come by thousands. */
static const char db_sqlite_pragmas[] = "PRAGMA synchronous = FULL;"
                                        "PRAGMA foreign_keys = ON;"
                                        "PRAGMA trusted_schema = OFF;"
                                        "PRAGMA temp_store = MEMORY;"
                                        "PRAGMA cache_size = -32768;"
                                        "PRAGMA wal_autocheckpoint = 4000;";

static const char *const db_sqlite_texts[DB_SQLITE_STATEMENTS] = {
    [DB_SQLITE_BEGIN] = "BEGIN IMMEDIATE",
    [DB_SQLITE_COMMIT] = "COMMIT",
    [DB_SQLITE_ROLLBACK] = "ROLLBACK",
    [DB_SQLITE_EPOCH] = "SELECT value FROM meta WHERE key = 'epoch'",
    [DB_SQLITE_DEVICE_GET] = "SELECT device.id, fingerprint, branch.code FROM device"
                             " JOIN branch ON branch.id = device.branch WHERE device.code = ?1",
    [DB_SQLITE_CERTIFICATE_GET] =
        "SELECT used, ends, revoked FROM certificate WHERE fingerprint = ?1 AND device = ?2",
    [DB_SQLITE_CERTIFICATE_ADD] = "INSERT INTO certificate (fingerprint, device, issued) VALUES (?1, ?2, ?3)"
                                  " ON CONFLICT (fingerprint) DO UPDATE SET ends = 0, issued = ?3",
    [DB_SQLITE_CERTIFICATE_USED] = "UPDATE certificate SET used = ?2 WHERE fingerprint = ?1",
    [DB_SQLITE_CERTIFICATE_OTHERS] = "UPDATE certificate SET ends = ?3"
                                     " WHERE device = ?1 AND fingerprint <> ?2 AND (ends = 0 OR ends > ?3)",
    [DB_SQLITE_DEVICE_SEEN] = "UPDATE device SET last_seen = max(last_seen, ?2) WHERE id = ?1",
    [DB_SQLITE_DEVICE_ADD] = "INSERT INTO device (code, branch, counter, fingerprint, enrolled)"
                             " VALUES (?1, (SELECT id FROM branch WHERE code = ?2), ?3, ?4, ?5)",
    [DB_SQLITE_DEVICE_REPLACE] = "UPDATE device SET fingerprint = ?4, enrolled = ?5,"
                                 " counter = CASE ?3 WHEN '' THEN counter ELSE ?3 END WHERE code = ?1",
    [DB_SQLITE_BRANCH_ADD] = "INSERT INTO branch (code, name) VALUES (?1, ?1) ON CONFLICT (code) DO NOTHING",
    [DB_SQLITE_BRANCH_NAME] = "UPDATE branch SET name = ?2 WHERE code = ?1",
    [DB_SQLITE_STORE_GET] =
        "SELECT id, lineage, device, high_water, chain, last_reported, made, floor, clock_up,"
        " clock_boot, boot_before, received FROM store WHERE uuid = ?1",
    [DB_SQLITE_STORE_ADD] = "INSERT INTO store (uuid, device, chain, lineage, parent)"
                            " VALUES (?1, ?2, ?3, ?4, nullif(?5, 0))",
    [DB_SQLITE_STORE_LINEAGE] = "UPDATE store SET lineage = id WHERE id = ?1",
    [DB_SQLITE_STORE_ADOPT] = "UPDATE store SET device = ?2, made = ?3 WHERE id = ?1",
    [DB_SQLITE_STORE_NEWER] =
        "SELECT uuid, high_water, max(last_reported, high_water) FROM store"
        " WHERE device = ?1 AND made > 0 AND CASE WHEN ?3 THEN id > ?2 ELSE id <> ?2 END"
        " ORDER BY id DESC LIMIT 1",
    [DB_SQLITE_STORE_CLOSE] = "UPDATE store SET closed = 1 WHERE uuid = ?1 AND lineage = ?2",
    [DB_SQLITE_STORE_STATUS] = "UPDATE store SET status = ?2 WHERE id = ?1",
    [DB_SQLITE_STORE_ADVANCE] =
        "UPDATE store SET high_water = ?2, chain = ?3, last_reported = ?4, received = ?5,"
        " clock_at = ?6, clock_up = ?7, clock_boot = ?8, version = ?9, quarantined = quarantined + ?10,"
        " duplicates = duplicates + ?11, boot_before = ?12, floor = ?13 WHERE id = ?1",
    [DB_SQLITE_RECORD_ADD] =
        "INSERT INTO record (lineage, store, seq, state, visit, n, line, at, sure)"
        " VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (lineage, visit, n) DO NOTHING",
    [DB_SQLITE_RECORD_GET] = "SELECT line FROM record WHERE lineage = ?1 AND visit = ?2 AND n = ?3",
    [DB_SQLITE_TOMBSTONE_ADD] = "INSERT INTO record (lineage, store, seq, state, line)"
                                " VALUES (?1, ?2, ?3, ?4, ?5)",
    [DB_SQLITE_QUARANTINE_ADD] = "INSERT INTO quarantine (lineage, store, seq, received, reason, line)"
                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [DB_SQLITE_ROLLUP_ADD] = "INSERT INTO rollup (hour, lineage, device, survey, question, kind, scale, "
                             "answer, lang, channel, count)"
                             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
                             " ON CONFLICT DO UPDATE SET count = count + excluded.count",
    [DB_SQLITE_GAP_ADD] = "INSERT INTO gap (store, first, last, why, reported) VALUES (?1, ?2, ?3, ?4, ?5)"
                          " ON CONFLICT DO NOTHING",
    [DB_SQLITE_SAMPLE_ADD] =
        "INSERT INTO sample (store, hour, last, duplicates) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
        " last = max(last, excluded.last), duplicates = duplicates + excluded.duplicates",
    [DB_SQLITE_BOOT_GET] = "SELECT at, up, first, last FROM boot WHERE store = ?1 AND boot = ?2",
    [DB_SQLITE_BOOT_ANCHOR] = "INSERT INTO boot (store, boot, at, up) VALUES (?1, ?2, ?3, ?4)"
                              " ON CONFLICT DO UPDATE SET at = excluded.at, up = excluded.up",
    [DB_SQLITE_BOOT_UNSURE] = "INSERT INTO boot (store, boot, first, last) VALUES (?1, ?2, ?3, ?3)"
                              " ON CONFLICT DO UPDATE SET first = coalesce(first, excluded.first),"
                              " last = excluded.last",
    [DB_SQLITE_BOOT_SURE] = "UPDATE boot SET first = NULL, last = NULL WHERE store = ?1 AND boot = ?2",
    [DB_SQLITE_ALERT_ADD] =
        "INSERT INTO alert (kind, device, subject, text, first, last, count) VALUES (?1, ?2, ?3, ?4, ?5, ?5, "
        "1)"
        " ON CONFLICT DO UPDATE SET text = excluded.text, last = max(last, excluded.last), count = count + 1",
};

static const struct db_backend db_sqlite_backend;

/* --- errors --------------------------------------------------------------------------------------------- */

static int db_sqlite_errno(sqlite3 *connection)
{
    switch (sqlite3_errcode(connection)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EAGAIN;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:      /* a table or column that is not there */
    case SQLITE_CONSTRAINT: /* a number that is there although high water says that it is not */
        return -EBADMSG;
    case SQLITE_CANTOPEN:
        switch (sqlite3_system_errno(connection)) {
        case ENOENT:
            return -ENOENT;
        case EACCES:
            return -EACCES;
        default:
            return -EIO;
        }
    default:
        return -EIO;
    }
}

int db_sqlite_failed(sqlite3 *connection, const char *doing, struct error *error)
{
    const char *path = sqlite3_db_filename(connection, "main");
    int code = db_sqlite_errno(connection);
    return error_set(error, code, "%s: %s: %s%s", path ? path : "database", doing, sqlite3_errmsg(connection),
                     code == -EBADMSG ? "; put the last good copy of headquarters' database in its place"
                                      : "");
}

/* --- a connection ----------------------------------------------------------------------------------------
 */

int db_sqlite_execute(sqlite3 *connection, const char *sql, const char *doing, struct error *error)
{
    if (sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
        return db_sqlite_failed(connection, doing, error);
    return 0;
}

/* SQLite counts its memory behind a lock that every allocation takes, for figures that nobody asks for. */
static void db_sqlite_set_up(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int db_sqlite_connect(sqlite3 **connection, const char *path, int flags, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sqlite3 *made = NULL;
    (void)pthread_once(&once, db_sqlite_set_up);
    if (sqlite3_open_v2(path, &made, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        int result = made ? db_sqlite_failed(made, "opening it", error)
                          : error_set(error, -ENOMEM, "%s: no memory to open it", path);
        (void)sqlite3_close_v2(made);
        if (result == -ENOENT)
            return error_set(error, result, "%s: no such database; tapline-hq init makes one", path);
        return result;
    }
    (void)sqlite3_busy_timeout(made, DB_SQLITE_BUSY_MS);
    int result = db_sqlite_execute(made, db_sqlite_pragmas, "opening it", error);
    if (result < 0) {
        (void)sqlite3_close_v2(made);
        return result;
    }
    *connection = made;
    return 0;
}

int db_sqlite_fold(sqlite3 *connection, struct error *error)
{
    if (sqlite3_wal_checkpoint_v2(connection, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
        return db_sqlite_failed(connection, "folding its log in", error);
    return 0;
}

/* A database that was moved or replaced while open still takes commits, into a file that nobody will find. */
static bool db_sqlite_has_moved(sqlite3 *connection)
{
    int moved = 0;
    (void)sqlite3_file_control(connection, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

static void db_sqlite_close_writer(struct db_sqlite *self)
{
    for (int i = 0; i < DB_SQLITE_STATEMENTS; i++) {
        (void)sqlite3_finalize(self->statements[i]);
        self->statements[i] = NULL;
    }
    (void)sqlite3_close_v2(self->writer);
    self->writer = NULL;
}

static int db_sqlite_prepare(struct db_sqlite *self, struct error *error)
{
    for (int i = 0; i < DB_SQLITE_STATEMENTS; i++)
        if (sqlite3_prepare_v3(self->writer, db_sqlite_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &self->statements[i], NULL) != SQLITE_OK)
            return db_sqlite_failed(self->writer, "preparing a statement", error);
    return 0;
}

static int db_sqlite_open_writer(struct db_sqlite *self, struct error *error)
{
    int64_t version = 0;
    int result = db_sqlite_connect(&self->writer, self->path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_recognise(self->writer, self->path, &version, error);
    if (result == 0 &&
        sqlite3_db_readonly(self->writer, "main") == 1) /* SQLite falls back to reading without a word */
        result = error_set(error, -EROFS,
                           "%s: cannot be written; mend the rights of the file and its folder, or remount",
                           self->path);
    if (result == 0)
        result = db_sqlite_execute(self->writer, "PRAGMA journal_mode = WAL", "turning its log on", error);
    if (result == 0)
        result = db_sqlite_fold(self->writer, error);
    if (result == 0)
        result = db_sqlite_migrate(self->writer, version, error);
    if (result == 0)
        result = db_sqlite_prepare(self, error);
    if (result < 0)
        db_sqlite_close_writer(self); /* an open transaction is rolled back with it */
    return result;
}

int db_sqlite_take_writer(struct db_sqlite *self, struct error *error)
{
    (void)pthread_mutex_lock(&self->write_lock);
    int result = self->writer ? 0 : db_sqlite_open_writer(self, error);
    if (result < 0)
        (void)pthread_mutex_unlock(&self->write_lock);
    return result;
}

/* Errors after which a connection may not know any more what is on the disk. */
static bool db_sqlite_is_doubtful(int result)
{
    return result == -EIO || result == -EBADMSG || result == -ESTALE;
}

void db_sqlite_give_writer(struct db_sqlite *self, int result)
{
    if (db_sqlite_is_doubtful(result))
        db_sqlite_close_writer(self);
    (void)pthread_mutex_unlock(&self->write_lock);
}

int db_sqlite_take_reader(struct db_sqlite *self, struct error *error)
{
    int64_t version = 0;
    (void)pthread_mutex_lock(&self->read_lock);
    if (self->reader && db_sqlite_has_moved(self->reader)) {
        (void)sqlite3_close_v2(self->reader);
        self->reader = NULL;
    }
    if (self->reader)
        return 0;
    int result = db_sqlite_connect(&self->reader, self->path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_execute(self->reader, "PRAGMA query_only = ON", "opening it", error);
    if (result == 0)
        result = db_sqlite_recognise(self->reader, self->path, &version, error);
    if (result < 0) {
        (void)sqlite3_close_v2(self->reader);
        self->reader = NULL;
        (void)pthread_mutex_unlock(&self->read_lock);
    }
    return result;
}

void db_sqlite_give_reader(struct db_sqlite *self, int result)
{
    if (db_sqlite_is_doubtful(result)) {
        (void)sqlite3_close_v2(self->reader);
        self->reader = NULL;
    }
    (void)pthread_mutex_unlock(&self->read_lock);
}

/* --- the writer's transaction ------------------------------------------------------------------------------
 */

int db_sqlite_run(struct db_sqlite *self, enum db_sqlite_statement which, struct error *error)
{
    sqlite3_stmt *statement = self->statements[which];
    int result = 0;
    if (sqlite3_step(statement) != SQLITE_DONE)
        result = db_sqlite_failed(self->writer, "writing", error);
    (void)sqlite3_reset(statement);
    return result;
}

static int db_sqlite_in_place(struct db_sqlite *self, struct error *error)
{
    if (db_sqlite_has_moved(self->writer))
        return error_set(error, -ESTALE, "%s: the file was moved or replaced while it was in use",
                         self->path);
    return 0;
}

int db_sqlite_begin(struct db_sqlite *self, struct error *error)
{
    int result = db_sqlite_in_place(self, error);
    return result == 0 ? db_sqlite_run(self, DB_SQLITE_BEGIN, error) : result;
}

int db_sqlite_commit(struct db_sqlite *self, struct error *error)
{
    int result = db_sqlite_run(self, DB_SQLITE_COMMIT, error);
    if (result < 0) {
        db_sqlite_rollback(self);
        return result;
    }
    return db_sqlite_in_place(self, error);
}

void db_sqlite_rollback(struct db_sqlite *self)
{
    /* many errors have rolled back already */
    if (sqlite3_get_autocommit(self->writer) == 0)
        (void)db_sqlite_run(self, DB_SQLITE_ROLLBACK, NULL);
}

/* --- making, opening, closing
 * -------------------------------------------------------------------------------- */

int db_sqlite_open(struct db **db, const char *path, struct error *error)
{
    struct db_sqlite *self = calloc(1, sizeof *self);
    if (!self)
        return error_set(error, -ENOMEM, "%s: no memory to open it", path);
    self->db.backend = &db_sqlite_backend;
    (void)pthread_mutex_init(&self->write_lock, NULL);
    (void)pthread_mutex_init(&self->read_lock, NULL);
    self->path = strdup(path);
    int result = self->path ? db_sqlite_open_writer(self, error)
                            : error_set(error, -ENOMEM, "%s: no memory to open it", path);
    if (result < 0) {
        db_close(&self->db);
        return result;
    }
    *db = &self->db;
    return 0;
}

static void db_sqlite_close(struct db *db)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    (void)sqlite3_close_v2(self->reader);
    db_sqlite_close_writer(self);
    (void)pthread_mutex_destroy(&self->write_lock);
    (void)pthread_mutex_destroy(&self->read_lock);
    free(self->path);
    free(self);
}

static const struct db_backend db_sqlite_backend = {
    .close = db_sqlite_close,
    .ingest = db_sqlite_ingest,
    .enroll = db_sqlite_enroll,
    .enrollable = db_sqlite_enrollable,
    .scores = db_sqlite_scores,
    .stores = db_sqlite_stores,
    .progress = db_sqlite_progress,
    .fleet = &db_sqlite_fleet_backend,
    .proof = &db_sqlite_proof_backend,
};
