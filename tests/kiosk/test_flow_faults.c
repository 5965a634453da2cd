/*
 * The flow when the disk fails, fingers err, or everything happens at random.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow_bench.h"

/* --- the disk --- */

static void refused_is_never_thanked(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(5));
    flow_refused(&bench->flow, bench->jobs[0].ticket);
    shows(bench, VIEW_SORRY, 0);
    flow_saved(&bench->flow, bench->jobs[0].ticket);
    shows(bench, VIEW_SORRY, 0);
    wait(bench, FLOW_SORRY_MS);
    shows(bench, VIEW_QUESTION, 0);
}

static void refused_first_answer_ends_the_reasons(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    flow_refused(&bench->flow, bench->jobs[0].ticket);
    shows(bench, VIEW_SORRY, 0);
    tap(bench, submit_button());
    assert_int_equal(bench->job_count, 1);
}

static void down_lasts_until_restored(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(5));
    flow_down(&bench->flow);
    shows(bench, VIEW_SORRY, 0);
    assert_int_equal(flow_deadline(&bench->flow), FLOW_NEVER);
    flow_saved(&bench->flow, bench->jobs[0].ticket);
    flow_refused(&bench->flow, bench->jobs[0].ticket);
    wait(bench, 1000000);
    shows(bench, VIEW_SORRY, 0);
    tap(bench, mark(5));
    assert_int_equal(bench->job_count, 1);
    flow_restored(&bench->flow);
    shows(bench, VIEW_QUESTION, 0);
    tap(bench, mark(4));
    assert_int_equal(bench->job_count, 2);
}

static void true_thanks_stay_when_the_disk_fails_after_them(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(5));
    save_all(bench);
    flow_down(&bench->flow);
    shows(bench, VIEW_THANKS, 0);
    wait(bench, THANKS);
    shows(bench, VIEW_SORRY, 0);
}

static void silent_disk_is_out_of_service_until_it_speaks(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(5));
    wait(bench, FLOW_PENDING_MS - 1);
    shows(bench, VIEW_PENDING, 0);
    wait(bench, 1);
    shows(bench, VIEW_SORRY, 0);
    wait(bench, 1000000);
    shows(bench, VIEW_SORRY, 0);
    save_all(bench); /* no thanks: the customer was told otherwise */
    shows(bench, VIEW_QUESTION, 0);
}

/* --- fingers --- */

static void press_shows_at_once(void **state)
{
    struct bench *bench = *state;

    press(bench, 1, mark(4));
    assert_true(target_equal(flow_view(&bench->flow)->pressed, mark(4)));
    assert_int_equal(bench->job_count, 0);
}

static void F76_drag_off_cancels(void **state)
{
    struct bench *bench = *state;

    press(bench, 1, mark(4));
    flow_move(&bench->flow, 1, nothing);
    assert_true(target_equal(flow_view(&bench->flow)->pressed, nothing));
    release(bench, 1, mark(5));
    assert_int_equal(bench->job_count, 0);
    shows(bench, VIEW_QUESTION, 0);
    press(bench, 1, mark(4)); /* off and on again is still a tap */
    flow_move(&bench->flow, 1, mark(3));
    flow_move(&bench->flow, 1, mark(4));
    release(bench, 1, mark(4));
    assert_int_equal(bench->job_count, 1);
}

static void drag_onto_a_button_is_no_tap(void **state)
{
    struct bench *bench = *state;

    press(bench, 1, nothing);
    flow_move(&bench->flow, 1, mark(5));
    release(bench, 1, mark(5));
    assert_int_equal(bench->job_count, 0);
}

static void F75_first_finger_counts(void **state)
{
    struct bench *bench = *state;

    press(bench, 10, mark(2));
    press(bench, 11, mark(5));
    flow_move(&bench->flow, 11, mark(5));
    release(bench, 11, mark(5));
    assert_int_equal(bench->job_count, 0);
    assert_int_equal(flow_ignored(&bench->flow), 1);
    assert_true(target_equal(flow_view(&bench->flow)->pressed, mark(2)));
    release(bench, 10, mark(2));
    assert_int_equal(bench->job_count, 1);
    assert_int_equal(line_of(bench, 0, 0).answer.mark, 2);
}

static void finger_that_never_leaves_is_let_go_of(void **state)
{
    struct bench *bench = *state;

    press(bench, 10, mark(2));
    assert_int_equal(flow_deadline(&bench->flow), bench->now + FLOW_HOLD_MS);
    wait(bench, FLOW_HOLD_MS);
    assert_true(target_equal(flow_view(&bench->flow)->pressed, nothing));
    press(bench, 11, mark(5));
    release(bench, 10, mark(2));
    release(bench, 11, mark(5));
    assert_int_equal(bench->job_count, 1);
    assert_int_equal(line_of(bench, 0, 0).answer.mark, 5);
}

