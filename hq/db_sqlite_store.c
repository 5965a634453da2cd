/*
 * Stores on SQLite: making them with their lineage, moving them on, and noticing what should not be.
 * A count that a device reports is believed only from a batch that stands where headquarters stands.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include "hq/fault_json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DB_SQLITE_CLOCK_WRONG_MS 60000

/* --- alerts and gaps -------------------------------------------------------------------------------------- */

int db_sqlite_alert(struct db_sqlite *self, const char *kind, const char *device, const char *subject,
                    int64_t now, struct error *error, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sqlite3_stmt *add = self->statements[DB_SQLITE_ALERT_ADD];
    (void)sqlite3_bind_text(add, 1, kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 2, device, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 3, subject, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 4, text, -1, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int64(add, 5, now);
    return db_sqlite_run(self, DB_SQLITE_ALERT_ADD, error);
}

int db_sqlite_add_gap(struct db_sqlite *self, int64_t store, int64_t first, int64_t last, const char *why,
                      int64_t now, struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_GAP_ADD];
    (void)sqlite3_bind_int64(add, 1, store);
    (void)sqlite3_bind_int64(add, 2, first);
    (void)sqlite3_bind_int64(add, 3, last);
    (void)sqlite3_bind_text(add, 4, why, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 5, now);
    return db_sqlite_run(self, DB_SQLITE_GAP_ADD, error);
}

/* --- making and finding ----------------------------------------------------------------------------------- */

static void db_sqlite_take_text(sqlite3_stmt *row, int column, char *text, size_t room)
{
    const char *value = (const char *)sqlite3_column_text(row, column);
    (void)snprintf(text, room, "%s", value ? value : "");
}

/* 1: found, 0: not there. *owner gets the device that the store belongs to. */
static int db_sqlite_get_store(struct db_sqlite *self, const char *uuid, struct db_sqlite_place *place,
                               int64_t *owner, struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_STORE_GET];
    (void)sqlite3_bind_text(get, 1, uuid, -1, SQLITE_STATIC);
    int step = sqlite3_step(get), result = step == SQLITE_ROW;
    if (step == SQLITE_ROW) {
        place->store = sqlite3_column_int64(get, 0);
        place->lineage = sqlite3_column_int64(get, 1);
        *owner = sqlite3_column_int64(get, 2);
        place->high_water = sqlite3_column_int64(get, 3);
        place->last_reported = sqlite3_column_int64(get, 5);
        place->made = sqlite3_column_int64(get, 6);
        place->floor = sqlite3_column_int64(get, 7);
        place->clock_up = sqlite3_column_int64(get, 8);
        db_sqlite_take_text(get, 9, place->clock_boot, sizeof place->clock_boot);
        db_sqlite_take_text(get, 10, place->boot_before, sizeof place->boot_before);
        place->received = sqlite3_column_int64(get, 11);
        const void *chain = sqlite3_column_blob(get, 4);
        if (chain && sqlite3_column_bytes(get, 4) == CHAIN_BYTES)
            memcpy(place->chain, chain, CHAIN_BYTES);
        else
            result = error_set(error, -EBADMSG, "%s: store %s has no chain", self->path, uuid);
    } else if (step != SQLITE_DONE) {
        result = db_sqlite_failed(self->writer, "reading a store", error);
    }
    (void)sqlite3_reset(get);
    return result;
}

/* lineage 0: it is the first of its own. *key gets the row's id. */
static int db_sqlite_add_store(struct db_sqlite *self, const char *uuid, int64_t device, int64_t lineage,
                               int64_t parent, int64_t *key, struct error *error)
{
    uint8_t chain[CHAIN_BYTES];
    chain_start(chain, uuid);
    sqlite3_stmt *add = self->statements[DB_SQLITE_STORE_ADD];
    (void)sqlite3_bind_text(add, 1, uuid, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 2, device);
    (void)sqlite3_bind_blob(add, 3, chain, CHAIN_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 4, lineage);
    (void)sqlite3_bind_int64(add, 5, parent);
    int result = db_sqlite_run(self, DB_SQLITE_STORE_ADD, error);
    if (result < 0)
        return result;
    *key = sqlite3_last_insert_rowid(self->writer);
    if (lineage != 0)
        return 0;
    (void)sqlite3_bind_int64(self->statements[DB_SQLITE_STORE_LINEAGE], 1, *key);
    return db_sqlite_run(self, DB_SQLITE_STORE_LINEAGE, error);
}

