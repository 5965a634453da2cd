/*
 * Taking apart the lines of a batch, the dearest part of an ingest: a large batch is shared with a second thread.
 * What comes out does not depend on how it was shared.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PARSE_H
#define HQ_PARSE_H

#include "core/batch.h"
#include "core/error.h"
#include "core/record.h"

/* A line taken apart; reason says why it is no record, NULL when it is one. */
struct parse_line {
    char *reason;         /* owned */
    struct record record; /* filled when reason is NULL */
};

/* *lines gets one for each line of the batch, the caller's to free by parse_free(). -ENOMEM. */
int parse_batch(const struct batch *batch, struct parse_line **lines, struct error *error);
void parse_free(struct parse_line *lines, int64_t count); /* NULL is fine */

#endif
