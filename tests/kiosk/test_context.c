/*
 * What surrounds a visit: opening hours, queue tickets, notices, keys, spoken prompts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "kiosk/hours.h"
#include "kiosk/keys.h"
#include "kiosk/notices.h"
#include "kiosk/speech.h"
#include "kiosk/ticket.h"

#include <errno.h>
#include <time.h>

#define MONDAY INT64_C(1704067200000) /* 2024-01-01 00:00 UTC */
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* --- hours --- */

static bool open_at(const char *text, int64_t wall)
{
    struct hours hours;
    struct error error = {0};

    if (hours_parse(&hours, text, &error) < 0)
        fail_msg("%s", error.text);
    return hours_open(&hours, wall, NULL);
}

static void hours_hold_to_the_minute(void **state)
{
    static const char text[] = "Mo-Fr 09:00-12:30; Mo-We 14:00-17:00, Sa 09:00-12:00";

    (void)state;
    assert_false(open_at(text, MONDAY + 9 * HOUR - 1));
    assert_true(open_at(text, MONDAY + 9 * HOUR));
    assert_true(open_at(text, MONDAY + 12 * HOUR + 29 * MINUTE));
    assert_false(open_at(text, MONDAY + 12 * HOUR + 30 * MINUTE));
    assert_true(open_at(text, MONDAY + 2 * DAY + 15 * HOUR));
    assert_false(open_at(text, MONDAY + 3 * DAY + 15 * HOUR));
    assert_true(open_at(text, MONDAY + 5 * DAY + 10 * HOUR));
    assert_false(open_at(text, MONDAY + 6 * DAY + 10 * HOUR));
    assert_true(open_at("", MONDAY));
    assert_true(open_at("Mo-Su 00:00-24:00", MONDAY + 6 * DAY + 24 * HOUR - 1));
}

static void hours_run_past_midnight_and_the_week(void **state)
{
    (void)state;
    assert_true(open_at("Su 22:00-02:00", MONDAY + HOUR));
    assert_false(open_at("Su 22:00-02:00", MONDAY + 2 * HOUR));
    assert_true(open_at("Fr-Mo 10:00-11:00", MONDAY + 10 * HOUR));
    assert_false(open_at("Fr-Mo 10:00-11:00", MONDAY + DAY + 10 * HOUR));
}

static void hours_say_how_long(void **state)
{
    struct hours hours;
    struct error error = {0};
    int64_t left = 0;

    (void)state;
    assert_int_equal(hours_parse(&hours, "Mo 09:00-17:00", &error), 0);
    assert_true(hours_open(&hours, MONDAY + 9 * HOUR + 1, &left));
    assert_int_equal(left, 8 * HOUR - 1);
    assert_false(hours_open(&hours, MONDAY + 17 * HOUR, &left));
    assert_int_equal(left, 6 * DAY + 16 * HOUR);
}

static void wrong_hours_name_the_place(void **state)
{
    static const struct {
        const char *text, *place;
    } wrong[] = {
        {"Mon 09:00-17:00", "character 3"}, {"Mo 9:00-17:00", "character 4"},
        {"Mo 09:00", "character 9"},        {"Mo 09:00-25:00", "character 10"},
        {"Mo 09:60-17:00", "character 4"},  {"Mo-Xx 09:00-17:00", "character 4"},
        {"Mo 24:00-24:00", "24:00"},        {"Mo 09:00-17:00 Tu", "character 16"},
    };
    struct hours hours = {.count = 7};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};

        assert_int_equal(hours_parse(&hours, wrong[i].text, &error), -EINVAL);
        if (!strstr(error.text, wrong[i].place))
            fail_msg("\"%s\" lacks \"%s\"", error.text, wrong[i].place);
        assert_int_equal(hours.count, 7);
    }
}

/* --- tickets --- */

static void tickets_are_taken_apart(void **state)
{
    const struct ticket_groups groups = {.ticket = 0, .counter = 2, .service = 1};
    struct visit_context context = {.counter = "c-0"};
    struct ticket_reader *reader = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(ticket_open(&reader, "([A-Z])[0-9]{3}(/[0-9])?", &groups, &error), 0);
    assert_true(ticket_read(reader, "A042", &context));
    assert_string_equal(context.ticket, "A042");
    assert_string_equal(context.service, "A");
    assert_string_equal(context.counter, "c-0");           /* not on this ticket */
    assert_false(ticket_read(reader, "A042/7", &context)); /* no ticket has a '/' */
    assert_false(ticket_read(reader, "A0421", &context));
    assert_false(ticket_read(reader, "xA042", &context));
    assert_false(ticket_read(reader, "", &context));
    assert_string_equal(context.ticket, "A042");
    ticket_close(reader);
}

static void wrong_patterns_are_told(void **state)
{
    const struct ticket_groups whole = {0, -1, -1}, third = {3, -1, -1};
    struct ticket_reader *reader = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(ticket_open(&reader, "([A-Z]", &whole, &error), -EINVAL);
    assert_int_equal(ticket_open(&reader, "([A-Z])([0-9]+)", &third, &error), -EINVAL);
    assert_non_null(strstr(error.text, "2 groups"));
    assert_null(reader);
}

