/*
 * The whole check on SQLite: a connection of its own reads one moment's state from end to end, computes chains
 * and roll-ups anew from the lines, and compares. Nothing is written but a table in memory.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DB_SQLITE_VERIFY_PIECE 1000 /* records judged at once */
#define DB_SQLITE_VERIFY_SAY 20000  /* records between two words about progress */

struct db_sqlite_check {
    const struct db_verify *verify;
    sqlite3 *connection;
    sqlite3_stmt *rows, *count;
    int64_t done, total, problems;
    /* the store that is being read */
    int64_t key, lineage, device, high_water, quarantined, duplicates;
    char uuid[ID_TEXT];
    uint8_t stored[CHAIN_BYTES], running[CHAIN_BYTES];
    int64_t expected, bad, again;
    /* a piece of its kept records */
    struct batch piece;
    char *texts[DB_SQLITE_VERIFY_PIECE];
    int64_t seqs[DB_SQLITE_VERIFY_PIECE], ats[DB_SQLITE_VERIFY_PIECE], ns[DB_SQLITE_VERIFY_PIECE];
    uint8_t visits[DB_SQLITE_VERIFY_PIECE][ID_BYTES];
};

__attribute__((format(printf, 2, 3))) static void db_sqlite_problem(struct db_sqlite_check *check,
                                                                    const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    check->problems++;
    if (check->verify->problem)
        check->verify->problem(check->verify->user, text);
}

static void db_sqlite_empty_piece(struct db_sqlite_check *check)
{
    for (int64_t i = 0; i < check->piece.head.count; i++) {
        free(check->texts[i]);
        check->texts[i] = NULL;
    }
    check->piece.head.count = 0;
}

