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

/* The store's row as the transaction found it. */
struct db_sqlite_place {
    int64_t device, store, lineage, high_water;
    uint8_t chain[CHAIN_BYTES];
};

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

/* Is this the certificate that counts for this device? verdict stays DB_HELD when it is. */
static int db_sqlite_find_device(struct db_sqlite *self, const struct identity *identity, int64_t *device,
                                 enum db_verdict *verdict, struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_DEVICE_GET];
    (void)sqlite3_bind_text(get, 1, identity->device, -1, SQLITE_STATIC);
    int step = sqlite3_step(get), result = 0;
    if (step == SQLITE_ROW) {
        *device = sqlite3_column_int64(get, 0);
        const void *fingerprint = sqlite3_column_blob(get, 1);
        if (sqlite3_column_bytes(get, 1) != IDENTITY_FINGERPRINT_BYTES ||
            memcmp(fingerprint, identity->fingerprint, IDENTITY_FINGERPRINT_BYTES) != 0)
            *verdict = DB_OLD_CERTIFICATE;
    } else if (step == SQLITE_DONE) {
        *verdict = DB_UNKNOWN_DEVICE;
    } else {
        result = db_sqlite_failed(self->writer, "reading a device", error);
    }
    (void)sqlite3_reset(get);
    return result;
}

static int db_sqlite_add_store(struct db_sqlite *self, const char *uuid, struct db_sqlite_place *place,
                               struct error *error)
{
    chain_start(place->chain, uuid);
    sqlite3_stmt *add = self->statements[DB_SQLITE_STORE_ADD];
    (void)sqlite3_bind_text(add, 1, uuid, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 2, place->device);
    (void)sqlite3_bind_blob(add, 3, place->chain, CHAIN_BYTES, SQLITE_STATIC);
    int result = db_sqlite_run(self, DB_SQLITE_STORE_ADD, error);
    if (result < 0)
        return result;
    place->store = place->lineage = sqlite3_last_insert_rowid(self->writer);
    place->high_water = 0;
    (void)sqlite3_bind_int64(self->statements[DB_SQLITE_STORE_LINEAGE], 1, place->store);
    return db_sqlite_run(self, DB_SQLITE_STORE_LINEAGE, error);
}

static int db_sqlite_find_store(struct db_sqlite *self, const char *uuid, struct db_sqlite_place *place,
                                enum db_verdict *verdict, struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_STORE_GET];
    (void)sqlite3_bind_text(get, 1, uuid, -1, SQLITE_STATIC);
    int step = sqlite3_step(get), result = 0;
    if (step == SQLITE_ROW) {
        place->store = sqlite3_column_int64(get, 0);
        place->lineage = sqlite3_column_int64(get, 1);
        place->high_water = sqlite3_column_int64(get, 3);
        if (sqlite3_column_int64(get, 2) != place->device)
            *verdict = DB_FOREIGN_STORE;
        const void *chain = sqlite3_column_blob(get, 4);
        if (chain && sqlite3_column_bytes(get, 4) == CHAIN_BYTES)
            memcpy(place->chain, chain, CHAIN_BYTES);
        else
            result = error_set(error, -EBADMSG, "%s: store %s has no chain", self->path, uuid);
    } else if (step != SQLITE_DONE) {
        result = db_sqlite_failed(self->writer, "reading a store", error);
    }
    (void)sqlite3_reset(get);
    return step == SQLITE_DONE ? db_sqlite_add_store(self, uuid, place, error) : result;
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
static int db_sqlite_add_record(struct db_sqlite *self, int64_t seq, const struct ingest_row *row, bool *kept,
                                struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_RECORD_ADD];
    (void)sqlite3_bind_int64(add, 3, seq);
    (void)sqlite3_bind_blob(add, 4, row->visit, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int(add, 5, row->n);
    (void)sqlite3_bind_text(add, 6, row->line.text, (int)row->line.length, SQLITE_STATIC);
    int result = db_sqlite_run(self, DB_SQLITE_RECORD_ADD, error);
    *kept = result == 0 && sqlite3_changes(self->writer) == 1;
    return result;
}

/* Every row gets its number; counts gathers how often each cell takes effect. */
static int db_sqlite_add_rows(struct db_sqlite *self, const struct db_sqlite_place *place,
                              const struct ingest *ingest, int64_t now, int64_t *counts,
                              struct db_outcome *outcome, struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_RECORD_ADD];
    (void)sqlite3_bind_int64(add, 1, place->lineage);
    (void)sqlite3_bind_int64(add, 2, place->store);
    int result = 0;
    for (int64_t i = 0; i < ingest->head.count && result == 0; i++) {
        const struct ingest_row *row = &ingest->rows[i];
        const char *reason = row->reason;
        bool kept = false;
        if (!reason)
            result = db_sqlite_add_record(self, ingest->head.first + i, row, &kept, error);
        if (result < 0)
            break;
        if (kept) {
            for (size_t e = 0; e < row->effect_count; e++)
                counts[ingest->effects[row->first_effect + e]]++;
            continue;
        }
        int same = reason ? 0 : db_sqlite_same_bytes(self, place, row, error);
        if (same < 0)
            return same;
        if (same)
            result = db_sqlite_tombstone(self, place, ingest->head.first + i, DB_SQLITE_DUPLICATE, &row->line,
                                         error);
        else
            result = db_sqlite_quarantine(self, place, ingest->head.first + i, now,
                                          reason ? reason : DB_SQLITE_TAKEN, &row->line, error);
        outcome->duplicates += same;
        outcome->quarantined += !same;
    }
    return result;
}

