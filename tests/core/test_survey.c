/*
 * Survey documents: what is accepted, and that each mistake is told with its path; then the interview over
 * them. SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/interview.h"
#include "core/survey.h"

#include <errno.h>

#define SAMPLE "assets/surveys/branch-exit.json"

static struct survey *load(void)
{
    struct survey *survey = NULL;
    struct error error = {0};
    if (survey_load(&survey, SAMPLE, &error) < 0)
        fail_msg("%s", error.text);
    return survey;
}

static void shipped_survey_loads_whole(void **state)
{
    (void)state;
    struct survey *survey = load();
    assert_string_equal(survey->version, "branch-exit/1");
    assert_int_equal(survey->language_count, 2);
    assert_int_equal(survey_language(survey, "en"), 1);
    assert_int_equal(survey_language(survey, "fr"), -1);
    assert_int_equal(survey->question_count, 2);
    assert_int_equal(survey->questions[0].kind, SURVEY_FACES);
    assert_int_equal(survey->questions[0].scale, 5);
    assert_string_equal(survey->questions[0].options[4].text.in[1], "Excellent");
    assert_int_equal(survey->questions[0].rules[0].marks, (1 << 1) | (1 << 2));
    assert_int_equal(survey->questions[0].rules[0].target, 1);
    assert_int_equal(survey->questions[0].otherwise, SURVEY_END);
    assert_true(survey->questions[1].many && survey->questions[1].optional);
    assert_string_equal(survey->questions[1].options[5].code, "fees");
    survey_free(survey);
}

/* The shipped survey with one piece replaced by another, and the complaint that must come. */
static const struct {
    const char *from, *to, *complaint;
} mistakes[] = {
    {"\"format\": 1", "\"format\": 2", "$.format: a whole number from 1 to 1"},
    {"\"format\": 1,", "", "$.format: missing"},
    {"\"id\": \"branch-exit\"", "\"id\": \"branch exit\"", "$.id: \"branch exit\": a code"},
    {"\"version\": 1", "\"version\": 0", "$.version:"},
    {"\"version\": 1", "\"version\": \"1\"", "$.version:"},
    {"\"tag\": \"en\"", "\"tag\": \"zh\"", "$.languages[1].tag: \"zh\" is there twice"},
    {"\"name\": \"English\"", "\"nome\": \"English\"", "$.languages[1]: \"nome\" is not a member"},
    {", \"en\": \"Fees and charges\"", "", "$.questions[1].options[5].text.en: missing"},
    {"\"en\": \"Poor\"", "\"en\": \"\"", "$.questions[0].labels[1].en: a text that is not empty"},
    {"\"kind\": \"faces\"", "\"kind\": \"stars\"", "$.questions[0].kind: \"stars\""},
    {"\"scale\": 5", "\"scale\": 7", "$.questions[0].scale: a whole number from 4 to 5"},
    {"\"scale\": 5", "\"scale\": 4", "$.questions[0].labels: a list"},
    {"\"go\": \"reason\"", "\"go\": \"reasons\"", "$.questions[0].next[0].go: \"reasons\" is neither"},
    {"\"go\": \"reason\"", "\"go\": \"overall\"", "does not lie ahead"},
    {"\"marks\": [1, 2]", "\"marks\": [0]", "$.questions[0].next[0].marks[0]:"},
    {"\"marks\": [1, 2]", "\"marks\": []", "$.questions[0].next[0].marks: a list"},
    {"\"id\": \"reason\"", "\"id\": \"overall\"", "$.questions[1].id: \"overall\" is there twice"},
    {"\"id\": \"reason\"", "\"id\": \"end\"", "$.questions[1].id: \"end\" means"},
    {"\"code\": \"fees\"", "\"code\": \"waiting\"",
     "$.questions[1].options[5].code: \"waiting\" is there twice"},
    {"\"many\": true", "\"many\": \"yes\"", "$.questions[1].many: true or false"},
    {"\"thanks\":", "\"thank\":", "$: \"thank\" is not a member"},
    {"\"submit\": {\"zh\": \"提交\", \"en\": \"Done\"},", "", "$.submit: missing"},
    {"\"questions\": [", "\"questions\": 7, \"x\": [", "not a member"},
    {"\"format\": 1,", "\"format\": 1, \"format\": 1,", "not JSON: duplicate"},
    {"{\n", "[\n", "not JSON"},
};

