/*
 * Judging lines and laying out their effects. A line that is no record never stops the others.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/ingest.h"

#include "hq/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INGEST_HOUR_MS 3600000

/* Finds cells by content while they are collected; grows with them. */
struct ingest_table {
    uint32_t *slots; /* index of a cell + 1, 0 for empty */
    size_t size;     /* a power of two, always over twice the cells */
};

/* Room of the growing arrays, apart from what the caller sees. */
struct ingest_work {
    struct ingest *ingest;
    struct ingest_table table;
    size_t cell_room, effect_room;
    char boot[ID_TEXT]; /* of the line before, and its bytes: it is the same nearly always */
    uint8_t boot_bytes[ID_BYTES];
};

int64_t ingest_hour(int64_t at)
{
    return at >= 0 ? at / INGEST_HOUR_MS : -((-at + INGEST_HOUR_MS - 1) / INGEST_HOUR_MS);
}

/* FNV-1a; only spreads cells over slots, a collision costs a comparison. */
static uint64_t ingest_hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (uint8_t)*text) * 1099511628211u;
    } while (*text++);
    return hash;
}

static uint64_t ingest_hash(const struct ingest_cell *cell)
{
    uint64_t hash = 14695981039346656037u ^ (uint64_t)cell->hour * 1099511628211u ^ (uint64_t)cell->scale;
    hash = ingest_hash_text(hash, cell->survey);
    hash = ingest_hash_text(hash, cell->question);
    hash = ingest_hash_text(hash, cell->kind);
    hash = ingest_hash_text(hash, cell->answer);
    hash = ingest_hash_text(hash, cell->lang);
    hash = ingest_hash_text(hash, cell->channel);
    return hash ^ hash >> 32;
}

static bool ingest_same(const struct ingest_cell *a, const struct ingest_cell *b)
{
    return a->hour == b->hour && a->scale == b->scale && strcmp(a->answer, b->answer) == 0 &&
           strcmp(a->question, b->question) == 0 && strcmp(a->lang, b->lang) == 0 &&
           strcmp(a->channel, b->channel) == 0 && strcmp(a->survey, b->survey) == 0 &&
           strcmp(a->kind, b->kind) == 0;
}

/* The slot where the cell is, or where it belongs. */
static size_t ingest_slot(const struct ingest_work *work, const struct ingest_cell *cell)
{
    size_t mask = work->table.size - 1, slot = (size_t)ingest_hash(cell) & mask;
    while (work->table.slots[slot] && !ingest_same(&work->ingest->cells[work->table.slots[slot] - 1], cell))
        slot = (slot + 1) & mask;
    return slot;
}

static int ingest_grow(struct ingest_work *work)
{
    struct ingest *ingest = work->ingest;
    size_t room = work->cell_room ? work->cell_room * 2 : 64;
    struct ingest_cell *cells = realloc(ingest->cells, room * sizeof *cells);
    if (!cells)
        return -ENOMEM;
    ingest->cells = cells;
    uint32_t *slots = calloc(room * 4, sizeof *slots);
    if (!slots)
        return -ENOMEM;
    free(work->table.slots);
    work->table = (struct ingest_table){slots, room * 4};
    work->cell_room = room;
    for (size_t i = 0; i < ingest->cell_count; i++)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the cells are ingest's and go with ingest_free() */
        slots[ingest_slot(work, &ingest->cells[i])] = (uint32_t)i + 1;
    return 0;
}

static int ingest_effect(struct ingest_work *work, const struct ingest_cell *cell)
{
    struct ingest *ingest = work->ingest;
    if ((!work->table.slots || ingest->cell_count == work->cell_room) && ingest_grow(work) < 0)
        return -ENOMEM;
    if (ingest->effect_count == work->effect_room) {
        size_t room = work->effect_room ? work->effect_room * 2 : 1024;
        uint32_t *effects = realloc(ingest->effects, room * sizeof *effects);
        if (!effects)
            return -ENOMEM;
        ingest->effects = effects;
        work->effect_room = room;
    }
    size_t slot = ingest_slot(work, cell);
    if (!work->table.slots[slot]) {
        ingest->cells[ingest->cell_count] = *cell;
        work->table.slots[slot] = (uint32_t)++ingest->cell_count;
    }
    ingest->effects[ingest->effect_count++] = work->table.slots[slot] - 1;
    return 0;
}

