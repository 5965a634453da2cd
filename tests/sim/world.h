/*
 * One simulated world: some devices, their clones, a network, headquarters, and everything that befalls them.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

enum world_fault {
    WORLD_POWER,    /* a device loses power at once */
    WORLD_FUSE,     /* a device loses power in the midst of a transaction */
    WORLD_FULL,     /* a device's disk is full for a while */
    WORLD_CLOCK,    /* a device's clock jumps */
    WORLD_FLIP,     /* a bit of a record on a device's disk flips */
    WORLD_CLONE,    /* a device's disk is copied into a new device, with the certificate or without */
    WORLD_IMAGE,    /* an image of a device is taken */
    WORLD_PUT_BACK, /* a device is overwritten with the image of it */
    WORLD_BACKUP,   /* headquarters is backed up */
    WORLD_RESTORE,  /* headquarters is restored from the backup */
    WORLD_FAULTS
};

struct world_totals {
    int64_t worlds, steps, device_days, thanked, held, quarantined, duplicates, destroyed, faults, forks;
    int64_t by_fault[WORLD_FAULTS];
};

/* Names that the real file system must have, in the present folder. */
int world_prepare(void);
void world_clean_up(void);

/* Runs the world of this seed for so many days; NULL, or what did not hold. Adds to *totals. */
const char *world_run(uint64_t seed, int days, bool trace, struct world_totals *totals);

void world_add(struct world_totals *to, const struct world_totals *more);
const char *world_fault_name(enum world_fault fault);

#endif