static void each_mistake_is_told_with_its_path(void **state)
{
    const char *path = testing_path(state, "survey.json");
    char good[8192];
    FILE *file = fopen(SAMPLE, "r");
    assert_non_null(file);
    good[fread(good, 1, sizeof good - 1, file)] = '\0';
    (void)fclose(file);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char bad[8192];
        const char *at = strstr(good, mistakes[i].from);
        assert_non_null(at);
        (void)snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - good), good, mistakes[i].to,
                       at + strlen(mistakes[i].from));
        testing_write(path, bad);
        struct survey *survey = NULL;
        struct error error = {0};
        assert_int_equal(survey_load(&survey, path, &error), -EBADMSG);
        assert_null(survey);
        if (!strstr(error.text, mistakes[i].complaint) || !strstr(error.text, path))
            fail_msg("mistake %zu: \"%s\" lacks \"%s\"", i, error.text, mistakes[i].complaint);
        assert_int_equal(error_exit_status(&error), 65);
    }
    struct survey *survey = NULL;
    struct error error = {0};
    assert_int_equal(survey_load(&survey, testing_path(state, "absent.json"), &error), -ENOENT);
}

/* --- the interview
 * -------------------------------------------------------------------------------------------- */

static const char rich[] =
    "{\"format\":1,\"id\":\"rich\",\"version\":3,\"languages\":[{\"tag\":\"en\",\"name\":\"English\"}],"
    "\"questions\":["
    "{\"id\":\"overall\",\"kind\":\"faces\",\"scale\":4,\"text\":{\"en\":\"q\"},\"labels\":[{\"en\":\"1\"},{"
    "\"en\":\"2\"},"
    "{\"en\":\"3\"},{\"en\":\"4\"}],\"next\":[{\"marks\":[1],\"go\":\"why\"}],\"otherwise\":\"nps\"},"
    "{\"id\":\"why\",\"kind\":\"choice\",\"text\":{\"en\":\"q\"},\"options\":[{\"code\":\"a\",\"text\":{"
    "\"en\":\"a\"}},"
    "{\"code\":\"b\",\"text\":{\"en\":\"b\"}}],\"next\":[{\"options\":[\"b\"],\"go\":\"nps\"}]},"
    "{\"id\":\"nps\",\"kind\":\"nps\",\"optional\":true,\"text\":{\"en\":\"q\"}}],"
    "\"thanks\":{\"en\":\"t\"},\"sorry\":{\"en\":\"s\"},\"submit\":{\"en\":\"d\"},\"skip\":{\"en\":\"k\"}}";

static struct survey *load_rich(void)
{
    struct survey *survey = NULL;
    struct error error = {0};
    if (survey_parse(&survey, rich, sizeof rich - 1, "rich", &error) < 0)
        fail_msg("%s", error.text);
    return survey;
}

static struct interview_step mark(struct interview *interview, int value)
{
    return interview_next(interview, &(struct interview_event){.type = INTERVIEW_MARK, .mark = value});
}

static struct interview_step options(struct interview *interview, uint32_t bits)
{
    return interview_next(interview, &(struct interview_event){.type = INTERVIEW_OPTIONS, .options = bits});
}

static struct interview_step happen(struct interview *interview, enum interview_event_type type)
{
    return interview_next(interview, &(struct interview_event){.type = type});
}

static void good_mark_ends_the_visit_with_thanks(void **state)
{
    (void)state;
    struct survey *survey = load();
    struct interview interview;
    interview_start(&interview, survey, RECORD_ABANDONED);
    struct interview_step step = mark(&interview, 4);
    assert_int_equal(step.command, INTERVIEW_THANK);
    assert_true(step.answered && step.ended);
    assert_int_equal(step.end, RECORD_COMPLETED);
    assert_int_equal(step.answers, 1);
    assert_string_equal(step.answer.question, "overall");
    assert_string_equal(step.answer.kind, "faces");
    assert_int_equal(step.answer.mark, 4);
    assert_int_equal(step.answer.scale, 5);
    assert_int_equal(interview.question, 0); /* ready for the next customer */
    assert_int_equal(interview.answers, 0);
    survey_free(survey);
}

static void bad_mark_asks_for_the_reason(void **state)
{
    (void)state;
    struct survey *survey = load();
    struct interview interview;
    interview_start(&interview, survey, RECORD_ABANDONED);
    struct interview_step step = mark(&interview, 2);
    assert_int_equal(step.command, INTERVIEW_ASK);
    assert_int_equal(step.question, 1);
    assert_true(step.answered && !step.ended);
    step = options(&interview, 0x21);
    assert_int_equal(step.command, INTERVIEW_THANK);
    assert_int_equal(step.answer.code_count, 2);
    assert_string_equal(step.answer.codes[0], "waiting");
    assert_string_equal(step.answer.codes[1], "fees");
    assert_int_equal(step.answers, 2);
    survey_free(survey);
}

