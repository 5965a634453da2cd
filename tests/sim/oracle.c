/*
 * The oracle. Facts are found by their bytes; identities are read off the line's beginning, which core/record.c
 * always writes in one order. SPDX-License-Identifier: Apache-2.0
 */
#include "sim/oracle.h"

#include "core/chain.h"
#include "core/id.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORACLE_SLOTS (1u << 18) /* facts and identities; a world has far fewer */
#define ORACLE_STORES 512
#define ORACLE_TEXT 400
#define ORACLE_QUOTE 140

struct fact {
    uint64_t hash; /* of the bytes; 0: free slot */
    bool thanked, destroyed;
    bool held;               /* at headquarters, kept or in quarantine */
    bool on_disk;            /* scratch of the disk check */
    bool parked;             /* so: kept aside on a device */
    char text[ORACLE_QUOTE]; /* its beginning, for complaints */
};

struct mirror {
    char store[ID_TEXT];
    int64_t high_water, room;
    uint8_t (*chains)[CHAIN_BYTES]; /* chains[n] */
};

static struct fact facts[ORACLE_SLOTS];
static uint64_t effects[ORACLE_SLOTS]; /* identities in effect at headquarters */
static uint32_t used_facts[ORACLE_SLOTS], used_effects[ORACLE_SLOTS];
static uint32_t fact_count, effect_count;
static struct mirror mirrors[ORACLE_STORES];
static int mirror_count;
static sqlite3 *hq;
static sqlite3_stmt *hq_store, *hq_rows;
static char complaint[ORACLE_TEXT];
static struct oracle_counts counts;

const char *oracle_complaint(void)
{
    return complaint[0] ? complaint : NULL;
}

void oracle_complain(const char *format, ...)
{
    va_list arguments;
    if (complaint[0])
        return;
    va_start(arguments, format);
    (void)vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
}

struct oracle_counts oracle_counts(void)
{
    return counts;
}

/* --- facts -------------------------------------------------------------------------------------------------------- */

static uint64_t oracle_hash(const char *bytes, size_t length)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)bytes[i]) * 1099511628211u;
    return hash ? hash : 1;
}

static struct fact *oracle_fact(const char *line, size_t length)
{
    uint64_t hash = oracle_hash(line, length);
    uint32_t slot = (uint32_t)(hash ^ hash >> 32) % ORACLE_SLOTS;
    while (facts[slot].hash != 0 && facts[slot].hash != hash)
        slot = (slot + 1) % ORACLE_SLOTS;
    if (facts[slot].hash == 0) {
        if (fact_count > ORACLE_SLOTS / 2)
            abort();
        facts[slot].hash = hash;
        (void)snprintf(facts[slot].text, ORACLE_QUOTE, "%.*s", (int)length, line);
        used_facts[fact_count++] = slot;
    }
    return &facts[slot];
}

/* False when that identity is in effect already. */
static bool oracle_effect(const char *line, size_t length)
{
    size_t end = 0;
    for (int commas = 0; end < length && (commas += line[end] == ',') < 2; end++)
        ;
    uint64_t hash = oracle_hash(line, end);
    uint32_t slot = (uint32_t)(hash ^ hash >> 32) % ORACLE_SLOTS;
    for (; effects[slot] != 0; slot = (slot + 1) % ORACLE_SLOTS)
        if (effects[slot] == hash)
            return false;
    effects[slot] = hash;
    used_effects[effect_count++] = slot;
    return true;
}

void oracle_record(const char *line, size_t length, bool thanked)
{
    struct fact *fact = oracle_fact(line, length);
    counts.thanked += thanked && !fact->thanked;
    fact->thanked = fact->thanked || thanked;
}

void oracle_destroyed(const char *line, size_t length)
{
    struct fact *fact = oracle_fact(line, length);
    counts.destroyed += !fact->destroyed;
    fact->destroyed = true;
}

void oracle_reset(void)
{
    oracle_leave();
    for (uint32_t i = 0; i < fact_count; i++)
        facts[used_facts[i]] = (struct fact){0};
    for (uint32_t i = 0; i < effect_count; i++)
        effects[used_effects[i]] = 0;
    for (int i = 0; i < mirror_count; i++)
        free(mirrors[i].chains);
    memset(mirrors, 0, sizeof mirrors);
    mirror_count = 0;
    fact_count = effect_count = 0;
    counts = (struct oracle_counts){0};
    complaint[0] = '\0';
}

/* --- headquarters ---------------------------------------------------------------------------------------------------- */

void oracle_leave(void)
{
    (void)sqlite3_finalize(hq_store);
    (void)sqlite3_finalize(hq_rows);
    (void)sqlite3_close(hq);
    hq_store = hq_rows = NULL;
    hq = NULL;
}

