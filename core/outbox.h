/*
 * The outbox: a store of records on the device, in SQLite, appended by kiosk and ivr, read and purged by
 * sync. What outbox_append() accepted survives a power cut; numbers run 1, 2, 3 ... without a gap for the
 * store's life. One handle belongs to one thread at a time; any number of processes may hold handles.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "core/chain.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/id.h"
#include "core/receipt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox;

/* A record's bytes; borrowed wherever it is passed in. */
struct outbox_line {
    const char *text;
    size_t length;
};

struct outbox_state {
    char store[ID_TEXT];
    int64_t first;              /* lowest number still held, last + 1 when none is */
    int64_t last;               /* highest number ever given, 0 before the first */
    uint8_t chain[CHAIN_BYTES]; /* chain(last) */
    bool receipted;             /* receipt below is filled */
    struct receipt receipt;     /* HQ's last verified word about this store */
};

/* Consecutive records read for sending; owned by the caller, freed by outbox_span_free(). */
struct outbox_span {
    int64_t first;
    size_t count; /* 0: nothing at or after the number asked for */
    struct outbox_line *lines;
    uint8_t before[CHAIN_BYTES]; /* chain(first - 1) */
    uint8_t after[CHAIN_BYTES];  /* chain(first + count - 1) */
    char *bytes;                 /* what the lines point into */
};

/*
 * Opens or makes the database at path and brings an older schema up to date, in one transaction.
 * Errors: -EBADMSG (not an outbox, damaged, or made by a newer Tapline), -EAGAIN (locked longer than the
 * bounded wait), -ENOSPC, -EROFS, -EACCES, -EIO, -ENOENT (no such folder).
 */
int outbox_open(struct outbox **outbox, const char *path, const struct clock *clock, struct error *error);
void outbox_close(struct outbox *outbox); /* NULL is fine */

/*
 * Appends count lines in one transaction, and returns only when they are durable in the file that is at path.
 * *first (may be NULL) gets the first line's number. On any error nothing may be assumed: close the handle,
 * open a new one and use outbox_settle(). -ESTALE: the file was moved, removed or replaced under us.
 */
int outbox_append(struct outbox *outbox, const struct outbox_line *lines, size_t count, int64_t *first,
                  struct error *error);

/*
 * After a failed append, on a fresh handle: folds the log into the database with syncs of its own (a failed
 * fdatasync leaves pages that only look written) and says whether this line is among the last records, now
 * durable.
 */
int outbox_settle(struct outbox *outbox, const struct outbox_line *line, bool *present, struct error *error);

int outbox_state(struct outbox *outbox, struct outbox_state *state, struct error *error);

/* Reads from number on, at most count records and about bytes bytes (at least one record). *span is zeroed on
 * error. */
int outbox_read(struct outbox *outbox, int64_t number, size_t count, size_t bytes, struct outbox_span *span,
                struct error *error);
void outbox_span_free(struct outbox_span *span); /* NULL is fine */

/*
 * The chain value at number, which must be 0, a record held, or the receipted number. -ENOENT when it is
 * gone.
 */
int outbox_chain_at(struct outbox *outbox, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error);

/*
 * Keeps a receipt that the caller has verified (signature, store, chain). Durable on return. One is kept for
 * each day of headquarters' clock; those that claim more, or come from another epoch, are dropped:
 * headquarters no longer says so.
 */
int outbox_keep_receipt(struct outbox *outbox, const struct receipt *receipt, struct error *error);

/*
 * Deletes records that headquarters has held for more than keep_days of its own clock (the receipts', so that
 * a device whose clock is wrong neither purges early nor never), at most limit of them a call. The newest
 * receipted record stays. *purged (may be NULL) gets how many went.
 */
int outbox_purge_receipted(struct outbox *outbox, int keep_days, int64_t limit, int64_t *purged,
                           struct error *error);

#endif
