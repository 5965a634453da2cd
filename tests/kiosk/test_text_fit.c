/*
 * Wrapping and shrinking of text.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/text_fit.h"

#include "kiosk/samples.h"

#include <stdio.h>

static int setup(void **state)
{
    *state = sample_load();
    return 0;
}

static int teardown(void **state)
{
    survey_free(*state);
    return 0;
}

static struct text_fit fit_into(const char *text, int w, int h, int largest, int smallest, int lines)
{
    struct text_fit_request request = {0, text, w, h, largest, smallest, lines, false};
    struct text_fit fit;

    text_fit(&fit, &sample_measure, &request);
    return fit;
}

static void line_is(const struct text_fit *fit, int line, const char *text)
{
    char copy[256] = "";

    assert_true(line < fit->count);
    assert_true(fit->lines[line].length < sizeof copy);
    memcpy(copy, fit->lines[line].text, fit->lines[line].length);
    assert_string_equal(copy, text);
}

static void short_text_keeps_the_largest_size(void **state)
{
    struct text_fit fit = fit_into("Good", 1000, 200, 50, 20, 2);

    (void)state;
    assert_int_equal(fit.size, 50);
    assert_int_equal(fit.count, 1);
    assert_int_equal(fit.w, 120);
    assert_int_equal(fit.h, 70);
    assert_false(fit.tight);
}

static void words_wrap_at_spaces_in_even_lines(void **state)
{
    struct text_fit fit = fit_into("one two three four", 60, 400, 10, 10, 3);

    (void)state;
    assert_int_equal(fit.count, 2);
    line_is(&fit, 0, "one two");
    line_is(&fit, 1, "three four");
    fit = fit_into("one two three four five six seven", 160, 400, 10, 10, 3);
    assert_int_equal(fit.count, 2);
    line_is(&fit, 0, "one two three four"); /* not the greedy "... four five six" and a lonely "seven" */
    line_is(&fit, 1, "five six seven");
}

static void one_line_is_preferred_where_asked_for(void **state)
{
    struct text_fit_request request = {0, "Hello people", 650, 400, 100, 20,
                                       2, false}; /* 720 px at size 100 */
    struct text_fit fit;

    (void)state;
    text_fit(&fit, &sample_measure, &request);
    assert_int_equal(fit.count, 2);
    assert_int_equal(fit.size, 100);
    request.single = true;
    text_fit(&fit, &sample_measure, &request);
    assert_int_equal(fit.count, 1);
    assert_in_range(fit.size, 80, 90);
    request.w = 500; /* would have to be smaller than four fifths */
    text_fit(&fit, &sample_measure, &request);
    assert_int_equal(fit.count, 2);
}

static void chinese_breaks_between_characters_but_not_before_punctuation(void **state)
{
    struct text_fit fit = fit_into("您对今天的服务满意吗？", 100, 400, 10, 10, 3);

    (void)state;
    assert_int_equal(fit.count, 2);
    for (int i = 0; i < fit.count; i++)
        assert_false(!strncmp(fit.lines[i].text, "？", 3));
    fit = fit_into("服务（很好）", 25, 400, 10, 10, 6);
    for (int i = 0; i < fit.count; i++) {
        assert_true(strncmp(fit.lines[i].text, "）", 3) != 0);
        assert_true(strncmp(fit.lines[i].text + fit.lines[i].length - 3, "（", 3) != 0);
    }
}

static void what_belongs_together_is_not_broken(void **state)
{
    static const char *const together[] = {"9:00\u00a0Uhr", "100\u00a0%", "(10:", "\"gut\"", "好，", "《你"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof together / sizeof *together; i++) {
        snprintf(text, sizeof text, "aaaa bbbb %s cccc dddd", together[i]);
        for (int w = 60; w < 140; w += 4) {
            struct text_fit fit = fit_into(text, w, 400, 10, 10, 6);
            bool whole = false;

            for (int line = 0; line < fit.count; line++)
                whole |= memmem(fit.lines[line].text, fit.lines[line].length, together[i],
                                strlen(together[i])) != NULL;
            assert_true(whole);
        }
    }
}

static void long_word_shrinks_rather_than_breaks(void **state)
{
    struct text_fit fit = fit_into("Dienstleistungsbereitschaft", 300, 100, 60, 10, 2);

    (void)state;
    assert_int_equal(fit.count, 1);
    assert_true(fit.w <= 300);
    assert_false(fit.tight);
}

static void too_small_a_box_is_reported_and_still_holds_the_text(void **state)
{
    struct text_fit fit = fit_into("Dienstleistungsbereitschaft", 150, 100, 60, 30, 2);

    (void)state;
    assert_true(fit.tight);
    assert_true(fit.w <= 150 && fit.h <= 100);
    fit = fit_into("Dienstleistungsbereitschaft", 40, 100, 60, 30, 2);
    assert_true(fit.tight);
    assert_true(fit.count > 1); /* broken within the word, at the tiniest size */
    assert_true(fit.w <= 40);
}

/* Every byte but the spaces at line ends is on some line, in order. */
static void nothing_is_ever_cut_off(void **state)
{
    const struct survey *survey = *state;

    for (size_t language = 0; language < survey->language_count; language++) {
        const char *text = survey->sorry.in[language];

        for (int w = 60; w < 1400; w += 37) {
            struct text_fit_request request = {(int)language, text, w, w, w / 8, 6, 8, w % 2 == 0};
            struct text_fit fit;
            const char *at = text;

            text_fit(&fit, &sample_measure, &request);
            assert_true(fit.count > 0 && fit.count <= TEXT_FIT_LINES);
            for (int i = 0; i < fit.count; i++) {
                while (*at == ' ')
                    at++;
                assert_ptr_equal(fit.lines[i].text, at);
                assert_int_equal(fit.lines[i].width, sample_width(NULL, (int)language, fit.size,
                                                                  fit.lines[i].text, fit.lines[i].length));
                assert_true(fit.lines[i].width <= w);
                at += fit.lines[i].length;
            }
            assert_int_equal(*at, '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_text_keeps_the_largest_size),
        cmocka_unit_test(words_wrap_at_spaces_in_even_lines),
        cmocka_unit_test(one_line_is_preferred_where_asked_for),
        cmocka_unit_test(chinese_breaks_between_characters_but_not_before_punctuation),
        cmocka_unit_test(what_belongs_together_is_not_broken),
        cmocka_unit_test(long_word_shrinks_rather_than_breaks),
        cmocka_unit_test(too_small_a_box_is_reported_and_still_holds_the_text),
        cmocka_unit_test_setup_teardown(nothing_is_ever_cut_off, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
