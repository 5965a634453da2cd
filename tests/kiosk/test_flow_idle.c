/*
 * The flow while nobody is there, under the tactile keypad, and in the technician's hands.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow_full.h"

#include <stdlib.h>
#include <time.h>

/* --- attract mode --- */

static void question_and_notices_take_turns(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);

    assert_int_equal(flow_deadline(&bench->flow), bench->now + ATTRACT);
    wait(bench, ATTRACT);
    shows(bench, VIEW_NOTICE, 0);
    assert_int_equal(view->notice, 0);
    wait(bench, NOTICE);
    shows(bench, VIEW_QUESTION, OVERALL);
    wait(bench, NOTICE);
    shows(bench, VIEW_NOTICE, 0);
    assert_int_equal(view->notice, 1);
    wait(bench, NOTICE);
    wait(bench, NOTICE);
    assert_int_equal(view->notice, 0); /* round again */
    flow_notices_changed(&bench->flow);
    shows(bench, VIEW_QUESTION, OVERALL);
}

static void one_touch_wakes_and_answers_nothing(void **state)
{
    struct bench *bench = *state;

    wait(bench, ATTRACT);
    press(bench, 1, just(TARGET_WAKE));
    shows(bench, VIEW_QUESTION, OVERALL);
    release(bench, 1, mark(3)); /* a face came up under the finger */
    assert_int_equal(bench->job_count, 0);
    shows(bench, VIEW_QUESTION, OVERALL);
    tap(bench, mark(3));
    assert_int_equal(bench->job_count, 1);
    wait(bench, TIMEOUT);
    shows(bench, VIEW_STILL_THERE, RECOMMEND); /* never a notice within a visit */
}

static void a_language_on_a_notice_leads_to_the_question_in_it(void **state)
{
    struct bench *bench = *state;

    wait(bench, ATTRACT);
    tap(bench, language(1));
    shows(bench, VIEW_QUESTION, OVERALL);
    assert_int_equal(flow_view(&bench->flow)->language, 1);
}

static void the_picture_wanders_within_its_margin(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);
    int moves = 0;

    full_notices = 0;
    wait(bench, ATTRACT);
    for (int i = 0; i < 50; i++) {
        int x = view->shift_x, y = view->shift_y;

        wait(bench, NOTICE);
        shows(bench, VIEW_QUESTION, OVERALL);
        assert_in_range(view->shift_x + VIEW_MARGIN_SHIFT, 0, 2 * VIEW_MARGIN_SHIFT);
        assert_in_range(view->shift_y + VIEW_MARGIN_SHIFT, 0, 2 * VIEW_MARGIN_SHIFT);
        moves += x != view->shift_x || y != view->shift_y;
    }
    assert_int_equal(moves, 50);
}

/* --- opening hours --- */

static void closed_wakes_by_touch_and_opens_in_time(void **state)
{
    struct bench *bench = *state;
    struct flow_options options = full_options(bench);
    struct hours hours;
    struct error error = {0};

    /* the bench's clock begins on a Tuesday at 22:13:21 UTC */
    assert_int_equal(hours_parse(&hours, "Mo-Fr 08:00-22:14", &error), 0);
    options.hours = &hours;
    flow_start(&bench->flow, &options);
    shows(bench, VIEW_QUESTION, OVERALL);
    wait(bench, 39000);
    shows(bench, VIEW_CLOSED, 0);
    press(bench, 1, just(TARGET_WAKE));
    release(bench, 1, just(TARGET_WAKE));
    shows(bench, VIEW_QUESTION, OVERALL);
    tap(bench, mark(5));
    assert_int_equal(bench->job_count, 1);
    wait(bench, TIMEOUT);
    wait(bench, SECOND_CHANCE);
    save_all(bench);
    wait(bench, THANKS);
    wait(bench, TIMEOUT);
    shows(bench, VIEW_CLOSED, 0);
    for (int i = 0; i < 58; i++) {
        assert_true(flow_deadline(&bench->flow) <= bench->now + FLOW_HOURS_MS);
        wait(bench, FLOW_HOURS_MS);
        shows(bench, VIEW_CLOSED, 0);
    }
    wait(bench, FLOW_HOURS_MS);
    shows(bench, VIEW_QUESTION, OVERALL);
}

/* --- the technician --- */

static void to_pin(struct bench *bench)
{
    bench->now += LOCK;
    press(bench, 1, just(TARGET_CORNER));
    assert_int_equal(flow_view(&bench->flow)->pressed.kind, TARGET_NONE);
    wait(bench, FLOW_CORNER_MS);
    release(bench, 1, nothing);
}