/* A code counts once however often the answer names it. */
static bool ingest_first_time(const struct record_answer *answer, int index)
{
    for (int i = 0; i < index; i++)
        if (strcmp(answer->codes[i], answer->codes[index]) == 0)
            return false;
    return true;
}

static int ingest_answer(struct ingest_work *work, struct ingest_row *row, const struct record *record)
{
    const struct record_stamp *stamp = &record->stamp;
    const struct record_answer *answer = &record->answer;
    struct ingest_cell cell = {.hour = ingest_hour(stamp->at), .scale = answer->scale};
    memcpy(cell.survey, stamp->survey, sizeof cell.survey);
    memcpy(cell.question, answer->question, sizeof cell.question);
    memcpy(cell.kind, answer->kind, sizeof cell.kind);
    memcpy(cell.lang, stamp->lang, sizeof cell.lang);
    memcpy(cell.channel, stamp->channel, sizeof cell.channel);
    row->first_effect = work->ingest->effect_count;
    int result = 0;
    if (strcmp(answer->kind, "choice") == 0 || strcmp(answer->kind, "callback") == 0) {
        result = ingest_effect(work, &cell); /* how often it was answered at all */
        for (int i = 0; i < answer->code_count && result == 0; i++) {
            if (!ingest_first_time(answer, i))
                continue;
            memcpy(cell.answer, answer->codes[i], sizeof cell.answer);
            result = ingest_effect(work, &cell);
        }
    } else {
        (void)snprintf(cell.answer, sizeof cell.answer, "%d", answer->mark);
        result = ingest_effect(work, &cell);
    }
    row->effect_count = work->ingest->effect_count - row->first_effect;
    return result;
}

static int ingest_row(struct ingest_work *work, struct ingest_row *row, struct parse_line *parsed)
{
    const struct record *record = &parsed->record;
    row->reason = parsed->reason; /* now the row's to free */
    parsed->reason = NULL;
    if (row->reason)
        return 0;
    id_bytes(record->stamp.visit, row->visit);
    if (memcmp(record->stamp.boot, work->boot, ID_TEXT) != 0) {
        memcpy(work->boot, record->stamp.boot, ID_TEXT);
        id_bytes(work->boot, work->boot_bytes);
    }
    memcpy(row->boot, work->boot_bytes, ID_BYTES);
    row->n = record->stamp.n;
    row->type = record->type;
    row->at = record->stamp.at;
    row->up = record->stamp.up;
    return record->type == RECORD_ANSWER ? ingest_answer(work, row, record) : 0;
}

int ingest_prepare(struct ingest *ingest, const struct batch *batch, struct error *error)
{
    struct ingest made = {.head = batch->head};
    struct parse_line *parsed = NULL;
    int result = parse_batch(batch, &parsed, error);
    if (result < 0)
        return result;
    struct ingest_work *work = calloc(1, sizeof *work);
    made.rows = calloc((size_t)batch->head.count + 1, sizeof *made.rows);
    result = work && made.rows ? 0 : -ENOMEM;
    if (work)
        work->ingest = &made;
    for (int64_t i = 0; i < batch->head.count && result == 0; i++) {
        made.rows[i].line = batch->lines[i];
        result = ingest_row(work, &made.rows[i], &parsed[i]);
    }
    parse_free(parsed, batch->head.count);
    if (work)
        free(work->table.slots);
    free(work);
    if (result < 0) {
        ingest_free(&made);
        return error_set(error, result, "ingest: no memory for %lld records", (long long)batch->head.count);
    }
    *ingest = made;
    return 0;
}

void ingest_free(struct ingest *ingest)
{
    for (int64_t i = 0; ingest->rows && i < ingest->head.count; i++)
        free(ingest->rows[i].reason);
    free(ingest->rows);
    free(ingest->effects);
    free(ingest->cells);
    *ingest = (struct ingest){0};
}
