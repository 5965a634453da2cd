/*
 * A parcel: a batch of consecutive records, read, packed and compressed, ready for the wire.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_PARCEL_H
#define SYNC_PARCEL_H

#include "core/clock.h"
#include "core/error.h"
#include "core/outbox.h"

#include <stddef.h>
#include <stdint.h>

#define PARCEL_BYTES_MAX (4u << 20) /* of records, unpacked: half of what a batch may be */

struct parcel {
    int64_t first, count; /* count 0: an empty batch, "tell me where you stand" */
    int64_t made;         /* up time ms: its head carries the device's clock of that moment */
    void *body;
    size_t size;
};

/*
 * The records from first on, at most limit of them; limit 0 makes an empty batch that stands before first.
 * state is the outbox's. *parcel must be empty (zeroed or freed) and stays so on error.
 */
int parcel_make(struct parcel *parcel, struct outbox *outbox, const struct outbox_state *state,
                const struct clock *clock, int64_t first, size_t limit, struct error *error);
void parcel_free(struct parcel *parcel); /* may be used again */

#endif