static void the_corner_must_be_held(void **state)
{
    struct bench *bench = *state;

    press(bench, 1, just(TARGET_CORNER));
    wait(bench, FLOW_CORNER_MS - 1);
    release(bench, 1, just(TARGET_CORNER));
    shows(bench, VIEW_QUESTION, OVERALL);
    press(bench, 1, just(TARGET_CORNER));
    flow_move(&bench->flow, 1, nothing); /* slid off */
    wait(bench, FLOW_CORNER_MS);
    shows(bench, VIEW_QUESTION, OVERALL);
    release(bench, 1, nothing);
    to_pin(bench);
    shows(bench, VIEW_PIN, 0);
    wait(bench, FLOW_SERVICE_MS);
    shows(bench, VIEW_QUESTION, OVERALL); /* leaves by itself */
}

static void wrong_pins_cost_growing_time(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);
    int before = 0;

    to_pin(bench);
    for (int i = 0; i < 8; i++) {
        type(bench, "1111");
        assert_int_equal(view->typed, 4);
        tap(bench, just(TARGET_SUBMIT));
        shows(bench, VIEW_PIN, 0);
        assert_int_equal(full_pins_tried, i + 1);
        assert_true(view->wait_s > before);
        before = view->wait_s;
        type(bench, "2468"); /* not even the right one, now */
        tap(bench, just(TARGET_SUBMIT));
        assert_int_equal(full_pins_tried, i + 1);
        tap(bench, just(TARGET_CLOSE)); /* going away does not shorten it */
        to_pin(bench);
        assert_true(view->wait_s > 0 || before < 8);
        tap(bench, just(TARGET_CLOSE));
        wait(bench, before * INT64_C(1000));
        to_pin(bench);
        assert_int_equal(view->wait_s, 0);
    }
    type(bench, "2468");
    tap(bench, just(TARGET_SUBMIT));
    shows(bench, VIEW_SERVICE, 0);
    for (size_t i = 0; i + 4 <= sizeof bench->flow.pin; i++)
        assert_memory_not_equal(bench->flow.pin + i, "2468", 4);
}

static void the_menu_takes_items_and_leaves_by_itself(void **state)
{
    struct bench *bench = *state;
    struct view_row rows[2] = {{"Version", "1", false}, {"Restart", "", true}};

    flow_set_rows(&bench->flow, rows, 2);
    assert_int_equal(flow_view(&bench->flow)->row_count, 0); /* nobody is there */
    to_pin(bench);
    type(bench, "2468");
    tap(bench, just(TARGET_SUBMIT));
    flow_set_rows(&bench->flow, rows, 2);
    assert_int_equal(flow_view(&bench->flow)->row_count, 2);
    assert_int_equal(flow_take_item(&bench->flow), -1);
    tap(bench, (struct target){TARGET_ITEM, 1});
    assert_int_equal(flow_take_item(&bench->flow), 1);
    assert_int_equal(flow_take_item(&bench->flow), -1);
    flow_down(&bench->flow); /* a technician is not thrown out by a broken disk */
    shows(bench, VIEW_SERVICE, 0);
    wait(bench, FLOW_SERVICE_MS);
    shows(bench, VIEW_SORRY, 0);
    assert_int_equal(flow_view(&bench->flow)->row_count, 0);
}

static void the_touch_test_draws_what_one_finger_does(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);

    flow_test_touch(&bench->flow);
    shows(bench, VIEW_QUESTION, OVERALL);
    to_pin(bench);
    type(bench, "2468");
    tap(bench, just(TARGET_SUBMIT));
    flow_test_touch(&bench->flow);
    shows(bench, VIEW_TOUCH_TEST, 0);
    bench->now += LOCK;
    press(bench, 1, just(TARGET_CANVAS));
    flow_draw(&bench->flow, 1, 10, 20, true);
    flow_draw(&bench->flow, 2, 99, 99, false);
    for (int i = 0; i < 3 * VIEW_POINTS; i++)
        flow_draw(&bench->flow, 1, i % 800, 30, false);
    assert_true(view->point_count <= VIEW_POINTS && view->point_count >= VIEW_POINTS / 2);
    assert_int_equal(view->points[view->point_count - 1].x, (3 * VIEW_POINTS - 1) % 800);
    release(bench, 1, just(TARGET_CANVAS));
    tap(bench, just(TARGET_CLOSE));
    shows(bench, VIEW_SERVICE, 0);
}

static void a_visit_under_the_corner_is_abandoned(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    to_pin(bench);
    shows(bench, VIEW_PIN, 0);
    assert_int_equal(bench->job_count, 2);
    assert_int_equal(line_of(bench, 1, 0).end, RECORD_ABANDONED);
}

/* --- the tactile keypad --- */

static const struct target walked[] = {{TARGET_CORNER, 0}, {TARGET_LANGUAGE, 1}, {TARGET_TEXT_SIZE, 0},
                                       {TARGET_MARK, 1},   {TARGET_MARK, 2},     {TARGET_MARK, 3},
                                       {TARGET_MARK, 4},   {TARGET_MARK, 5}};