/* The lineage of the store that this one names, and its row's id; one that nobody knows gets an empty row. */
static int db_sqlite_find_kin(struct db_sqlite *self, const char *uuid, int64_t device, int64_t *lineage,
                              int64_t *key, int64_t *owner, struct error *error)
{
    struct db_sqlite_place kin = {0};
    int result = db_sqlite_get_store(self, uuid, &kin, owner, error);
    if (result == 1) {
        *key = kin.store;
        *lineage = kin.lineage;
        return 0;
    }
    if (result < 0)
        return result;
    *owner = device;
    result = db_sqlite_add_store(self, uuid, device, *lineage, 0, key, error);
    if (*lineage == 0)
        *lineage = *key;
    return result;
}

/* A device that had a store comes with one that continues none: its database was lost, or it was replaced. */
static int db_sqlite_tell_new(struct db_sqlite *self, const struct db_sqlite_place *place, const char *device,
                              const char *uuid, int64_t now, struct error *error)
{
    sqlite3_stmt *newer = self->statements[DB_SQLITE_STORE_NEWER];
    char before[ID_TEXT] = "";
    int64_t missing = 0;
    (void)sqlite3_bind_int64(newer, 1, place->device);
    (void)sqlite3_bind_int64(newer, 2, place->store);
    (void)sqlite3_bind_int(newer, 3, 0);
    if (sqlite3_step(newer) == SQLITE_ROW) {
        db_sqlite_take_text(newer, 0, before, sizeof before);
        missing = sqlite3_column_int64(newer, 2) - sqlite3_column_int64(newer, 1);
    }
    (void)sqlite3_reset(newer);
    if (!before[0])
        return 0;
    return db_sqlite_alert(self, "new-store", device, uuid, now, error,
                           "device %s has a new store that continues none; %lld records of store %s, the one "
                           "before, have not arrived",
                           device, (long long)missing, before);
}

static int db_sqlite_make_store(struct db_sqlite *self, const struct batch_head *head, const char *device,
                                int64_t now, struct db_sqlite_place *place, struct error *error)
{
    int64_t parent = 0, owner = place->device, root = 0;
    int result = 0;
    place->lineage = 0;
    if (head->parent[0]) {
        result =
            db_sqlite_find_kin(self, head->lineage, place->device, &place->lineage, &root, &owner, error);
        if (result == 0)
            result = db_sqlite_find_kin(self, head->parent, place->device, &place->lineage, &parent, &owner,
                                        error);
    }
    if (result == 0)
        result = db_sqlite_add_store(self, head->store, place->device, place->lineage, parent, &place->store,
                                     error);
    if (place->lineage == 0)
        place->lineage = place->store;
    place->floor = -INT64_MAX;
    chain_start(place->chain, head->store);
    if (result == 0 && !head->parent[0])
        result = db_sqlite_tell_new(self, place, device, head->store, now, error);
    else if (result == 0 && owner != place->device)
        result = db_sqlite_alert(self, "clone", device, head->parent, now, error,
                                 "device %s continues store %s of another device: a card was cloned or moved",
                                 device, head->parent);
    return result;
}

