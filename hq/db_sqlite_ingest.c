/*
 * The ingest transaction on SQLite.
 * A store's numbers run 1 to high water without a gap, and a record has its effect once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DB_SQLITE_TAKEN "identity: another record with the same visit and n, but other bytes, is held"

static int db_sqlite_take_epoch(struct db_sqlite *self, char epoch[ID_TEXT], struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_EPOCH];
    int result = 0;
    if (sqlite3_step(get) == SQLITE_ROW && sqlite3_column_bytes(get, 0) == ID_TEXT - 1)
        memcpy(epoch, sqlite3_column_text(get, 0), ID_TEXT);
    else
        result = error_set(error, -EBADMSG, "%s: it has no epoch", self->path);
    (void)sqlite3_reset(get);
    return result;
}

/* --- records
 * ------------------------------------------------------------------------------------------------- */

static int db_sqlite_tombstone(struct db_sqlite *self, const struct db_sqlite_place *place, int64_t seq,
                               enum db_sqlite_record_state state, const struct outbox_line *line,
                               struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_TOMBSTONE_ADD];
    (void)sqlite3_bind_int64(add, 1, place->lineage);
    (void)sqlite3_bind_int64(add, 2, place->store);
    (void)sqlite3_bind_int64(add, 3, seq);
    (void)sqlite3_bind_int(add, 4, (int)state);
    if (state == DB_SQLITE_DUPLICATE)
        (void)sqlite3_bind_text(add, 5, line->text, (int)line->length, SQLITE_STATIC);
    else
        (void)sqlite3_bind_null(add, 5);
    return db_sqlite_run(self, DB_SQLITE_TOMBSTONE_ADD, error);
}

