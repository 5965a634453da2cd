/*
 * fill PATH N K: appends N plausible records to the outbox at PATH, K in a transaction, as a kiosk would:
 * visits of one to three records. For benchmarks and for end-to-end tests that need a backlog.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/clock.h"
#include "core/outbox.h"
#include "core/record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FILL_MOST 10000000
#define FILL_TRANSACTION_MOST 10000

struct fill {
    struct clock clock;
    struct record_stamp stamp;
    long long visits;
    int mark;
    int step; /* what comes next in the visit: 0 the mark, 1 the reasons, 2 the end */
};

static int fill_line(struct fill *fill, char *line, size_t *length, struct error *error)
{
    static const char *const reasons[] = {"waiting", "attitude", "accuracy", "explanation", "equipment"};
    struct record_answer answer = {.question = "overall", .kind = "faces", .scale = 5};
    record_stamp_now(&fill->stamp, &fill->clock);
    fill->stamp.n++;
    if (fill->step == 0) {
        id_ordered(fill->stamp.visit, fill->stamp.at);
        fill->stamp.n = 1;
        fill->mark = (int)(fill->visits * 7 % 11 % 5) + 1;
        fill->visits++;
        answer.mark = fill->mark;
        fill->step = fill->mark <= 2 ? 1 : 2;
        return record_make_answer(line, length, &fill->stamp, &answer, error);
    }
    if (fill->step == 1) {
        answer = (struct record_answer){.question = "reason", .kind = "choice", .code_count = 1};
        (void)snprintf(answer.codes[0], sizeof answer.codes[0], "%s", reasons[fill->visits % 5]);
        fill->step = 2;
        return record_make_answer(line, length, &fill->stamp, &answer, error);
    }
    fill->step = 0;
    return record_make_end(line, length, &fill->stamp, RECORD_COMPLETED, fill->stamp.n - 1, error);
}

static int fill_outbox(struct outbox *outbox, struct fill *fill, long count, long transaction,
                       struct error *error)
{
    char(*texts)[RECORD_MAX + 1] = calloc((size_t)transaction, sizeof *texts);
    struct outbox_line *lines = calloc((size_t)transaction, sizeof *lines);
    int result = 0;
    if (!texts || !lines) {
        free(lines);
        free(texts);
        return error_set(error, -ENOMEM, "no memory");
    }
    for (long done = 0; result == 0 && done < count;) {
        size_t some = 0;
        for (; result == 0 && (long)some < transaction && done < count; some++, done++) {
            lines[some].text = texts[some];
            result = fill_line(fill, texts[some], &lines[some].length, error);
        }
        if (result == 0)
            result = outbox_append(outbox, lines, some, NULL, error);
    }
    free(lines);
    free(texts);
    return result;
}

int main(int count, char **words)
{
    char *end = NULL;
    long records = count == 4 ? strtol(words[2], &end, 10) : 0;
    bool fine = end && *end == '\0' && records > 0 && records <= FILL_MOST;
    long transaction = fine ? strtol(words[3], &end, 10) : 0;
    if (!fine || *end != '\0' || transaction < 1 || transaction > FILL_TRANSACTION_MOST) {
        (void)fprintf(stderr, "usage: fill OUTBOX RECORDS RECORDS-IN-A-TRANSACTION\n");
        return 64;
    }
    struct fill fill = {.stamp = {.survey = "branch-exit/1", .lang = "zh", .channel = "touch"}};
    struct outbox *outbox = NULL;
    struct error error = {0};
    clock_system(&fill.clock);
    int result = outbox_open(&outbox, words[1], &fill.clock, &error);
    if (result == 0)
        result = fill_outbox(outbox, &fill, records, transaction, &error);
    outbox_close(outbox);
    if (result == 0)
        return 0;
    (void)fprintf(stderr, "fill: %s\n", error.text);
    return error_exit_status(&error);
}
