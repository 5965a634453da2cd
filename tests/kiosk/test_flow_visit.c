/*
 * The flow: second chance, back, call-back, context, and what returns to its default.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow_full.h"

#include <stdio.h>

/* --- the second chance --- */

static void silence_asks_before_it_ends(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, option(2));
    wait(bench, TIMEOUT);
    shows(bench, VIEW_STILL_THERE, REASON);
    assert_int_equal(flow_view(&bench->flow)->chosen, 4);
    assert_int_equal(flow_view(&bench->flow)->remaining, VIEW_REMAINING);
    assert_int_equal(flow_deadline(&bench->flow), bench->now + FLOW_COUNT_MS);
    wait(bench, FLOW_COUNT_MS);
    assert_int_equal(flow_view(&bench->flow)->remaining, 975);
    wait(bench, SECOND_CHANCE - FLOW_COUNT_MS - 1);
    shows(bench, VIEW_STILL_THERE, REASON);
    wait(bench, 1);
    shows(bench, VIEW_PENDING, REASON);
    assert_int_equal(line_of(bench, 1, 0).answer.code_count, 1);
    assert_int_equal(line_of(bench, 1, 1).end, RECORD_TIMEOUT);
}

static void a_touch_goes_on_where_one_was(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, option(2));
    wait(bench, TIMEOUT);
    tap(bench, just(TARGET_STAY));
    shows(bench, VIEW_QUESTION, REASON);
    assert_int_equal(flow_view(&bench->flow)->chosen, 4);
    wait(bench, TIMEOUT);
    shows(bench, VIEW_STILL_THERE, REASON);
    bench->now += LOCK;
    press(bench, 1, nothing); /* anywhere else, too, and the touch answers nothing */
    release(bench, 1, mark(2));
    shows(bench, VIEW_QUESTION, REASON);
    assert_int_equal(bench->job_count, 1);
}

static void no_countdown_runs_out_under_a_finger(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    wait(bench, TIMEOUT + SECOND_CHANCE - 500);
    shows(bench, VIEW_STILL_THERE, REASON);
    wait(bench, SECOND_CHANCE - 500);
    press(bench, 1, just(TARGET_STAY));
    wait(bench, 2000);
    shows(bench, VIEW_STILL_THERE, REASON);
    release(bench, 1, just(TARGET_STAY));
    shows(bench, VIEW_QUESTION, REASON);
}

static void nobody_is_asked_who_said_nothing(void **state)
{
    struct bench *bench = *state;

    tap(bench, language(1));
    wait(bench, TIMEOUT);
    shows(bench, VIEW_QUESTION, OVERALL);
    assert_int_equal(flow_view(&bench->flow)->language, 0);
    assert_int_equal(bench->job_count, 0);
}

/* --- back --- */

static void back_answers_again_with_a_higher_n(void **state)
{
    struct bench *bench = *state;

    assert_false(flow_view(&bench->flow)->back);
    tap(bench, mark(1));
    assert_true(flow_view(&bench->flow)->back);
    tap(bench, just(TARGET_BACK));
    shows(bench, VIEW_QUESTION, OVERALL);
    assert_false(flow_view(&bench->flow)->back);
    tap(bench, mark(5));
    shows(bench, VIEW_QUESTION, RECOMMEND);
    assert_string_equal(bench->jobs[0].visit, bench->jobs[1].visit);
    assert_int_equal(line_of(bench, 1, 0).stamp.n, 2);
    assert_int_equal(line_of(bench, 1, 0).answer.mark, 5);
}

static void back_does_not_make_records_without_end(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < 500; i++) {
        bench->now += 2000;
        tap(bench, mark(1));
        tap(bench, just(TARGET_BACK));
        bench->job_count = 0;
    }
    assert_true(bench->flow.visit.records <= FLOW_RECORDS_BACK + 2);
    shows(bench, VIEW_QUESTION, REASON); /* and still a way to the end */
    tap(bench, skip_button());
    tap(bench, skip_button());
    tap(bench, skip_button());
    tap(bench, skip_button());
    tap(bench, skip_button());
    shows(bench, VIEW_PENDING, ACCURACY);
}

