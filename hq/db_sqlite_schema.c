/*
 * The schema of headquarters' SQLite file: making it, recognising it, bringing an older one up to date.
 * application_id and user_version say what a file is; every change of the schema is one more migration.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DB_SQLITE_APPLICATION 0x54504851 /* "TPHQ" */

/*
 * Migration i brings version i to i + 1. A store's lineage is the first store of its chain of forks: the
 * column that a distributed backend would distribute by, so it leads every large key.
 */
static const char *const db_sqlite_migrations[] = {
    "CREATE TABLE meta ("
    "  key TEXT PRIMARY KEY, value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE branch ("
    "  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE device ("
    "  id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
    "  branch INTEGER NOT NULL REFERENCES branch (id), counter TEXT NOT NULL,"
    "  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32)," /* of the one certificate that counts */
    "  enrolled INTEGER NOT NULL, last_seen INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX device_branch ON device (branch);"
    "CREATE TABLE store ("
    "  id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, lineage INTEGER NOT NULL DEFAULT 0,"
    "  device INTEGER NOT NULL REFERENCES device (id),"
    "  high_water INTEGER NOT NULL DEFAULT 0, chain BLOB NOT NULL CHECK (length(chain) = 32),"
    "  last_reported INTEGER NOT NULL DEFAULT 0, received INTEGER NOT NULL DEFAULT 0,"
    "  clock_at INTEGER NOT NULL DEFAULT 0, clock_up INTEGER NOT NULL DEFAULT 0,"
    "  clock_boot TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',"
    "  quarantined INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE INDEX store_device ON store (device);"
    /* state: 0 kept, 1 duplicate (visit and n are the first one's, so NULL here), 2 quarantined (no line) */
    "CREATE TABLE record ("
    "  lineage INTEGER NOT NULL, store INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  state INTEGER NOT NULL CHECK (state IN (0, 1, 2)), visit BLOB, n INTEGER, line TEXT,"
    "  PRIMARY KEY (lineage, store, seq), UNIQUE (lineage, visit, n)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE quarantine ("
    "  lineage INTEGER NOT NULL, store INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  received INTEGER NOT NULL, reason TEXT NOT NULL, line BLOB NOT NULL,"
    "  PRIMARY KEY (lineage, store, seq)"
    ") STRICT, WITHOUT ROWID;"
    /* the hour leads, so that a period is one range whatever the history */
    "CREATE TABLE rollup ("
    "  hour INTEGER NOT NULL, lineage INTEGER NOT NULL, device INTEGER NOT NULL, survey TEXT NOT NULL,"
    "  question TEXT NOT NULL, kind TEXT NOT NULL, scale INTEGER NOT NULL, answer TEXT NOT NULL,"
    "  lang TEXT NOT NULL, channel TEXT NOT NULL, count INTEGER NOT NULL,"
    "  PRIMARY KEY (hour, lineage, device, survey, question, kind, scale, answer, lang, channel)"
    ") STRICT, WITHOUT ROWID;"
    /* every number of every store with the bytes that the chain runs over */
    "CREATE VIEW chain_line AS"
    "  SELECT store.uuid AS store, record.seq AS seq,"
    "         coalesce(CAST(record.line AS BLOB), quarantine.line) AS line"
    "  FROM record JOIN store ON store.id = record.store"
    "  LEFT JOIN quarantine USING (lineage, store, seq);",
    /* certificates, tokens, documents: hq/db_fleet.h. ends: no longer counts from then on, 0 for its own end */
    "CREATE TABLE certificate ("
    "  fingerprint BLOB PRIMARY KEY CHECK (length(fingerprint) = 32),"
    "  device INTEGER NOT NULL REFERENCES device (id), issued INTEGER NOT NULL,"
    "  used INTEGER NOT NULL DEFAULT 0, ends INTEGER NOT NULL DEFAULT 0,"
    "  revoked INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX certificate_device ON certificate (device);"
    "INSERT INTO certificate (fingerprint, device, issued) SELECT fingerprint, id, enrolled FROM device;"
    /* only a hash of a token is kept; the first key that comes with it is the one that it is good for */
    "CREATE TABLE token ("
    "  hash BLOB PRIMARY KEY CHECK (length(hash) = 32), device INTEGER NOT NULL REFERENCES device (id),"
    "  made INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0, key BLOB"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE branch_group ("
    "  name TEXT NOT NULL, branch INTEGER NOT NULL REFERENCES branch (id), PRIMARY KEY (name, branch)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE document ("
    "  kind TEXT NOT NULL, serial INTEGER NOT NULL,"
    "  target TEXT NOT NULL CHECK (target IN ('all', 'group', 'branch')), name TEXT NOT NULL,"
    "  issued INTEGER NOT NULL, title TEXT NOT NULL, envelope TEXT NOT NULL, PRIMARY KEY (kind, serial)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE device_document ("
    "  device INTEGER NOT NULL REFERENCES device (id), kind TEXT NOT NULL, serial INTEGER NOT NULL,"
    "  refused INTEGER NOT NULL, reason TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (device, kind)"
    ") STRICT, WITHOUT ROWID;",
    /* forks, gaps, alerts, true time: hq/db_proof.h. A store that only another one has named is made = 0 */
    "ALTER TABLE store ADD COLUMN parent INTEGER REFERENCES store (id);"
    "ALTER TABLE store ADD COLUMN made INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE store ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE store ADD COLUMN boot_before TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE store ADD COLUMN floor INTEGER NOT NULL DEFAULT " DB_SQLITE_NO_FLOOR ";"
    "ALTER TABLE store ADD COLUMN status TEXT NOT NULL DEFAULT '';"
    "UPDATE store SET made = max(received, 1);"
    /* at: when it happened, corrected; NULL where the line's own word was taken. sure: 0 bracketed only */
    "ALTER TABLE record ADD COLUMN at INTEGER;"
    "ALTER TABLE record ADD COLUMN sure INTEGER;"
    "CREATE TABLE gap ("
    "  store INTEGER NOT NULL REFERENCES store (id), first INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  why TEXT NOT NULL, reported INTEGER NOT NULL, PRIMARY KEY (store, first, last, why)"
    ") STRICT, WITHOUT ROWID;"
    /* how far a store had come by the end of an hour, and how many of that hour were held already */
    "CREATE TABLE sample ("
    "  store INTEGER NOT NULL REFERENCES store (id), hour INTEGER NOT NULL, last INTEGER NOT NULL,"
    "  duplicates INTEGER NOT NULL, PRIMARY KEY (store, hour)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX sample_duplicates ON sample (store, hour) WHERE duplicates > 0;"
    "INSERT INTO sample SELECT id, received / 3600000, max(high_water, last_reported), duplicates FROM store;"
    /* at headquarters' time at the device had been up for up; NULL: not known. first, last: bracketed records */
    "CREATE TABLE boot ("
    "  store INTEGER NOT NULL REFERENCES store (id), boot BLOB NOT NULL CHECK (length(boot) = 16),"
    "  at INTEGER, up INTEGER, first INTEGER, last INTEGER, PRIMARY KEY (store, boot)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE alert ("
    "  kind TEXT NOT NULL, device TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  PRIMARY KEY (kind, device, subject)"
    ") STRICT, WITHOUT ROWID;",
};

#define DB_SQLITE_VERSION ((int)(sizeof db_sqlite_migrations / sizeof *db_sqlite_migrations))

static int db_sqlite_number(sqlite3 *connection, const char *sql, int64_t *number, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        (void)sqlite3_finalize(statement);
        return db_sqlite_failed(connection, "reading its header", error);
    }
    *number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return 0;
}

