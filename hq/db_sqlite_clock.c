/*
 * True time on SQLite: when did it happen, whatever the device's clock said?
 * The line is never touched: what is found stands beside it. A record's effects lie in the hour of its true
 * time, and move exactly when a better one is found. SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DB_SQLITE_TOLERANCE_MS 60000 /* a clock that is so little wrong is believed */
#define DB_SQLITE_RESTATE_PIECE 500  /* records read at once */

void db_sqlite_clock_start(struct db_sqlite_clock *clock, const struct ingest *ingest, int64_t store,
                           int64_t now)
{
    *clock = (struct db_sqlite_clock){.ingest = ingest, .store = store, .now = now};
    id_bytes(ingest->head.boot, clock->head_boot);
    if (ingest->late)
        return;
    clock->cached = clock->known = true;
    memcpy(clock->boot, clock->head_boot, ID_BYTES);
    clock->at = now;
    clock->up = ingest->head.up;
}

/* a - b without overflow, for clocks that may say anything. */
static int64_t db_sqlite_minus(int64_t a, int64_t b)
{
    int64_t difference = 0;
    return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? INT64_MAX : INT64_MIN) : difference;
}

/* The anchor of a row's boot, from memory or from the table. */
static int db_sqlite_clock_boot(struct db_sqlite *self, struct db_sqlite_clock *clock, const uint8_t *boot,
                                struct error *error)
{
    if (clock->cached && memcmp(clock->boot, boot, ID_BYTES) == 0)
        return 0;
    bool own = !clock->ingest->late && memcmp(clock->head_boot, boot, ID_BYTES) == 0;
    memcpy(clock->boot, boot, ID_BYTES);
    clock->cached = true;
    clock->known = own;
    clock->at = clock->now;
    clock->up = clock->ingest->head.up;
    if (own)
        return 0;
    sqlite3_stmt *get = self->statements[DB_SQLITE_BOOT_GET];
    (void)sqlite3_bind_int64(get, 1, clock->store);
    (void)sqlite3_bind_blob(get, 2, boot, ID_BYTES, SQLITE_STATIC);
    int step = sqlite3_step(get);
    clock->known = step == SQLITE_ROW && sqlite3_column_type(get, 0) != SQLITE_NULL;
    if (clock->known) {
        clock->at = sqlite3_column_int64(get, 0);
        clock->up = sqlite3_column_int64(get, 1);
    }
    int result = step == SQLITE_ROW || step == SQLITE_DONE
                     ? 0
                     : db_sqlite_failed(self->writer, "reading a boot", error);
    (void)sqlite3_reset(get);
    return result;
}

static int64_t db_sqlite_clock_true(int64_t anchor_at, int64_t anchor_up, int64_t up, int64_t at)
{
    int64_t expected = db_sqlite_minus(anchor_at, db_sqlite_minus(anchor_up, up));
    int64_t wrong = db_sqlite_minus(at, expected);
    return wrong >= -DB_SQLITE_TOLERANCE_MS && wrong <= DB_SQLITE_TOLERANCE_MS ? at : expected;
}

/* Not before the last record whose time is sure, not after the device's present boot began. */
static int64_t db_sqlite_clock_bracket(const struct db_sqlite_clock *clock,
                                       const struct db_sqlite_place *place, int64_t at)
{
    int64_t latest = clock->ingest->late ? clock->now : db_sqlite_minus(clock->now, clock->ingest->head.up);
    if (latest < place->floor)
        latest = place->floor;
    return at < place->floor ? place->floor : at > latest ? latest : at;
}

