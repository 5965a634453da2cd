/*
 * What the outbox's own files share: the handle, its statements, and SQLite's errors in our words.
 * Nobody outside outbox*.c includes this.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_OUTBOX_PRIVATE_H
#define CORE_OUTBOX_PRIVATE_H

#include "core/outbox.h"

#include <sqlite3.h>
#include <sys/types.h>

enum outbox_statement {
    OUTBOX_BEGIN,
    OUTBOX_COMMIT,
    OUTBOX_ROLLBACK,
    OUTBOX_HEAD,
    OUTBOX_FIRST,
    OUTBOX_INSERT,
    OUTBOX_READ,
    OUTBOX_CHAIN,
    OUTBOX_RECEIPT,
    OUTBOX_RECEIPT_DROP,
    OUTBOX_RECEIPT_PUT,
    OUTBOX_PURGE,
    OUTBOX_STORE,
    OUTBOX_NEXT,
    OUTBOX_MOVE,
    OUTBOX_ASIDE,
    OUTBOX_STATEMENTS
};

#define OUTBOX_PATH_MAX 512

struct outbox {
    sqlite3 *db;
    char path[OUTBOX_PATH_MAX];
    dev_t log_device; /* the write-ahead log as the first commit found it; it stays while a handle is open */
    ino_t log_inode;  /* 0: no commit yet */
    char store[ID_TEXT];
    struct outbox_origin origin;
    sqlite3_stmt *statement[OUTBOX_STATEMENTS]; /* prepared on first use */
};

/* Says what SQLite said, with the path and the remedy, as a negative errno value. */
int outbox_sqlite_error(struct outbox *outbox, int code, const char *doing, struct error *error);

/* The statement, reset and ready for binding; the outbox's, never finalized by the caller. */
int outbox_prepare(struct outbox *outbox, enum outbox_statement which, sqlite3_stmt **statement,
                   struct error *error);

/* Runs a statement that returns no rows. */
int outbox_run(struct outbox *outbox, enum outbox_statement which, struct error *error);

/* chain(last) and last; chain(0) and 0 for an empty store. */
int outbox_head(struct outbox *outbox, int64_t *last, uint8_t chain[CHAIN_BYTES], struct error *error);

/*
 * Reads anew which store this is: another handle may have forked it. Called inside the transaction that
 * relies on it.
 */
int outbox_read_store(struct outbox *outbox, struct error *error);

/* A row of the store, at a number that is free. */
int outbox_insert(struct outbox *outbox, int64_t number, const struct outbox_line *line,
                  const uint8_t chain[CHAIN_BYTES], struct error *error);

int outbox_execute(struct outbox *outbox, const char *sql, const char *doing, struct error *error);

/* First column of the first row; absent rows give 0. */
int outbox_number(struct outbox *outbox, const char *sql, int64_t *number, struct error *error);

/* The newest receipt; *found false when there is none. */
int outbox_receipt(struct outbox *outbox, struct receipt *receipt, bool *found, struct error *error);

#endif
