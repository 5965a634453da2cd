/*
 * A batch: consecutive records of one store on the wire, as text (application/x-ndjson).
 * First line: the head, a JSON object. Then count record lines, each as the device stored it. Lines end with
 * LF. Pure functions: no clock, no file, no network. SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BATCH_H
#define CORE_BATCH_H

#include "core/chain.h"
#include "core/error.h"
#include "core/id.h"
#include "core/outbox.h"

#include <stddef.h>
#include <stdint.h>

#define BATCH_FORMAT 1
#define BATCH_HEAD_MAX 1024
#define BATCH_RECORDS_MAX 10000
#define BATCH_BYTES_MAX (8u << 20) /* unpacked; also the cap of decompression */

struct batch_head {
    char store[ID_TEXT];
    char parent[ID_TEXT];  /* of a fork: the store that it continues; empty for others */
    char lineage[ID_TEXT]; /* of a fork: the first store of the chain of forks; empty for others */
    int64_t first; /* number of the first record; with count 0 ("tell me where you stand"): receipted + 1 */
    int64_t count;
    uint8_t before[CHAIN_BYTES]; /* chain(first - 1) */
    uint8_t after[CHAIN_BYTES];  /* chain(first + count - 1); equals before when count is 0 */
    int64_t last;   /* highest number the device has given: what is still out is last - high water */
    int64_t at, up; /* the device's clock as it sends, ms */
    char boot[ID_TEXT];
    char version[32]; /* of the sender's software */
};

/* A batch taken apart; lines point into the text given to batch_unpack(). */
struct batch {
    struct batch_head head;
    struct outbox_line *lines; /* head.count of them; owned, freed by batch_free() */
};

/* *text (malloc'd, NUL-terminated, the caller frees it) gets head and lines. */
int batch_pack(const struct batch_head *head, const struct outbox_line *lines, char **text, size_t *length,
               struct error *error);

/*
 * Takes text apart and checks everything that needs no database: the head's members, that exactly count lines
 * follow, no line over RECORD_MAX or empty, and that the chain runs from before to after. -EBADMSG names the
 * line at fault.
 */
int batch_unpack(const char *text, size_t length, struct batch *batch, struct error *error);
void batch_free(struct batch *batch); /* NULL is fine */

#endif
