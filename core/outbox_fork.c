/*
 * Forks: a store that goes on under a new name, in place or in another file.
 * One transaction: either the whole child, or the parent untouched. SPDX-License-Identifier: Apache-2.0
 */
#include "core/device_record.h"
#include "core/outbox_private.h"
#include "core/record.h"

#include <errno.h>
#include <string.h>

/* The child as it grows. */
struct outbox_heir {
    struct outbox *source, *target; /* one and the same for a fork in place */
    struct outbox_fork *fork;
    const struct clock *clock;
    struct outbox_origin origin;
    int64_t last;   /* number given last in the child */
    int64_t first;  /* lowest number of the parent that was met; 0: none yet */
    int64_t parent; /* highest number of the parent that was met */
    uint8_t chain[CHAIN_BYTES];
    struct error *error;
};

static const char *const outbox_whys[] = {"", "fork", "foreign", "restored", "damaged", "parked"};

const char *outbox_why_name(enum outbox_why why)
{
    return outbox_whys[why];
}

/* old: the number that the row has in place; 0: a row that is new. */
static int outbox_heir_put(struct outbox_heir *heir, int64_t old, const struct outbox_line *line)
{
    sqlite3_stmt *move = NULL;
    chain_next(heir->chain, heir->chain, line->text, line->length);
    heir->last++;
    if (old == 0 || heir->source != heir->target)
        return outbox_insert(heir->target, heir->last, line, heir->chain, heir->error);
    int result = outbox_prepare(heir->target, OUTBOX_MOVE, &move, heir->error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(move, 1, old);
    (void)sqlite3_bind_int64(move, 2, heir->last);
    (void)sqlite3_bind_text(move, 3, line->text, (int)line->length, SQLITE_STATIC);
    (void)sqlite3_bind_blob(move, 4, heir->chain, CHAIN_BYTES, SQLITE_STATIC);
    return outbox_run(heir->target, OUTBOX_MOVE, heir->error);
}

static int outbox_heir_set_aside(struct outbox_heir *heir, const struct outbox_found *found)
{
    sqlite3_stmt *aside = NULL;
    int result = outbox_prepare(heir->target, OUTBOX_ASIDE, &aside, heir->error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_text(aside, 1, heir->fork->parent, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(aside, 2, found->from);
    (void)sqlite3_bind_int64(aside, 3, clock_wall(heir->clock));
    (void)sqlite3_bind_text(aside, 4, found->health == OUTBOX_SOUND ? "parked" : "damaged", -1,
                            SQLITE_STATIC);
    (void)sqlite3_bind_blob(aside, 5, found->line.text ? found->line.text : "", (int)found->line.length,
                            SQLITE_STATIC);
    return outbox_run(heir->target, OUTBOX_ASIDE, heir->error);
}

static int outbox_heir_take(void *user, const struct outbox_found *found)
{
    struct outbox_heir *heir = user;
    char text[RECORD_MAX + 1];
    struct outbox_line line = {.text = text};
    bool park = found->health == OUTBOX_SOUND && found->from == heir->fork->park;
    if (heir->first == 0)
        heir->first = found->from;
    heir->parent = found->to;
    if (found->health == OUTBOX_SOUND && !park) {
        heir->fork->carried++;
        return outbox_heir_put(heir, found->from, &found->line);
    }
    int result = park ? device_record_parked(text, &line.length, heir->clock, heir->fork->parent, found->from,
                                             found->line.text, found->line.length, heir->error)
                      : device_record_damaged(text, &line.length, heir->clock, heir->fork->parent,
                                              found->from, found->to, heir->error);
    if (result == 0 && found->health != OUTBOX_LOST)
        result = outbox_heir_set_aside(heir, found);
    if (result == 0)
        result = outbox_heir_put(heir, found->health == OUTBOX_LOST ? 0 : found->from, &line);
    heir->fork->buried++;
    return result;
}

/* The records that tell headquarters, behind all that was carried over. */
static int outbox_heir_tell(struct outbox_heir *heir)
{
    char text[RECORD_MAX + 1];
    struct outbox_line line = {.text = text};
    const struct outbox_fork *fork = heir->fork;
    int64_t purged = heir->first > 0 ? heir->first - 1 : 0;
    int result = 0;
    if (fork->why == OUTBOX_RESTORED && purged > fork->held) {
        result = device_record_gap(text, &line.length, heir->clock, fork->parent, fork->held + 1, purged,
                                   heir->error);
        if (result == 0)
            result = outbox_heir_put(heir, 0, &line);
    }
    if (result == 0)
        result = device_record_fork(text, &line.length, heir->clock, fork->parent, outbox_whys[fork->why],
                                    fork->reason, purged, heir->parent, heir->error);
    return result == 0 ? outbox_heir_put(heir, 0, &line) : result;
}

static int outbox_heir_name(struct outbox_heir *heir)
{
    sqlite3_stmt *name = NULL;
    struct outbox *target = heir->target;
    bool orphan = heir->fork->parent[0] == '\0'; /* the parent's own name did not survive */
    int code = sqlite3_prepare_v2(target->db,
                                  "UPDATE store SET id = ?1, parent = ?2, lineage = ?3, why = ?4, made = ?5",
                                  -1, &name, NULL);
    (void)sqlite3_bind_text(name, 1, heir->fork->store, -1, SQLITE_STATIC);
    if (!orphan) {
        (void)sqlite3_bind_text(name, 2, heir->fork->parent, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(name, 3, heir->origin.lineage, -1, SQLITE_STATIC);
    }
    (void)sqlite3_bind_int(name, 4, orphan ? OUTBOX_ORIGINAL : (int)heir->fork->why);
    (void)sqlite3_bind_int64(name, 5, clock_wall(heir->clock));
    if (code == SQLITE_OK)
        code = sqlite3_step(name);
    int result =
        code == SQLITE_DONE ? 0 : outbox_sqlite_error(target, code, "naming the new store", heir->error);
    (void)sqlite3_finalize(name);
    return result;
}

/* Inside the target's transaction. */
static int outbox_heir_make(struct outbox_heir *heir)
{
    id_random(heir->fork->store);
    chain_start(heir->chain, heir->fork->store);
    int result = outbox_walk(heir->source, outbox_heir_take, heir, heir->error);
    if (result == 0)
        result = outbox_execute(heir->target, "DELETE FROM receipt", "dropping receipts", heir->error);
    if (result == 0)
        result = outbox_heir_name(heir);
    if (result == 0)
        result = outbox_heir_tell(heir);
    if (result == 0)
        result = outbox_run(heir->target, OUTBOX_COMMIT, heir->error);
    return result;
}

static int outbox_heir_run(struct outbox_heir *heir)
{
    struct outbox_fork *fork = heir->fork;
    int result = outbox_run(heir->target, OUTBOX_BEGIN, heir->error);
    if (result < 0)
        return result;
    if (heir->source == heir->target)
        result = outbox_read_store(heir->source, heir->error);
    fork->carried = fork->buried = 0;
    memcpy(fork->parent, heir->source->store, ID_TEXT);
    heir->origin = heir->source->origin;
    if (result == 0)
        result = outbox_heir_make(heir);
    if (result < 0 && !sqlite3_get_autocommit(heir->target->db))
        (void)outbox_run(heir->target, OUTBOX_ROLLBACK, NULL);
    int again = outbox_read_store(heir->target, result < 0 ? NULL : heir->error);
    return result < 0 ? result : again;
}

int outbox_fork(struct outbox *outbox, struct outbox_fork *fork, const struct clock *clock,
                struct error *error)
{
    struct outbox_heir heir = {
        .source = outbox, .target = outbox, .fork = fork, .clock = clock, .error = error};
    return outbox_heir_run(&heir);
}

int outbox_salvage(struct outbox *source, struct outbox *target, struct outbox_fork *fork,
                   const struct clock *clock, struct error *error)
{
    struct outbox_heir heir = {
        .source = source, .target = target, .fork = fork, .clock = clock, .error = error};
    return outbox_heir_run(&heir);
}

int outbox_lock(struct outbox *outbox, struct error *error)
{
    return outbox_run(outbox, OUTBOX_BEGIN, error);
}

void outbox_unlock(struct outbox *outbox)
{
    if (!sqlite3_get_autocommit(outbox->db))
        (void)outbox_run(outbox, OUTBOX_ROLLBACK, NULL);
}