static int db_sqlite_quarantine(struct db_sqlite *self, const struct db_sqlite_place *place, int64_t seq,
                                int64_t now, const char *reason, const struct outbox_line *line,
                                struct error *error)
{
    int result = db_sqlite_tombstone(self, place, seq, DB_SQLITE_QUARANTINED, line, error);
    if (result < 0)
        return result;
    sqlite3_stmt *add = self->statements[DB_SQLITE_QUARANTINE_ADD];
    (void)sqlite3_bind_int64(add, 1, place->lineage);
    (void)sqlite3_bind_int64(add, 2, place->store);
    (void)sqlite3_bind_int64(add, 3, seq);
    (void)sqlite3_bind_int64(add, 4, now);
    (void)sqlite3_bind_text(add, 5, reason, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(add, 6, line->text, (int)line->length, SQLITE_STATIC);
    return db_sqlite_run(self, DB_SQLITE_QUARANTINE_ADD, error);
}

/* Somebody holds this identity already: with the same bytes? 1, 0 or an error. */
static int db_sqlite_same_bytes(struct db_sqlite *self, const struct db_sqlite_place *place,
                                const struct ingest_row *row, struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_RECORD_GET];
    (void)sqlite3_bind_int64(get, 1, place->lineage);
    (void)sqlite3_bind_blob(get, 2, row->visit, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int(get, 3, row->n);
    int result;
    if (sqlite3_step(get) == SQLITE_ROW) {
        const void *line = sqlite3_column_text(get, 0);
        result = line && (size_t)sqlite3_column_bytes(get, 0) == row->line.length &&
                 memcmp(line, row->line.text, row->line.length) == 0;
    } else {
        result = db_sqlite_failed(self->writer, "reading a record", error);
    }
    (void)sqlite3_reset(get);
    return result;
}

/* Lineage and store are bound already: they are the same for the whole batch. */
static int db_sqlite_add_record(struct db_sqlite *self, int64_t seq, const struct ingest_row *row, int64_t at,
                                bool sure, bool *kept, struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_RECORD_ADD];
    (void)sqlite3_bind_int64(add, 3, seq);
    (void)sqlite3_bind_blob(add, 4, row->visit, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int(add, 5, row->n);
    (void)sqlite3_bind_text(add, 6, row->line.text, (int)row->line.length, SQLITE_STATIC);
    if (sure && at == row->at) { /* the line's own word holds */
        (void)sqlite3_bind_null(add, 7);
        (void)sqlite3_bind_null(add, 8);
    } else {
        (void)sqlite3_bind_int64(add, 7, at);
        (void)sqlite3_bind_int(add, 8, sure);
    }
    int result = db_sqlite_run(self, DB_SQLITE_RECORD_ADD, error);
    *kept = result == 0 && sqlite3_changes(self->writer) == 1;
    return result;
}

/* How far the store had come in an hour; written when the hour changes. */
struct db_sqlite_sample {
    int64_t hour, last, duplicates;
};

static int db_sqlite_put_sample(struct db_sqlite *self, const struct db_sqlite_place *place,
                                struct db_sqlite_sample *sample, int64_t hour, struct error *error)
{
    int result = 0;
    if (sample->last > 0 && sample->hour != hour) {
        sqlite3_stmt *add = self->statements[DB_SQLITE_SAMPLE_ADD];
        (void)sqlite3_bind_int64(add, 1, place->store);
        (void)sqlite3_bind_int64(add, 2, sample->hour);
        (void)sqlite3_bind_int64(add, 3, sample->last);
        (void)sqlite3_bind_int64(add, 4, sample->duplicates);
        result = db_sqlite_run(self, DB_SQLITE_SAMPLE_ADD, error);
        *sample = (struct db_sqlite_sample){0};
    }
    sample->hour = hour;
    return result;
}

static int db_sqlite_add_cell(struct db_sqlite *self, const struct db_sqlite_place *place,
                              const struct ingest_cell *cell, int64_t hour, int64_t count,
                              struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_ROLLUP_ADD];
    (void)sqlite3_bind_int64(add, 1, hour);
    (void)sqlite3_bind_int64(add, 2, place->lineage);
    (void)sqlite3_bind_int64(add, 3, place->device);
    (void)sqlite3_bind_text(add, 4, cell->survey, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 5, cell->question, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 6, cell->kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(add, 7, cell->scale);
    (void)sqlite3_bind_text(add, 8, cell->answer, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 9, cell->lang, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 10, cell->channel, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 11, count);
    return db_sqlite_run(self, DB_SQLITE_ROLLUP_ADD, error);
}

int db_sqlite_add_effects(struct db_sqlite *self, const struct db_sqlite_place *place,
                          const struct ingest *ingest, const struct ingest_row *row, int64_t at,
                          int64_t times, struct error *error)
{
    int result = 0;
    for (size_t e = 0; e < row->effect_count && result == 0; e++)
        result = db_sqlite_add_cell(self, place, &ingest->cells[ingest->effects[row->first_effect + e]],
                                    ingest_hour(at), times, error);
    return result;
}

/* The batch as it is being added. */
struct db_sqlite_adding {
    const struct ingest *ingest;
    struct db_sqlite_place *place;
    const char *device;
    int64_t now;
    struct db_sqlite_clock clock;
    struct db_sqlite_sample sample;
    int64_t *counts; /* how often each cell takes effect in its own hour */
    struct db_outcome *outcome;
};

/* What a record that is kept does beyond being there. */
static int db_sqlite_take_effect(struct db_sqlite *self, struct db_sqlite_adding *adding,
                                 const struct ingest_row *row, int64_t at, struct error *error)
{
    if (row->type == RECORD_FAULT)
        return db_sqlite_fault(self, adding->place, adding->device, &row->line, adding->now, error);
    if (row->type == RECORD_STATUS) {
        sqlite3_stmt *status = self->statements[DB_SQLITE_STORE_STATUS];
        (void)sqlite3_bind_int64(status, 1, adding->place->store);
        (void)sqlite3_bind_text(status, 2, row->line.text, (int)row->line.length, SQLITE_STATIC);
        return db_sqlite_run(self, DB_SQLITE_STORE_STATUS, error);
    }
    if (ingest_hour(at) != ingest_hour(row->at))
        return db_sqlite_add_effects(self, adding->place, adding->ingest, row, at, 1, error);
    for (size_t e = 0; e < row->effect_count; e++)
        adding->counts[adding->ingest->effects[row->first_effect + e]]++;
    return 0;
}

/* A line that is a record: kept, or the same again, or another one with the same identity. */
static int db_sqlite_add_good(struct db_sqlite *self, struct db_sqlite_adding *adding, int64_t seq,
                              const struct ingest_row *row, struct error *error)
{
    int64_t at = row->at;
    bool sure = false, kept = false;
    int result = db_sqlite_clock_find(self, &adding->clock, adding->place, row, seq, &at, &sure, error);
    if (result == 0)
        result = db_sqlite_put_sample(self, adding->place, &adding->sample, ingest_hour(at), error);
    if (result == 0)
        result = db_sqlite_add_record(self, seq, row, at, sure, &kept, error);
    if (result < 0)
        return result;
    adding->sample.last = seq;
    if (kept)
        return db_sqlite_take_effect(self, adding, row, at, error);
    int same = db_sqlite_same_bytes(self, adding->place, row, error);
    if (same < 0)
        return same;
    adding->outcome->duplicates += same;
    adding->sample.duplicates += same;
    if (same)
        return db_sqlite_tombstone(self, adding->place, seq, DB_SQLITE_DUPLICATE, &row->line, error);
    adding->outcome->quarantined++;
    return db_sqlite_quarantine(self, adding->place, seq, adding->now, DB_SQLITE_TAKEN, &row->line, error);
}

/* Every row gets its number. */
static int db_sqlite_add_rows(struct db_sqlite *self, struct db_sqlite_adding *adding, struct error *error)
{
    const struct ingest *ingest = adding->ingest;
    sqlite3_stmt *add = self->statements[DB_SQLITE_RECORD_ADD];
    (void)sqlite3_bind_int64(add, 1, adding->place->lineage);
    (void)sqlite3_bind_int64(add, 2, adding->place->store);
    int result = 0;
    for (int64_t i = 0; i < ingest->head.count && result == 0; i++) {
        const struct ingest_row *row = &ingest->rows[i];
        int64_t seq = ingest->head.first + i;
        if (!row->reason) {
            result = db_sqlite_add_good(self, adding, seq, row, error);
            continue;
        }
        adding->outcome->quarantined++;
        adding->sample.last = seq;
        result = db_sqlite_quarantine(self, adding->place, seq, adding->now, row->reason, &row->line, error);
    }
    if (result == 0)
        result = db_sqlite_put_sample(self, adding->place, &adding->sample, INT64_MIN, error);
    return result;
}

static int db_sqlite_add_counts(struct db_sqlite *self, const struct db_sqlite_place *place,
                                const struct ingest *ingest, const int64_t *counts, struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < ingest->cell_count && result == 0; i++)
        if (counts[i] != 0)
            result =
                db_sqlite_add_cell(self, place, &ingest->cells[i], ingest->cells[i].hour, counts[i], error);
    return result;
}

