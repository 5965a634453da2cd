/*
 * Appending against its floors, in turns in one run: fdatasync of a 4 KiB append, a bare SQLite commit (WAL, FULL) of
 * the same row, outbox_append(). Prints one JSON object; times in microseconds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox.h"
#include "core/record.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 20
#define A_ROUND 100 /* operations of each kind in a round */
#define SAMPLES (ROUNDS * A_ROUND)

struct series {
    const char *name;
    double us[SAMPLES];
    int count;
};

static double now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static json_t *series_json(struct series *series)
{
    double sum = 0;
    for (int i = 0; i < series->count; i++)
        sum += series->us[i];
    qsort(series->us, (size_t)series->count, sizeof *series->us, compare);
    return json_pack("{s:f, s:f, s:f}", "p50", series->us[series->count / 2], "p99",
                     series->us[series->count * 99 / 100], "per_second", series->count * 1e6 / sum);
}

static void die(const char *what)
{
    (void)fprintf(stderr, "append: %s\n", what);
    exit(EXIT_FAILURE);
}

static void raw_round(int file, struct series *series)
{
    static char block[4096];
    for (int i = 0; i < A_ROUND; i++) {
        double begin = now_us();
        if (write(file, block, sizeof block) != (ssize_t)sizeof block || fdatasync(file) < 0)
            die("fdatasync failed");
        series->us[series->count++] = now_us() - begin;
    }
}

/* The same row, the same pragmas, no chain and no check of place. */
static void bare_round(sqlite3 *db, sqlite3_stmt *insert, const struct outbox_line *line,
                       struct series *series)
{
    static const char chain[CHAIN_BYTES];
    for (int i = 0; i < A_ROUND; i++) {
        double begin = now_us();
        (void)sqlite3_bind_text(insert, 1, line->text, (int)line->length, SQLITE_STATIC);
        (void)sqlite3_bind_blob(insert, 2, chain, sizeof chain, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert) != SQLITE_OK)
            die(sqlite3_errmsg(db));
        series->us[series->count++] = now_us() - begin;
    }
}

static void outbox_round(struct outbox *outbox, const struct outbox_line *line, struct series *series)
{
    struct error error = {0};
    for (int i = 0; i < A_ROUND; i++) {
        double begin = now_us();
        if (outbox_append(outbox, line, 1, NULL, &error) < 0)
            die(error.text);
        series->us[series->count++] = now_us() - begin;
    }
}

static sqlite3 *open_bare(const char *folder, sqlite3_stmt **insert)
{
    char path[PATH_MAX];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/bare.db", folder);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(
            db,
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE record (n INTEGER PRIMARY KEY, line TEXT NOT NULL, chain BLOB NOT NULL) STRICT",
            NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO record (line, chain) VALUES (?1, ?2)", -1, insert, NULL) !=
            SQLITE_OK)
        die(sqlite3_errmsg(db));
    return db;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("usage: append FOLDER (empty, on the disk that is to be measured)");
    static struct series raw = {.name = "fdatasync"}, bare = {.name = "sqlite"}, ours = {.name = "outbox"};
    char path[PATH_MAX], text[RECORD_MAX + 1];
    struct clock clock;
    struct outbox *outbox = NULL;
    struct error error = {0};
    struct outbox_line line = {.text = text};
    struct record_stamp stamp = {.n = 1, .survey = "branch-exit/1", .lang = "zh", .channel = "touch"};
    struct record_answer answer = {.question = "overall", .kind = "faces", .scale = 5, .mark = 4};
    clock_system(&clock);
    id_ordered(stamp.visit, clock_wall(&clock));
    record_stamp_now(&stamp, &clock);
    (void)snprintf(path, sizeof path, "%s/outbox.db", argv[1]);
    if (record_make_answer(text, &line.length, &stamp, &answer, &error) < 0 ||
        outbox_open(&outbox, path, &clock, &error) < 0)
        die(error.text);
    (void)snprintf(path, sizeof path, "%s/raw", argv[1]);
    int file = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0)
        die("the raw file could not be made");
    sqlite3_stmt *insert = NULL;
    sqlite3 *db = open_bare(argv[1], &insert);
    for (int round = 0; round < ROUNDS; round++) {
        raw_round(file, &raw);
        bare_round(db, insert, &line, &bare);
        outbox_round(outbox, &line, &ours);
    }
    json_t *result = json_pack("{s:o, s:o, s:o}", raw.name, series_json(&raw), bare.name, series_json(&bare),
                               ours.name, series_json(&ours));
    (void)json_dumpf(result, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    (void)puts("");
    json_decref(result);
    (void)sqlite3_finalize(insert);
    (void)sqlite3_close(db);
    (void)close(file);
    outbox_close(outbox);
    return EXIT_SUCCESS;
}