int db_sqlite_find_store(struct db_sqlite *self, const struct ingest *ingest, const char *device, int64_t now,
                         struct db_sqlite_place *place, enum db_verdict *verdict, struct error *error)
{
    const struct batch_head *head = &ingest->head;
    int64_t owner = 0;
    int result = db_sqlite_get_store(self, head->store, place, &owner, error);
    if (result < 0)
        return result;
    if (result == 0) {
        result = db_sqlite_make_store(self, head, device, now, place, error);
    } else if (owner != place->device && place->made > 0) {
        *verdict = DB_FOREIGN_STORE;
        return db_sqlite_alert(self, "foreign-store", device, head->store, now, error,
                               "device %s came with store %s, which belongs to another device", device,
                               head->store);
    }
    if (result < 0 || place->made > 0)
        return result < 0 ? result : 0;
    sqlite3_stmt *adopt = self->statements[DB_SQLITE_STORE_ADOPT];
    place->made = now > 0 ? now : 1;
    (void)sqlite3_bind_int64(adopt, 1, place->store);
    (void)sqlite3_bind_int64(adopt, 2, place->device);
    (void)sqlite3_bind_int64(adopt, 3, place->made);
    return db_sqlite_run(self, DB_SQLITE_STORE_ADOPT, error);
}

/* --- moving on -------------------------------------------------------------------------------------------- */

/*
 * Two that live under one name: a store speaks although its device has a newer one, or a boot comes back that
 * was followed by another.
 */
static int db_sqlite_tell_clone(struct db_sqlite *self, const struct db_sqlite_place *place,
                                const struct batch_head *head, const char *device, int64_t now,
                                struct error *error)
{
    char newest[ID_TEXT] = "";
    sqlite3_stmt *newer = self->statements[DB_SQLITE_STORE_NEWER];
    (void)sqlite3_bind_int64(newer, 1, place->device);
    (void)sqlite3_bind_int64(newer, 2, place->store);
    (void)sqlite3_bind_int(newer, 3, 1);
    if (sqlite3_step(newer) == SQLITE_ROW)
        db_sqlite_take_text(newer, 0, newest, sizeof newest);
    (void)sqlite3_reset(newer);
    if (newest[0])
        return db_sqlite_alert(self, "clone", device, head->store, now, error,
                               "store %s of device %s speaks although store %s came after it: two live with "
                               "one certificate, or an old image was put back",
                               head->store, device, newest);
    if (strcmp(head->boot, place->clock_boot) == 0 || strcmp(head->boot, place->boot_before) != 0)
        return 0;
    return db_sqlite_alert(self, "clone", device, head->store, now, error,
                           "store %s of device %s speaks from two machines in turn: two live with one "
                           "certificate",
                           head->store, device);
}

/* Fewer than it had: the disk did not keep what it said that it kept. */
static int db_sqlite_tell_lost(struct db_sqlite *self, const struct db_sqlite_place *place,
                               const struct batch_head *head, const char *device, int64_t now,
                               struct error *error)
{
    int64_t first = head->last + 1;
    sqlite3_stmt *forget = NULL;
    int result = db_sqlite_add_gap(self, place->store, first, place->last_reported, "lost", now, error);
    if (result == 0)
        result =
            db_sqlite_ask(self, "UPDATE sample SET last = ?2 WHERE store = ?1 AND last > ?2", &forget, error);
    if (result == 0) {
        (void)sqlite3_bind_int64(forget, 1, place->store);
        (void)sqlite3_bind_int64(forget, 2, head->last);
        result = db_sqlite_done(self, forget, error);
    }
    if (result == 0)
        result = db_sqlite_alert(self, "lost", device, head->store, now, error,
                                 "device %s had made %lld records in store %s and now has %lld: numbers %lld "
                                 "to %lld were lost on its disk",
                                 device, (long long)place->last_reported, head->store, (long long)head->last,
                                 (long long)first, (long long)place->last_reported);
    return result;
}

static int db_sqlite_tell_clock(struct db_sqlite *self, const struct batch_head *head, const char *device,
                                int64_t now, struct error *error)
{
    int64_t offset = head->at - now;
    if (offset >= -DB_SQLITE_CLOCK_WRONG_MS && offset <= DB_SQLITE_CLOCK_WRONG_MS)
        return 0;
    return db_sqlite_alert(
        self, "clock", device, "", now, error, "the clock of device %s is %lld s %s headquarters'", device,
        (long long)((offset < 0 ? -offset : offset) / 1000), offset < 0 ? "behind" : "ahead of");
}