static void branches_lead_where_the_document_says(void **state)
{
    (void)state;
    struct survey *survey = load_rich();
    struct interview interview;
    interview_start(&interview, survey, RECORD_HUNG_UP);
    assert_int_equal(mark(&interview, 3).question, 2);              /* otherwise */
    assert_int_equal(mark(&interview, 0).command, INTERVIEW_THANK); /* NPS has a 0 */
    assert_int_equal(mark(&interview, 1).question, 1);
    assert_int_equal(options(&interview, 2).question, 2);
    struct interview_step step = happen(&interview, INTERVIEW_SKIP);
    assert_int_equal(step.command, INTERVIEW_THANK);
    assert_true(!step.answered && step.ended && step.answers == 2);
    assert_int_equal(mark(&interview, 1).question, 1);
    assert_int_equal(options(&interview, 1).command, INTERVIEW_THANK);
    survey_free(survey);
}

static void senseless_events_change_nothing(void **state)
{
    (void)state;
    struct survey *survey = load_rich();
    struct interview interview;
    interview_start(&interview, survey, RECORD_ABANDONED);
    assert_int_equal(mark(&interview, 0).command, INTERVIEW_REFUSE);
    assert_int_equal(mark(&interview, 5).command, INTERVIEW_REFUSE);
    assert_int_equal(mark(&interview, -1).command, INTERVIEW_REFUSE);
    assert_int_equal(options(&interview, 1).command, INTERVIEW_REFUSE);
    assert_int_equal(happen(&interview, INTERVIEW_SKIP).command, INTERVIEW_REFUSE);
    assert_int_equal(interview.question, 0);
    (void)mark(&interview, 1);
    assert_int_equal(options(&interview, 0).command, INTERVIEW_REFUSE);
    assert_int_equal(options(&interview, 3).command, INTERVIEW_REFUSE); /* only one may be chosen */
    assert_int_equal(options(&interview, 4).command, INTERVIEW_REFUSE); /* there is no third */
    assert_int_equal(mark(&interview, 1).command, INTERVIEW_REFUSE);
    assert_int_equal(interview.question, 1);
    assert_int_equal(interview.answers, 1);
    survey_free(survey);
}

static void silence_and_leaving_end_only_what_had_begun(void **state)
{
    (void)state;
    struct survey *survey = load();
    struct interview interview;
    interview_start(&interview, survey, RECORD_ABANDONED);
    struct interview_step step = happen(&interview, INTERVIEW_TIMEOUT);
    assert_true(step.command == INTERVIEW_FORGET && !step.ended && !step.answered);
    step = happen(&interview, INTERVIEW_LEAVE);
    assert_true(step.command == INTERVIEW_FORGET && !step.ended);
    (void)mark(&interview, 1);
    step = happen(&interview, INTERVIEW_TIMEOUT);
    assert_true(step.command == INTERVIEW_THANK && step.ended && step.end == RECORD_TIMEOUT &&
                step.answers == 1);
    (void)mark(&interview, 1);
    step = happen(&interview, INTERVIEW_LEAVE);
    assert_true(step.command == INTERVIEW_FORGET && step.ended && step.end == RECORD_ABANDONED);
    survey_free(survey);
}

/* Whatever happens in whatever order: at most one end a visit, and an end after at most as many steps as
 * questions. */
static void every_walk_ends(void **state)
{
    (void)state;
    struct survey *survey = load_rich();
    struct interview interview;
    interview_start(&interview, survey, RECORD_ABANDONED);
    uint32_t seed = 12345;
    static const enum interview_event_type forward[] = {INTERVIEW_MARK, INTERVIEW_OPTIONS, INTERVIEW_SKIP,
                                                        INTERVIEW_TIMEOUT, INTERVIEW_LEAVE};
    int in_visit = 0;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1664525 + 1013904223;
        struct interview_event event = {.type = forward[(seed >> 8) % 5],
                                        .mark = (int)((seed >> 16) % 14) - 1,
                                        .options = (seed >> 20) % 6};
        struct interview_step step = interview_next(&interview, &event);
        in_visit += step.answered;
        assert_true(in_visit <= 3);
        if (step.ended) {
            assert_int_equal(step.answers, in_visit);
            assert_true(in_visit > 0);
        }
        if (step.command == INTERVIEW_THANK || step.command == INTERVIEW_FORGET) {
            assert_int_equal(interview.question, 0);
            in_visit = 0;
        }
    }
    survey_free(survey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_survey_loads_whole),
        cmocka_unit_test_setup_teardown(each_mistake_is_told_with_its_path, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test(good_mark_ends_the_visit_with_thanks),
        cmocka_unit_test(bad_mark_asks_for_the_reason),
        cmocka_unit_test(branches_lead_where_the_document_says),
        cmocka_unit_test(senseless_events_change_nothing),
        cmocka_unit_test(silence_and_leaving_end_only_what_had_begun),
        cmocka_unit_test(every_walk_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
