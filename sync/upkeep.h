/*
 * What the daemon does for its outbox beside sending: forks and repairs it, writes the device's status, keeps
 * the ballast. Nothing here logs, and whatever fails leaves the outbox as it was.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_UPKEEP_H
#define SYNC_UPKEEP_H

#include "core/clock.h"
#include "core/error.h"
#include "core/outbox.h"
#include "sync/uploader.h"

#include <stdbool.h>
#include <stdint.h>

#define UPKEEP_STATUS_FIRST_MS 60000 /* a daemon that runs so long has something to say */

struct upkeep {
    int64_t status_every_ms;
    int64_t status_at; /* up time ms; 0: not set yet */
    bool unheard;      /* the store was forked, and headquarters has not receipted the child yet */
    int64_t forked_at; /* up time ms, where unheard */
    bool offset_known; /* in this boot */
    int64_t offset_ms; /* wall clock here minus headquarters' */
};

/* A store was opened. */
void upkeep_attach(struct upkeep *upkeep, const char *path, const struct outbox_state *state, int64_t now);

/* A good receipt came. */
void upkeep_hear(struct upkeep *upkeep, const struct receipt *receipt, const struct clock *clock);

/*
 * Forks the outbox where the uploader wants it and it may: a child that was never receipted is not forked again
 * before wait_ms have passed, so that nothing can breed stores. 1: forked, *fork says into what; 0: not.
 */
int upkeep_fork(struct upkeep *upkeep, struct outbox *outbox, const struct uploader *uploader,
                const struct clock *clock, int64_t wait_ms, struct outbox_fork *fork, struct error *error);

/* Appends the status record when it is due, and sees to the ballast. path is the outbox's. */
int upkeep_status(struct upkeep *upkeep, struct outbox *outbox, const char *path,
                  const struct outbox_state *state, const struct uploader *uploader,
                  const struct clock *clock, struct error *error);

/* Tells headquarters that the disk was full and the ballast was given up. */
int upkeep_tell(struct outbox *outbox, const struct clock *clock);

#endif
