/*
 * The interview over the full survey: standards, recommendation, call-back, and the way back.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/interview.h"

#include <stdbool.h>

#define FULL "assets/surveys/branch-full.json"

static struct survey *load(void)
{
    struct survey *survey = NULL;
    struct error error = {0};

    if (survey_load(&survey, FULL, &error) < 0)
        fail_msg("%s", error.text);
    return survey;
}

static const char *out(const struct interview *interview)
{
    return interview->survey->questions[interview->question].id;
}

static struct interview_step happen(struct interview *interview, struct interview_event event)
{
    return interview_next(interview, &event);
}

#define MARK(value) ((struct interview_event){.type = INTERVIEW_MARK, .mark = (value)})
#define OPTIONS(bits) ((struct interview_event){.type = INTERVIEW_OPTIONS, .options = (bits)})
#define JUST(what) ((struct interview_event){.type = (what)})

static void both_ways_lead_to_the_standards(void **state)
{
    struct survey *survey = load();
    struct interview interview;

    (void)state;
    interview_start(&interview, survey, RECORD_ABANDONED);
    (void)happen(&interview, MARK(5));
    assert_string_equal(out(&interview), "recommend");
    (void)happen(&interview, MARK(0)); /* an NPS may be 0 */
    assert_string_equal(out(&interview), "response_time");
    (void)happen(&interview, MARK(4));
    assert_string_equal(out(&interview), "attitude");
    (void)happen(&interview, JUST(INTERVIEW_SKIP));
    assert_string_equal(out(&interview), "accuracy");
    struct interview_step step = happen(&interview, MARK(3));
    assert_true(step.ended && step.end == RECORD_COMPLETED && step.answers == 4);
    survey_free(survey);
}

static void without_a_key_nobody_is_asked_for_a_number(void **state)
{
    struct survey *survey = load();
    struct interview interview;

    (void)state;
    interview_start(&interview, survey, RECORD_ABANDONED);
    (void)happen(&interview, MARK(1));
    (void)happen(&interview, OPTIONS(1));
    assert_string_equal(out(&interview), "response_time");
    interview_start(&interview, survey, RECORD_ABANDONED);
    interview.callback = true;
    (void)happen(&interview, MARK(1));
    (void)happen(&interview, JUST(INTERVIEW_SKIP));
    assert_string_equal(out(&interview), "callback");
    survey_free(survey);
}

static void only_a_sealed_number_is_an_answer(void **state)
{
    uint8_t public_key[SEAL_KEY_BYTES], secret_key[SEAL_KEY_BYTES];
    struct survey *survey = load();
    struct interview interview;
    struct interview_step step;
    char sealed[SEAL_TEXT];
    struct error error = {0};

    (void)state;
    seal_keys(public_key, secret_key);
    assert_int_equal(seal_number(sealed, "13800138000", public_key, &error), 0);
    interview_start(&interview, survey, RECORD_ABANDONED);
    interview.callback = true;
    step = happen(&interview, (struct interview_event){.type = INTERVIEW_NUMBER, .sealed = sealed});
    assert_int_equal(step.command, INTERVIEW_REFUSE); /* not asked for */
    (void)happen(&interview, MARK(1));
    (void)happen(&interview, OPTIONS(3));
    step = happen(&interview, (struct interview_event){.type = INTERVIEW_NUMBER, .sealed = "13800138000"});
    assert_int_equal(step.command, INTERVIEW_REFUSE);
    assert_int_equal(happen(&interview, MARK(1)).command, INTERVIEW_REFUSE);
    assert_int_equal(happen(&interview, OPTIONS(1)).command, INTERVIEW_REFUSE);
    step = happen(&interview, (struct interview_event){.type = INTERVIEW_NUMBER, .sealed = sealed});
    assert_int_equal(step.command, INTERVIEW_ASK);
    assert_true(step.answered);
    assert_string_equal(step.answer.kind, "callback");
    assert_string_equal(step.answer.sealed, sealed);
    survey_free(survey);
}

static void back_leads_the_way_one_came(void **state)
{
    struct survey *survey = load();
    struct interview interview;
    struct interview_step step;

    (void)state;
    interview_start(&interview, survey, RECORD_ABANDONED);
    assert_false(interview_can_go_back(&interview));
    assert_int_equal(happen(&interview, JUST(INTERVIEW_BACK)).command, INTERVIEW_REFUSE);
    (void)happen(&interview, MARK(5));
    (void)happen(&interview, JUST(INTERVIEW_SKIP));
    assert_string_equal(out(&interview), "response_time");
    step = happen(&interview, JUST(INTERVIEW_BACK));
    assert_true(step.command == INTERVIEW_ASK && !step.answered && !step.ended);
    assert_string_equal(out(&interview), "recommend");
    (void)happen(&interview, JUST(INTERVIEW_BACK));
    assert_string_equal(out(&interview), "overall");
    assert_int_equal(interview.answers, 1); /* what was said was said */
    step = happen(&interview, MARK(2));
    assert_true(step.answered && step.answers == 2);
    assert_string_equal(out(&interview), "reason"); /* the new answer decides */
    step = happen(&interview, JUST(INTERVIEW_TIMEOUT));
    assert_true(step.ended && step.end == RECORD_TIMEOUT && step.answers == 2);
    assert_false(interview_can_go_back(&interview));
    survey_free(survey);
}