int db_sqlite_recognise(sqlite3 *connection, const char *path, int64_t *version, struct error *error)
{
    int64_t application = 0;
    int result = db_sqlite_number(connection, "PRAGMA application_id", &application, error);
    if (result == 0)
        result = db_sqlite_number(connection, "PRAGMA user_version", version, error);
    if (result < 0)
        return result;
    if (application != DB_SQLITE_APPLICATION || *version < 1)
        return error_set(error, -EBADMSG,
                         "%s: not a database of headquarters; [hq] database must name the file that "
                         "tapline-hq init made",
                         path);
    if (*version > DB_SQLITE_VERSION)
        return error_set(error, -EBADMSG,
                         "%s: made by a newer Tapline (schema %lld, known here up to %d); install that one",
                         path, (long long)*version, DB_SQLITE_VERSION);
    return 0;
}

/* Runs the migrations from version on, inside the caller's transaction. */
static int db_sqlite_raise(sqlite3 *connection, int64_t version, struct error *error)
{
    int result = 0;
    for (int64_t i = version; i < DB_SQLITE_VERSION && result == 0; i++)
        result =
            db_sqlite_execute(connection, db_sqlite_migrations[i], "bringing its schema up to date", error);
    char pragma[64];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", DB_SQLITE_VERSION);
    return result == 0 ? db_sqlite_execute(connection, pragma, "bringing its schema up to date", error)
                       : result;
}

int db_sqlite_migrate(sqlite3 *connection, int64_t version, struct error *error)
{
    if (version == DB_SQLITE_VERSION)
        return 0;
    int result = db_sqlite_execute(connection, "BEGIN EXCLUSIVE", "bringing its schema up to date", error);
    if (result == 0)
        result = db_sqlite_raise(connection, version, error);
    return result == 0 ? db_sqlite_execute(connection, "COMMIT", "bringing its schema up to date", error)
                       : result;
}

static int db_sqlite_fill(sqlite3 *connection, struct error *error)
{
    char sql[160], epoch[ID_TEXT];
    id_random(epoch);
    (void)snprintf(sql, sizeof sql, "PRAGMA application_id = %d", DB_SQLITE_APPLICATION);
    int result =
        db_sqlite_execute(connection, "PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE", "making it", error);
    if (result == 0)
        result = db_sqlite_execute(connection, sql, "making it", error);
    if (result == 0)
        result = db_sqlite_raise(connection, 0, error);
    (void)snprintf(sql, sizeof sql, "INSERT INTO meta (key, value) VALUES ('epoch', '%s')", epoch);
    if (result == 0)
        result = db_sqlite_execute(connection, sql, "making it", error);
    if (result == 0)
        result = db_sqlite_execute(connection, "COMMIT", "making it", error);
    return result == 0 ? db_sqlite_fold(connection, error) : result;
}

int db_sqlite_create(const char *path, struct error *error)
{
    sqlite3 *connection = NULL;
    int file = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set(error, -errno, "%s: cannot be made: %s", path, strerror(errno));
    (void)close(file);
    int result = db_sqlite_connect(&connection, path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_fill(connection, error);
    (void)sqlite3_close_v2(connection);
    if (result < 0)
        (void)unlink(path);
    return result;
}