int db_sqlite_clock_find(struct db_sqlite *self, struct db_sqlite_clock *clock, struct db_sqlite_place *place,
                         const struct ingest_row *row, int64_t seq, int64_t *at, bool *sure,
                         struct error *error)
{
    int result = db_sqlite_clock_boot(self, clock, row->boot, error);
    if (result < 0)
        return result;
    *sure = clock->known;
    if (clock->known) {
        *at = db_sqlite_clock_true(clock->at, clock->up, row->up, row->at);
        if (*at > place->floor)
            place->floor = *at;
        return 0;
    }
    *at = db_sqlite_clock_bracket(clock, place, row->at);
    sqlite3_stmt *unsure = self->statements[DB_SQLITE_BOOT_UNSURE];
    (void)sqlite3_bind_int64(unsure, 1, clock->store);
    (void)sqlite3_bind_blob(unsure, 2, row->boot, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(unsure, 3, seq);
    return db_sqlite_run(self, DB_SQLITE_BOOT_UNSURE, error);
}

/* --- restating -------------------------------------------------------------------------------------------- */

/* Lines of records that were only bracketed, as a batch that ingest_prepare() understands. */
struct db_sqlite_restate {
    struct batch batch;
    int64_t seqs[DB_SQLITE_RESTATE_PIECE], ats[DB_SQLITE_RESTATE_PIECE];
    char *texts[DB_SQLITE_RESTATE_PIECE];
};

static int db_sqlite_restate_read(struct db_sqlite *self, const struct db_sqlite_place *place, int64_t first,
                                  int64_t last, struct db_sqlite_restate *piece, struct error *error)
{
    sqlite3_stmt *get = NULL;
    int result =
        db_sqlite_ask(self,
                      "SELECT seq, at, line FROM record WHERE lineage = ?1 AND store = ?2 AND seq >= ?3"
                      " AND seq <= ?4 AND state = 0 AND sure = 0 ORDER BY seq LIMIT ?5",
                      &get, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(get, 1, place->lineage);
    (void)sqlite3_bind_int64(get, 2, place->store);
    (void)sqlite3_bind_int64(get, 3, first);
    (void)sqlite3_bind_int64(get, 4, last);
    (void)sqlite3_bind_int(get, 5, DB_SQLITE_RESTATE_PIECE);
    int step = SQLITE_DONE;
    while (result == 0 && (step = sqlite3_step(get)) == SQLITE_ROW) {
        size_t i = (size_t)piece->batch.head.count;
        size_t length = (size_t)sqlite3_column_bytes(get, 2);
        piece->texts[i] = strndup((const char *)sqlite3_column_text(get, 2), length);
        if (!piece->texts[i]) {
            result = error_set(error, -ENOMEM, "%s: no memory to restate records", self->path);
            break;
        }
        piece->seqs[i] = sqlite3_column_int64(get, 0);
        piece->ats[i] = sqlite3_column_int64(get, 1);
        piece->batch.lines[i] = (struct outbox_line){piece->texts[i], length};
        piece->batch.head.count++;
    }
    if (result == 0 && step != SQLITE_DONE)
        result = db_sqlite_failed(self->writer, "reading records", error);
    (void)sqlite3_finalize(get);
    return result;
}

static int db_sqlite_restate_row(struct db_sqlite *self, const struct db_sqlite_clock *clock,
                                 const struct db_sqlite_place *place, const struct ingest *ingest, size_t i,
                                 const struct db_sqlite_restate *piece, struct error *error)
{
    const struct ingest_row *row = &ingest->rows[i];
    sqlite3_stmt *set = NULL;
    if (memcmp(row->boot, clock->head_boot, ID_BYTES) != 0)
        return 0;
    int64_t at = db_sqlite_clock_true(clock->now, clock->ingest->head.up, row->up, row->at);
    int result = 0;
    if (ingest_hour(at) != ingest_hour(piece->ats[i])) {
        result = db_sqlite_add_effects(self, place, ingest, row, piece->ats[i], -1, error);
        if (result == 0)
            result = db_sqlite_add_effects(self, place, ingest, row, at, 1, error);
    }
    if (result == 0)
        result = db_sqlite_ask(
            self, "UPDATE record SET at = ?4, sure = 1 WHERE lineage = ?1 AND store = ?2 AND seq = ?3", &set,
            error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(set, 1, place->lineage);
    (void)sqlite3_bind_int64(set, 2, place->store);
    (void)sqlite3_bind_int64(set, 3, piece->seqs[i]);
    (void)sqlite3_bind_int64(set, 4, at);
    return db_sqlite_done(self, set, error);
}

/* One piece from first on; *next gets where to go on, 0 at the end. */
static int db_sqlite_restate_piece(struct db_sqlite *self, const struct db_sqlite_clock *clock,
                                   const struct db_sqlite_place *place, int64_t first, int64_t last,
                                   int64_t *next, struct error *error)
{
    struct ingest ingest = {0};
    struct db_sqlite_restate *piece = calloc(1, sizeof *piece);
    if (piece)
        piece->batch.lines = calloc(DB_SQLITE_RESTATE_PIECE, sizeof *piece->batch.lines);
    int result = piece && piece->batch.lines
                     ? db_sqlite_restate_read(self, place, first, last, piece, error)
                     : error_set(error, -ENOMEM, "%s: no memory to restate records", self->path);
    size_t count = piece ? (size_t)piece->batch.head.count : 0;
    if (result == 0)
        result = ingest_prepare(&ingest, &piece->batch, error);
    for (size_t i = 0; i < count && result == 0; i++)
        result = db_sqlite_restate_row(self, clock, place, &ingest, i, piece, error);
    *next = count == DB_SQLITE_RESTATE_PIECE ? piece->seqs[count - 1] + 1 : 0;
    ingest_free(&ingest);
    for (size_t i = 0; i < count; i++)
        free(piece->texts[i]);
    if (piece)
        free(piece->batch.lines);
    free(piece);
    return result;
}

/* What of the batch's boot was only bracketed until now: *first and *last, 0 for nothing. */
static int db_sqlite_clock_unsure(struct db_sqlite *self, const struct db_sqlite_clock *clock, int64_t *first,
                                  int64_t *last, struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_BOOT_GET];
    (void)sqlite3_bind_int64(get, 1, clock->store);
    (void)sqlite3_bind_blob(get, 2, clock->head_boot, ID_BYTES, SQLITE_STATIC);
    int step = sqlite3_step(get);
    *first = step == SQLITE_ROW ? sqlite3_column_int64(get, 2) : 0;
    *last = step == SQLITE_ROW ? sqlite3_column_int64(get, 3) : 0;
    int result = step == SQLITE_ROW || step == SQLITE_DONE
                     ? 0
                     : db_sqlite_failed(self->writer, "reading a boot", error);
    (void)sqlite3_reset(get);
    return result;
}

int db_sqlite_clock_end(struct db_sqlite *self, const struct db_sqlite_clock *clock,
                        const struct db_sqlite_place *place, struct error *error)
{
    int64_t first = 0, last = 0;
    if (clock->ingest->late)
        return 0;
    int result = db_sqlite_clock_unsure(self, clock, &first, &last, error);
    sqlite3_stmt *anchor = self->statements[DB_SQLITE_BOOT_ANCHOR];
    (void)sqlite3_bind_int64(anchor, 1, clock->store);
    (void)sqlite3_bind_blob(anchor, 2, clock->head_boot, ID_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(anchor, 3, clock->now);
    (void)sqlite3_bind_int64(anchor, 4, clock->ingest->head.up);
    if (result == 0)
        result = db_sqlite_run(self, DB_SQLITE_BOOT_ANCHOR, error);
    if (result < 0 || first == 0)
        return result;
    while (result == 0 && first > 0)
        result = db_sqlite_restate_piece(self, clock, place, first, last, &first, error);
    sqlite3_stmt *sure = self->statements[DB_SQLITE_BOOT_SURE];
    (void)sqlite3_bind_int64(sure, 1, clock->store);
    (void)sqlite3_bind_blob(sure, 2, clock->head_boot, ID_BYTES, SQLITE_STATIC);
    if (result == 0)
        result = db_sqlite_run(self, DB_SQLITE_BOOT_SURE, error);
    return result == 0
               ? db_sqlite_execute(self->writer, "DELETE FROM rollup WHERE count = 0", "restating", error)
               : result;
}
