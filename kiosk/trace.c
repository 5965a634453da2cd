/*
 * The trace, with jansson.
 * A trace that cannot be written never disturbs the screen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct trace {
    int file;
};

int trace_open(struct trace **trace, const char *path, struct error *error)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    struct trace *made;

    if (file < 0)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    made = calloc(1, sizeof *made);
    if (!made) {
        close(file);
        return error_set(error, -ENOMEM, "out of memory");
    }
    made->file = file;
    *trace = made;
    return 0;
}

void trace_close(struct trace *trace)
{
    if (!trace)
        return;
    close(trace->file);
    free(trace);
}

int64_t trace_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Takes over object. */
static void put(struct trace *trace, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);
    size_t length = line ? strlen(line) : 0;

    json_decref(object);
    if (!line)
        return;
    line[length] = '\n'; /* in the place of the NUL: the line is written by its length */
    (void)!write(trace->file, line, length + 1);
    free(line);
}

void trace_first_frame(struct trace *trace, int64_t ns)
{
    if (trace)
        put(trace, json_pack("{s:s,s:I}", "event", "first_frame", "ns", (json_int_t)ns));
}

void trace_tap(struct trace *trace, const struct visit_job *job, int64_t input)
{
    if (trace)
        put(trace, json_pack("{s:s,s:s,s:i,s:i,s:I}", "event", "tap", "visit", job->visit, "n", job->n,
                             "count", (int)job->count, "input_ns", (json_int_t)input));
}

void trace_saved(struct trace *trace, const char *visit, int n, size_t count, int64_t first,
                 int64_t committed)
{
    if (trace)
        put(trace, json_pack("{s:s,s:s,s:i,s:i,s:I,s:I}", "event", "saved", "visit", visit, "n", n, "count",
                             (int)count, "first", (json_int_t)first, "committed_ns", (json_int_t)committed));
}

void trace_refused(struct trace *trace, const char *visit, int n, size_t count)
{
    if (trace)
        put(trace,
            json_pack("{s:s,s:s,s:i,s:i}", "event", "refused", "visit", visit, "n", n, "count", (int)count));
}

void trace_ignored(struct trace *trace, unsigned count)
{
    if (trace)
        put(trace, json_pack("{s:s,s:I}", "event", "ignored", "count", (json_int_t)count));
}

void trace_mashing(struct trace *trace, unsigned count)
{
    if (trace)
        put(trace, json_pack("{s:s,s:I}", "event", "mashing", "count", (json_int_t)count));
}

void trace_ticket(struct trace *trace, bool taken)
{
    if (trace)
        put(trace, json_pack("{s:s,s:b}", "event", "ticket", "taken", taken));
}

void trace_pressed(struct trace *trace, int64_t input, int64_t presented)
{
    if (trace)
        put(trace, json_pack("{s:s,s:I,s:I}", "event", "pressed", "input_ns", (json_int_t)input,
                             "presented_ns", (json_int_t)presented));
}

void trace_frame(struct trace *trace, int64_t presented, int64_t took)
{
    if (trace)
        put(trace, json_pack("{s:s,s:I,s:I}", "event", "frame", "ns", (json_int_t)presented, "took_us",
                             (json_int_t)took / 1000));
}

void trace_screen(struct trace *trace, const struct survey *survey, const struct view *view,
                  int64_t presented)
{
    if (trace)
        put(trace,
            json_pack("{s:s,s:s,s:s,s:s,s:I}", "event", "screen", "name", view_screen_name(view->screen),
                      "question", survey->questions[view->question].id, "language",
                      survey->languages[view->language], "presented_ns", (json_int_t)presented));
}

void trace_thanked(struct trace *trace, const char *visit, int records, int64_t presented)
{
    json_t *list;

    if (!trace)
        return;
    list = json_array();
    for (int n = 1; n <= records; n++)
        json_array_append_new(list, json_pack("{s:i}", "n", n));
    put(trace, json_pack("{s:s,s:s,s:o,s:I}", "event", "thanked", "visit", visit, "records", list,
                         "presented_ns", (json_int_t)presented));
}

/* Of targets without a value. */
static const char *const target_names[] = {
    [TARGET_NONE] = "",
    [TARGET_MARK] = "",
    [TARGET_OPTION] = "",
    [TARGET_LANGUAGE] = "",
    [TARGET_DIGIT] = "",
    [TARGET_ITEM] = "",
    [TARGET_SUBMIT] = "submit",
    [TARGET_SKIP] = "skip",
    [TARGET_BACK] = "back",
    [TARGET_ERASE] = "erase",
    [TARGET_AGREE] = "agree",
    [TARGET_STAY] = "stay",
    [TARGET_WAKE] = "wake",
    [TARGET_CORNER] = "corner",
    [TARGET_CLOSE] = "close",
    [TARGET_TEXT_SIZE] = "text_size",
    [TARGET_CONTRAST] = "contrast",
    [TARGET_REACH] = "reach",
    [TARGET_CANVAS] = "canvas",
};

static void name_target(const struct survey *survey, const struct view *view, struct target target, char *id,
                        size_t size)
{
    const struct survey_question *question = &survey->questions[view->question];

    switch (target.kind) {
    case TARGET_MARK:
        snprintf(id, size, "%s:%d", question->id, target.value);
        break;
    case TARGET_OPTION:
        snprintf(id, size, "%s:%s", question->id, question->options[target.value].code);
        break;
    case TARGET_LANGUAGE:
        snprintf(id, size, "language:%s", survey->languages[target.value]);
        break;
    case TARGET_DIGIT:
        snprintf(id, size, "digit:%d", target.value);
        break;
    case TARGET_ITEM:
        snprintf(id, size, "item:%s",
                 (size_t)target.value < view->row_count ? view->rows[target.value].label : "");
        break;
    default:
        snprintf(id, size, "%s", target_names[target.kind]);
        break;
    }
}

void trace_targets(struct trace *trace, const struct survey *survey, const struct view *view,
                   const struct drawlist *list)
{
    json_t *targets;

    if (!trace)
        return;
    targets = json_array();
    for (size_t i = 0; i < list->target_count; i++) {
        const struct draw_target *target = &list->targets[i];
        char id[2 * RECORD_NAME_MAX + 2];

        name_target(survey, view, target->target, id, sizeof id);
        json_array_append_new(targets, json_pack("{s:s,s:i,s:i,s:i,s:i}", "id", id, "x", target->rect.x, "y",
                                                 target->rect.y, "w", target->rect.w, "h", target->rect.h));
    }
    put(trace, json_pack("{s:s,s:s,s:o}", "event", "targets", "screen", view_screen_name(view->screen),
                         "list", targets));
}