#define WALKED (sizeof walked / sizeof *walked)

static void key(struct bench *bench, enum flow_key which, int value)
{
    bench->now += LOCK;
    flow_key(&bench->flow, which, value, walked, WALKED);
    collect(bench);
}

static void arrows_walk_and_enter_answers(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);

    key(bench, FLOW_KEY_ENTER, 0); /* the first key only says where one stands */
    assert_true(target_equal(view->focus, mark(1)));
    assert_int_equal(bench->job_count, 0);
    key(bench, FLOW_KEY_NEXT, 0);
    key(bench, FLOW_KEY_NEXT, 0);
    key(bench, FLOW_KEY_PREVIOUS, 0);
    assert_true(target_equal(view->focus, mark(2)));
    key(bench, FLOW_KEY_PREVIOUS, 0);
    key(bench, FLOW_KEY_PREVIOUS, 0); /* neither the corner nor the text size */
    assert_true(target_equal(view->focus, language(1)));
    key(bench, FLOW_KEY_DIGIT, 5);
    assert_true(target_equal(view->focus, mark(5)));
    key(bench, FLOW_KEY_DIGIT, 9);
    assert_true(target_equal(view->focus, mark(5)));
    key(bench, FLOW_KEY_ENTER, 0);
    assert_int_equal(bench->job_count, 1);
    assert_int_equal(line_of(bench, 0, 0).answer.mark, 5);
    assert_int_equal(view->focus.kind, TARGET_NONE);
    flow_settle_focus(&bench->flow, walked + 3, 5); /* what the next question has */
    assert_true(target_equal(view->focus, mark(1)));
}

static void the_keypad_is_forgotten_after_the_visit(void **state)
{
    struct bench *bench = *state;

    key(bench, FLOW_KEY_NEXT, 0);
    wait(bench, TIMEOUT);
    assert_int_equal(flow_view(&bench->flow)->focus.kind, TARGET_NONE);
    flow_settle_focus(&bench->flow, walked, WALKED);
    assert_int_equal(flow_view(&bench->flow)->focus.kind, TARGET_NONE);
    assert_int_equal(flow_deadline(&bench->flow), bench->now + ATTRACT);
}

static void keys_type_a_number(void **state)
{
    static const struct target callback[] = {{TARGET_AGREE, 0}, {TARGET_DIGIT, 0}, {TARGET_DIGIT, 7}};
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, skip_button());
    bench->now += LOCK;
    flow_key(&bench->flow, FLOW_KEY_DIGIT, 7, callback, 3);
    bench->now += LOCK;
    flow_key(&bench->flow, FLOW_KEY_DIGIT, 0, callback, 3);
    assert_string_equal(flow_view(&bench->flow)->number, "70");
}

static void keys_wake_and_stay(void **state)
{
    struct bench *bench = *state;

    wait(bench, ATTRACT);
    key(bench, FLOW_KEY_NEXT, 0);
    shows(bench, VIEW_QUESTION, OVERALL);
    tap(bench, mark(1));
    wait(bench, TIMEOUT);
    shows(bench, VIEW_STILL_THERE, REASON);
    key(bench, FLOW_KEY_NEXT, 0);
    shows(bench, VIEW_QUESTION, REASON);
}

static void no_key_reaches_the_service_menu(void **state)
{
    struct bench *bench = *state;

    to_pin(bench);
    for (int i = 0; i < 4; i++)
        key(bench, FLOW_KEY_DIGIT, i);
    key(bench, FLOW_KEY_ENTER, 0);
    assert_int_equal(flow_view(&bench->flow)->typed, 0);
    shows(bench, VIEW_PIN, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FULL_TEST(question_and_notices_take_turns),
        FULL_TEST(one_touch_wakes_and_answers_nothing),
        FULL_TEST(a_language_on_a_notice_leads_to_the_question_in_it),
        FULL_TEST(the_picture_wanders_within_its_margin),
        FULL_TEST(closed_wakes_by_touch_and_opens_in_time),
        FULL_TEST(the_corner_must_be_held),
        FULL_TEST(wrong_pins_cost_growing_time),
        FULL_TEST(the_menu_takes_items_and_leaves_by_itself),
        FULL_TEST(the_touch_test_draws_what_one_finger_does),
        FULL_TEST(a_visit_under_the_corner_is_abandoned),
        FULL_TEST(arrows_walk_and_enter_answers),
        FULL_TEST(the_keypad_is_forgotten_after_the_visit),
        FULL_TEST(keys_type_a_number),
        FULL_TEST(keys_wake_and_stay),
        FULL_TEST(no_key_reaches_the_service_menu),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
