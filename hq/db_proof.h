/*
 * What headquarters can prove: that nothing is missing, or what is; that what it stores is what came; and its
 * copies. Part of the database of hq/db.h: the same errors, any thread may call.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DB_PROOF_H
#define HQ_DB_PROOF_H

#include "hq/db.h"

/* Something that a technician should know. Pointers are good during the call only. */
struct db_alert_row {
    const char *kind;    /* "clone", "lost", "gap", "fault" ...: stable words */
    const char *device;  /* empty: headquarters itself */
    const char *subject; /* what it is about: a store, a fault's code */
    const char *text;    /* a sentence, the newest one */
    int64_t first, last; /* UTC ms: first and last time that it was seen */
    int64_t count;
};
typedef int (*db_alert_each)(void *user, const struct db_alert_row *row);

/* Numbers of a store that headquarters does not hold. */
struct db_missing_row {
    const char *device, *store;
    int64_t first, last;
    const char *why;  /* "unsent": still to come; "purged", "damaged", "parked", "lost": for good */
    int64_t reported; /* UTC ms */
};
typedef int (*db_missing_each)(void *user, const struct db_missing_row *row);

/* A whole check. Either callback may be NULL. */
struct db_verify {
    void (*problem)(void *user, const char *text);
    void (*progress)(void *user, int64_t done, int64_t total); /* records */
    void *user;
    int64_t *records, *problems; /* counts, filled */
};

struct db_proof_backend {
    int (*alerts)(struct db *db, db_alert_each each, void *user, struct error *error);
    int (*missing)(struct db *db, db_missing_each each, void *user, struct error *error);
    int (*verify)(struct db *db, const struct db_verify *verify, struct error *error);
    int (*backup)(struct db *db, const char *path, struct error *error);
};

/* Newest first. */
int db_alerts(struct db *db, db_alert_each each, void *user, struct error *error);

/* By device, store, number. */
int db_missing(struct db *db, db_missing_each each, void *user, struct error *error);

/*
 * Reads everything that is stored, computes every chain and every roll-up anew, and says what does not fit.
 * 0 also when it found problems: they are counted. Others go on reading and writing meanwhile.
 */
int db_verify(struct db *db, const struct db_verify *verify, struct error *error);

/* A copy of the database as it stands, at path, which must not be there. Others go on meanwhile. */
int db_backup(struct db *db, const char *path, struct error *error);

/*
 * Puts the copy at from in the place of the database at path, which is set aside under the name aside (room
 * bytes), and begins a new epoch: devices then send again what the copy lacks. from NULL: the file that is at path
 * was put there by hand; only the epoch is new. -EBUSY while a headquarters has the database open.
 */
int db_restore(const char *path, const char *from, char *aside, size_t room, struct error *error);

#endif
