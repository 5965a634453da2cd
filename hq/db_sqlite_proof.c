/*
 * Alerts, missing numbers and completeness on SQLite, for reading. Stores' rows, samples and gaps only: a figure
 * costs the same after five years. SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

static const char *db_sqlite_text(sqlite3_stmt *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query, column);
    return text ? text : "";
}

struct db_sqlite_proof {
    db_alert_each alert;
    db_missing_each missing;
    db_progress_each progress;
    void *user;
};

static int db_sqlite_take_alert(sqlite3_stmt *query, void *what)
{
    const struct db_sqlite_proof *proof = what;
    const struct db_alert_row row = {
        .kind = db_sqlite_text(query, 0),
        .device = db_sqlite_text(query, 1),
        .subject = db_sqlite_text(query, 2),
        .text = db_sqlite_text(query, 3),
        .first = sqlite3_column_int64(query, 4),
        .last = sqlite3_column_int64(query, 5),
        .count = sqlite3_column_int64(query, 6),
    };
    return proof->alert(proof->user, &row);
}

static int db_sqlite_alerts(struct db *db, db_alert_each each, void *user, struct error *error)
{
    struct db_sqlite_proof proof = {.alert = each, .user = user};
    return db_sqlite_query(
        db,
        "SELECT kind, device, subject, text, first, last, count FROM alert ORDER BY last DESC, kind, device,"
        " subject",
        NULL, db_sqlite_take_alert, &proof, error);
}

static int db_sqlite_take_missing(sqlite3_stmt *query, void *what)
{
    const struct db_sqlite_proof *proof = what;
    const struct db_missing_row row = {
        .device = db_sqlite_text(query, 0),
        .store = db_sqlite_text(query, 1),
        .first = sqlite3_column_int64(query, 2),
        .last = sqlite3_column_int64(query, 3),
        .why = db_sqlite_text(query, 4),
        .reported = sqlite3_column_int64(query, 5),
    };
    return proof->missing(proof->user, &row);
}

static int db_sqlite_missing(struct db *db, db_missing_each each, void *user, struct error *error)
{
    struct db_sqlite_proof proof = {.missing = each, .user = user};
    return db_sqlite_query(
        db,
        "SELECT device.code, uuid, first, last, why, reported FROM gap JOIN store ON store.id = gap.store"
        " JOIN device ON device.id = store.device"
        " UNION ALL SELECT device.code, uuid, high_water + 1, last_reported, 'unsent', received FROM store"
        " JOIN device ON device.id = store.device WHERE last_reported > high_water AND closed = 0"
        " ORDER BY 1, 2, 3",
        NULL, db_sqlite_take_missing, &proof, error);
}

/*
 * Numbers (a, b] of a store were made in the period, by its samples; those up to h are held, and those that
 * were held already under another store are no news. A gap belongs to the hour in which it was reported.
 */
#define DB_SQLITE_LAST_BEFORE(hour)                                                                          \
    "coalesce((SELECT last FROM sample WHERE sample.store = s.id AND hour < " hour                           \
    " ORDER BY hour DESC LIMIT 1), 0)"

static const char db_sqlite_progress_sql[] =
    "WITH part AS (SELECT device.branch AS branch, s.high_water AS h, s.closed AS closed,"
    " " DB_SQLITE_LAST_BEFORE(
        "?1") " AS a,"
              " CASE ?2 WHEN 9223372036854775807 THEN max(s.high_water, s.last_reported)"
              " ELSE " DB_SQLITE_LAST_BEFORE(
                  "?2") " END AS b,"
                        " coalesce((SELECT sum(duplicates) FROM sample WHERE sample.store = s.id AND "
                        "duplicates > 0"
                        "  AND hour >= ?1 AND hour < ?2), 0) AS again,"
                        " coalesce((SELECT sum(last - first + 1) FROM gap WHERE gap.store = s.id"
                        "  AND reported / 3600000 >= ?1 AND reported / 3600000 < ?2), 0) AS gaps"
                        " FROM store AS s JOIN device ON device.id = s.device),"
                        " whole AS (SELECT branch, max(0, min(b, h) - min(a, h) - again) AS arrived,"
                        " CASE closed WHEN 0 THEN max(0, b - max(a, h)) ELSE 0 END AS open, gaps FROM part)"
                        "SELECT branch.code, branch.name, coalesce(sum(arrived), 0), coalesce(sum(arrived + "
                        "open + gaps), 0),"
                        " coalesce(sum(gaps), 0) FROM branch LEFT JOIN whole ON whole.branch = branch.id"
                        " GROUP BY branch.id ORDER BY branch.code";

static int db_sqlite_take_progress(sqlite3_stmt *query, void *what)
{
    const struct db_sqlite_proof *proof = what;
    const struct db_progress_row row = {
        .branch = db_sqlite_text(query, 0),
        .branch_name = db_sqlite_text(query, 1),
        .arrived = sqlite3_column_int64(query, 2),
        .recorded = sqlite3_column_int64(query, 3),
        .gaps = sqlite3_column_int64(query, 4),
    };
    return proof->progress(proof->user, &row);
}

int db_sqlite_progress(struct db *db, const struct db_period *period, db_progress_each each, void *user,
                       struct error *error)
{
    struct db_sqlite_proof proof = {.progress = each, .user = user};
    return db_sqlite_query(db, db_sqlite_progress_sql, period, db_sqlite_take_progress, &proof, error);
}

const struct db_proof_backend db_sqlite_proof_backend = {
    .alerts = db_sqlite_alerts,
    .missing = db_sqlite_missing,
    .verify = db_sqlite_verify,
    .backup = db_sqlite_backup,
};
