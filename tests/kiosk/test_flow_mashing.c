/*
 * The flow under hands that do not mean it: mashing, and anything at random.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow_full.h"

#include <stdio.h>

/* --- mashing --- */

static void F74_mashing_flags_the_visit_and_bars_the_next(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    for (int i = 0; i < 40; i++) {
        bench->now += 50;
        press(bench, 1, option(i % 6));
        release(bench, 1, option(i % 6));
    }
    assert_int_equal(flow_mashings(&bench->flow), 1);
    for (int i = 0; i < 5; i++)
        tap(bench, i ? skip_button() : submit_button());
    assert_int_equal(line_of(bench, bench->job_count - 1, bench->jobs[bench->job_count - 1].count - 1).flags,
                     RECORD_MASHING);
    save_all(bench);
    wait(bench, THANKS);
    shows(bench, VIEW_QUESTION, OVERALL);
}

static void quiet_customers_follow_unflagged(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < 100; i++) { /* beside the faces */
        bench->now += 50;
        press(bench, 1, nothing);
        release(bench, 1, nothing);
    }
    press(bench, 1, mark(5));
    release(bench, 1, mark(5));
    assert_int_equal(bench->job_count, 0); /* barred */
    bench->now += 6000;
    tap(bench, mark(5));
    assert_int_equal(bench->job_count, 1);
    wait(bench, TIMEOUT);
    wait(bench, SECOND_CHANCE);
    assert_int_equal(line_of(bench, 1, 0).type, RECORD_END);
    assert_int_equal(line_of(bench, 1, 0).flags, 0);
}

static void quick_customers_are_no_mashing(void **state)
{
    struct bench *bench = *state;
    struct flow_options options = full_options(bench);

    options.lock_ms = 50;
    options.thanks_ms = 150;
    flow_start(&bench->flow, &options);
    for (int i = 0; i < 100; i++) { /* a queue of people who know what they want, five touches a second */
        for (int k = 0; k < 5; k++) {
            struct target target = k == 0 ? mark(5) : k == 1 ? mark(9) : skip_button();

            bench->now += 100;
            press(bench, 1, target);
            bench->now += 60;
            release(bench, 1, target);
        }
        shows(bench, VIEW_PENDING, ACCURACY);
        save_all(bench);
        bench->job_count = 0;
        wait(bench, 150);
    }
    assert_int_equal(flow_mashings(&bench->flow), 0);
    assert_int_equal(flow_ignored(&bench->flow), 0);
}

/* --- everything at random --- */

static const struct target anything[] = {
    {TARGET_NONE, 0},   {TARGET_MARK, 1},     {TARGET_MARK, 2},   {TARGET_MARK, 5},      {TARGET_MARK, 0},
    {TARGET_OPTION, 0}, {TARGET_OPTION, 4},   {TARGET_SUBMIT, 0}, {TARGET_SKIP, 0},      {TARGET_LANGUAGE, 1},
    {TARGET_BACK, 0},   {TARGET_DIGIT, 7},    {TARGET_DIGIT, 3},  {TARGET_ERASE, 0},     {TARGET_AGREE, 0},
    {TARGET_STAY, 0},   {TARGET_WAKE, 0},     {TARGET_CORNER, 0}, {TARGET_ITEM, 2},      {TARGET_CLOSE, 0},
    {TARGET_REACH, 0},  {TARGET_CONTRAST, 0}, {TARGET_CANVAS, 0}, {TARGET_TEXT_SIZE, 0}, {TARGET_SUBMIT, 0}};
#define ANYTHING (sizeof anything / sizeof *anything)

struct open_jobs {
    uint64_t tickets[256]; /* that the disk has not got */
    char visits[256][ID_TEXT];
    size_t count;
};

static void disk_speaks(struct bench *bench, struct open_jobs *open, uint32_t r)
{
    size_t which = open->count ? r % open->count : 0;
    uint64_t ticket;

    if (!open->count)
        return;
    ticket = open->tickets[which];
    open->tickets[which] = open->tickets[--open->count];
    memcpy(open->visits[which], open->visits[open->count], ID_TEXT);
    if (r >> 8 & 31)
        flow_saved(&bench->flow, ticket);
    else
        flow_refused(&bench->flow, ticket);
}

static void one_event(struct bench *bench, struct open_jobs *open, uint32_t r)
{
    struct target target = anything[(r >> 6) % ANYTHING];
    struct visit_context ticket = {.ticket = "A1"};

    switch (r % 12) {
    case 0:
    case 1:
    case 2:
        tap(bench, target);
        break;
    case 3:
        press(bench, (r >> 4) % 2, target);
        break;
    case 4:
        release(bench, (r >> 4) % 2, target);
        break;
    case 5:
        wait(bench, (r >> 4) % 6000 + (r >> 20 & 3 ? 0 : TIMEOUT));
        break;
    case 6:
    case 7:
    case 8:
        disk_speaks(bench, open, r >> 4);
        break;
    case 9:
        flow_key(&bench->flow, (enum flow_key)((r >> 4) % 4), (int)(r >> 8) % 10, anything, ANYTHING);
        collect(bench);
        flow_settle_focus(&bench->flow, anything, ANYTHING);
        break;
    case 10:
        (void)flow_ticket(&bench->flow, &ticket);
        break;
    case 11:
        if ((r >> 4) % 24 == 0)
            flow_down(&bench->flow);
        else
            flow_restored(&bench->flow);
        break;
    }
}

/*
 * Whatever happens in whatever order: no thanks before everything of the visit is durable, no visit without
 * bounds, nobody in the service menu without the PIN, and at rest everything is as it was at the start.
 */
static void bounds_hold_whatever_happens(void **state)
{
    struct bench *bench = *state;
    struct open_jobs *open = test_calloc(1, sizeof *open);
    const struct view *view = flow_view(&bench->flow);
    uint32_t random = 4711;
    size_t thanked = 0, asked = 0, rested = 0;

    for (int i = 0; i < 100000; i++) {
        enum view_screen before = view->screen;

        random = random * 1664525u + 1013904223u;
        bench->job_count = 0;
        one_event(bench, open, random >> 8);
        for (size_t k = 0; k < bench->job_count; k++) {
            if (open->count == 256)
                open->count = 0; /* lost for good */
            memcpy(open->visits[open->count], bench->jobs[k].visit, ID_TEXT);
            open->tickets[open->count++] = bench->jobs[k].ticket;
        }
        if (view->screen == VIEW_THANKS && before != VIEW_THANKS) {
            int records;
            const char *visit = flow_visit(&bench->flow, &records);

            thanked++;
            for (size_t k = 0; k < open->count; k++)
                assert_string_not_equal(open->visits[k], visit);
        }
        assert_true(bench->flow.visit.records <= FLOW_RECORDS_BACK + 8);
        assert_true(view->screen != VIEW_SERVICE && view->screen != VIEW_TOUCH_TEST);
        assert_true(view->screen == VIEW_PIN || view->typed == 0);
        if (flow_at_rest(&bench->flow)) {
            assert_string_equal(view->number, "");
            assert_false(view->agreed || view->large || view->contrast || view->reach || view->ticket);
            rested++;
        }
        asked += view->screen == VIEW_STILL_THERE;
    }
    assert_true(thanked > 50 && asked > 50 && rested > 50);
    test_free(open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FULL_TEST(F74_mashing_flags_the_visit_and_bars_the_next),
        FULL_TEST(quiet_customers_follow_unflagged),
        FULL_TEST(quick_customers_are_no_mashing),
        FULL_TEST(bounds_hold_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
