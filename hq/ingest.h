/*
 * A batch made ready for the database: every line judged, every effect on the roll-ups laid out.
 * Pure: done before any lock is taken, so that the database is held for inserting only.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_INGEST_H
#define HQ_INGEST_H

#include "core/batch.h"
#include "core/error.h"
#include "core/id.h"
#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INGEST_REASON_MAX 160 /* bytes, with NUL */

/*
 * One counter of the roll-ups. A mark is written as its number. A choice has a cell for each code that was
 * chosen and one with an empty answer that counts how often the question was answered at all.
 */
struct ingest_cell {
    int64_t
        hour; /* hours since 1970, UTC, by the record's own clock; the database moves it where that is wrong */
    int scale;
    char survey[RECORD_NAME_MAX], question[RECORD_NAME_MAX], kind[RECORD_NAME_MAX], answer[RECORD_NAME_MAX],
        lang[RECORD_NAME_MAX], channel[RECORD_NAME_MAX];
};

struct ingest_row {
    struct outbox_line line; /* borrowed from the batch */
    uint8_t visit[ID_BYTES]; /* with n the record's identity, when reason is NULL */
    int n;
    enum record_type type;
    int64_t at, up;                    /* the device's clocks; with boot what its true time is found from */
    uint8_t boot[ID_BYTES];            /* of the record, where reason is NULL */
    size_t first_effect, effect_count; /* into effects: the cells that count this record */
    char *reason;                      /* why it is no record and goes to quarantine, or NULL; owned */
};

struct ingest {
    struct batch_head head;
    bool late; /* the head's clock is not "now": the batch came by hand. Set after ingest_prepare() */
    struct ingest_row *rows; /* head.count of them */
    uint32_t *effects;       /* indices of cells */
    size_t effect_count;
    struct ingest_cell *cells; /* each combination once */
    size_t cell_count;
};

/* Hours since 1970 of a time in ms; rounds down before 1970 too. */
int64_t ingest_hour(int64_t at);

/* The lines stay the batch's: free the batch last. 0 or -ENOMEM. */
int ingest_prepare(struct ingest *ingest, const struct batch *batch, struct error *error);
void ingest_free(struct ingest *ingest); /* a zeroed one is fine */

#endif
