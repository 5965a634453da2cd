/*
 * Hears at once that somebody wrote to the outbox: inotify on its folder, because the -wal file comes and
 * goes. What always holds: a hint only, never news; the outbox itself says what is new.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_WAKE_H
#define SYNC_WAKE_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * SQLite writes its log, syncs it, and only then shows the commit through shared memory, of which inotify
 * says nothing. So after each write the outbox is looked at a few times, ever less often. Pure.
 */
struct wake_looks {
    int64_t at;  /* up time ms of the next look; INT64_MAX: none */
    int64_t gap; /* ms to the one after it */
};

void wake_looks_start(struct wake_looks *looks, int64_t now);
void wake_looks_stop(struct wake_looks *looks);

/* True when a look is due at now; the next one is then set. */
bool wake_looks_due(struct wake_looks *looks, int64_t now);

struct wake;

/* Watches the folder of the database at path, which must exist. */
int wake_open(struct wake **wake, const char *path, struct error *error);
void wake_close(struct wake *wake); /* NULL is fine */

/* Readable when something happened in the folder. */
int wake_fd(const struct wake *wake);

/*
 * Takes everything that is there, without blocking. *touched: the database or its log was among it.
 * -ESTALE: the folder itself was removed or moved away; nothing more will be heard.
 */
int wake_drain(struct wake *wake, bool *touched, struct error *error);

#endif
