/*
 * Re-reading all that an outbox holds, damaged or not, and judging each row by its chain.
 * Nothing here writes. A row is judged when the next one is known: only that tells a damaged chain from a
 * damaged line. SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox_private.h"
#include "core/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OUTBOX_WALK_MISSES 4096 /* numbers in a row that cannot be read before the walk gives up */

/* A row as it was read; the next one decides about it. */
struct outbox_walk_row {
    int64_t number;
    char *text; /* owned */
    size_t length, room;
    bool chained;                  /* chain below was stored whole */
    uint8_t chain[CHAIN_BYTES];    /* as stored */
    uint8_t computed[CHAIN_BYTES]; /* over the row before it and this line */
    bool fits;                     /* computed is what is stored */
};

struct outbox_walk {
    struct outbox *outbox;
    outbox_found_each each;
    void *user;
    struct outbox_walk_row held, next;
    bool holding;
    int64_t expected; /* number that should come next */
    bool torn;        /* the end could not be read: what followed is not known */
    bool started;
};

static int outbox_walk_tell(struct outbox_walk *walk, enum outbox_health health, int64_t from, int64_t to,
                            const struct outbox_walk_row *row)
{
    struct outbox_found found = {.health = health, .from = from, .to = to};
    found.unchained = row && health == OUTBOX_SOUND && !row->fits;
    if (row)
        found.line = (struct outbox_line){row->text, row->length};
    return walk->each(walk->user, &found);
}

/* Says what became of the row that is held. follower: the row right behind it, or NULL. */
static int outbox_walk_settle(struct outbox_walk *walk, const struct outbox_walk_row *follower)
{
    struct outbox_walk_row *held = &walk->held;
    uint8_t chain[CHAIN_BYTES];
    bool good = held->fits;
    if (!walk->holding)
        return 0;
    walk->holding = false;
    if (!good && follower && follower->chained) {
        chain_next(chain, held->computed, follower->text, follower->length);
        good = chain_equal(chain, follower->chain);
    }
    return outbox_walk_tell(walk, good ? OUTBOX_SOUND : OUTBOX_BAD, held->number, held->number, held);
}

static int outbox_walk_copy(struct outbox_walk_row *row, sqlite3_stmt *from)
{
    const void *text = sqlite3_column_blob(from, 1);
    size_t length = text ? (size_t)sqlite3_column_bytes(from, 1) : 0;
    if (!row->text || length > row->room) {
        char *bigger = realloc(row->text, length + 1);
        if (!bigger)
            return -ENOMEM;
        row->text = bigger;
        row->room = length;
    }
    if (length > 0)
        memcpy(row->text, text, length);
    row->number = sqlite3_column_int64(from, 0);
    row->length = length;
    row->chained = sqlite3_column_bytes(from, 2) == CHAIN_BYTES;
    memset(row->chain, 0, CHAIN_BYTES);
    if (row->chained)
        memcpy(row->chain, sqlite3_column_blob(from, 2), CHAIN_BYTES);
    return 0;
}

/* Computes the row's chain from the row before it; before the first row held only a receipt can vouch. */
static void outbox_walk_judge(struct outbox_walk *walk, bool follows)
{
    struct outbox_walk_row *row = &walk->next;
    uint8_t before[CHAIN_BYTES];
    struct record record;
    bool known = follows;
    if (follows)
        memcpy(before, walk->held.chain, CHAIN_BYTES);
    else if (walk->outbox->store[0] && outbox_chain_at(walk->outbox, row->number - 1, before, NULL) == 0)
        known = true;
    if (known) {
        chain_next(row->computed, before, row->text, row->length);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the text is the walk's and goes with it */
        row->fits = row->chained && chain_equal(row->computed, row->chain);
    }
    if (follows && !row->fits && row->chained) { /* the row before may have a damaged chain and a good line */
        chain_next(before, walk->held.computed, row->text, row->length);
        if (chain_equal(before, row->chain)) {
            memcpy(row->computed, before, CHAIN_BYTES);
            row->fits = true;
        }
    }
    if (!known) { /* nothing vouches for it but itself */
        memcpy(row->computed, row->chain, CHAIN_BYTES);
        row->fits = row->chained && record_parse(row->text, row->length, &record, NULL) == 0;
    }
    if (row->length == 0 || row->length > RECORD_MAX || memchr(row->text, '\n', row->length))
        row->fits = false;
}

