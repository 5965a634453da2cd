/*
 * Making parcels from the outbox.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/parcel.h"

#include "core/batch.h"
#include "core/compress.h"
#include "core/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int parcel_pack(struct parcel *parcel, const struct outbox_span *span,
                       const struct outbox_state *state, const struct clock *clock, struct error *error)
{
    struct batch_head head = {
        .first = span->first,
        .count = (int64_t)span->count,
        .last = state->last,
        .at = clock_wall(clock),
        .up = clock_up(clock),
        .version = TAPLINE_VERSION,
    };
    struct parcel made = {.first = head.first, .count = head.count, .made = head.up};
    char *text = NULL;
    size_t length = 0;
    memcpy(head.store, state->store, sizeof head.store);
    if (state->origin.why != OUTBOX_ORIGINAL) {
        memcpy(head.parent, state->origin.parent, sizeof head.parent);
        memcpy(head.lineage, state->origin.lineage, sizeof head.lineage);
    }
    memcpy(head.boot, clock->boot, sizeof head.boot);
    memcpy(head.before, span->before, CHAIN_BYTES);
    memcpy(head.after, span->after, CHAIN_BYTES);
    int result = batch_pack(&head, span->lines, &text, &length, error);
    if (result == 0)
        result = compress_pack(text, length, &made.body, &made.size, error);
    free(text);
    if (result == 0)
        *parcel = made;
    return result;
}

int parcel_make(struct parcel *parcel, struct outbox *outbox, const struct outbox_state *state,
                const struct clock *clock, int64_t first, size_t limit, struct error *error)
{
    struct outbox_span span = {.first = first};
    int result = 0;
    /* never past what state knows: a receipt for records that came later would read as another device's history */
    int64_t known = state->last - first + 1;
    if (limit > 0 && known > 0 && (int64_t)limit > known)
        limit = (size_t)known;
    if (limit == 0) {
        result = outbox_chain_at(outbox, first - 1, span.before, error);
        if (result == -ENOENT) { /* the receipt that named it could not be kept */
            span.first = state->last + 1;
            memcpy(span.before, state->chain, CHAIN_BYTES);
            result = 0;
        }
        memcpy(span.after, span.before, CHAIN_BYTES);
    } else {
        result = outbox_read(outbox, first, limit, PARCEL_BYTES_MAX, &span, error);
        if (result == 0 && span.count == 0)
            result = error_set(error, -EBADMSG, "record %lld of store %s is missing from the outbox",
                               (long long)first, state->store);
    }
    if (result == 0)
        result = parcel_pack(parcel, &span, state, clock, error);
    outbox_span_free(&span);
    return result;
}

void parcel_free(struct parcel *parcel)
{
    free(parcel->body);
    *parcel = (struct parcel){0};
}