static void a_ticket_is_rated_once_a_day(void **state)
{
    const struct ticket_groups whole = {0, -1, -1};
    struct ticket_reader *reader = NULL;
    struct error error = {0};
    char ticket[RECORD_TICKET_MAX];

    (void)state;
    assert_int_equal(ticket_open(&reader, ".*", &whole, &error), 0);
    assert_false(ticket_was_rated(reader, "A1", "2024-01-01"));
    ticket_rated(reader, "A1", "2024-01-01");
    ticket_rated(reader, "A1", "2024-01-01");
    ticket_rated(reader, "", "2024-01-01");
    assert_true(ticket_was_rated(reader, "A1", "2024-01-01"));
    assert_false(ticket_was_rated(reader, "A1", "2024-01-02"));
    for (int i = 0; i < TICKET_RATED_MAX - 1; i++) {
        snprintf(ticket, sizeof ticket, "B%d", i);
        ticket_rated(reader, ticket, "2024-01-01");
    }
    assert_true(ticket_was_rated(reader, "A1", "2024-01-01"));
    ticket_rated(reader, "C1", "2024-01-01");
    assert_false(ticket_was_rated(reader, "A1", "2024-01-01")); /* the oldest had to go */
    ticket_rated(reader, "A1", "2024-01-02");
    assert_false(ticket_was_rated(reader, "C1", "2024-01-02"));
    ticket_close(reader);
}

/* --- notices --- */

static struct survey *load_survey(void)
{
    struct survey *survey = NULL;
    struct error error = {0};

    if (survey_load(&survey, "assets/surveys/branch-full.json", &error) < 0)
        fail_msg("%s", error.text);
    return survey;
}

