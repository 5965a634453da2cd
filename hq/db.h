/*
 * What headquarters keeps, behind one interface: stores and their records, devices, branches, roll-ups.
 * Any thread may call. A backend fills struct db_backend; nothing outside it knows which database is there.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DB_H
#define HQ_DB_H

#include "core/chain.h"
#include "core/error.h"
#include "core/id.h"
#include "hq/identity.h"
#include "hq/ingest.h"

#include <stdbool.h>
#include <stdint.h>

#define DB_NAME_MAX 256 /* bytes of a branch's or counter's name, with NUL */

/*
 * Errors of every function: -EAGAIN (locked longer than the bounded wait), -ENOSPC, -EROFS, -EIO, -ESTALE
 * (the file is no longer the one that was opened), -EBADMSG (damaged, or not Tapline's), -ENOMEM. After any
 * of them nothing of the call has happened, and a later call tries from the start.
 */
struct db;

enum db_verdict {
    DB_HELD, /* the receipt's state follows: accepted, or the batch did not fit and changed nothing */
    DB_UNKNOWN_DEVICE,  /* never enrolled here */
    DB_REVOKED,         /* the certificate was revoked */
    DB_OLD_CERTIFICATE, /* the device was enrolled again; this certificate counts no longer */
    DB_FOREIGN_STORE,   /* the store belongs to another device */
};

/* The store as it stands at the end of the transaction. */
struct db_outcome {
    enum db_verdict verdict; /* the rest is filled for DB_HELD only */
    char epoch[ID_TEXT];
    int64_t high_water;
    uint8_t chain[CHAIN_BYTES]; /* chain(high_water) */
    int64_t accepted;           /* numbers that this batch added, those below included */
    int64_t quarantined;        /* of them: kept raw, without effect */
    int64_t duplicates;         /* of them: the same record again, without effect */
};

struct db_enrolment {
    struct identity identity;
    char branch[RECORD_NAME_MAX];
    char branch_name[DB_NAME_MAX]; /* empty: leave as it is, or the id for a new branch */
    char counter[DB_NAME_MAX];     /* may be empty */
};

/* Hours since 1970 (UTC): from inclusive, to exclusive. */
struct db_period {
    int64_t from, to;
};

/* Pointers in rows are good during the call only. A callback that returns negative ends the query with it. */
struct db_score_row {
    const char *branch, *branch_name; /* empty when not by branch */
    const char *survey;               /* id without version: a survey's versions count together */
    const char *question, *kind, *channel, *answer;
    int scale;
    int64_t count;
};
typedef int (*db_score_each)(void *user, const struct db_score_row *row);

struct db_store_row {
    const char *device, *branch, *branch_name, *counter;
    int64_t enrolled;   /* UTC ms */
    int64_t last_seen;  /* UTC ms, 0: never */
    const char *store;  /* NULL: the device has sent nothing yet, and the rest is empty */
    const char *parent; /* NULL: it continues none */
    const char *status; /* the device's last record about itself, a line of JSON; empty: none yet */
    bool closed;        /* nothing more comes under its name: another store continues it */
    int64_t gaps;       /* numbers that are known to be missing for good */
    const char *version;
    int64_t high_water, last_reported, quarantined, duplicates;
    int64_t received; /* of the last batch, UTC ms */
    int64_t clock_at; /* the device's clock then, UTC ms */
};
typedef int (*db_store_each)(void *user, const struct db_store_row *row);

struct db_progress_row {
    const char *branch, *branch_name;
    int64_t arrived, recorded; /* of the period: records held here, and those that were made */
    int64_t gaps;              /* of recorded: missing for good, by the device's own report */
};
typedef int (*db_progress_each)(void *user, const struct db_progress_row *row);

struct db_backend {
    void (*close)(struct db *db);
    int (*ingest)(struct db *db, const struct identity *identity, const struct ingest *ingest, int64_t now,
                  struct db_outcome *outcome, struct error *error);
    int (*enroll)(struct db *db, const struct db_enrolment *enrolment, bool replace, int64_t now,
                  struct error *error);
    int (*enrollable)(struct db *db, const struct db_enrolment *enrolment, bool replace, struct error *error);
    int (*scores)(struct db *db, const struct db_period *period, bool by_branch, db_score_each each,
                  void *user, struct error *error);
    int (*stores)(struct db *db, db_store_each each, void *user, struct error *error);
    int (*progress)(struct db *db, const struct db_period *period, db_progress_each each, void *user,
                    struct error *error);
    const struct db_proof_backend *proof; /* hq/db_proof.h */
    const struct db_fleet_backend *fleet; /* hq/db_fleet.h */
};

/* The head of every backend's own structure. */
struct db {
    const struct db_backend *backend;
};

/* Makes a new database with a new epoch; -EEXIST when something is at path. */
int db_create(const char *path, struct error *error);

/* Opens what db_create() made, bringing an older schema up to date; -ENOENT when nothing is there. */
int db_open(struct db **db, const char *path, struct error *error);
void db_close(struct db *db); /* NULL is fine */

/*
 * The ingest transaction of the protocol: lock the store's row, accept the batch only if it begins where the
 * store ends, insert by identity, count, advance, commit durably. now: UTC ms.
 */
int db_ingest(struct db *db, const struct identity *identity, const struct ingest *ingest, int64_t now,
              struct db_outcome *outcome, struct error *error);

/*
 * Registers a device, and its branch where that is new. -EEXIST when the id is taken and replace is false, or
 * when the id stands in another branch: history stays with the place. db_enrollable() asks without doing it.
 */
int db_enroll(struct db *db, const struct db_enrolment *enrolment, bool replace, int64_t now,
              struct error *error);
int db_enrollable(struct db *db, const struct db_enrolment *enrolment, bool replace, struct error *error);

/* Rows come sorted by branch, survey, question, kind, scale, channel, answer. */
int db_scores(struct db *db, const struct db_period *period, bool by_branch, db_score_each each, void *user,
              struct error *error);

/* Every device with each of its stores, sorted by device; newest store first. */
int db_stores(struct db *db, db_store_each each, void *user, struct error *error);

/* Every branch, sorted: how much of what its devices recorded in the period has arrived. */
int db_progress(struct db *db, const struct db_period *period, db_progress_each each, void *user,
                struct error *error);

#endif
