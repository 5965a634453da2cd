/*
 * What the files of the SQLite backend share: connections, statements, errors.
 * Whoever holds a connection holds its mutex. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DB_SQLITE_PRIVATE_H
#define HQ_DB_SQLITE_PRIVATE_H

#include "hq/db_sqlite.h"

#include <pthread.h>
#include <sqlite3.h>

/* The writer's statements, prepared once. */
enum db_sqlite_statement {
    DB_SQLITE_BEGIN,
    DB_SQLITE_COMMIT,
    DB_SQLITE_ROLLBACK,
    DB_SQLITE_EPOCH,
    DB_SQLITE_DEVICE_GET,
    DB_SQLITE_DEVICE_SEEN,
    DB_SQLITE_DEVICE_ADD,
    DB_SQLITE_DEVICE_REPLACE,
    DB_SQLITE_BRANCH_ADD,
    DB_SQLITE_BRANCH_NAME,
    DB_SQLITE_STORE_GET,
    DB_SQLITE_STORE_ADD,
    DB_SQLITE_STORE_LINEAGE,
    DB_SQLITE_STORE_ADVANCE,
    DB_SQLITE_RECORD_ADD,
    DB_SQLITE_RECORD_GET,
    DB_SQLITE_TOMBSTONE_ADD,
    DB_SQLITE_QUARANTINE_ADD,
    DB_SQLITE_ROLLUP_ADD,
    DB_SQLITE_STATEMENTS
};

/* What stands at a number of a store. */
enum db_sqlite_record_state {
    DB_SQLITE_KEPT,
    DB_SQLITE_DUPLICATE, /* the line is kept for the chain; the identity and the effect are the first one's */
    DB_SQLITE_QUARANTINED, /* the line is in the table quarantine */
};

struct db_sqlite {
    struct db db; /* first: what callers hold */
    char *path;
    pthread_mutex_t write_lock, read_lock;
    sqlite3 *writer; /* NULL: to be opened by the next who writes */
    sqlite3 *reader; /* NULL: to be opened by the next who reads */
    sqlite3_stmt *statements[DB_SQLITE_STATEMENTS];
};

/* Takes the lock and sees that the connection is there; on error nothing is held. */
int db_sqlite_take_writer(struct db_sqlite *self, struct error *error);
int db_sqlite_take_reader(struct db_sqlite *self, struct error *error);

/*
 * Gives the lock back. result is what the work came to: a connection whose disk or file has failed is closed,
 * so that the next one to come starts from what is really on the disk.
 */
void db_sqlite_give_writer(struct db_sqlite *self, int result);
void db_sqlite_give_reader(struct db_sqlite *self, int result);

/* Fills *error with what SQLite says about the last call and returns the errno value of hq/db.h. */
int db_sqlite_failed(sqlite3 *connection, const char *doing, struct error *error);

int db_sqlite_execute(sqlite3 *connection, const char *sql, const char *doing, struct error *error);

/* Opens the file and sets the connection up; does not look at what is in it. */
int db_sqlite_connect(sqlite3 **connection, const char *path, int flags, struct error *error);

/*
 * What an earlier life left in the log is folded into the file with syncs of our own: after a sync that
 * failed, pages may only look written. -EAGAIN when a reader of another process is in the way.
 */
int db_sqlite_fold(sqlite3 *connection, struct error *error);

/* Is this our database, and of a version that is known here? -EBADMSG when not. */
int db_sqlite_recognise(sqlite3 *connection, const char *path, int64_t *version, struct error *error);

/* Brings the schema from version to ours in one transaction; an open one is left when it fails. */
int db_sqlite_migrate(sqlite3 *connection, int64_t version, struct error *error);

/* Runs a statement of the writer that returns no row, and resets it. */
int db_sqlite_run(struct db_sqlite *self, enum db_sqlite_statement which, struct error *error);

/* The writer's transaction. Commit returns only when durable in the file that is at the path. */
int db_sqlite_begin(struct db_sqlite *self, struct error *error);
int db_sqlite_commit(struct db_sqlite *self, struct error *error);
void db_sqlite_rollback(struct db_sqlite *self);

/* The members of the backend. */
int db_sqlite_ingest(struct db *db, const struct identity *identity, const struct ingest *ingest, int64_t now,
                     struct db_outcome *outcome, struct error *error);
int db_sqlite_enroll(struct db *db, const struct db_enrolment *enrolment, bool replace, int64_t now,
                     struct error *error);
int db_sqlite_enrollable(struct db *db, const struct db_enrolment *enrolment, bool replace,
                         struct error *error);
int db_sqlite_scores(struct db *db, const struct db_period *period, bool by_branch, db_score_each each,
                     void *user, struct error *error);
int db_sqlite_stores(struct db *db, db_store_each each, void *user, struct error *error);
int db_sqlite_progress(struct db *db, db_progress_each each, void *user, struct error *error);

#endif