/* Whatever happens: never a question out of range, never more ways back than questions, at most one end. */
static void every_walk_holds_its_bounds(void **state)
{
    char sealed[SEAL_TEXT];
    struct survey *survey = load();
    struct interview interview;
    uint32_t seed = 2024;
    int answers = 0, ends = 0;

    (void)state;
    memset(sealed, 'A', sizeof sealed - 1);
    sealed[sizeof sealed - 1] = '\0';
    interview_start(&interview, survey, RECORD_ABANDONED);
    interview.callback = true;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1664525 + 1013904223;
        struct interview_event event = {.type =
                                            (enum interview_event_type)((seed >> 8) % (INTERVIEW_LEAVE + 1)),
                                        .mark = (int)((seed >> 16) % 14) - 1,
                                        .options = (seed >> 20) % 70,
                                        .sealed = sealed};
        struct interview_step step = interview_next(&interview, &event);
        answers += step.answered;
        assert_true(interview.question >= 0 && (size_t)interview.question < survey->question_count);
        assert_true(interview.depth >= 0 && (size_t)interview.depth < survey->question_count);
        if (step.ended) {
            assert_int_equal(step.answers, answers);
            ends++;
        }
        if (step.command == INTERVIEW_THANK || step.command == INTERVIEW_FORGET)
            answers = 0;
    }
    assert_true(ends > 1000);
    survey_free(survey);
}

static const struct {
    const char *json, *complaint;
} wrong[] = {
    {"{\"id\":\"a\",\"kind\":\"callback\",\"text\":{\"en\":\"t\"},\"consent\":{\"en\":\"c\"}}",
     "nobody is asked for a number first"},
    {"{\"id\":\"a\",\"kind\":\"nps\",\"text\":{\"en\":\"t\"}},"
     "{\"id\":\"b\",\"kind\":\"callback\",\"text\":{\"en\":\"t\"}}",
     "$.questions[1].consent: missing"},
    {"{\"id\":\"a\",\"kind\":\"nps\",\"text\":{\"en\":\"t\"}},"
     "{\"id\":\"b\",\"kind\":\"callback\",\"optional\":true,\"text\":{\"en\":\"t\"},\"consent\":{\"en\":"
     "\"c\"}}",
     "\"optional\" is not a member"},
    {"{\"id\":\"a\",\"kind\":\"nps\",\"text\":{\"en\":\"t\"}}],\"stay\":{\"en\":\"s\"},\"x\":[",
     "not a member"},
    {"{\"id\":\"a\",\"kind\":\"nps\",\"text\":{\"en\":\"t\"}}],\"stay\":{\"en\":\"s\"},\"back\":{\"en\":"
     "\"b\"",
     NULL},
};

static void mistakes_in_the_new_members_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char json[2048];
        struct survey *survey = NULL;
        struct error error = {0};
        bool whole = wrong[i].complaint != NULL;
        int length = snprintf(
            json, sizeof json,
            "{\"format\":1,\"id\":\"s\",\"version\":1,\"languages\":[{\"tag\":\"en\",\"name\":\"E\"}],"
            "\"thanks\":{\"en\":\"t\"},\"sorry\":{\"en\":\"s\"},\"submit\":{\"en\":\"d\"},"
            "\"skip\":{\"en\":\"k\"},\"questions\":[%s%s",
            wrong[i].json, whole ? "]}" : "}}");

        assert_true(survey_parse(&survey, json, (size_t)length, "s", &error) < 0);
        assert_null(survey);
        assert_non_null(strstr(error.text, whole ? wrong[i].complaint : "go together"));
    }
}

static void texts_that_may_be_left_out(void **state)
{
    struct survey *survey = load();

    (void)state;
    assert_true(survey_has(&survey->back) && survey_has(&survey->still_there) && survey_has(&survey->stay) &&
                survey_has(&survey->closed));
    assert_false(survey_has(&survey->questions[0].consent));
    survey_free(survey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_lead_to_the_standards),
        cmocka_unit_test(without_a_key_nobody_is_asked_for_a_number),
        cmocka_unit_test(only_a_sealed_number_is_an_answer),
        cmocka_unit_test(back_leads_the_way_one_came),
        cmocka_unit_test(every_walk_holds_its_bounds),
        cmocka_unit_test(mistakes_in_the_new_members_are_told),
        cmocka_unit_test(texts_that_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
