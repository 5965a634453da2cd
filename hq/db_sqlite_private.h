/*
 * What the files of the SQLite backend share: connections, statements, errors.
 * Whoever holds a connection holds its mutex. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DB_SQLITE_PRIVATE_H
#define HQ_DB_SQLITE_PRIVATE_H

#include "hq/db_fleet.h"
#include "hq/db_proof.h"
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
    DB_SQLITE_CERTIFICATE_GET,
    DB_SQLITE_CERTIFICATE_ADD,
    DB_SQLITE_CERTIFICATE_USED,
    DB_SQLITE_CERTIFICATE_OTHERS,
    DB_SQLITE_DEVICE_SEEN,
    DB_SQLITE_DEVICE_ADD,
    DB_SQLITE_DEVICE_REPLACE,
    DB_SQLITE_BRANCH_ADD,
    DB_SQLITE_BRANCH_NAME,
    DB_SQLITE_STORE_GET,
    DB_SQLITE_STORE_ADD,
    DB_SQLITE_STORE_LINEAGE,
    DB_SQLITE_STORE_ADOPT,
    DB_SQLITE_STORE_NEWER,
    DB_SQLITE_STORE_CLOSE,
    DB_SQLITE_STORE_STATUS,
    DB_SQLITE_STORE_ADVANCE,
    DB_SQLITE_RECORD_ADD,
    DB_SQLITE_RECORD_GET,
    DB_SQLITE_TOMBSTONE_ADD,
    DB_SQLITE_QUARANTINE_ADD,
    DB_SQLITE_ROLLUP_ADD,
    DB_SQLITE_GAP_ADD,
    DB_SQLITE_SAMPLE_ADD,
    DB_SQLITE_BOOT_GET,
    DB_SQLITE_BOOT_ANCHOR,
    DB_SQLITE_BOOT_UNSURE,
    DB_SQLITE_BOOT_SURE,
    DB_SQLITE_ALERT_ADD,
    DB_SQLITE_STATEMENTS
};

#define DB_SQLITE_NO_FLOOR "-9223372036854775807" /* store.floor of a store without a record of sure time */

