/*
 * The flow: the way of a visit, walking away, languages.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow_bench.h"

/* --- the way of a visit --- */

static void good_mark_is_one_job_and_thanked_when_saved(void **state)
{
    struct bench *bench = *state;
    struct record answer, end;

    tap(bench, mark(5));
    assert_int_equal(bench->job_count, 1);
    assert_int_equal(bench->jobs[0].count, 2);
    answer = line_of(bench, 0, 0);
    end = line_of(bench, 0, 1);
    assert_int_equal(answer.type, RECORD_ANSWER);
    assert_int_equal(answer.answer.mark, 5);
    assert_string_equal(answer.answer.question, "overall");
    assert_string_equal(answer.stamp.survey, "sample/7");
    assert_string_equal(answer.stamp.lang, "en");
    assert_string_equal(answer.stamp.channel, "touch");
    assert_int_equal(answer.stamp.n, 1);
    assert_int_equal(answer.stamp.up, bench->now);
    assert_int_equal(end.type, RECORD_END);
    assert_int_equal(end.end, RECORD_COMPLETED);
    assert_int_equal(end.stamp.n, 2);
    assert_string_equal(end.stamp.visit, answer.stamp.visit);
    shows(bench, VIEW_PENDING, 0);
    assert_true(target_equal(flow_view(&bench->flow)->pressed, mark(5)));
    save_all(bench);
    shows(bench, VIEW_THANKS, 0);
    assert_int_equal(flow_deadline(&bench->flow), bench->now + THANKS);
    wait(bench, THANKS - 1);
    shows(bench, VIEW_THANKS, 0);
    wait(bench, 1);
    shows(bench, VIEW_QUESTION, 0);
    assert_int_equal(flow_deadline(&bench->flow), FLOW_NEVER);
}

static void bad_mark_leads_to_reasons_before_it_is_saved(void **state)
{
    struct bench *bench = *state;
    struct record answer;
    int records;

    tap(bench, mark(1));
    shows(bench, VIEW_QUESTION, 1);
    assert_int_equal(bench->job_count, 1);
    assert_int_equal(bench->jobs[0].count, 1);
    tap(bench, option(0));
    tap(bench, option(5));
    tap(bench, option(2));
    tap(bench, option(2)); /* off again */
    assert_int_equal(flow_view(&bench->flow)->chosen, 0x21);
    assert_int_equal(bench->job_count, 1);
    tap(bench, submit_button());
    assert_int_equal(bench->job_count, 2);
    answer = line_of(bench, 1, 0);
    assert_int_equal(answer.stamp.n, 2);
    assert_int_equal(answer.answer.code_count, 2);
    assert_string_equal(answer.answer.codes[0], "waiting");
    assert_string_equal(answer.answer.codes[1], "fees");
    assert_int_equal(line_of(bench, 1, 1).stamp.n, 3);
    shows(bench, VIEW_PENDING, 1);
    flow_saved(&bench->flow, bench->jobs[1].ticket); /* the second alone is not enough */
    shows(bench, VIEW_PENDING, 1);
    flow_saved(&bench->flow, bench->jobs[1].ticket);
    shows(bench, VIEW_PENDING, 1);
    flow_saved(&bench->flow, bench->jobs[0].ticket);
    shows(bench, VIEW_THANKS, 0);
    assert_string_equal(flow_visit(&bench->flow, &records), bench->jobs[0].visit);
    assert_int_equal(records, 3);
}

static void skipping_reasons_records_the_end_alone(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(2));
    tap(bench, skip_button());
    assert_int_equal(bench->job_count, 2);
    assert_int_equal(bench->jobs[1].count, 1);
    assert_int_equal(line_of(bench, 1, 0).type, RECORD_END);
    assert_int_equal(line_of(bench, 1, 0).stamp.n, 2);
    save_all(bench);
    shows(bench, VIEW_THANKS, 0);
}

static void nps_answers_go_from_zero(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(3));
    shows(bench, VIEW_QUESTION, 2);
    tap(bench, mark(0));
    assert_int_equal(line_of(bench, 1, 0).answer.mark, 0);
    assert_string_equal(line_of(bench, 1, 0).answer.kind, "nps");
}

static void each_visit_has_its_own_id(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(4));
    save_all(bench);
    wait(bench, THANKS);
    tap(bench, mark(4));
    assert_int_equal(bench->job_count, 2);
    assert_string_not_equal(bench->jobs[0].visit, bench->jobs[1].visit);
    assert_int_equal(bench->jobs[1].n, 1);
    assert_true(bench->jobs[1].ticket > bench->jobs[0].ticket);
    flow_saved(&bench->flow, bench->jobs[0].ticket); /* of the visit before */
    shows(bench, VIEW_PENDING, 0);
}

