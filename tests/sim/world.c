/*
 * One simulated world. Time goes from event to event; every choice comes from the seed's dice.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sim/world.h"

#include "core/id.h"
#include "sim/dice.h"
#include "sim/disk.h"
#include "sim/hall.h"
#include "sim/oracle.h"
#include "sim/stand.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid.h>

#define WORLD_STANDS 6
#define WORLD_FIRST_DISK 2
#define WORLD_IMAGE_DISK 14
#define WORLD_SCRATCH_DISK 15
#define WORLD_SCRATCH "d15/outbox.db"
#define WORLD_DAY_MS INT64_C(86400000)
#define WORLD_BEGIN INT64_C(1764000000000)      /* ms */
#define WORLD_BACKUP_AGE_MS (20 * WORLD_DAY_MS) /* an older backup is not put back: keep_days is longer */
#define WORLD_CHECK_MS (5 * WORLD_DAY_MS)       /* all disks are read so often at least */
#define WORLD_CALM_STEPS 100000

static struct world {
    struct dice dice;
    int64_t now;
    struct clock clock;
    struct stand stands[WORLD_STANDS];
    int stand_count;
    int weather, weather_worst; /* percent of requests that fail */
    int64_t weather_at, fault_at, check_at, full_until[WORLD_STANDS];
    int64_t fault_ms; /* mean time between faults */
    int tap_ms;       /* mean time between a device's visits */
    int image_of;     /* stand whose image is kept, -1: none */
    int64_t backup_at;
    int names;
    bool trace;
    struct world_totals *totals;
} world;

static struct dice world_names; /* of stores, epochs, boots and visits */

/* Takes the place of libuuid's: names come from the seed as well. */
void uuid_generate_random(uuid_t out)
{
    uint64_t halves[2] = {dice_next(&world_names), dice_next(&world_names)};
    memcpy(out, halves, sizeof halves);
    out[6] = (unsigned char)((out[6] & 0x0f) | 0x40);
    out[8] = (unsigned char)((out[8] & 0x3f) | 0x80);
}

static int64_t world_wall(void *user)
{
    (void)user;
    return world.now;
}

static const char *const world_fault_names[WORLD_FAULTS] = {
    "power cut", "cut inside a transaction", "full disk", "clock jump",           "flipped bit", "clone",
    "image",     "device put back",          "backup",    "headquarters restored"};

const char *world_fault_name(enum world_fault fault)
{
    return world_fault_names[fault];
}

void world_add(struct world_totals *to, const struct world_totals *more)
{
    int64_t *sums = (int64_t *)to;
    const int64_t *addends = (const int64_t *)more;
    for (size_t i = 0; i < sizeof *to / sizeof *sums; i++)
        sums[i] += addends[i];
}

int world_prepare(void)
{
    disk_register();
    return mkdir("d0", 0700) < 0 && errno != EEXIST ? -errno : 0;
}

void world_clean_up(void)
{
    (void)unlink(HALL_PATH);
    (void)rmdir("d0");
}

static void world_say(const char *what, int which)
{
    if (world.trace)
        (void)printf("%10.4f %s %d\n", (double)(world.now - WORLD_BEGIN) / (double)WORLD_DAY_MS, what, which);
}

/* --- checks ------------------------------------------------------------------------------------------------------ */

/* A disk is read from a copy, so that reading leaves no trace on it. */
static const char *world_copy(int disk)
{
    disk_copy(WORLD_SCRATCH_DISK, disk);
    return WORLD_SCRATCH;
}

/* Where others hold it open, one more reader changes nothing. */
static const char *world_view(const struct stand *stand)
{
    bool open = (stand->outbox || stand->kiosk) && !disk_is_dead(stand->disk);
    return open ? stand->path : world_copy(stand->disk);
}

static void world_see_disks(int but)
{
    oracle_begin_disks();
    for (int i = 0; i < world.stand_count; i++)
        if (i != but)
            oracle_disk(world_view(&world.stands[i]));
}

