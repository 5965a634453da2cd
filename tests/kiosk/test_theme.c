/*
 * Themes: the shipped ones can be read by everybody, broken ones are refused and replaced.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/theme.h"

#include "kiosk/looks.h"
#include "kiosk/samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HIGH_CONTRAST 700 /* WCAG 2.2 AAA */

static char folder[] = "/tmp/tapline-theme-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static void path_of(char *path, size_t room, const char *name)
{
    snprintf(path, room, "%s/%s.ini", folder, name);
}

static void write_theme(const char *name, const char *text)
{
    char path[64];
    FILE *file;

    path_of(path, sizeof path, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"broken", "contrast", "good"};
    char path[64];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        path_of(path, sizeof path, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static int load(struct theme *theme, const char *name, struct error *error)
{
    char path[64];

    path_of(path, sizeof path, name);
    return theme_load(theme, path, error);
}

static void contrast_is_as_wcag_computes_it(void **state)
{
    (void)state;
    assert_int_equal(theme_contrast_of(0x000000, 0xFFFFFF), 2100);
    assert_int_equal(theme_contrast_of(0xFFFFFF, 0xFFFFFF), 100);
    assert_int_equal(theme_contrast_of(0x767676, 0xFFFFFF), 454); /* the well-known grey that just passes */
    assert_int_equal(theme_contrast_of(0xFFFFFF, 0x777777), 447); /* and the one that does not */
}

static void check(const char *name, const struct theme *theme, int text, int graphic)
{
    for (size_t i = 0; i < theme_pair_count; i++) {
        const struct theme_pair *pair = &theme_pairs[i];
        int least = pair->least == THEME_TEXT_CONTRAST ? text : graphic;
        int contrast =
            theme_contrast_of(theme_colour(theme, pair->over_at), theme_colour(theme, pair->under_at));

        if (contrast < least)
            fail_msg("%s: %s on %s: %d, not %d", name, pair->over, pair->under, contrast, least);
    }
}

static void every_shipped_theme_can_be_read(void **state)
{
    struct error error = {0};
    struct theme theme;

    (void)state;
    check("built in", &theme_light, 450, 300);
    check("built in, high contrast", &theme_contrast, HIGH_CONTRAST, HIGH_CONTRAST);
    if (theme_load(&theme, "assets/themes/light.ini", &error) < 0)
        fail_msg("%s", error.text);
    check("light", &theme, 450, 300);
    assert_int_equal(theme.background, theme_light.background);
    assert_int_equal(theme.focus, theme_light.focus);
    if (theme_load(&theme, "assets/themes/dark.ini", &error) < 0)
        fail_msg("%s", error.text);
    check("dark", &theme, 450, 300);
    if (theme_load(&theme, "assets/themes/contrast.ini", &error) < 0)
        fail_msg("%s", error.text);
    check("contrast", &theme, HIGH_CONTRAST, HIGH_CONTRAST);
}

static void everything_in_the_file_arrives(void **state)
{
    struct error error = {0};
    struct theme theme;

    (void)state;
    write_theme("good", "[theme]\nbackground = #FEFEFE\ncorner = 7\nspacing = 80\nfamily = Some Sans\n"
                        "logo = bank.svg\nlogo_ratio = 250\n");
    if (load(&theme, "good", &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(theme.background, 0xFEFEFE);
    assert_int_equal(theme.text, theme_light.text);
    assert_int_equal(theme.corner, 7);
    assert_int_equal(theme.spacing, 80);
    assert_int_equal(theme.logo_ratio, 250);
    assert_string_equal(theme.family, "Some Sans");
    assert_non_null(strstr(theme.logo, folder)); /* beside its theme */
    assert_non_null(strstr(theme.logo, "/bank.svg"));
}

static void broken_themes_are_refused_and_say_why(void **state)
{
    static const struct {
        const char *text, *says;
    } broken[] = {
        {"[theme]\ntext = red\n", "text = red"},
        {"[theme]\ntext = #12345G\n", "text = #12345G"},
        {"[theme]\ntext = #1234567\n", "text = #1234567"},
        {"[theme]\ntext = #777777\nbackground = #888888\n", "contrast"},
        {"[theme]\ncorner = 500\n", "corner"},
        {"[theme]\ncolor = #000000\n", "color"},
        {"neither this nor that\n", "broken.ini"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct theme theme = theme_light;
        struct error error = {0};

        write_theme("broken", broken[i].text);
        assert_int_equal(load(&theme, "broken", &error), -EINVAL);
        assert_non_null(strstr(error.text, broken[i].says));
        assert_memory_equal(&theme, &theme_light, sizeof theme);
    }
}

static void looks_fall_back_and_report(void **state)
{
    struct survey *survey = sample_load();
    struct looks_options options = {survey, folder, "broken"};
    struct error error = {0};
    struct looks looks;

    (void)state;
    write_theme("broken", "[theme]\ntext = red\n");
    assert_int_equal(looks_open(&looks, &options, &error), 0);
    assert_int_equal(looks.theme.background, theme_light.background);
    assert_int_equal(looks.contrast.background, theme_contrast.background);
    assert_int_equal(looks.problem_count, 2); /* the broken one, and contrast.ini is not there */
    assert_non_null(strstr(looks.problems[0].text, "text = red"));

    write_theme("contrast", "[theme]\nbackground = #FFFFFF\n");
    write_theme("broken", "[theme]\nbackground = #FDFDFD\n");
    looks_reload(&looks, &options);
    assert_int_equal(looks.problem_count, 0);
    assert_int_equal(looks.theme.background, 0xFDFDFD);
    write_theme("broken", "[theme]\nbackground = #FD\n");
    looks_reload(&looks, &options);
    assert_int_equal(looks.problem_count, 1);
    assert_int_equal(looks.theme.background, 0xFDFDFD); /* the last good one */
    looks_close(&looks);
    survey_free(survey);
}

static void missing_font_family_is_replaced_and_reported(void **state)
{
    struct survey *survey = sample_load();
    struct looks_options options = {survey, folder, "broken"};
    struct error error = {0};
    struct looks looks;

    (void)state;
    write_theme("contrast", "[theme]\n");
    write_theme("broken", "[theme]\nfamily = No Such Family\n");
    assert_int_equal(looks_open(&looks, &options, &error), 0);
    assert_int_equal(looks.problem_count, 1);
    assert_non_null(strstr(looks.problems[0].text, "No Such Family"));
    assert_true(looks.measure.width(looks.measure.user, 0, 40, "Good", 4) > 40);
    looks_close(&looks);
    write_theme("broken", "[theme]\nfamily = Noto Sans\n"); /* writes two of the three languages */
    assert_int_equal(looks_open(&looks, &options, &error), 0);
    assert_int_equal(looks.problem_count, 0);
    looks_close(&looks);
    survey_free(survey);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrast_is_as_wcag_computes_it),
        cmocka_unit_test(every_shipped_theme_can_be_read),
        cmocka_unit_test(everything_in_the_file_arrives),
        cmocka_unit_test(broken_themes_are_refused_and_say_why),
        cmocka_unit_test(looks_fall_back_and_report),
        cmocka_unit_test(missing_font_family_is_replaced_and_reported),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
