/*
 * A device in the simulation: a kiosk that appends and an upload daemon, each with its own handle on one outbox, on
 * a disk and with a clock of their own. The real outbox, parcel, uploader and upkeep; only HTTP is left out.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_STAND_H
#define TESTS_SIM_STAND_H

#include "core/clock.h"
#include "core/outbox.h"
#include "core/record.h"
#include "hq/identity.h"
#include "sim/dice.h"
#include "sync/parcel.h"
#include "sync/upkeep.h"
#include "sync/uploader.h"

#include <stdbool.h>
#include <stdint.h>

#define STAND_NEVER INT64_MAX
#define STAND_KEEP_DAYS 35

/* What happens to a request. */
enum stand_fate {
    STAND_FINE,
    STAND_LOST,       /* before headquarters saw it */
    STAND_REPLY_LOST, /* after */
    STAND_BUSY,       /* 503 */
    STAND_PORTAL,     /* another's 200 */
    STAND_BROKEN,     /* arrives damaged */
    STAND_FATES
};

struct stand {
    int disk;
    char path[16];
    struct identity identity;
    int64_t *now; /* the world's time, ms */
    int64_t booted, skew;
    struct clock clock;
    int64_t dark_until; /* without power; 0: it has power */

    struct outbox *kiosk;
    char line[2][RECORD_MAX + 1]; /* of the last visit, whose fate is unknown while doubt is set */
    size_t length[2];
    bool doubt;
    char earlier[ID_TEXT]; /* a visit of before */
    bool bulky;            /* a record was made that the network's proxy does not let through */

    struct outbox *outbox; /* the daemon's */
    struct outbox_state state;
    struct uploader uploader;
    struct upkeep upkeep;
    struct parcel parcel;
    enum stand_fate fate;
    bool flying;
    void *old; /* an earlier request, which the network may deliver again */
    size_t old_size;
    char old_store[ID_TEXT];
    int64_t tap_at, turn_at, arrive_at, purge_at;
    int forks, refused; /* visits that were not saved, and not thanked for */
};

/* disk holds an outbox already (a clone's), or nothing. */
void stand_open(struct stand *stand, int disk, const char *device, int64_t *now);
void stand_close(struct stand *stand);

/* When this device next wants stand_turn(). */
int64_t stand_next(const struct stand *stand);

/* One step: a visit, a request, a reply, a purge, or the power coming back. weather: how bad the network is, 0..100. */
void stand_turn(struct stand *stand, struct dice *dice, int weather, int tap_ms);

/* The power goes now, or (fuse > 0) at that many disk operations; it comes back after ms. */
void stand_cut(struct stand *stand, int fuse, int64_t ms);

/* Flips a character of one record that is on the disk; the record is then destroyed. */
void stand_flip(struct stand *stand, struct dice *dice);

#endif