static void second_tap_within_the_lock_time_is_ignored(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    shows(bench, VIEW_QUESTION, 1);
    bench->now += LOCK - 1;
    press(bench, 1, skip_button());
    release(bench, 1, skip_button());
    shows(bench, VIEW_QUESTION, 1);
    assert_int_equal(flow_ignored(&bench->flow), 1);
    bench->now += 1;
    press(bench, 1, skip_button());
    release(bench, 1, skip_button());
    shows(bench, VIEW_PENDING, 1);
}

static void choosing_quickly_is_not_locked_but_a_bounce_is(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, option(0));
    press(bench, 1, option(0));
    release(bench, 1, option(0));
    assert_int_equal(flow_view(&bench->flow)->chosen, 0x1);
    press(bench, 1, option(1));
    release(bench, 1, option(1));
    assert_int_equal(flow_view(&bench->flow)->chosen, 0x3);
}

static void F74_mashing_makes_one_visit_a_thanks(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < 200; i++) {
        press(bench, i, mark(5));
        bench->now += 10;
        release(bench, i, mark(5));
        bench->now += 10;
    }
    assert_int_equal(bench->job_count, 1);
}

static void finger_from_the_screen_before_answers_nothing(void **state)
{
    struct bench *bench = *state;

    press(bench, 1, mark(5));
    flow_down(&bench->flow);
    flow_restored(&bench->flow);
    shows(bench, VIEW_QUESTION, 0);
    assert_true(target_equal(flow_view(&bench->flow)->pressed, nothing));
    release(bench, 1, mark(5));
    assert_int_equal(bench->job_count, 0);
    tap(bench, mark(4));
    assert_int_equal(bench->job_count, 1);
}

/* --- everything at random --- */

/* Thanks never come while a job of the visit is not durable, whatever happens in whatever order. */
static void thanks_never_come_before_saved(void **state)
{
    struct bench *bench = *state;
    struct target targets[] = {mark(1),         mark(3),       mark(5),     option(0),   option(2),
                               submit_button(), skip_button(), language(1), language(0), nothing};
    uint32_t random = 12345;
    uint64_t open[64]; /* tickets the disk has not got, of any visit */
    char visits[64][ID_TEXT];
    size_t count = 0, thanked = 0;

    for (int i = 0; i < 50000; i++) {
        enum view_screen before = flow_view(&bench->flow)->screen;
        uint32_t r;

        random = random * 1664525u + 1013904223u;
        r = random >> 8;
        bench->job_count = 0;
        switch (r % 8) {
        case 0:
        case 1:
        case 2:
            press(bench, (int)(r >> 4) % 2, targets[(r >> 6) % 10]);
            break;
        case 3:
        case 4:
            release(bench, (int)(r >> 4) % 2, targets[(r >> 6) % 10]);
            release(bench, bench->flow.finger, bench->flow.aim);
            break;
        case 5:
            wait(bench, (r >> 4) % 3000);
            break;
        case 6:
            if (count) {
                size_t which = (r >> 4) % count;
                uint64_t ticket = open[which];

                open[which] = open[--count];
                memcpy(visits[which], visits[count], ID_TEXT);
                if ((r >> 12) % 16)
                    flow_saved(&bench->flow, ticket);
                else
                    flow_refused(&bench->flow, ticket);
            }
            break;
        case 7:
            if ((r >> 4) % 32 == 0)
                flow_down(&bench->flow);
            else
                flow_restored(&bench->flow);
            break;
        }
        for (size_t k = 0; k < bench->job_count; k++) {
            if (count == 64)
                count = 0; /* lost for good */
            memcpy(visits[count], bench->jobs[k].visit, ID_TEXT);
            open[count++] = bench->jobs[k].ticket;
        }
        if (flow_view(&bench->flow)->screen == VIEW_THANKS && before != VIEW_THANKS) {
            int records;
            const char *visit = flow_visit(&bench->flow, &records);

            thanked++;
            for (size_t k = 0; k < count; k++)
                assert_string_not_equal(visits[k], visit);
        }
    }
    assert_true(thanked > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refused_is_never_thanked),
        TEST(refused_first_answer_ends_the_reasons),
        TEST(down_lasts_until_restored),
        TEST(true_thanks_stay_when_the_disk_fails_after_them),
        TEST(silent_disk_is_out_of_service_until_it_speaks),
        TEST(press_shows_at_once),
        TEST(F76_drag_off_cancels),
        TEST(drag_onto_a_button_is_no_tap),
        TEST(F75_first_finger_counts),
        TEST(finger_that_never_leaves_is_let_go_of),
        TEST(second_tap_within_the_lock_time_is_ignored),
        TEST(choosing_quickly_is_not_locked_but_a_bounce_is),
        TEST(F74_mashing_makes_one_visit_a_thanks),
        TEST(finger_from_the_screen_before_answers_nothing),
        TEST(thanks_never_come_before_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
