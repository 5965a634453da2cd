/*
 * Taking apart the lines of a batch.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/parse.h"

#include "hq/ingest.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PARSE_SHARE_FROM 128 /* lines; below it a second thread costs more than it saves */

/* Lines from .. to - 1, for one thread. */
struct parse_part {
    const struct batch *batch;
    struct parse_line *lines;
    int64_t from, to;
    int result;
};

static void *parse_part(void *user)
{
    struct parse_part *part = user;
    for (int64_t i = part->from; i < part->to && part->result == 0; i++) {
        const struct outbox_line *line = &part->batch->lines[i];
        struct error why;
        int result = record_parse(line->text, line->length, &part->lines[i].record, &why);
        if (result == -EBADMSG) {
            part->lines[i].reason = strndup(why.text, INGEST_REASON_MAX - 1);
            result = part->lines[i].reason ? 0 : -ENOMEM;
        }
        part->result = result;
    }
    return NULL;
}

int parse_batch(const struct batch *batch, struct parse_line **lines, struct error *error)
{
    int64_t count = batch->head.count;
    /* not zeroed: megabytes, of which a record fills a tenth */
    struct parse_line *made = malloc(((size_t)count + 1) * sizeof *made);
    if (!made)
        return error_set(error, -ENOMEM, "no memory for %lld records", (long long)count);
    for (int64_t i = 0; i < count; i++)
        made[i].reason = NULL;
    struct parse_part first = {.batch = batch, .lines = made, .to = count}, second = first;
    pthread_t thread;
    if (count >= PARSE_SHARE_FROM) {
        first.to = second.from = count / 2;
        if (pthread_create(&thread, NULL, parse_part, &second) != 0)
            first.to = second.from = count; /* no thread to be had: alone, then */
    } else {
        second.from = count;
    }
    (void)parse_part(&first);
    if (second.from < count)
        (void)pthread_join(thread, NULL);
    if (first.result < 0 || second.result < 0) {
        parse_free(made, count);
        return error_set(error, -ENOMEM, "no memory to take %lld records apart", (long long)count);
    }
    *lines = made;
    return 0;
}

void parse_free(struct parse_line *lines, int64_t count)
{
    for (int64_t i = 0; lines && i < count; i++)
        free(lines[i].reason);
    free(lines);
}
