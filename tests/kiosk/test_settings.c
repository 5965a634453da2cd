/*
 * The [kiosk] section: defaults, limits, and the language that must be in the survey.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/settings.h"

#include "kiosk/samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int load(const char *text, struct settings *settings, struct error *error)
{
    char path[] = "/tmp/tapline-settings-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "w");
    int result;

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    result = settings_load(settings, path, error);
    unlink(path);
    return result;
}

static void defaults_hold(void **state)
{
    struct settings settings;
    struct error error = {0};

    (void)state;
    assert_int_equal(load("[device]\nid = d1\n[sync]\nwhatever = 1\n", &settings, &error), 0);
    assert_string_equal(settings.language, "");
    assert_int_equal(settings.answer_timeout_s, 20);
    assert_int_equal(settings.thanks_ms, 2500);
    assert_int_equal(settings.lock_ms, 400);
    assert_string_equal(settings.icons, "/usr/share/tapline/icons");
}

static void wrong_values_are_named(void **state)
{
    static const char *const wrong[] = {"answer_timeout_s = 0",
                                        "answer_timeout_s = soon",
                                        "thanks_ms = 99",
                                        "thanks_ms = 30001",
                                        "lock_ms = -1",
                                        "lock_ms = 5001",
                                        "colour = red",
                                        "second_chance_s = 121",
                                        "keypad = piano",
                                        "volume = 101",
                                        "motion = 1",
                                        "ticket_group = 10",
                                        "attract_s = 1",
                                        "notice_s = 0",
                                        "dpi = 5000"};
    struct settings settings;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        char text[128], key[32];

        snprintf(text, sizeof text, "[device]\nid = d1\n[kiosk]\n%s\n", wrong[i]);
        snprintf(key, sizeof key, "%.*s", (int)strcspn(wrong[i], " "), wrong[i]);
        assert_int_equal(load(text, &settings, &error), -EINVAL);
        assert_non_null(strstr(error.text, ":4:"));
        assert_non_null(strstr(error.text, key));
    }
}

/* What a table cannot check names its key all the same. */
static void values_are_checked_by_those_who_use_them(void **state)
{
    static const struct {
        const char *lines, *complaint;
    } wrong[] = {
        {"hours = Mo 9-17", "hours"},
        {"ticket = ([A-Z]", "ticket"},
        {"ticket = [A-Z]\nticket_counter_group = 1", "group 1"},
        {"counter = 7 b", "counter"},
        {"service = ?", "service"},
        {"pin_hash = 1234", "--hash-pin"},
        {"ticket = [A-Z]\nkeypad = keys", "keypad"},
    };
    struct settings settings;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        char text[256];

        snprintf(text, sizeof text, "[device]\nid = d1\n[kiosk]\n%s\n", wrong[i].lines);
        assert_int_equal(load(text, &settings, &error), -EINVAL);
        assert_non_null(strstr(error.text, "[kiosk]"));
        if (!strstr(error.text, wrong[i].complaint))
            fail_msg("\"%s\" lacks \"%s\"", error.text, wrong[i].complaint);
    }
}

static void everything_can_be_set(void **state)
{
    static const char text[] =
        "[device]\nid = d1\n[kiosk]\nhours = Mo-Fr 09:00-17:00; Sa 09:00-12:00\nticket = ([A-Z])([0-9]+)\n"
        "ticket_group = 2\nticket_service_group = 1\ncounter = c-1\nkeypad = numpad\nmotion = no\n"
        "notices = n.json\nreach = yes\n";
    struct settings settings;
    struct error error = {0};

    (void)state;
    assert_int_equal(load(text, &settings, &error), 0);
    assert_string_equal(settings.hours, "Mo-Fr 09:00-17:00; Sa 09:00-12:00");
    assert_int_equal(settings.ticket_group, 2);
    assert_int_equal(settings.ticket_counter_group, -1);
    assert_int_equal(settings.keypad, SETTINGS_KEYPAD_NUMPAD);
    assert_false(settings.motion);
    assert_true(settings.reach);
    assert_string_equal(settings.notices, "/tmp/n.json"); /* beside the configuration */
}

static void language_must_be_in_the_survey(void **state)
{
    struct survey *survey = sample_load();
    struct settings settings = {.language = ""};
    struct error error = {0};

    (void)state;
    assert_int_equal(settings_language(&settings, survey, &error), 0);
    snprintf(settings.language, sizeof settings.language, "de");
    assert_int_equal(settings_language(&settings, survey, &error), 2);
    snprintf(settings.language, sizeof settings.language, "fr");
    assert_int_equal(settings_language(&settings, survey, &error), -EINVAL);
    assert_non_null(strstr(error.text, "fr"));
    assert_non_null(strstr(error.text, "en, zh, de"));
    survey_free(survey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold),
        cmocka_unit_test(wrong_values_are_named),
        cmocka_unit_test(values_are_checked_by_those_who_use_them),
        cmocka_unit_test(everything_can_be_set),
        cmocka_unit_test(language_must_be_in_the_survey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