static void world_check(bool arrived)
{
    world_see_disks(-1);
    oracle_end_disks(arrived);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

static void world_add_stand(int from)
{
    char name[8];
    if (world.stand_count == WORLD_STANDS)
        return;
    int index = world.stand_count++;
    struct stand *stand = &world.stands[index];
    bool own = from < 0 || dice_once_in(&world.dice, 2);
    (void)snprintf(name, sizeof name, "k%d", world.names++);
    stand_open(stand, WORLD_FIRST_DISK + index, name, &world.now);
    if (own)
        hall_enroll(&stand->identity);
    else
        stand->identity = world.stands[from].identity;
    if (from >= 0) {
        stand->bulky = world.stands[from].bulky;
        disk_copy(stand->disk, world.stands[from].disk);
    }
    world.full_until[index] = 0;
    if (from >= 0)
        disk_cut(stand->disk);
}

static void world_put_back(void)
{
    if (world.image_of < 0)
        return;
    struct stand *stand = &world.stands[world.image_of];
    stand_cut(stand, 0, 60000);
    /* what is neither on the image nor on another device is gone */
    world_see_disks(world.image_of);
    oracle_disk(world_copy(WORLD_IMAGE_DISK));
    oracle_overwrite(world_copy(stand->disk));
    disk_copy(stand->disk, WORLD_IMAGE_DISK);
    stand->doubt = false;
}

static void world_befall(enum world_fault fault)
{
    int which = (int)dice_below(&world.dice, (uint64_t)world.stand_count);
    struct stand *stand = &world.stands[which];
    world_say(world_fault_names[fault], which);
    world.totals->by_fault[fault]++;
    world.totals->faults++;
    switch (fault) {
    case WORLD_POWER:
        stand_cut(stand, 0, (int64_t)dice_below(&world.dice, 2 * WORLD_DAY_MS));
        break;
    case WORLD_FUSE:
        stand_cut(stand, 1 + (int)dice_below(&world.dice, 80), 0);
        break;
    case WORLD_FULL:
        disk_set_full(stand->disk, true);
        world.full_until[which] = world.now + (int64_t)dice_below(&world.dice, 4 * WORLD_DAY_MS);
        break;
    case WORLD_CLOCK:
        stand->skew = ((int64_t)dice_below(&world.dice, 2000) - 1000) * WORLD_DAY_MS;
        break;
    case WORLD_FLIP:
        stand_flip(stand, &world.dice);
        break;
    case WORLD_CLONE:
        world_add_stand(which);
        break;
    case WORLD_IMAGE:
        disk_copy(WORLD_IMAGE_DISK, stand->disk);
        world.image_of = which;
        break;
    case WORLD_PUT_BACK:
        world_put_back();
        break;
    case WORLD_BACKUP:
        hall_backup();
        world.backup_at = world.now;
        break;
    case WORLD_RESTORE:
        if (world.backup_at && world.now - world.backup_at < WORLD_BACKUP_AGE_MS)
            hall_restore();
        /* whoever was enrolled since the backup has to be enrolled again */
        for (int i = 0; i < world.stand_count; i++)
            hall_enroll(&world.stands[i].identity);
        break;
    case WORLD_FAULTS:
        break;
    }
    world_check(false);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void world_weather(void)
{
    static const int kinds[] = {0, 0, 2, 10, 50, 100};
    world.weather = kinds[dice_below(&world.dice, sizeof kinds / sizeof kinds[0])];
    if (world.weather > world.weather_worst)
        world.weather = world.weather_worst;
    world.weather_at = world.now + (int64_t)dice_below(&world.dice, 4 * WORLD_DAY_MS);
}

static struct stand *world_next_stand(int64_t *at)
{
    struct stand *next = NULL;
    *at = STAND_NEVER;
    for (int i = 0; i < world.stand_count; i++) {
        int64_t when = stand_next(&world.stands[i]);
        if (when < *at) {
            *at = when;
            next = &world.stands[i];
        }
    }
    return next;
}

static void world_free_disks(bool all)
{
    for (int i = 0; i < world.stand_count; i++) {
        if (!world.full_until[i] || (!all && world.now < world.full_until[i]))
            continue;
        disk_set_full(world.stands[i].disk, false);
        world.full_until[i] = 0;
    }
}

static void world_step(void)
{
    int64_t at = 0;
    struct stand *stand = world_next_stand(&at);
    world.totals->steps++;
    if (world.weather_at <= at && world.weather_at <= world.fault_at) {
        world.now = world.weather_at;
        world_weather();
    } else if (world.fault_at <= at) {
        world.now = world.fault_at;
        world.fault_at += 1 + (int64_t)dice_below(&world.dice, 2 * (uint64_t)world.fault_ms);
        world_befall((enum world_fault)dice_below(&world.dice, WORLD_FAULTS));
    } else if (stand) {
        int forks = stand->forks;
        world.now = at > world.now ? at : world.now;
        stand_turn(stand, &world.dice, world.weather, world.tap_ms);
        if (stand->forks != forks || world.now >= world.check_at) {
            world_check(false);
            world.check_at = world.now + WORLD_CHECK_MS;
        }
    }
    world_free_disks(false);
}

static bool world_is_settled(void)
{
    for (int i = 0; i < world.stand_count; i++) {
        const struct stand *stand = &world.stands[i];
        struct outbox_state state;
        struct error error = {0};
        if (stand->dark_until || !stand->outbox || stand->flying || !uploader_may_purge(&stand->uploader) ||
            outbox_state(stand->outbox, &state, &error) < 0 ||
            uploader_receipted(&stand->uploader) < state.last)
            return false;
    }
    return true;
}

static void world_describe(void)
{
    for (int i = 0; i < world.stand_count; i++) {
        const struct stand *stand = &world.stands[i];
        (void)printf("stand %d (%s): store %s continues %s, records %lld to %lld, receipted %lld, %s%s\n", i,
                     stand->identity.device, stand->state.store,
                     stand->state.origin.parent[0] ? stand->state.origin.parent : "none",
                     (long long)stand->state.first, (long long)stand->state.last,
                     (long long)uploader_receipted(&stand->uploader),
                     uploader_trouble_name(stand->uploader.trouble), stand->dark_until ? ", dark" : "");
    }
}

/* L1: nothing fails any more, and nobody makes records; then everything arrives. */
static void world_calm(void)
{
    world.weather = 0;
    world.fault_at = world.weather_at = STAND_NEVER;
    world_free_disks(true);
    for (int i = 0; i < world.stand_count; i++) {
        disk_set_fuse(world.stands[i].disk, -1);
        world.stands[i].tap_at = STAND_NEVER;
        world.stands[i].turn_at = world.now;
    }
    int64_t heard =
        world.now + 2 * WORLD_DAY_MS; /* by then everybody's heartbeat has told of the present epoch */
    for (int i = 0; i < WORLD_CALM_STEPS && !oracle_complaint() && (world.now < heard || !world_is_settled());
         i++)
        world_step();
    if (!oracle_complaint() && !world_is_settled())
        oracle_complain("L1: nothing fails any more, and records still do not arrive");
    if (!oracle_complaint())
        world_check(true);
    if (!oracle_complaint())
        hall_verify();
}

static void world_begin(uint64_t seed, bool trace, struct world_totals *totals)
{
    static const int worst[] = {0, 10, 50, 100};
    world = (struct world){.trace = trace, .totals = totals, .now = WORLD_BEGIN, .image_of = -1};
    world.clock = (struct clock){.wall = world_wall, .up = world_wall};
    oracle_reset();
    disk_reset(seed);
    dice_seed(&world.dice, seed);
    dice_seed(&world_names, ~seed);
    id_random(world.clock.boot);
    hall_open(&world.clock);
    world.weather_worst = worst[dice_below(&world.dice, sizeof worst / sizeof worst[0])];
    world.fault_ms = WORLD_DAY_MS / 4 + (int64_t)dice_below(&world.dice, 20 * WORLD_DAY_MS);
    world.tap_ms = 3600000 * (8 + (int)dice_below(&world.dice, 24));
    for (uint64_t i = 1 + dice_below(&world.dice, 3); i > 0; i--)
        world_add_stand(-1);
    world.fault_at = world.now + (int64_t)dice_below(&world.dice, 2 * (uint64_t)world.fault_ms);
    world_weather();
}

const char *world_run(uint64_t seed, int days, bool trace, struct world_totals *totals)
{
    int64_t end = WORLD_BEGIN + days * WORLD_DAY_MS, day = WORLD_BEGIN;
    world_begin(seed, trace, totals);
    while (!oracle_complaint() && world.now < end) {
        world_step();
        for (; day + WORLD_DAY_MS <= world.now; day += WORLD_DAY_MS)
            totals->device_days += world.stand_count;
    }
    if (!oracle_complaint())
        world_calm();
    if (trace && oracle_complaint())
        world_describe();
    struct oracle_counts counts = oracle_counts();
    totals->worlds++;
    totals->thanked += counts.thanked;
    totals->held += counts.held;
    totals->quarantined += counts.quarantined;
    totals->duplicates += counts.duplicates;
    totals->destroyed += counts.destroyed;
    for (int i = 0; i < world.stand_count; i++) {
        totals->forks += world.stands[i].forks;
        stand_close(&world.stands[i]);
    }
    oracle_leave();
    hall_close();
    return oracle_complaint();
}