static int db_sqlite_accept(struct db_sqlite *self, struct db_sqlite_adding *adding, struct error *error)
{
    const struct ingest *ingest = adding->ingest;
    adding->counts = calloc(ingest->cell_count + 1, sizeof *adding->counts);
    if (!adding->counts)
        return error_set(error, -ENOMEM, "ingest: no memory for %zu counters", ingest->cell_count);
    int result = db_sqlite_add_rows(self, adding, error);
    if (result == 0)
        result = db_sqlite_add_counts(self, adding->place, ingest, adding->counts, error);
    free(adding->counts);
    adding->counts = NULL;
    if (result < 0)
        return result;
    adding->outcome->accepted = ingest->head.count;
    adding->place->high_water = ingest->head.first + ingest->head.count - 1;
    memcpy(adding->place->chain, ingest->head.after, CHAIN_BYTES);
    return 0;
}

/* --- the transaction
 * ------------------------------------------------------------------------------------------ */

static int db_sqlite_work(struct db_sqlite *self, const struct identity *identity,
                          const struct ingest *ingest, int64_t now, struct db_outcome *outcome,
                          struct error *error)
{
    struct db_sqlite_place place = {0};
    const struct batch_head *head = &ingest->head;
    int result = db_sqlite_authenticate(self, identity, now, &place.device, &outcome->verdict, error);
    if (result == 0 && outcome->verdict == DB_HELD)
        result = db_sqlite_find_store(self, ingest, identity->device, now, &place, &outcome->verdict, error);
    if (result < 0 || outcome->verdict != DB_HELD)
        return result;
    struct db_sqlite_adding adding = {
        .ingest = ingest, .place = &place, .device = identity->device, .now = now, .outcome = outcome};
    bool fits = head->first == place.high_water + 1 && chain_equal(head->before, place.chain);
    db_sqlite_clock_start(&adding.clock, ingest, place.store, now);
    if (fits && head->count > 0)
        result = db_sqlite_accept(self, &adding, error);
    if (result == 0)
        result = db_sqlite_clock_end(self, &adding.clock, &place, error);
    if (result == 0)
        result = db_sqlite_advance(self, &place, ingest, identity->device, fits, now, outcome, error);
    if (result == 0)
        result = db_sqlite_take_epoch(self, outcome->epoch, error);
    outcome->high_water = place.high_water;
    memcpy(outcome->chain, place.chain, CHAIN_BYTES);
    return result;
}

int db_sqlite_ingest(struct db *db, const struct identity *identity, const struct ingest *ingest, int64_t now,
                     struct db_outcome *outcome, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    struct db_outcome made = {.verdict = DB_HELD};
    int result = db_sqlite_take_writer(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_begin(self, error);
    if (result == 0) {
        result = db_sqlite_work(self, identity, ingest, now, &made, error);
        /* a foreign store leaves an alert behind, and nothing else */
        if (result == 0 && (made.verdict == DB_HELD || made.verdict == DB_FOREIGN_STORE))
            result = db_sqlite_commit(self, error);
        else
            db_sqlite_rollback(self);
    }
    db_sqlite_give_writer(self, result);
    if (result == 0)
        *outcome = made;
    return result;
}