/* --- call-back --- */

static void to_callback(struct bench *bench)
{
    tap(bench, mark(1));
    tap(bench, skip_button());
    shows(bench, VIEW_QUESTION, CALLBACK);
}

static void a_number_needs_consent_and_sense(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);

    to_callback(bench);
    tap(bench, just(TARGET_AGREE));
    type(bench, "1380");
    assert_false(view->ready);
    tap(bench, just(TARGET_SUBMIT));
    shows(bench, VIEW_QUESTION, CALLBACK);
    type(bench, "01");
    assert_true(view->ready);
    tap(bench, just(TARGET_ERASE));
    assert_string_equal(view->number, "13800");
    tap(bench, just(TARGET_AGREE)); /* off again */
    assert_false(view->ready);
    tap(bench, just(TARGET_SUBMIT));
    shows(bench, VIEW_QUESTION, CALLBACK);
    assert_int_equal(bench->job_count, 1);
}

static void a_number_is_sealed_and_forgotten(void **state)
{
    struct bench *bench = *state;
    char number[SEAL_DIGITS_MAX + 1];
    struct record record;
    struct error error = {0};

    to_callback(bench);
    type(bench, "13800138000");
    tap(bench, just(TARGET_AGREE));
    tap(bench, just(TARGET_SUBMIT));
    shows(bench, VIEW_QUESTION, RESPONSE_TIME);
    record = line_of(bench, 1, 0);
    assert_string_equal(record.answer.kind, "callback");
    assert_int_equal(seal_open(number, record.answer.sealed, full_public, full_secret, &error), 0);
    assert_string_equal(number, "13800138000");
    for (size_t i = 0; i + 11 <= sizeof bench->flow; i++)
        assert_memory_not_equal((const char *)&bench->flow + i, "13800138000", 11);
}

static void a_number_that_is_left_behind_is_gone(void **state)
{
    struct bench *bench = *state;

    to_callback(bench);
    type(bench, "13800138000");
    wait(bench, TIMEOUT); /* still there? the number is, too */
    assert_string_equal(flow_view(&bench->flow)->number, "13800138000");
    wait(bench, SECOND_CHANCE);
    save_all(bench);
    wait(bench, THANKS);
    shows(bench, VIEW_QUESTION, OVERALL);
    for (size_t i = 0; i < bench->job_count; i++)
        assert_null(strstr(bench->jobs[i].lines[0], "sealed"));
    assert_string_equal(flow_view(&bench->flow)->number, "");
}

static void digits_repeat_but_do_not_bounce(void **state)
{
    struct bench *bench = *state;

    to_callback(bench);
    tap(bench, digit(8));
    bench->now += 20;
    press(bench, 1, digit(8)); /* a panel's bounce */
    release(bench, 1, digit(8));
    assert_string_equal(flow_view(&bench->flow)->number, "8");
    bench->now += 80;
    press(bench, 1, digit(8));
    release(bench, 1, digit(8));
    assert_string_equal(flow_view(&bench->flow)->number, "88");
    for (int i = 0; i < 30; i++)
        tap(bench, digit(i % 10));
    assert_int_equal(strlen(flow_view(&bench->flow)->number), SEAL_DIGITS_MAX);
}

/* --- context --- */

static void scan(struct bench *bench, const char *ticket, bool taken)
{
    struct visit_context context = {.counter = "c-1", .service = "loans"};

    snprintf(context.ticket, sizeof context.ticket, "%s", ticket);
    assert_int_equal(flow_ticket(&bench->flow, &context), taken);
}

