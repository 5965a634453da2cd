/*
 * The self-repair ladder of an outbox: reopen; check; bury damaged rows; salvage into a new file and set the
 * damaged one aside by name. And the ballast: a file that gives way when the disk is full.
 * What always holds: no byte of a damaged file is lost, a file that is not an outbox is never touched, and
 * headquarters is told of each step by a fault record. SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_REPAIR_H
#define CORE_REPAIR_H

#include "core/clock.h"
#include "core/error.h"
#include "core/outbox.h"

#include <stdbool.h>
#include <stdint.h>

#define REPAIR_PATH_MAX 600
#define REPAIR_BALLAST_BYTES (4 << 20)

enum repair_outcome {
    REPAIR_WELL,     /* nothing is wrong with it after reopening */
    REPAIR_BURIED,   /* rows were damaged: tombstones, and a child store in the same file */
    REPAIR_SALVAGED, /* the file was damaged: set aside; a new one continues its store */
};

struct repair_report {
    enum repair_outcome outcome;
    struct outbox_fork fork;     /* but for WELL */
    char aside[REPAIR_PATH_MAX]; /* SALVAGED: where the damaged file is now */
};

/*
 * Repairs the outbox at path; every handle on it should be closed or be given up afterwards: -ESTALE tells the
 * ones of other processes. cause is the complaint that led here. Errors: -EBADMSG (not an outbox of ours, or a
 * newer one: untouched), -EAGAIN (another repair or a writer is in the way), -ENOSPC, -EIO ...: nothing changed.
 */
int repair_outbox(const char *path, const struct clock *clock, const char *cause,
                  struct repair_report *report, struct error *error);

/* Ends a repair that was cut off between its last two steps; to be called before an outbox is opened. */
int repair_finish(const char *path, struct error *error);

/* Reserves the ballast beside the outbox where there is none and plenty is free. */
int repair_ballast_make(const char *path, struct error *error);

/* Is the outbox's disk so full that little can be written? SQLite does not always say so. */
bool repair_disk_full(const char *path);

/* Gives the ballast's space back; false when there is none. */
bool repair_ballast_free(const char *path);

const char *repair_outcome_name(enum repair_outcome outcome);

#endif