static int outbox_walk_take(struct outbox_walk *walk, sqlite3_stmt *from)
{
    int result = outbox_walk_copy(&walk->next, from);
    if (result < 0)
        return result;
    struct outbox_walk_row *row = &walk->next;
    bool follows = walk->holding && row->number == walk->expected;
    outbox_walk_judge(walk, follows);
    result = outbox_walk_settle(walk, follows ? row : NULL);
    if (result == 0 && walk->started && row->number > walk->expected)
        result = outbox_walk_tell(walk, OUTBOX_LOST, walk->expected, row->number - 1, NULL);
    struct outbox_walk_row spare = walk->held;
    walk->held = walk->next;
    walk->next = spare;
    walk->holding = walk->started = true;
    walk->expected = walk->held.number + 1;
    return result;
}

/* The next row at or behind number, over pages that cannot be read. 1: taken, 0: there is none. */
static int outbox_walk_step(struct outbox_walk *walk, int64_t number, struct error *error)
{
    for (int misses = 0; misses < OUTBOX_WALK_MISSES; misses++) {
        sqlite3_stmt *next = NULL;
        int result = outbox_prepare(walk->outbox, OUTBOX_NEXT, &next, error);
        if (result < 0)
            return result;
        (void)sqlite3_bind_int64(next, 1, number + misses);
        int code = sqlite3_step(next);
        if (code == SQLITE_ROW)
            result = outbox_walk_take(walk, next);
        (void)sqlite3_reset(next);
        if (code == SQLITE_ROW && result < 0 && (!error || error->code != result))
            (void)error_set(error, result, "%s: %s", walk->outbox->path, strerror(-result));
        if (code == SQLITE_ROW)
            return result < 0 ? result : 1;
        if (code == SQLITE_DONE)
            return 0;
        if ((code & 0xff) != SQLITE_CORRUPT)
            return outbox_sqlite_error(walk->outbox, code, "reading", error);
    }
    walk->torn = true;
    return 0;
}

int outbox_walk(struct outbox *outbox, outbox_found_each each, void *user, struct error *error)
{
    struct outbox_walk walk = {.outbox = outbox, .each = each, .user = user, .expected = 1};
    int64_t first = 0;
    struct error ignored = {0};
    /* where pages are damaged the first number may be unknown: then the walk feels its way from 1 */
    if (outbox_number(outbox, "SELECT min(n) FROM record", &first, &ignored) < 0 || first < 1)
        first = 1;
    int result = 1;
    while (result == 1)
        result = outbox_walk_step(&walk, walk.started ? walk.expected : first, error);
    if (result == 0 && (result = outbox_walk_settle(&walk, NULL)) < 0 && (!error || error->code != result))
        (void)error_set(error, result, "%s: %s", outbox->path, strerror(-result));
    if (result == 0 && walk.torn) /* at least one: nothing knows how many */
        result = outbox_walk_tell(&walk, OUTBOX_LOST, walk.expected, walk.expected, NULL);
    free(walk.held.text);
    free(walk.next.text);
    return result;
}

int outbox_check_structure(struct outbox *outbox, struct error *error)
{
    sqlite3_stmt *check = NULL;
    int result = 0;
    int code = sqlite3_prepare_v2(outbox->db, "PRAGMA quick_check(1)", -1, &check, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(check);
    const char *words = code == SQLITE_ROW ? (const char *)sqlite3_column_text(check, 0) : NULL;
    if (!words)
        result = outbox_sqlite_error(outbox, code, "checking", error);
    else if (strcmp(words, "ok") != 0)
        result = error_set(error, -EBADMSG, "%s: damaged: %.200s", outbox->path, words);
    (void)sqlite3_finalize(check);
    return result;
}
