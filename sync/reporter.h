/*
 * Tells log and status file how the upload stands: the log once for each change, the file at each attempt.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_REPORTER_H
#define SYNC_REPORTER_H

#include "core/clock.h"
#include "sync/state_file.h"

#include <stdbool.h>
#include <stdint.h>

struct reporter {
    const char *outbox; /* path; the state file lies beside it */
    const struct clock *clock;
    bool silent;            /* no log: a single run ends with its one failure, and tells it then */
    struct state_file said; /* zeroed at first */
};

struct report {
    const char *trouble; /* uploader_trouble_name(), or "outbox" */
    bool alarm;
    const char *why; /* empty when well */
    int64_t wait;    /* ms to the next attempt, < 0 for none */
};

/* Says nothing when all was well and is. A state file that cannot be written is logged, once per change. */
void reporter_say(struct reporter *reporter, const struct report *report);

#endif