static int db_sqlite_add_counts(struct db_sqlite *self, const struct db_sqlite_place *place,
                                const struct ingest *ingest, const int64_t *counts, struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_ROLLUP_ADD];
    (void)sqlite3_bind_int64(add, 2, place->lineage);
    (void)sqlite3_bind_int64(add, 3, place->device);
    for (size_t i = 0; i < ingest->cell_count; i++) {
        const struct ingest_cell *cell = &ingest->cells[i];
        if (counts[i] == 0)
            continue;
        (void)sqlite3_bind_int64(add, 1, cell->hour);
        (void)sqlite3_bind_text(add, 4, cell->survey, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(add, 5, cell->question, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(add, 6, cell->kind, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int(add, 7, cell->scale);
        (void)sqlite3_bind_text(add, 8, cell->answer, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(add, 9, cell->lang, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(add, 10, cell->channel, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int64(add, 11, counts[i]);
        int result = db_sqlite_run(self, DB_SQLITE_ROLLUP_ADD, error);
        if (result < 0)
            return result;
    }
    return 0;
}

static int db_sqlite_accept(struct db_sqlite *self, struct db_sqlite_place *place,
                            const struct ingest *ingest, int64_t now, struct db_outcome *outcome,
                            struct error *error)
{
    int64_t *counts = calloc(ingest->cell_count + 1, sizeof *counts);
    if (!counts)
        return error_set(error, -ENOMEM, "ingest: no memory for %zu counters", ingest->cell_count);
    int result = db_sqlite_add_rows(self, place, ingest, now, counts, outcome, error);
    if (result == 0)
        result = db_sqlite_add_counts(self, place, ingest, counts, error);
    free(counts);
    if (result < 0)
        return result;
    outcome->accepted = ingest->head.count;
    place->high_water = ingest->head.first + ingest->head.count - 1;
    memcpy(place->chain, ingest->head.after, CHAIN_BYTES);
    return 0;
}

/* --- the transaction
 * ------------------------------------------------------------------------------------------ */

static int db_sqlite_advance(struct db_sqlite *self, const struct db_sqlite_place *place,
                             const struct batch_head *head, int64_t now, const struct db_outcome *outcome,
                             struct error *error)
{
    sqlite3_stmt *advance = self->statements[DB_SQLITE_STORE_ADVANCE];
    (void)sqlite3_bind_int64(advance, 1, place->store);
    (void)sqlite3_bind_int64(advance, 2, place->high_water);
    (void)sqlite3_bind_blob(advance, 3, place->chain, CHAIN_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(advance, 4, head->last);
    (void)sqlite3_bind_int64(advance, 5, now);
    (void)sqlite3_bind_int64(advance, 6, head->at);
    (void)sqlite3_bind_int64(advance, 7, head->up);
    (void)sqlite3_bind_text(advance, 8, head->boot, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(advance, 9, head->version, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(advance, 10, outcome->quarantined);
    (void)sqlite3_bind_int64(advance, 11, outcome->duplicates);
    int result = db_sqlite_run(self, DB_SQLITE_STORE_ADVANCE, error);
    if (result < 0)
        return result;
    sqlite3_stmt *seen = self->statements[DB_SQLITE_DEVICE_SEEN];
    (void)sqlite3_bind_int64(seen, 1, place->device);
    (void)sqlite3_bind_int64(seen, 2, now);
    return db_sqlite_run(self, DB_SQLITE_DEVICE_SEEN, error);
}

static int db_sqlite_work(struct db_sqlite *self, const struct identity *identity,
                          const struct ingest *ingest, int64_t now, struct db_outcome *outcome,
                          struct error *error)
{
    struct db_sqlite_place place = {0};
    const struct batch_head *head = &ingest->head;
    int result = db_sqlite_find_device(self, identity, &place.device, &outcome->verdict, error);
    if (result == 0 && outcome->verdict == DB_HELD)
        result = db_sqlite_find_store(self, head->store, &place, &outcome->verdict, error);
    if (result < 0 || outcome->verdict != DB_HELD)
        return result;
    if (head->count > 0 && head->first == place.high_water + 1 && chain_equal(head->before, place.chain))
        result = db_sqlite_accept(self, &place, ingest, now, outcome, error);
    if (result == 0)
        result = db_sqlite_advance(self, &place, head, now, outcome, error);
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
        if (result == 0 && made.verdict == DB_HELD)
            result = db_sqlite_commit(self, error);
        else
            db_sqlite_rollback(self);
    }
    db_sqlite_give_writer(self, result);
    if (result == 0)
        *outcome = made;
    return result;
}