static void shipped_notices_load(void **state)
{
    struct survey *survey = load_survey();
    struct notices *notices = NULL;
    struct error error = {0};

    (void)state;
    if (notices_load(&notices, "assets/notices.json", survey, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(notices->count, 3);
    assert_string_equal(notices->items[0].title.in[1], "You said, we did");
    assert_int_equal(notices_next(notices, -1, "2025-12-31"), 0);
    assert_int_equal(notices_next(notices, 0, "2025-12-31"), 2); /* the second is not valid yet */
    assert_int_equal(notices_next(notices, 0, "2026-01-01"), 1);
    assert_int_equal(notices_next(notices, 0, "2026-12-31"), 1);
    assert_int_equal(notices_next(notices, 0, "2027-01-01"), 2);
    assert_int_equal(notices_next(notices, 2, "2026-01-01"), -1);
    notices_free(notices);
    survey_free(survey);
}

static void wrong_notices_change_nothing(void **state)
{
    static const struct {
        const char *json, *complaint;
    } wrong[] = {
        {"{", "not JSON"},
        {"{\"format\":2,\"notices\":[]}", "$.format"},
        {"{\"format\":1}", "$.notices: missing"},
        {"{\"format\":1,\"notices\":[{\"id\":\"a\",\"text\":{\"zh\":\"t\"}}]}",
         "$.notices[0].text.en: missing"},
        {"{\"format\":1,\"notices\":[{\"id\":\"a\",\"text\":{\"zh\":\"t\",\"en\":\"\"}}]}", "not empty"},
        {"{\"format\":1,\"notices\":[{\"id\":\"a b\",\"text\":{\"zh\":\"t\",\"en\":\"t\"}}]}",
         "$.notices[0].id"},
        {"{\"format\":1,\"notices\":[{\"id\":\"a\",\"text\":{\"zh\":\"t\",\"en\":\"t\"},\"from\":\"2026-02-"
         "30\"}]}",
         "$.notices[0].from"},
        {"{\"format\":1,\"notices\":[{\"id\":\"a\",\"text\":{\"zh\":\"t\",\"en\":\"t\"},\"from\":\"2026-02-"
         "02\","
         "\"until\":\"2026-02-01\"}]}",
         "before"},
        {"{\"format\":1,\"notices\":[{\"id\":\"a\",\"txt\":1}]}", "\"txt\" is not a member"},
    };
    const char *path = *state;
    char file[512];
    struct survey *survey = load_survey();

    snprintf(file, sizeof file, "%s/notices.json", path);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct notices *notices = NULL;
        struct error error = {0};
        FILE *out = fopen(file, "w");

        assert_non_null(out);
        fputs(wrong[i].json, out);
        fclose(out);
        assert_int_equal(notices_load(&notices, file, survey, &error), -EBADMSG);
        assert_null(notices);
        if (!strstr(error.text, wrong[i].complaint))
            fail_msg("\"%s\" lacks \"%s\"", error.text, wrong[i].complaint);
    }
    survey_free(survey);
}

/* --- keys --- */

static enum keys_meaning feed(struct keys *keys, const char *text, int64_t *now, int64_t step)
{
    enum flow_key walk = FLOW_KEY_NEXT;
    int digit = 0;

    for (; *text; text++) {
        *now += step;
        assert_int_equal(keys_take(keys, KEYS_CHARACTER, *text, false, *now, &walk, &digit), KEYS_NOTHING);
    }
    return keys_take(keys, KEYS_ENTER, 0, false, *now, &walk, &digit);
}

static void a_scanner_types_whole_tickets(void **state)
{
    static const char much[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    struct keys keys = {.scanner = true};
    int64_t now = 0;

    (void)state;
    assert_int_equal(feed(&keys, "A042", &now, 5), KEYS_TYPED);
    assert_string_equal(keys.typed, "A042");
    assert_int_equal(feed(&keys, "", &now, 5), KEYS_NOTHING);
    assert_int_equal(feed(&keys, much, &now, 5), KEYS_NOTHING);
    assert_int_equal(feed(&keys, "B1", &now, 5), KEYS_TYPED);
    assert_string_equal(keys.typed, "B1");
    (void)keys_take(&keys, KEYS_CHARACTER, 'x', false, now, &(enum flow_key){FLOW_KEY_NEXT}, &(int){0});
    now += KEYS_PAUSE_MS;
    assert_int_equal(feed(&keys, "C2", &now, 5), KEYS_TYPED); /* what was typed long ago is forgotten */
    assert_string_equal(keys.typed, "C2");
}

static void only_the_keypad_that_is_configured_walks(void **state)
{
    static const struct {
        enum keys_key key;
        bool none, numpad, all;
    } table[] = {
        {KEYS_UP, false, true, true},        {KEYS_PAD_ENTER, false, true, true},
        {KEYS_PAD_DIGIT, false, true, true}, {KEYS_ENTER, false, false, true},
        {KEYS_OTHER, false, false, false},   {KEYS_CHARACTER, false, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct keys none = {0}, numpad = {.numpad = true}, all = {.all = true};
        enum flow_key walk = FLOW_KEY_NEXT;
        int digit = -1;

        assert_int_equal(keys_take(&none, table[i].key, '7', false, 0, &walk, &digit) == KEYS_WALK,
                         table[i].none);
        assert_int_equal(keys_take(&numpad, table[i].key, '7', false, 0, &walk, &digit) == KEYS_WALK,
                         table[i].numpad);
        assert_int_equal(keys_take(&all, table[i].key, '7', false, 0, &walk, &digit) == KEYS_WALK,
                         table[i].all);
    }
}

static void arrows_follow_the_reading_direction(void **state)
{
    struct keys keys = {.numpad = true};
    enum flow_key walk = FLOW_KEY_ENTER;
    int digit;

    (void)state;
    assert_int_equal(keys_take(&keys, KEYS_RIGHT, 0, false, 0, &walk, &digit), KEYS_WALK);
    assert_int_equal(walk, FLOW_KEY_NEXT);
    assert_int_equal(keys_take(&keys, KEYS_RIGHT, 0, true, 0, &walk, &digit), KEYS_WALK);
    assert_int_equal(walk, FLOW_KEY_PREVIOUS);
}

/* --- speech --- */

static void says(const struct survey *survey, const struct view *before, const struct view *after,
                 const char *all)
{
    struct speech speech;
    char text[256] = "";

    speech_between(survey, before, after, &speech);
    for (size_t i = 0; i < speech.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", speech.names[i]);
    assert_string_equal(text, all);
}

static void prompts_follow_the_view(void **state)
{
    struct survey *survey = load_survey();
    struct view silent = {.screen = VIEW_QUESTION}, first = silent, second, chosen, number;

    (void)state;
    says(survey, &silent, &first, "");
    first.focus = (struct target){TARGET_MARK, 1};
    says(survey, &silent, &first, "overall overall-1");
    second = first;
    second.focus.value = 2;
    says(survey, &first, &second, "overall-2");
    second.question = 1;
    second.focus = (struct target){TARGET_OPTION, 0};
    says(survey, &first, &second, "reason reason-waiting");
    chosen = second;
    chosen.chosen = 1;
    says(survey, &second, &chosen, "on");
    says(survey, &chosen, &second, "off");
    second.question = 2;
    second.focus = (struct target){TARGET_AGREE, 0};
    number = second;
    number.number[0] = '7';
    says(survey, &second, &number, "digit-7");
    number.screen = VIEW_THANKS;
    says(survey, &second, &number, "thanks");
    survey_free(survey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_hold_to_the_minute),
        cmocka_unit_test(hours_run_past_midnight_and_the_week),
        cmocka_unit_test(hours_say_how_long),
        cmocka_unit_test(wrong_hours_name_the_place),
        cmocka_unit_test(tickets_are_taken_apart),
        cmocka_unit_test(wrong_patterns_are_told),
        cmocka_unit_test(a_ticket_is_rated_once_a_day),
        cmocka_unit_test(shipped_notices_load),
        cmocka_unit_test_setup_teardown(wrong_notices_change_nothing, testing_folder, testing_folder_end),
        cmocka_unit_test(a_scanner_types_whole_tickets),
        cmocka_unit_test(only_the_keypad_that_is_configured_walks),
        cmocka_unit_test(arrows_follow_the_reading_direction),
        cmocka_unit_test(prompts_follow_the_view),
    };
    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