/* The store's row as the transaction found it, and as it leaves it. */
struct db_sqlite_place {
    int64_t device, store, lineage, high_water, last_reported;
    int64_t made;     /* 0: nobody has spoken for it yet */
    int64_t floor;    /* true time of the last record whose time is sure: later records are not older */
    int64_t received; /* of the batch before this one, by headquarters' clock */
    int64_t clock_up;
    char clock_boot[ID_TEXT], boot_before[ID_TEXT];
    uint8_t chain[CHAIN_BYTES];
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

/*
 * Who comes with this certificate, within the caller's transaction: *device gets the row's id, and verdict
 * stays DB_HELD when the certificate counts now. A new certificate that is used for the first time gives those
 * before it their end.
 */
int db_sqlite_authenticate(struct db_sqlite *self, const struct identity *identity, int64_t now,
                           int64_t *device, enum db_verdict *verdict, struct error *error);

/* Registers a certificate of the device; with alone, the others end now. Within the caller's transaction. */
int db_sqlite_certify(struct db_sqlite *self, int64_t device, const uint8_t *fingerprint, bool alone,
                      int64_t now, struct error *error);

extern const struct db_fleet_backend db_sqlite_fleet_backend;

/*
 * One call, one transaction of the writer: enter, work, leave. Leaving commits when result is 0 and keep is
 * true, and rolls back else; it returns result or what the commit came to.
 */
int db_sqlite_enter(struct db_sqlite *self, struct error *error);
int db_sqlite_leave(struct db_sqlite *self, int result, bool keep, struct error *error);

/* A statement for one use; db_sqlite_done() steps one that returns no row, and finalizes it. */
int db_sqlite_ask(struct db_sqlite *self, const char *sql, sqlite3_stmt **statement, struct error *error);
int db_sqlite_done(struct db_sqlite *self, sqlite3_stmt *statement, struct error *error);

/* Members of the fleet's backend: hq/db_sqlite_document.c. */
int db_sqlite_group(struct db *db, const char *group, const char *branch, bool member, struct error *error);
int db_sqlite_next_serial(struct db *db, const char *kind, int64_t *serial, struct error *error);
int db_sqlite_publish(struct db *db, const struct db_document *document, struct error *error);
int db_sqlite_published(struct db *db, const char *kind, const char *target, const char *name, int back,
                        db_document_each each, void *user, struct error *error);
int db_sqlite_document(struct db *db, const struct identity *identity, const char *kind,
                       const struct db_document_state *state, int64_t now, enum db_verdict *verdict,
                       db_document_each each, void *user, struct error *error);
int db_sqlite_documents(struct db *db, db_document_each each, void *user, struct error *error);

/* Registers device and branch, within the caller's transaction; *known: the device was there. */
int db_sqlite_check_enrolment(struct db_sqlite *self, const struct db_enrolment *enrolment, bool replace,
                              bool *known, struct error *error);
int db_sqlite_register(struct db_sqlite *self, const struct db_enrolment *enrolment, bool known, int64_t now,
                       struct error *error);

/* --- stores: hq/db_sqlite_store.c --- */

/* The batch's store, made where it is new, with its lineage; verdict stays DB_HELD when it is this device's. */
int db_sqlite_find_store(struct db_sqlite *self, const struct ingest *ingest, const char *device, int64_t now,
                         struct db_sqlite_place *place, enum db_verdict *verdict, struct error *error);

/* Writes the place back, with what the head says; fits: the batch stands where headquarters stands. */
int db_sqlite_advance(struct db_sqlite *self, struct db_sqlite_place *place, const struct ingest *ingest,
                      const char *device, bool fits, int64_t now, const struct db_outcome *outcome,
                      struct error *error);

/* Adds to an alert, or makes it; device may be "". */
int db_sqlite_alert(struct db_sqlite *self, const char *kind, const char *device, const char *subject,
                    int64_t now, struct error *error, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* A device's own fault record, kept at seq, takes its effect. */
int db_sqlite_fault(struct db_sqlite *self, const struct db_sqlite_place *place, const char *device,
                    const struct outbox_line *line, int64_t now, struct error *error);

int db_sqlite_add_gap(struct db_sqlite *self, int64_t store, int64_t first, int64_t last, const char *why,
                      int64_t now, struct error *error);

/* --- true time: hq/db_sqlite_clock.c --- */

/* What is known about the clocks of a batch; one boot is remembered from row to row. */
struct db_sqlite_clock {
    const struct ingest *ingest;
    int64_t store, now;
    uint8_t head_boot[ID_BYTES];
    bool cached, known; /* boot below has been looked up; its anchor is known */
    uint8_t boot[ID_BYTES];
    int64_t at, up;
};

void db_sqlite_clock_start(struct db_sqlite_clock *clock, const struct ingest *ingest, int64_t store,
                           int64_t now);

/* When did it happen? *sure: not only bracketed by its neighbours. Moves place->floor. */
int db_sqlite_clock_find(struct db_sqlite *self, struct db_sqlite_clock *clock, struct db_sqlite_place *place,
                         const struct ingest_row *row, int64_t seq, int64_t *at, bool *sure,
                         struct error *error);

/* Keeps the batch's anchor, and restates what was only bracketed in that boot. */
int db_sqlite_clock_end(struct db_sqlite *self, const struct db_sqlite_clock *clock,
                        const struct db_sqlite_place *place, struct error *error);

/* Adds a record's effects to the roll-ups, times times, at the hour of at instead of the hour of its own clock. */
int db_sqlite_add_effects(struct db_sqlite *self, const struct db_sqlite_place *place,
                          const struct ingest *ingest, const struct ingest_row *row, int64_t at,
                          int64_t times, struct error *error);

extern const struct db_proof_backend db_sqlite_proof_backend;
int db_sqlite_verify(struct db *db, const struct db_verify *verify, struct error *error);
int db_sqlite_backup(struct db *db, const char *path, struct error *error);

/* Hands each row of a query to take; period, where given, is bound to ?1 and ?2. */
int db_sqlite_query(struct db *db, const char *sql, const struct db_period *period,
                    int (*take)(sqlite3_stmt *, void *), void *what, struct error *error);

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
int db_sqlite_progress(struct db *db, const struct db_period *period, db_progress_each each, void *user,
                       struct error *error);

#endif
