/*
 * append PATH COUNT: appends numbered records to an outbox, one transaction each, and says on standard output which
 * are durable: a line with the number, written only after outbox_append() returned. What was said must survive anything.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox.h"
#include "core/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(const struct error *error)
{
    (void)fprintf(stderr, "append: %s\n", error->text);
    return error_exit_status(error);
}

int main(int argc, char **argv)
{
    struct clock clock;
    struct outbox *outbox = NULL;
    struct error error = {0};
    if (argc != 3)
        return EXIT_FAILURE;
    long count = strtol(argv[2], NULL, 10);
    clock_system(&clock);
    if (outbox_open(&outbox, argv[1], &clock, &error) < 0)
        return fail(&error);
    for (long i = 0; i < count; i++) {
        char text[RECORD_MAX + 1], said[80];
        struct outbox_line line = {.text = text};
        struct record_stamp stamp = {.n = 1, .survey = "branch-exit/1", .lang = "zh", .channel = "touch"};
        struct record_answer answer = {
            .question = "overall", .kind = "faces", .scale = 5, .mark = 1 + (int)(i % 5)};
        int64_t number = 0;
        id_ordered(stamp.visit, clock_wall(&clock));
        record_stamp_now(&stamp, &clock);
        if (record_make_answer(text, &line.length, &stamp, &answer, &error) < 0 ||
            outbox_append(outbox, &line, 1, &number, &error) < 0)
            return fail(&error);
        int length = snprintf(said, sizeof said, "%lld %s\n", (long long)number, stamp.visit);
        (void)!write(STDOUT_FILENO, said, (size_t)length);
    }
    outbox_close(outbox);
    return EXIT_SUCCESS;
}