/* --- walking away --- */

static void timeout_keeps_the_answer_and_thanks(void **state)
{
    struct bench *bench = *state;
    int64_t touched;

    tap(bench, mark(1));
    touched = bench->now;
    assert_int_equal(flow_deadline(&bench->flow), touched + TIMEOUT);
    wait(bench, TIMEOUT - 1);
    shows(bench, VIEW_QUESTION, 1);
    wait(bench, 1);
    assert_int_equal(bench->job_count, 2);
    assert_int_equal(line_of(bench, 1, 0).type, RECORD_END);
    assert_int_equal(line_of(bench, 1, 0).end, RECORD_TIMEOUT);
    shows(bench, VIEW_PENDING, 1);
    save_all(bench);
    shows(bench, VIEW_THANKS, 0);
    wait(bench, THANKS);
    shows(bench, VIEW_QUESTION, 0);
}

static void timeout_counts_reasons_that_were_chosen(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, option(1));
    wait(bench, TIMEOUT);
    assert_int_equal(bench->job_count, 2);
    assert_int_equal(bench->jobs[1].count, 2);
    assert_string_equal(line_of(bench, 1, 0).answer.codes[0], "attitude");
    assert_int_equal(line_of(bench, 1, 1).end, RECORD_TIMEOUT);
}

static void every_touch_puts_the_timeout_off(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    wait(bench, TIMEOUT - 1000);
    press(bench, 1, nothing);
    release(bench, 1, nothing);
    wait(bench, TIMEOUT - 1);
    shows(bench, VIEW_QUESTION, 1);
}

static void end_of_the_program_abandons_the_visit(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, option(0));
    flow_leave(&bench->flow);
    collect(bench);
    assert_int_equal(bench->job_count, 2);
    assert_int_equal(bench->jobs[1].count, 2);
    assert_string_equal(line_of(bench, 1, 0).answer.codes[0], "waiting");
    assert_int_equal(line_of(bench, 1, 1).end, RECORD_ABANDONED);
}

static void end_of_the_program_without_a_visit_records_nothing(void **state)
{
    struct bench *bench = *state;

    flow_leave(&bench->flow);
    collect(bench);
    assert_int_equal(bench->job_count, 0);
    tap(bench, mark(5));
    flow_leave(&bench->flow); /* the visit has ended already */
    collect(bench);
    assert_int_equal(bench->job_count, 1);
}

/* --- language --- */

static void language_switches_and_returns(void **state)
{
    struct bench *bench = *state;

    tap(bench, language(1));
    assert_int_equal(flow_view(&bench->flow)->language, 1);
    tap(bench, mark(1));
    tap(bench, language(2));
    shows(bench, VIEW_QUESTION, 1);
    tap(bench, skip_button());
    assert_string_equal(line_of(bench, 0, 0).stamp.lang, "zh");
    assert_string_equal(line_of(bench, 1, 0).stamp.lang, "de");
    save_all(bench);
    assert_int_equal(flow_view(&bench->flow)->language, 2);
    wait(bench, THANKS);
    assert_int_equal(flow_view(&bench->flow)->language, 0);
}

static void language_returns_when_nobody_answers(void **state)
{
    struct bench *bench = *state;

    tap(bench, language(1));
    assert_int_equal(flow_deadline(&bench->flow), bench->now + TIMEOUT);
    wait(bench, TIMEOUT);
    assert_int_equal(bench->job_count, 0);
    assert_int_equal(flow_view(&bench->flow)->language, 0);
    assert_int_equal(flow_deadline(&bench->flow), FLOW_NEVER);
    shows(bench, VIEW_QUESTION, 0);
}

static void switching_language_keeps_what_was_chosen(void **state)
{
    struct bench *bench = *state;

    tap(bench, mark(1));
    tap(bench, option(3));
    tap(bench, language(1));
    assert_int_equal(flow_view(&bench->flow)->chosen, 0x8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_mark_is_one_job_and_thanked_when_saved),
        TEST(bad_mark_leads_to_reasons_before_it_is_saved),
        TEST(skipping_reasons_records_the_end_alone),
        TEST(nps_answers_go_from_zero),
        TEST(each_visit_has_its_own_id),
        TEST(timeout_keeps_the_answer_and_thanks),
        TEST(timeout_counts_reasons_that_were_chosen),
        TEST(every_touch_puts_the_timeout_off),
        TEST(end_of_the_program_abandons_the_visit),
        TEST(end_of_the_program_without_a_visit_records_nothing),
        TEST(language_switches_and_returns),
        TEST(language_returns_when_nobody_answers),
        TEST(switching_language_keeps_what_was_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
