/*
 * Enrolment, and what people read, on SQLite.
 * Reading goes through the roll-ups and the stores' rows, never through the records.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <string.h>

/* --- enrolment
 * ----------------------------------------------------------------------------------------------- */

int db_sqlite_check_enrolment(struct db_sqlite *self, const struct db_enrolment *enrolment, bool replace,
                              bool *known, struct error *error)
{
    const char *device = enrolment->identity.device;
    sqlite3_stmt *get = self->statements[DB_SQLITE_DEVICE_GET];
    (void)sqlite3_bind_text(get, 1, device, -1, SQLITE_STATIC);
    int step = sqlite3_step(get), result = 0;
    *known = step == SQLITE_ROW;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        result = db_sqlite_failed(self->writer, "reading a device", error);
    else if (*known && !replace)
        result = error_set(error, -EEXIST,
                           "device %s is enrolled already; --replace gives it a new certificate and ends the "
                           "old one",
                           device);
    else if (*known && strcmp((const char *)sqlite3_column_text(get, 2), enrolment->branch) != 0)
        result = error_set(error, -EEXIST,
                           "device %s stands in branch %s and its history belongs there; enroll a new id for "
                           "branch %s",
                           device, (const char *)sqlite3_column_text(get, 2), enrolment->branch);
    (void)sqlite3_reset(get);
    return result;
}

