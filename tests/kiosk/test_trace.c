/*
 * The trace: whole lines of JSON with the members that scripts rely on.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/trace.h"

#include "kiosk/samples.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void events_are_lines_of_json(void **state)
{
    static const char *const names[] = {"first_frame", "tap",    "saved",   "refused",
                                        "ignored",     "screen", "thanked", "targets"};
    static struct visit_job job = {.ticket = 1, .visit = "v", .n = 2, .count = 2};
    static struct drawlist list;
    struct survey *survey = sample_load();
    struct view view = {.screen = VIEW_QUESTION, .question = 1, .language = 1};
    char path[] = "/tmp/tapline-trace-XXXXXX", line[4096];
    struct trace *trace = NULL;
    struct error error = {0};
    json_t *events[8];
    FILE *file;

    (void)state;
    close(mkstemp(path));
    assert_int_equal(trace_open(&trace, path, &error), 0);
    drawlist_clear(&list, 800, 480);
    drawlist_target(&list, (struct draw_rect){1, 2, 30, 40}, (struct target){TARGET_OPTION, 5});
    drawlist_target(&list, (struct draw_rect){50, 2, 30, 40}, (struct target){TARGET_LANGUAGE, 0});
    trace_first_frame(trace, INT64_C(1) << 40);
    trace_tap(trace, &job, 5);
    trace_saved(trace, "v", 2, 2, 17, 6);
    trace_refused(trace, "v", 2, 2);
    trace_ignored(trace, 4);
    trace_screen(trace, survey, &view, 7);
    trace_thanked(trace, "v", 3, 8);
    trace_targets(trace, survey, &view, &list);
    trace_close(trace);

    file = fopen(path, "r");
    assert_non_null(file);
    for (size_t i = 0; i < 8; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        events[i] = json_loads(line, 0, NULL);
        assert_non_null(events[i]);
        assert_string_equal(json_string_value(json_object_get(events[i], "event")), names[i]);
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    unlink(path);

    assert_int_equal(json_integer_value(json_object_get(events[0], "ns")), INT64_C(1) << 40);
    assert_int_equal(json_integer_value(json_object_get(events[1], "n")), 2);
    assert_int_equal(json_integer_value(json_object_get(events[1], "input_ns")), 5);
    assert_int_equal(json_integer_value(json_object_get(events[2], "first")), 17);
    assert_int_equal(json_integer_value(json_object_get(events[2], "committed_ns")), 6);
    assert_int_equal(json_integer_value(json_object_get(events[4], "count")), 4);
    assert_string_equal(json_string_value(json_object_get(events[5], "question")), "reason");
    assert_string_equal(json_string_value(json_object_get(events[5], "language")), "zh");
    assert_int_equal(json_array_size(json_object_get(events[6], "records")), 3);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(events[7], "list"), 0), "id")),
        "reason:fees");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(events[7], "list"), 1), "id")),
        "language:en");
    for (size_t i = 0; i < 8; i++)
        json_decref(events[i]);
    survey_free(survey);
}

static void no_trace_is_no_trouble(void **state)
{
    struct trace *trace = NULL;
    struct error error = {0};

    (void)state;
    trace_first_frame(NULL, 1);
    trace_thanked(NULL, "v", 1, 1);
    trace_close(NULL);
    assert_int_equal(trace_open(&trace, "/nonexistent/trace", &error), -2);
    assert_non_null(strstr(error.text, "/nonexistent/trace"));
    assert_null(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_lines_of_json),
        cmocka_unit_test(no_trace_is_no_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