static int db_sqlite_count_cell(struct db_sqlite_check *check, const struct ingest_cell *cell, int64_t hour,
                                struct error *error)
{
    sqlite3_stmt *count = check->count;
    (void)sqlite3_bind_int64(count, 1, hour);
    (void)sqlite3_bind_int64(count, 2, check->lineage);
    (void)sqlite3_bind_int64(count, 3, check->device);
    (void)sqlite3_bind_text(count, 4, cell->survey, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(count, 5, cell->question, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(count, 6, cell->kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(count, 7, cell->scale);
    (void)sqlite3_bind_text(count, 8, cell->answer, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(count, 9, cell->lang, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(count, 10, cell->channel, -1, SQLITE_STATIC);
    int step = sqlite3_step(count);
    (void)sqlite3_reset(count);
    return step == SQLITE_DONE ? 0 : db_sqlite_failed(check->connection, "counting", error);
}

/* Judges the lines of the piece anew, and counts their effects. */
static int db_sqlite_judge_piece(struct db_sqlite_check *check, struct error *error)
{
    struct ingest ingest = {0};
    int result = ingest_prepare(&ingest, &check->piece, error);
    for (int64_t i = 0; i < check->piece.head.count && result == 0; i++) {
        const struct ingest_row *row = &ingest.rows[i];
        if (row->reason) {
            db_sqlite_problem(check, "store %s: record %lld is kept, but its line is no record", check->uuid,
                              (long long)check->seqs[i]);
            continue;
        }
        if (row->n != check->ns[i] || memcmp(row->visit, check->visits[i], ID_BYTES) != 0)
            db_sqlite_problem(check, "store %s: record %lld is filed under another identity than its line's",
                              check->uuid, (long long)check->seqs[i]);
        int64_t at = check->ats[i] == INT64_MIN ? row->at : check->ats[i];
        for (size_t e = 0; e < row->effect_count && result == 0; e++)
            result = db_sqlite_count_cell(check, &ingest.cells[ingest.effects[row->first_effect + e]],
                                          ingest_hour(at), error);
    }
    ingest_free(&ingest);
    db_sqlite_empty_piece(check);
    return result;
}

static int db_sqlite_keep_row(struct db_sqlite_check *check, const char *line, size_t length,
                              struct error *error)
{
    size_t i = (size_t)check->piece.head.count;
    check->texts[i] = malloc(length + 1);
    if (!check->texts[i])
        return error_set(error, -ENOMEM, "no memory to check records");
    memcpy(check->texts[i], line, length);
    check->texts[i][length] = '\0';
    check->piece.lines[i] = (struct outbox_line){check->texts[i], length};
    check->seqs[i] = sqlite3_column_int64(check->rows, 0);
    check->ns[i] = sqlite3_column_int64(check->rows, 3);
    check->ats[i] =
        sqlite3_column_type(check->rows, 5) == SQLITE_NULL ? INT64_MIN : sqlite3_column_int64(check->rows, 5);
    memset(check->visits[i], 0, ID_BYTES);
    if (sqlite3_column_bytes(check->rows, 2) == ID_BYTES)
        memcpy(check->visits[i], sqlite3_column_blob(check->rows, 2), ID_BYTES);
    check->piece.head.count++;
    return check->piece.head.count == DB_SQLITE_VERIFY_PIECE ? db_sqlite_judge_piece(check, error) : 0;
}

static int db_sqlite_check_row(struct db_sqlite_check *check, struct error *error)
{
    int64_t seq = sqlite3_column_int64(check->rows, 0);
    int state = sqlite3_column_int(check->rows, 1);
    const char *line = sqlite3_column_blob(check->rows, 4);
    size_t length = (size_t)sqlite3_column_bytes(check->rows, 4);
    if (seq != check->expected)
        db_sqlite_problem(check, "store %s: record %lld is missing, %lld follows", check->uuid,
                          (long long)check->expected, (long long)seq);
    check->expected = seq + 1;
    check->bad += state == DB_SQLITE_QUARANTINED;
    check->again += state == DB_SQLITE_DUPLICATE;
    if (check->verify->progress && ++check->done % DB_SQLITE_VERIFY_SAY == 0)
        check->verify->progress(check->verify->user, check->done, check->total);
    if (!line) {
        db_sqlite_problem(check, "store %s: record %lld has no line", check->uuid, (long long)seq);
        return 0;
    }
    chain_next(check->running, check->running, line, length);
    return state == DB_SQLITE_KEPT ? db_sqlite_keep_row(check, line, length, error) : 0;
}

static int db_sqlite_check_store(struct db_sqlite_check *check, struct error *error)
{
    int step, result = 0;
    chain_start(check->running, check->uuid);
    check->expected = 1;
    check->bad = check->again = 0;
    (void)sqlite3_bind_int64(check->rows, 1, check->lineage);
    (void)sqlite3_bind_int64(check->rows, 2, check->key);
    while (result == 0 && (step = sqlite3_step(check->rows)) != SQLITE_DONE)
        result = step == SQLITE_ROW ? db_sqlite_check_row(check, error)
                                    : db_sqlite_failed(check->connection, "reading records", error);
    (void)sqlite3_reset(check->rows);
    if (result == 0)
        result = db_sqlite_judge_piece(check, error);
    if (result < 0)
        return result;
    if (check->expected - 1 != check->high_water)
        db_sqlite_problem(check, "store %s: high water is %lld, its records end at %lld", check->uuid,
                          (long long)check->high_water, (long long)check->expected - 1);
    else if (!chain_equal(check->running, check->stored))
        db_sqlite_problem(check,
                          "store %s: the chain over its %lld lines is not the one that was receipted: a "
                          "line was altered, or another one put in its place",
                          check->uuid, (long long)check->high_water);
    if (check->bad != check->quarantined || check->again != check->duplicates)
        db_sqlite_problem(
            check, "store %s: counts %lld quarantined and %lld repeated, its records say %lld and %lld",
            check->uuid, (long long)check->quarantined, (long long)check->duplicates, (long long)check->bad,
            (long long)check->again);
    return 0;
}

static int db_sqlite_check_stores(struct db_sqlite_check *check, struct error *error)
{
    sqlite3_stmt *stores = NULL;
    int step, result = 0;
    if (sqlite3_prepare_v2(check->connection,
                           "SELECT id, uuid, lineage, device, high_water, chain, quarantined, duplicates"
                           " FROM store ORDER BY id",
                           -1, &stores, NULL) != SQLITE_OK)
        return db_sqlite_failed(check->connection, "reading stores", error);
    while (result == 0 && (step = sqlite3_step(stores)) != SQLITE_DONE) {
        if (step != SQLITE_ROW) {
            result = db_sqlite_failed(check->connection, "reading stores", error);
            break;
        }
        check->key = sqlite3_column_int64(stores, 0);
        (void)snprintf(check->uuid, sizeof check->uuid, "%s", (const char *)sqlite3_column_text(stores, 1));
        check->lineage = sqlite3_column_int64(stores, 2);
        check->device = sqlite3_column_int64(stores, 3);
        check->high_water = sqlite3_column_int64(stores, 4);
        memset(check->stored, 0, CHAIN_BYTES);
        if (sqlite3_column_bytes(stores, 5) == CHAIN_BYTES)
            memcpy(check->stored, sqlite3_column_blob(stores, 5), CHAIN_BYTES);
        check->quarantined = sqlite3_column_int64(stores, 6);
        check->duplicates = sqlite3_column_int64(stores, 7);
        result = db_sqlite_check_store(check, error);
    }
    (void)sqlite3_finalize(stores);
    return result;
}

/* The roll-ups as they are beside the ones that were counted. */
static int db_sqlite_check_rollups(struct db_sqlite_check *check, struct error *error)
{
    sqlite3_stmt *compare = NULL;
    int step, result = 0;
    if (sqlite3_prepare_v2(
            check->connection,
            "SELECT hour, device.code, survey, question, answer, sum(stored), sum(counted) FROM ("
            " SELECT hour, device, survey, question, kind, scale, answer, lang, channel, lineage,"
            "  count AS stored, 0 AS counted FROM rollup"
            " UNION ALL SELECT hour, device, survey, question, kind, scale, answer, lang, channel, lineage,"
            "  0, count FROM recount.rollup) LEFT JOIN device ON device.id = device"
            " GROUP BY hour, device, survey, question, kind, scale, answer, lang, channel, lineage"
            " HAVING sum(stored) <> sum(counted)",
            -1, &compare, NULL) != SQLITE_OK)
        return db_sqlite_failed(check->connection, "comparing roll-ups", error);
    while ((step = sqlite3_step(compare)) == SQLITE_ROW)
        db_sqlite_problem(check,
                          "roll-up of hour %lld, device %s, %s, %s, answer \"%s\": counts %lld, the "
                          "records say %lld",
                          (long long)sqlite3_column_int64(compare, 0), sqlite3_column_text(compare, 1),
                          sqlite3_column_text(compare, 2), sqlite3_column_text(compare, 3),
                          sqlite3_column_text(compare, 4), (long long)sqlite3_column_int64(compare, 5),
                          (long long)sqlite3_column_int64(compare, 6));
    if (step != SQLITE_DONE)
        result = db_sqlite_failed(check->connection, "comparing roll-ups", error);
    (void)sqlite3_finalize(compare);
    return result;
}

static int db_sqlite_check_structure(struct db_sqlite_check *check, struct error *error)
{
    sqlite3_stmt *quick = NULL;
    int step = SQLITE_DONE;
    if (sqlite3_prepare_v2(check->connection, "PRAGMA main.quick_check(20)", -1, &quick, NULL) != SQLITE_OK)
        return db_sqlite_failed(check->connection, "checking its structure", error);
    while ((step = sqlite3_step(quick)) == SQLITE_ROW)
        if (strcmp((const char *)sqlite3_column_text(quick, 0), "ok") != 0)
            db_sqlite_problem(check, "structure: %.300s", sqlite3_column_text(quick, 0));
    (void)sqlite3_finalize(quick);
    return step == SQLITE_DONE ? 0 : db_sqlite_failed(check->connection, "checking its structure", error);
}

static int db_sqlite_check_prepare(struct db_sqlite_check *check, struct error *error)
{
    sqlite3_stmt *total = NULL;
    int result = db_sqlite_execute(
        check->connection,
        "ATTACH ':memory:' AS recount;"
        "CREATE TABLE recount.rollup (hour, lineage, device, survey, question, kind, scale, answer, lang, "
        "channel,"
        " count, PRIMARY KEY (hour, lineage, device, survey, question, kind, scale, answer, lang, channel))"
        " WITHOUT ROWID;"
        "BEGIN",
        "making ready to check", error);
    if (result < 0)
        return result;
    if (sqlite3_prepare_v2(check->connection,
                           "INSERT INTO recount.rollup VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1)"
                           " ON CONFLICT DO UPDATE SET count = count + 1",
                           -1, &check->count, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(
            check->connection,
            "SELECT record.seq, state, visit, n, coalesce(CAST(record.line AS BLOB),"
            " quarantine.line), at FROM record LEFT JOIN quarantine USING (lineage, store, seq)"
            " WHERE record.lineage = ?1 AND record.store = ?2 ORDER BY record.seq",
            -1, &check->rows, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(check->connection, "SELECT coalesce(sum(high_water), 0) FROM store", -1, &total,
                           NULL) != SQLITE_OK)
        result = db_sqlite_failed(check->connection, "making ready to check", error);
    if (result == 0 && sqlite3_step(total) == SQLITE_ROW)
        check->total = sqlite3_column_int64(total, 0);
    (void)sqlite3_finalize(total);
    check->piece.lines = calloc(DB_SQLITE_VERIFY_PIECE, sizeof *check->piece.lines);
    return check->piece.lines ? result : error_set(error, -ENOMEM, "no memory to check records");
}

int db_sqlite_verify(struct db *db, const struct db_verify *verify, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    struct db_sqlite_check *check = calloc(1, sizeof *check);
    if (!check)
        return error_set(error, -ENOMEM, "no memory to check records");
    check->verify = verify;
    int result = db_sqlite_connect(&check->connection, self->path, SQLITE_OPEN_READWRITE, error);
    if (result == 0)
        result = db_sqlite_check_prepare(check, error);
    if (result == 0)
        result = db_sqlite_check_structure(check, error);
    if (result == 0)
        result = db_sqlite_check_stores(check, error);
    if (result == 0)
        result = db_sqlite_check_rollups(check, error);
    if (result == 0) {
        *verify->records = check->total;
        *verify->problems = check->problems;
    }
    db_sqlite_empty_piece(check);
    free(check->piece.lines);
    (void)sqlite3_finalize(check->rows);
    (void)sqlite3_finalize(check->count);
    (void)sqlite3_close_v2(check->connection);
    free(check);
    return result;
}