static bool oracle_visit(const char *path)
{
    static const char rows[] =
        "SELECT record.seq, record.state, coalesce(CAST(record.line AS BLOB), quarantine.line) FROM record"
        " LEFT JOIN quarantine USING (lineage, store, seq)"
        " WHERE record.lineage = ?1 AND record.store = ?2 AND record.seq > ?3 ORDER BY record.seq";
    if (hq)
        return true;
    if (sqlite3_open_v2(path, &hq, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(hq, "SELECT id, lineage, high_water, chain FROM store WHERE uuid = ?1", -1,
                           &hq_store, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(hq, rows, -1, &hq_rows, NULL) == SQLITE_OK)
        return true;
    oracle_complain("headquarters' database cannot be read: %s", sqlite3_errmsg(hq));
    oracle_leave();
    return false;
}

static struct mirror *oracle_mirror(const char *store)
{
    for (int i = 0; i < mirror_count; i++)
        if (strcmp(mirrors[i].store, store) == 0)
            return &mirrors[i];
    if (mirror_count == ORACLE_STORES)
        abort();
    struct mirror *mirror = &mirrors[mirror_count++];
    memcpy(mirror->store, store, ID_TEXT);
    mirror->room = 256;
    mirror->chains = malloc((size_t)mirror->room * sizeof *mirror->chains);
    if (!mirror->chains)
        abort();
    chain_start(mirror->chains[0], store);
    return mirror;
}

static void oracle_row(struct mirror *mirror, int64_t number, int state, const char *line, size_t length)
{
    if (number != mirror->high_water + 1 || !line)
        oracle_complain("I4: store %s: record %lld follows %lld", mirror->store, (long long)number,
                        (long long)mirror->high_water);
    if (oracle_complaint())
        return;
    if (number == mirror->room) {
        mirror->room *= 2;
        mirror->chains = realloc(mirror->chains, (size_t)mirror->room * sizeof *mirror->chains);
        if (!mirror->chains)
            abort();
    }
    chain_next(mirror->chains[number], mirror->chains[number - 1], line, length);
    mirror->high_water = number;
    struct fact *fact = oracle_fact(line, length);
    counts.held += !fact->held;
    fact->held = true;
    counts.duplicates += state == 1;
    counts.quarantined += state == 2;
    if (state == 0 && !oracle_effect(line, length))
        oracle_complain("I3: store %s: record %lld takes effect a second time: %.120s", mirror->store,
                        (long long)number, line);
}

void oracle_look(const char *path, const char *store)
{
    struct mirror *mirror = oracle_mirror(store);
    if (!oracle_visit(path))
        return;
    (void)sqlite3_bind_text(hq_store, 1, store, -1, SQLITE_STATIC);
    bool known = sqlite3_step(hq_store) == SQLITE_ROW;
    int64_t high_water = known ? sqlite3_column_int64(hq_store, 2) : 0;
    if (high_water < mirror->high_water)
        oracle_complain("I5: store %s fell from %lld to %lld", store, (long long)mirror->high_water,
                        (long long)high_water);
    if (known && high_water > mirror->high_water) {
        (void)sqlite3_bind_int64(hq_rows, 1, sqlite3_column_int64(hq_store, 1));
        (void)sqlite3_bind_int64(hq_rows, 2, sqlite3_column_int64(hq_store, 0));
        (void)sqlite3_bind_int64(hq_rows, 3, mirror->high_water);
        while (!oracle_complaint() && sqlite3_step(hq_rows) == SQLITE_ROW)
            oracle_row(mirror, sqlite3_column_int64(hq_rows, 0), sqlite3_column_int(hq_rows, 1),
                       sqlite3_column_blob(hq_rows, 2), (size_t)sqlite3_column_bytes(hq_rows, 2));
        (void)sqlite3_reset(hq_rows);
    }
    if (known && high_water != mirror->high_water)
        oracle_complain("I4: store %s: high water %lld, records to %lld", store, (long long)high_water,
                        (long long)mirror->high_water);
    if (known && !oracle_complaint() &&
        (sqlite3_column_bytes(hq_store, 3) != CHAIN_BYTES ||
         !chain_equal(sqlite3_column_blob(hq_store, 3), mirror->chains[high_water])))
        oracle_complain("I4: store %s: the chain at %lld is not that of its lines", store,
                        (long long)high_water);
    (void)sqlite3_reset(hq_store);
}

/* Before a restart: what must still be there afterwards. */
struct memory {
    char store[ID_TEXT];
    int64_t high_water;
    uint8_t chain[CHAIN_BYTES];
};

void oracle_return(const char *path, bool restored)
{
    static struct memory memories[ORACLE_STORES];
    int memory_count = restored ? 0 : mirror_count;
    for (int i = 0; i < memory_count; i++) {
        memcpy(memories[i].store, mirrors[i].store, ID_TEXT);
        memories[i].high_water = mirrors[i].high_water;
        memcpy(memories[i].chain, mirrors[i].chains[mirrors[i].high_water], CHAIN_BYTES);
    }
    for (uint32_t i = 0; i < fact_count; i++)
        facts[used_facts[i]].held = false;
    for (uint32_t i = 0; i < effect_count; i++)
        effects[used_effects[i]] = 0;
    effect_count = 0;
    counts.held = counts.duplicates = counts.quarantined = 0;
    for (int i = 0; i < mirror_count; i++)
        mirrors[i].high_water = 0;
    for (int i = 0; i < mirror_count; i++)
        oracle_look(path, mirrors[i].store);
    for (int i = 0; i < memory_count; i++) {
        const struct mirror *mirror = oracle_mirror(memories[i].store);
        if (mirror->high_water < memories[i].high_water ||
            !chain_equal(mirror->chains[memories[i].high_water], memories[i].chain))
            oracle_complain("I1: store %s: %lld records were committed, %lld survived the crash",
                            mirror->store, (long long)memories[i].high_water, (long long)mirror->high_water);
    }
}

void oracle_receipted(const struct receipt *receipt, const uint8_t mine[CHAIN_BYTES])
{
    const struct mirror *mirror = oracle_mirror(receipt->store);
    if (receipt->high_water > mirror->high_water ||
        !chain_equal(receipt->chain, mirror->chains[receipt->high_water]))
        oracle_complain("I1: store %s: receipted to %lld, headquarters holds %lld", receipt->store,
                        (long long)receipt->high_water, (long long)mirror->high_water);
    else if (!chain_equal(mine, receipt->chain))
        oracle_complain("I7: store %s: the device took a receipt of another history at %lld", receipt->store,
                        (long long)receipt->high_water);
}

/* --- disks -------------------------------------------------------------------------------------------------------- */

/* A device that has not made its outbox yet. */
static bool oracle_is_blank(sqlite3 *disk)
{
    sqlite3_stmt *count = NULL;
    bool blank =
        sqlite3_prepare_v2(disk, "SELECT count(*) FROM sqlite_schema", -1, &count, NULL) == SQLITE_OK &&
        sqlite3_step(count) == SQLITE_ROW && sqlite3_column_int64(count, 0) == 0;
    (void)sqlite3_finalize(count);
    return blank;
}

static void oracle_each_line(const char *path, const char *sql, void (*each)(struct fact *fact))
{
    sqlite3 *disk = NULL;
    sqlite3_stmt *rows = NULL;
    int step = SQLITE_ERROR;
    if (sqlite3_open_v2(path, &disk, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK &&
        oracle_is_blank(disk))
        step = SQLITE_DONE;
    else if (sqlite3_prepare_v2(disk, sql, -1, &rows, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(rows)) == SQLITE_ROW)
            each(oracle_fact(sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0)));
    if (step != SQLITE_DONE)
        oracle_complain("%s cannot be read: %s", path, sqlite3_errmsg(disk));
    (void)sqlite3_finalize(rows);
    (void)sqlite3_close(disk);
}

static void oracle_mark(struct fact *fact)
{
    fact->on_disk = true;
}

static void oracle_mark_parked(struct fact *fact)
{
    fact->parked = true;
}

static void oracle_mark_destroyed(struct fact *fact)
{
    counts.destroyed += !fact->on_disk && !fact->destroyed;
    fact->destroyed = fact->destroyed || !fact->on_disk;
}

void oracle_begin_disks(void)
{
    for (uint32_t i = 0; i < fact_count; i++)
        facts[used_facts[i]].on_disk = facts[used_facts[i]].parked = false;
}

void oracle_disk(const char *path)
{
    oracle_each_line(path, "SELECT line FROM record", oracle_mark);
    oracle_each_line(path, "SELECT line FROM quarantine", oracle_mark_parked);
}

void oracle_overwrite(const char *path)
{
    oracle_each_line(path, "SELECT line FROM record UNION ALL SELECT line FROM quarantine",
                     oracle_mark_destroyed);
}

void oracle_end_disks(bool arrived)
{
    for (uint32_t i = 0; i < fact_count && !oracle_complaint(); i++) {
        const struct fact *fact = &facts[used_facts[i]];
        if (fact->thanked && !fact->on_disk && !fact->parked && !fact->held && !fact->destroyed)
            oracle_complain("I6: a thanked record is neither on a device nor at headquarters: %s",
                            fact->text);
        if (arrived && fact->on_disk && !fact->held && !fact->destroyed)
            oracle_complain("L1: a record never reached headquarters: %s", fact->text);
    }
}