/*
 * Between two batches of one boot headquarters' clock must have gone as far as the device's up time has: that
 * cannot be set.
 */
static int db_sqlite_tell_own_clock(struct db_sqlite *self, const struct db_sqlite_place *place,
                                    const struct batch_head *head, int64_t now, struct error *error)
{
    if (place->received == 0 || strcmp(head->boot, place->clock_boot) != 0 || head->up < place->clock_up)
        return 0;
    int64_t jumped = (now - place->received) - (head->up - place->clock_up);
    if (jumped >= -DB_SQLITE_CLOCK_WRONG_MS && jumped <= DB_SQLITE_CLOCK_WRONG_MS)
        return 0;
    return db_sqlite_alert(
        self, "hq-clock", "", "", now, error,
        "headquarters' own clock jumped %lld s %s between two batches of one device: set it "
        "right",
        (long long)((jumped < 0 ? -jumped : jumped) / 1000), jumped < 0 ? "back" : "forward");
}

/* What the head says about the store, where it can be believed. */
static int db_sqlite_hear(struct db_sqlite *self, struct db_sqlite_place *place, const struct ingest *ingest,
                          const char *device, bool fits, int64_t now, struct error *error)
{
    const struct batch_head *head = &ingest->head;
    bool same_boot = strcmp(head->boot, place->clock_boot) == 0;
    bool stale = same_boot ? head->up < place->clock_up : strcmp(head->boot, place->boot_before) == 0;
    int result = 0;
    if (!ingest->late) {
        result = db_sqlite_tell_clone(self, place, head, device, now, error);
        if (result == 0)
            result = db_sqlite_tell_clock(self, head, device, now, error);
        if (result == 0)
            result = db_sqlite_tell_own_clock(self, place, head, now, error);
        if (!same_boot)
            memcpy(place->boot_before, place->clock_boot, ID_TEXT);
    }
    if (result == 0 && fits && !stale && !ingest->late && head->last < place->last_reported) {
        result = db_sqlite_tell_lost(self, place, head, device, now, error);
        place->last_reported = head->last;
    }
    if (fits && head->last > place->last_reported)
        place->last_reported = head->last;
    if (result == 0 && fits && !ingest->late) {
        sqlite3_stmt *sample = self->statements[DB_SQLITE_SAMPLE_ADD];
        (void)sqlite3_bind_int64(sample, 1, place->store);
        (void)sqlite3_bind_int64(sample, 2, ingest_hour(now));
        (void)sqlite3_bind_int64(sample, 3, head->last);
        (void)sqlite3_bind_int64(sample, 4, 0);
        result = db_sqlite_run(self, DB_SQLITE_SAMPLE_ADD, error);
    }
    return result;
}

