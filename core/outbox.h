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

#define OUTBOX_APPLICATION 0x5461704c /* application_id of the file: "TapL" */
#define OUTBOX_VERSION 2              /* user_version that this code writes */

struct outbox;

/* A record's bytes; borrowed wherever it is passed in. */
struct outbox_line {
    const char *text;
    size_t length;
};

/* Why a store continues another one: the wire's words are outbox_why_name()'s. */
enum outbox_why {
    OUTBOX_ORIGINAL, /* it continues none */
    OUTBOX_FORK,     /* headquarters holds another history: this one is a clone's, or was restored */
    OUTBOX_FOREIGN,  /* the store belongs to another device */
    OUTBOX_RESTORED, /* headquarters was restored and lacks what is purged here */
    OUTBOX_DAMAGED,  /* rows or pages did not survive */
    OUTBOX_PARKED,   /* headquarters cannot take a record */
};

/* Where a store comes from. */
struct outbox_origin {
    enum outbox_why why;
    char parent[ID_TEXT];  /* the store that it continues; empty for an original */
    char lineage[ID_TEXT]; /* the first store of the chain of forks; an original's own id */
};

struct outbox_state {
    char store[ID_TEXT];
    struct outbox_origin origin;
    int64_t quarantined;        /* rows kept aside: see outbox_fork() */
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

/* --- what did not survive --- */

enum outbox_health { OUTBOX_SOUND, OUTBOX_BAD, OUTBOX_LOST };

/* A row, or a run of numbers that have none. */
struct outbox_found {
    enum outbox_health health; /* SOUND; BAD: does not fit its chain; LOST: from..to have no row */
    bool unchained;            /* SOUND, by the next row's word, but its own stored chain is damaged */
    int64_t from, to;          /* equal but for LOST */
    struct outbox_line line;   /* of SOUND and BAD; borrowed for the call */
};

/* A negative result ends the walk with it. */
typedef int (*outbox_found_each)(void *user, const struct outbox_found *found);

/*
 * Re-reads everything held in order and says of each row whether it fits its chain; a row whose stored chain
 * alone is damaged is SOUND when the next row proves it. Goes on behind unreadable pages; where the end cannot be
 * read, the number that should have come stands for all that is lost there. The callback may
 * change the row that it is given. -EBADMSG only when nothing at all can be read.
 */
int outbox_walk(struct outbox *outbox, outbox_found_each each, void *user, struct error *error);

/* 0 when the database's own structure is whole, -EBADMSG with the first complaint when not. Reads it all. */
int outbox_check_structure(struct outbox *outbox, struct error *error);

/* What a fork shall be, and what it came to. */
struct outbox_fork {
    enum outbox_why why;
    int64_t park; /* OUTBOX_PARKED: the record that gets a tombstone */
    int64_t held; /* OUTBOX_RESTORED: what headquarters holds; purged ones above it are reported as a gap */
    const char *reason; /* a sentence for headquarters' technician */
    /* filled: */
    char store[ID_TEXT], parent[ID_TEXT];
    int64_t carried; /* records carried over as they were */
    int64_t buried;  /* tombstones */
};

/*
 * Makes this outbox a new store that continues the present one, in one transaction: every record held is
 * carried over in order, renumbered from 1, with a new chain; in the place of each row that is damaged, missing
 * or parked stands a tombstone, and its bytes go to the table quarantine; receipts of the parent are dropped;
 * fault records that say so come last. Other handles go on without noticing.
 */
int outbox_fork(struct outbox *outbox, struct outbox_fork *fork, const struct clock *clock,
                struct error *error);

/*
 * Copies what is readable of a damaged outbox into target, which must be new and empty, as outbox_fork() would:
 * target continues the source's store. The caller keeps writers out and puts target in the source's place.
 */
int outbox_salvage(struct outbox *source, struct outbox *target, struct outbox_fork *fork,
                   const struct clock *clock, struct error *error);

/* Locks the database against other writers until outbox_unlock() or the close. */
int outbox_lock(struct outbox *outbox, struct error *error);
void outbox_unlock(struct outbox *outbox);

/* Folds the log into the database file, with syncs of its own. */
int outbox_fold(struct outbox *outbox, struct error *error);

/* Opens a database for outbox_walk() and outbox_salvage() only: whatever state it is in, changing nothing. */
int outbox_open_damaged(struct outbox **outbox, const char *path, struct error *error);

const char *outbox_why_name(enum outbox_why why); /* "" for an original */

#endif