int db_sqlite_enrollable(struct db *db, const struct db_enrolment *enrolment, bool replace,
                         struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    bool known = false;
    int result = db_sqlite_take_writer(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_check_enrolment(self, enrolment, replace, &known, error);
    db_sqlite_give_writer(self, result);
    return result;
}

int db_sqlite_register(struct db_sqlite *self, const struct db_enrolment *enrolment, bool known, int64_t now,
                       struct error *error)
{
    sqlite3_stmt *branch = self->statements[DB_SQLITE_BRANCH_ADD];
    (void)sqlite3_bind_text(branch, 1, enrolment->branch, -1, SQLITE_STATIC);
    int result = db_sqlite_run(self, DB_SQLITE_BRANCH_ADD, error);
    if (result == 0 && enrolment->branch_name[0]) {
        sqlite3_stmt *name = self->statements[DB_SQLITE_BRANCH_NAME];
        (void)sqlite3_bind_text(name, 1, enrolment->branch, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(name, 2, enrolment->branch_name, -1, SQLITE_STATIC);
        result = db_sqlite_run(self, DB_SQLITE_BRANCH_NAME, error);
    }
    if (result < 0)
        return result;
    enum db_sqlite_statement which = known ? DB_SQLITE_DEVICE_REPLACE : DB_SQLITE_DEVICE_ADD;
    sqlite3_stmt *device = self->statements[which];
    (void)sqlite3_bind_text(device, 1, enrolment->identity.device, -1, SQLITE_STATIC);
    if (!known)
        (void)sqlite3_bind_text(device, 2, enrolment->branch, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(device, 3, enrolment->counter, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(device, 4, enrolment->identity.fingerprint, IDENTITY_FINGERPRINT_BYTES,
                            SQLITE_STATIC);
    (void)sqlite3_bind_int64(device, 5, now);
    return db_sqlite_run(self, which, error);
}

static int db_sqlite_certify_enrolled(struct db_sqlite *self, const struct db_enrolment *enrolment,
                                      int64_t now, struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_DEVICE_GET];
    (void)sqlite3_bind_text(get, 1, enrolment->identity.device, -1, SQLITE_STATIC);
    int64_t device = sqlite3_step(get) == SQLITE_ROW ? sqlite3_column_int64(get, 0) : 0;
    (void)sqlite3_reset(get);
    return db_sqlite_certify(self, device, enrolment->identity.fingerprint, true, now, error);
}

int db_sqlite_enroll(struct db *db, const struct db_enrolment *enrolment, bool replace, int64_t now,
                     struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    bool known = false;
    int result = db_sqlite_take_writer(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_begin(self, error);
    if (result == 0) {
        result = db_sqlite_check_enrolment(self, enrolment, replace, &known, error);
        if (result == 0)
            result = db_sqlite_register(self, enrolment, known, now, error);
        if (result == 0)
            result = db_sqlite_certify_enrolled(self, enrolment, now, error);
        if (result == 0)
            result = db_sqlite_commit(self, error);
        else
            db_sqlite_rollback(self);
    }
    db_sqlite_give_writer(self, result);
    return result;
}

/* --- reading
 * ------------------------------------------------------------------------------------------------- */

static const char *db_sqlite_text(sqlite3_stmt *query, int column)
{
    return (const char *)sqlite3_column_text(query, column);
}

/* Steps through a query and hands each row to take; the reader is held all the while. */
static int db_sqlite_each(struct db_sqlite *self, sqlite3_stmt *query, int (*take)(sqlite3_stmt *, void *),
                          void *what, struct error *error)
{
    int step;
    while ((step = sqlite3_step(query)) == SQLITE_ROW) {
        int result = take(query, what);
        if (result < 0)
            return error_set(error, result, "%s: a query was given up: %s", self->path, strerror(-result));
    }
    return step == SQLITE_DONE ? 0 : db_sqlite_failed(self->reader, "reading", error);
}

int db_sqlite_query(struct db *db, const char *sql, const struct db_period *period,
                    int (*take)(sqlite3_stmt *, void *), void *what, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    sqlite3_stmt *query = NULL;
    int result = db_sqlite_take_reader(self, error);
    if (result < 0)
        return result;
    if (sqlite3_prepare_v2(self->reader, sql, -1, &query, NULL) != SQLITE_OK) {
        result = db_sqlite_failed(self->reader, "reading", error);
    } else {
        if (period) {
            (void)sqlite3_bind_int64(query, 1, period->from);
            (void)sqlite3_bind_int64(query, 2, period->to);
        }
        result = db_sqlite_each(self, query, take, what, error);
    }
    (void)sqlite3_finalize(query);
    db_sqlite_give_reader(self, result);
    return result;
}

struct db_sqlite_scores {
    db_score_each each;
    void *user;
};

static int db_sqlite_take_score(sqlite3_stmt *query, void *what)
{
    const struct db_sqlite_scores *scores = what;
    const struct db_score_row row = {
        .branch = db_sqlite_text(query, 0),
        .branch_name = db_sqlite_text(query, 1),
        .survey = db_sqlite_text(query, 2),
        .question = db_sqlite_text(query, 3),
        .kind = db_sqlite_text(query, 4),
        .scale = sqlite3_column_int(query, 5),
        .channel = db_sqlite_text(query, 6),
        .answer = db_sqlite_text(query, 7),
        .count = sqlite3_column_int64(query, 8),
    };
    return scores->each(scores->user, &row);
}

/* substr up to the slash: "branch-exit/3" is the survey branch-exit */
#define DB_SQLITE_SCORES(branch, name)                                                                       \
    "SELECT " branch " AS branch, " name ", substr(survey, 1, instr(survey || '/', '/') - 1) AS asked,"      \
    " question, kind, scale, channel, answer, sum(count)"                                                    \
    " FROM rollup JOIN device ON device.id = rollup.device JOIN branch AS place ON place.id = device.branch" \
    " WHERE hour >= ?1 AND hour < ?2"                                                                        \
    " GROUP BY 1, asked, question, kind, scale, channel, answer"                                             \
    " ORDER BY 1, asked, question, kind, scale, channel, answer"

int db_sqlite_scores(struct db *db, const struct db_period *period, bool by_branch, db_score_each each,
                     void *user, struct error *error)
{
    struct db_sqlite_scores scores = {each, user};
    return db_sqlite_query(
        db, by_branch ? DB_SQLITE_SCORES("place.code", "place.name") : DB_SQLITE_SCORES("''", "''"), period,
        db_sqlite_take_score, &scores, error);
}

struct db_sqlite_stores {
    db_store_each each;
    void *user;
};

static int db_sqlite_take_store(sqlite3_stmt *query, void *what)
{
    const struct db_sqlite_stores *stores = what;
    const struct db_store_row row = {
        .device = db_sqlite_text(query, 0),
        .branch = db_sqlite_text(query, 1),
        .branch_name = db_sqlite_text(query, 2),
        .counter = db_sqlite_text(query, 3),
        .enrolled = sqlite3_column_int64(query, 4),
        .last_seen = sqlite3_column_int64(query, 5),
        .parent = db_sqlite_text(query, 14),
        .status = db_sqlite_text(query, 15),
        .closed = sqlite3_column_int(query, 16) != 0,
        .gaps = sqlite3_column_int64(query, 17),
        .store = db_sqlite_text(query, 6),
        .version = db_sqlite_text(query, 7),
        .high_water = sqlite3_column_int64(query, 8),
        .last_reported = sqlite3_column_int64(query, 9),
        .quarantined = sqlite3_column_int64(query, 10),
        .duplicates = sqlite3_column_int64(query, 11),
        .received = sqlite3_column_int64(query, 12),
        .clock_at = sqlite3_column_int64(query, 13),
    };
    return stores->each(stores->user, &row);
}

int db_sqlite_stores(struct db *db, db_store_each each, void *user, struct error *error)
{
    struct db_sqlite_stores stores = {each, user};
    return db_sqlite_query(
        db,
        "SELECT device.code, branch.code, branch.name, device.counter, enrolled, last_seen, store.uuid, "
        "store.version,"
        " store.high_water, store.last_reported, store.quarantined, store.duplicates, store.received,"
        " store.clock_at, parent.uuid, store.status, store.closed,"
        " (SELECT coalesce(sum(last - first + 1), 0) FROM gap WHERE gap.store = store.id)"
        " FROM device JOIN branch ON branch.id = device.branch LEFT JOIN store ON store.device = device.id"
        " LEFT JOIN store AS parent ON parent.id = store.parent"
        " ORDER BY device.code, store.id DESC",
        NULL, db_sqlite_take_store, &stores, error);
}