int db_sqlite_advance(struct db_sqlite *self, struct db_sqlite_place *place, const struct ingest *ingest,
                      const char *device, bool fits, int64_t now, const struct db_outcome *outcome,
                      struct error *error)
{
    const struct batch_head *head = &ingest->head;
    int result = db_sqlite_hear(self, place, ingest, device, fits, now, error);
    if (result < 0)
        return result;
    sqlite3_stmt *advance = self->statements[DB_SQLITE_STORE_ADVANCE];
    (void)sqlite3_bind_int64(advance, 1, place->store);
    (void)sqlite3_bind_int64(advance, 2, place->high_water);
    (void)sqlite3_bind_blob(advance, 3, place->chain, CHAIN_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(advance, 4, place->last_reported);
    (void)sqlite3_bind_int64(advance, 5, now);
    (void)sqlite3_bind_int64(advance, 6, head->at);
    (void)sqlite3_bind_int64(advance, 7, ingest->late ? place->clock_up : head->up);
    (void)sqlite3_bind_text(advance, 8, ingest->late ? place->clock_boot : head->boot, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(advance, 9, head->version, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(advance, 10, outcome->quarantined);
    (void)sqlite3_bind_int64(advance, 11, outcome->duplicates);
    (void)sqlite3_bind_text(advance, 12, place->boot_before, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(advance, 13, place->floor);
    result = db_sqlite_run(self, DB_SQLITE_STORE_ADVANCE, error);
    if (result < 0)
        return result;
    sqlite3_stmt *seen = self->statements[DB_SQLITE_DEVICE_SEEN];
    (void)sqlite3_bind_int64(seen, 1, place->device);
    (void)sqlite3_bind_int64(seen, 2, now);
    return db_sqlite_run(self, DB_SQLITE_DEVICE_SEEN, error);
}

/* --- faults ----------------------------------------------------------------------------------------------- */

/* A gap in a store of the same lineage, as far as headquarters does not hold those numbers. */
static int db_sqlite_fault_gap(struct db_sqlite *self, const struct db_sqlite_place *place,
                               const struct fault_json *fault, const char *why, int64_t now,
                               struct error *error)
{
    struct db_sqlite_place about = {0};
    int64_t owner = 0, first = fault->first;
    int result = fault->store[0] ? db_sqlite_get_store(self, fault->store, &about, &owner, error) : 0;
    if (result != 1 || about.lineage != place->lineage)
        return result < 0 ? result : 0;
    if (first <= about.high_water)
        first = about.high_water + 1;
    return first <= fault->last ? db_sqlite_add_gap(self, about.store, first, fault->last, why, now, error)
                                : 0;
}

static int db_sqlite_fault_fork(struct db_sqlite *self, const struct db_sqlite_place *place,
                                const struct fault_json *fault, int64_t now, struct error *error)
{
    struct db_sqlite_place parent = {0};
    int64_t owner = 0;
    /* where only a copy or another device may go on, the parent's true owner may still live */
    if (strcmp(fault->why, "fork") == 0 || strcmp(fault->why, "foreign") == 0)
        return 0;
    int result = fault->store[0] ? db_sqlite_get_store(self, fault->store, &parent, &owner, error) : 0;
    if (result != 1 || parent.lineage != place->lineage)
        return result < 0 ? result : 0;
    int64_t kept = parent.high_water > fault->carried ? parent.high_water : fault->carried;
    if (parent.last_reported > kept &&
        (result = db_sqlite_add_gap(self, parent.store, kept + 1, parent.last_reported, "damaged", now,
                                    error)) < 0)
        return result;
    sqlite3_stmt *close = self->statements[DB_SQLITE_STORE_CLOSE];
    (void)sqlite3_bind_text(close, 1, fault->store, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(close, 2, place->lineage);
    return db_sqlite_run(self, DB_SQLITE_STORE_CLOSE, error);
}

int db_sqlite_fault(struct db_sqlite *self, const struct db_sqlite_place *place, const char *device,
                    const struct outbox_line *line, int64_t now, struct error *error)
{
    static const struct {
        const char *code, *why;
    } gaps[] = {{"gap", "purged"}, {"damaged", "damaged"}, {"parked", "parked"}};
    struct fault_json fault;
    int result = 0;
    if (!fault_json_read(&fault, line))
        return 0;
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0] && result == 0; i++)
        if (strcmp(fault.code, gaps[i].code) == 0)
            result = db_sqlite_fault_gap(self, place, &fault, gaps[i].why, now, error);
    if (result == 0 && strcmp(fault.code, "fork") == 0)
        result = db_sqlite_fault_fork(self, place, &fault, now, error);
    if (result < 0)
        return result;
    if (fault.store[0] && fault.first > 0)
        return db_sqlite_alert(self, "fault", device, fault.code, now, error, "%s: store %s, %lld to %lld",
                               fault.detail, fault.store, (long long)fault.first, (long long)fault.last);
    return db_sqlite_alert(self, "fault", device, fault.code, now, error, "%s", fault.detail);
}