static void a_ticket_goes_with_one_visit(void **state)
{
    struct bench *bench = *state;

    scan(bench, "A001", true);
    assert_true(flow_view(&bench->flow)->ticket);
    tap(bench, mark(1));
    scan(bench, "A002", false); /* one visit, one ticket */
    tap(bench, skip_button());
    wait(bench, TIMEOUT);
    wait(bench, SECOND_CHANCE);
    for (size_t i = 0; i < bench->job_count; i++) {
        assert_string_equal(line_of(bench, i, 0).stamp.ticket, "A001");
        assert_string_equal(line_of(bench, i, 0).stamp.counter, "c-1");
        assert_string_equal(line_of(bench, i, 0).stamp.service, "loans");
    }
    save_all(bench);
    wait(bench, THANKS);
    bench->job_count = 0;
    tap(bench, mark(4));
    assert_string_equal(line_of(bench, 0, 0).stamp.ticket, "");
}

static void a_ticket_that_nobody_rates_is_dropped(void **state)
{
    struct bench *bench = *state;

    scan(bench, "A001", true);
    wait(bench, TIMEOUT);
    assert_false(flow_view(&bench->flow)->ticket);
    tap(bench, mark(4));
    assert_string_equal(line_of(bench, 0, 0).stamp.ticket, "");
}

static void a_late_ticket_joins_the_visit_that_has_begun(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    scan(bench, "A003", true);
    tap(bench, option(0));
    tap(bench, submit_button());
    assert_string_equal(line_of(bench, 0, 0).stamp.ticket, "");
    assert_string_equal(line_of(bench, 1, 0).stamp.ticket, "A003");
}

static void a_ticket_wakes_and_opens_for_the_next(void **state)
{
    struct bench *bench = *state;

    wait(bench, ATTRACT);
    shows(bench, VIEW_NOTICE, 0);
    scan(bench, "A004", true);
    shows(bench, VIEW_QUESTION, OVERALL);
    assert_true(flow_view(&bench->flow)->ticket);
    flow_down(&bench->flow);
    scan(bench, "A005", false);
}

/* --- what a customer switches on --- */

static void switches_last_for_the_visit(void **state)
{
    struct bench *bench = *state;
    const struct view *view = flow_view(&bench->flow);

    tap(bench, just(TARGET_TEXT_SIZE));
    tap(bench, just(TARGET_CONTRAST));
    tap(bench, just(TARGET_REACH));
    assert_true(view->large && view->contrast && view->reach);
    tap(bench, mark(5));
    assert_true(view->large && view->contrast && view->reach);
    tap(bench, just(TARGET_REACH));
    assert_false(view->reach);
    wait(bench, TIMEOUT);
    wait(bench, SECOND_CHANCE);
    save_all(bench);
    assert_true(view->large);
    wait(bench, THANKS);
    assert_false(view->large || view->contrast || view->reach);
}

static void switches_alone_go_back_by_themselves(void **state)
{
    struct bench *bench = *state;

    tap(bench, just(TARGET_CONTRAST));
    wait(bench, TIMEOUT);
    assert_false(flow_view(&bench->flow)->contrast);
    assert_int_equal(bench->job_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FULL_TEST(silence_asks_before_it_ends),
        FULL_TEST(a_touch_goes_on_where_one_was),
        FULL_TEST(no_countdown_runs_out_under_a_finger),
        FULL_TEST(nobody_is_asked_who_said_nothing),
        FULL_TEST(back_answers_again_with_a_higher_n),
        FULL_TEST(back_does_not_make_records_without_end),
        FULL_TEST(a_number_needs_consent_and_sense),
        FULL_TEST(a_number_is_sealed_and_forgotten),
        FULL_TEST(a_number_that_is_left_behind_is_gone),
        FULL_TEST(digits_repeat_but_do_not_bounce),
        FULL_TEST(a_ticket_goes_with_one_visit),
        FULL_TEST(a_ticket_that_nobody_rates_is_dropped),
        FULL_TEST(a_late_ticket_joins_the_visit_that_has_begun),
        FULL_TEST(a_ticket_wakes_and_opens_for_the_next),
        FULL_TEST(switches_last_for_the_visit),
        FULL_TEST(switches_alone_go_back_by_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
