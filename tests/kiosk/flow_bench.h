/*
 * A bench for the flow: a clock that stands still, a customer's hands, and every job that came out.
 * The bench belongs to one test.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_KIOSK_FLOW_BENCH_H
#define TESTS_KIOSK_FLOW_BENCH_H

#include "kiosk/flow.h"

#include "kiosk/samples.h"

#define TIMEOUT 20000
#define THANKS 2500
#define LOCK 400

struct bench {
    struct survey *survey;
    struct clock clock;
    int64_t now;
    struct flow flow;
    struct visit_job jobs[16]; /* everything that came out */
    size_t job_count;
};

static inline int64_t bench_up(void *user)
{
    return ((struct bench *)user)->now;
}

static inline int64_t bench_wall(void *user)
{
    return 1700000000000 + ((struct bench *)user)->now;
}

static inline int setup(void **state)
{
    struct bench *bench = test_calloc(1, sizeof *bench);
    struct flow_options options = {.answer_timeout_ms = TIMEOUT, .thanks_ms = THANKS, .lock_ms = LOCK};

    bench->survey = sample_load();
    bench->now = 1000;
    bench->clock = (struct clock){bench_wall, bench_up, bench, "00000000-0000-4000-8000-000000000001"};
    options.survey = bench->survey;
    options.clock = &bench->clock;
    flow_start(&bench->flow, &options);
    *state = bench;
    return 0;
}

static inline int teardown(void **state)
{
    struct bench *bench = *state;

    survey_free(bench->survey);
    test_free(bench);
    return 0;
}

/* --- a customer --- */

static const struct target nothing = {TARGET_NONE, 0};

static inline struct target mark(int value)
{
    return (struct target){TARGET_MARK, value};
}

static inline struct target option(int value)
{
    return (struct target){TARGET_OPTION, value};
}

static inline struct target submit_button(void)
{
    return (struct target){TARGET_SUBMIT, 0};
}

static inline struct target skip_button(void)
{
    return (struct target){TARGET_SKIP, 0};
}

static inline struct target language(int value)
{
    return (struct target){TARGET_LANGUAGE, value};
}

/* Keeps the job that came out, if one did. */
static inline void collect(struct bench *bench)
{
    const struct visit_job *job = flow_take_job(&bench->flow);

    if (!job)
        return;
    assert_true(bench->job_count < 16);
    bench->jobs[bench->job_count++] = *job;
    assert_null(flow_take_job(&bench->flow));
}

static inline void press(struct bench *bench, int64_t finger, struct target target)
{
    flow_press(&bench->flow, finger, target);
    collect(bench);
}

static inline void release(struct bench *bench, int64_t finger, struct target target)
{
    flow_release(&bench->flow, finger, target);
    collect(bench);
}

/* An unhurried tap. */
static inline void tap(struct bench *bench, struct target target)
{
    bench->now += LOCK;
    press(bench, 1, target);
    bench->now += 80;
    release(bench, 1, target);
}

static inline void wait(struct bench *bench, int64_t ms)
{
    bench->now += ms;
    flow_tick(&bench->flow);
    collect(bench);
}

static inline void save_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->job_count; i++)
        flow_saved(&bench->flow, bench->jobs[i].ticket);
}

static inline void shows(struct bench *bench, enum view_screen screen, int question)
{
    const struct view *view = flow_view(&bench->flow);

    assert_string_equal(view_screen_name(view->screen), view_screen_name(screen));
    if (screen == VIEW_QUESTION)
        assert_int_equal(view->question, question);
}

static inline struct record line_of(struct bench *bench, size_t job, size_t line)
{
    struct record record;
    struct error error = {0};

    assert_true(job < bench->job_count);
    assert_true(line < bench->jobs[job].count);
    if (record_parse(bench->jobs[job].lines[line], bench->jobs[job].lengths[line], &record, &error) < 0)
        fail_msg("%s", error.text);
    return record;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
