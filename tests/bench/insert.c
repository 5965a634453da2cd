/*
 * insert OUTBOX FOLDER: the floor of a drain. Inserts the outbox's rows into a bare SQLite database (WAL, FULL) in FOLDER,
 * 5000 a transaction: once into a table of headquarters' shape with its unique index, once into a plain one. Says too how
 * many bytes the rows take on the wire. Reading and parsing are not timed. Prints one JSON object.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/batch.h"
#include "core/compress.h"
#include "core/outbox.h"
#include "core/record.h"

#include <jansson.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define A_BATCH 5000

struct row {
    struct outbox_line line;
    uint8_t visit[ID_BYTES];
    int n;
};

struct rows {
    struct row *row;
    size_t count, answers, wire;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "insert: %s\n", what);
    exit(EXIT_FAILURE);
}

/* The spans stay allocated: their lines are pointed to until the program ends. */
static void take_span(struct rows *rows, const struct outbox_span *span)
{
    struct batch_head head = {.first = span->first, .count = (int64_t)span->count, .last = span->first};
    char *text = NULL;
    void *packed = NULL;
    size_t length = 0, packed_size = 0;
    for (size_t i = 0; i < span->count; i++) {
        struct record record;
        struct row *row = &rows->row[rows->count++];
        if (record_parse(span->lines[i].text, span->lines[i].length, &record, NULL) < 0)
            die("a line that is no record");
        row->line = span->lines[i];
        row->n = record.stamp.n;
        id_bytes(record.stamp.visit, row->visit);
        rows->answers += record.type == RECORD_ANSWER;
    }
    if (batch_pack(&head, span->lines, &text, &length, NULL) < 0 ||
        compress_pack(text, length, &packed, &packed_size, NULL) < 0)
        die("a batch could not be packed");
    rows->wire += packed_size;
    free(text);
    free(packed);
}

static struct rows read_rows(const char *path)
{
    struct clock clock;
    struct outbox *outbox = NULL;
    struct outbox_state state;
    struct error error = {0};
    struct rows rows = {0};
    clock_system(&clock);
    if (outbox_open(&outbox, path, &clock, &error) < 0 || outbox_state(outbox, &state, &error) < 0)
        die(error.text);
    rows.row = calloc((size_t)state.last + 1, sizeof *rows.row);
    for (int64_t number = 1; rows.row && number <= state.last;) {
        struct outbox_span span;
        if (outbox_read(outbox, number, A_BATCH, 4 << 20, &span, &error) < 0)
            die(error.text);
        take_span(&rows, &span);
        number += (int64_t)span.count;
    }
    outbox_close(outbox);
    return rows;
}

static double insert_all(const struct rows *rows, const char *folder, const char *name, const char *table)
{
    char path[PATH_MAX];
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    struct timespec begin, end;
    (void)snprintf(path, sizeof path, "%s/%s.db", folder, name);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, table, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO record VALUES (1, 1, ?1, 0, ?2, ?3, ?4)", -1, &insert, NULL) !=
            SQLITE_OK)
        die(sqlite3_errmsg(db));
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->row[i];
        if (i % A_BATCH == 0 && sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
            die(sqlite3_errmsg(db));
        (void)sqlite3_bind_int64(insert, 1, (sqlite3_int64)i + 1);
        (void)sqlite3_bind_blob(insert, 2, row->visit, ID_BYTES, SQLITE_STATIC);
        (void)sqlite3_bind_int(insert, 3, row->n);
        (void)sqlite3_bind_text(insert, 4, row->line.text, (int)row->line.length, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert) != SQLITE_OK)
            die(sqlite3_errmsg(db));
        if ((i % A_BATCH == A_BATCH - 1 || i + 1 == rows->count) &&
            sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
            die(sqlite3_errmsg(db));
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    (void)sqlite3_finalize(insert);
    (void)sqlite3_close(db);
    return (double)rows->count /
           ((double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        die("usage: insert OUTBOX FOLDER");
    struct rows rows = read_rows(argv[1]);
    double same =
        insert_all(&rows, argv[2], "same",
                   "CREATE TABLE record (lineage INTEGER NOT NULL, store INTEGER NOT NULL, seq INTEGER NOT"
                   " NULL, state INTEGER NOT NULL, visit BLOB, n INTEGER, line TEXT,"
                   " PRIMARY KEY (lineage, store, seq), UNIQUE (lineage, visit, n)) STRICT, WITHOUT ROWID");
    double plain = insert_all(&rows, argv[2], "plain",
                              "CREATE TABLE record (lineage INTEGER, store INTEGER, seq INTEGER PRIMARY KEY,"
                              " state INTEGER, visit BLOB, n INTEGER, line TEXT) STRICT");
    json_t *result = json_pack("{s:I, s:I, s:f, s:f, s:f, s:f}", "records", (json_int_t)rows.count, "answers",
                               (json_int_t)rows.answers, "same_shape_per_second", same, "plain_per_second",
                               plain, "wire_bytes_per_record", (double)rows.wire / (double)rows.count,
                               "wire_bytes_per_answer", (double)rows.wire / (double)rows.answers);
    (void)json_dumpf(result, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    (void)puts("");
    json_decref(result);
    free(rows.row);
    return EXIT_SUCCESS;
}
