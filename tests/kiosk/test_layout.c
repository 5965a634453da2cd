/*
 * The layout, for every screen, language and size: with a ruler of the test's own and with the real fonts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout.h"

#include "kiosk/fonts_fc.h"
#include "kiosk/samples.h"
#include "kiosk/text_sdl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const int sizes[][2] = {{800, 480},  {1024, 768}, {1280, 800},  {1920, 1080}, {480, 800},
                               {768, 1024}, {800, 1280}, {1080, 1920}, {3840, 2160}, {2160, 3840}};

static struct survey *survey;
static struct text_sdl *text;
static struct text_measure real;

static int open_all(void **state)
{
    struct fonts_fc_font fonts[SURVEY_LANGUAGES_MAX];
    struct error error = {0};

    (void)state;
    survey = sample_load();
    if (fonts_fc_find(survey->languages, survey->language_count, fonts, &error) < 0 ||
        text_sdl_open(&text, fonts, survey->language_count, &error) < 0)
        fail_msg("%s", error.text);
    real = text_sdl_measure(text);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    text_sdl_close(text);
    survey_free(survey);
    return 0;
}

/* --- what holds for every frame --- */

static bool inside(struct draw_rect inner, struct draw_rect outer)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

static bool overlap(struct draw_rect a, struct draw_rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static void complain(const struct drawlist *list, const struct view *view, const char *what)
{
    drawlist_dump(list, stderr);
    fail_msg("%s, question %d, language %s: %s", view_screen_name(view->screen), view->question,
             survey->languages[view->language], what);
}

static void check_text(const struct drawlist *list, const struct view *view, size_t at)
{
    const struct draw_command *command = &list->commands[at];

    for (size_t i = 0; i < list->target_count; i++) {
        if (overlap(command->rect, list->targets[i].rect) && !inside(command->rect, list->targets[i].rect))
            complain(list, view, "text sticks out of its button");
    }
    for (size_t i = at + 1; i < list->count; i++) {
        if (list->commands[i].kind == DRAW_TEXT && overlap(command->rect, list->commands[i].rect))
            complain(list, view, "texts overlap");
        if (list->commands[i].kind == DRAW_ICON && overlap(command->rect, list->commands[i].rect))
            complain(list, view, "an icon lies on text");
    }
}

static void check_targets(const struct drawlist *list, const struct view *view)
{
    struct draw_rect screen = {0, 0, list->w, list->h};
    int least = (list->w < list->h ? list->w : list->h) * 80 / 1000;

    for (size_t i = 0; i < list->target_count; i++) {
        struct draw_rect rect = list->targets[i].rect;

        if (!inside(rect, screen))
            complain(list, view, "a target sticks out of the screen");
        if (rect.w < least || rect.h < least)
            complain(list, view, "a target is too small");
        for (size_t j = i + 1; j < list->target_count; j++) {
            if (overlap(rect, list->targets[j].rect))
                complain(list, view, "targets overlap");
        }
    }
}

static void check_frame(const struct drawlist *list, const struct view *view)
{
    struct draw_rect screen = {0, 0, list->w, list->h};

    if (list->full)
        complain(list, view, "does not fit into a list");
    if (list->tight)
        complain(list, view, "text is too small");
    for (size_t i = 0; i < list->count; i++) {
        if (!inside(list->commands[i].rect, screen))
            complain(list, view, "something sticks out of the screen");
        if (list->commands[i].kind == DRAW_TEXT)
            check_text(list, view, i);
    }
    check_targets(list, view);
}

static size_t targets_of(const struct drawlist *list, enum target_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < list->target_count; i++)
        count += list->targets[i].target.kind == kind;
    return count;
}

/* --- every screen, language and size --- */

static void lay_out(struct drawlist *list, const struct view *view, const struct text_measure *measure, int w,
                    int h)
{
    struct layout layout = {survey, view, &theme_light, measure, w, h};

    layout_screen(&layout, list);
}

static void check_views(const struct text_measure *measure, int w, int h, int language)
{
    static struct drawlist list;
    const struct view views[] = {
        {VIEW_QUESTION, 0, language, {TARGET_NONE, 0}, 0},
        {VIEW_QUESTION, 0, language, {TARGET_MARK, 4}, 0},
        {VIEW_PENDING, 0, language, {TARGET_MARK, 5}, 0},
        {VIEW_QUESTION, 1, language, {TARGET_NONE, 0}, 0},
        {VIEW_QUESTION, 1, language, {TARGET_OPTION, 2}, 0x12},
        {VIEW_PENDING, 1, language, {TARGET_SUBMIT, 0}, 0x3F},
        {VIEW_QUESTION, 2, language, {TARGET_NONE, 0}, 0},
        {VIEW_THANKS, 0, language, {TARGET_NONE, 0}, 0},
        {VIEW_SORRY, 0, language, {TARGET_NONE, 0}, 0},
    };

    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        lay_out(&list, &views[i], measure, w, h);
        check_frame(&list, &views[i]);
        if (views[i].screen != VIEW_QUESTION) {
            assert_int_equal(list.target_count, 0);
            continue;
        }
        assert_int_equal(targets_of(&list, TARGET_LANGUAGE), survey->language_count - 1);
        assert_int_equal(targets_of(&list, TARGET_MARK), views[i].question == 0   ? 5
                                                         : views[i].question == 2 ? 11
                                                                                  : 0);
        assert_int_equal(targets_of(&list, TARGET_OPTION), views[i].question == 1 ? 6 : 0);
        assert_int_equal(targets_of(&list, TARGET_SUBMIT), views[i].chosen ? 1 : 0);
        assert_int_equal(targets_of(&list, TARGET_SKIP), views[i].question == 1 && !views[i].chosen ? 1 : 0);
    }
}

static void check_all(const struct text_measure *measure)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t language = 0; language < survey->language_count; language++)
            check_views(measure, sizes[i][0], sizes[i][1], (int)language);
    }
}

static void every_screen_fits_by_ruler(void **state)
{
    (void)state;
    check_all(&sample_measure);
}

static void every_screen_fits_with_real_fonts(void **state)
{
    (void)state;
    check_all(&real);
}

/* --- looks --- */

static void pressing_changes_the_button_and_nothing_else(void **state)
{
    static struct drawlist before, after;
    struct view view = {.screen = VIEW_QUESTION};
    struct draw_rect changed;

    (void)state;
    lay_out(&before, &view, &sample_measure, 1280, 800);
    view.pressed = (struct target){TARGET_MARK, 2};
    lay_out(&after, &view, &sample_measure, 1280, 800);
    changed = drawlist_difference(&before, &after);
    assert_true(changed.w > 0 && changed.h > 0);
    for (size_t i = 0; i < after.target_count; i++) {
        if (target_equal(after.targets[i].target, view.pressed))
            assert_true(inside(changed, after.targets[i].rect));
    }
    assert_true(drawlist_same_targets(&before, &after));
}

static void faces_stand_in_a_row_where_the_screen_is_wide(void **state)
{
    static struct drawlist list;
    struct view view = {.screen = VIEW_QUESTION};
    int y = -1, x = -1;

    (void)state;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    for (size_t i = 0; i < list.target_count; i++) {
        if (list.targets[i].target.kind != TARGET_MARK)
            continue;
        assert_true(y < 0 || list.targets[i].rect.y == y);
        assert_true(list.targets[i].rect.x > x); /* from worst to best */
        y = list.targets[i].rect.y;
        x = list.targets[i].rect.x;
    }
}

static void every_face_has_its_own_icon(void **state)
{
    static struct drawlist list;
    struct view view = {.screen = VIEW_QUESTION};
    unsigned seen = 0;

    (void)state;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    for (size_t i = 0; i < list.count; i++) {
        const char *name = drawlist_string(&list, &list.commands[i]);

        if (list.commands[i].kind == DRAW_ICON && !strncmp(name, "face-", 5))
            seen |= 1u << (name[5] - '0');
    }
    assert_int_equal(seen, 0x3E);
}

static void four_faces_leave_out_the_middle_one(void **state)
{
    static struct drawlist list;
    struct view view = {.screen = VIEW_QUESTION};
    unsigned seen = 0;

    (void)state;
    survey->questions[0].scale = 4;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    survey->questions[0].scale = 5;
    for (size_t i = 0; i < list.count; i++) {
        const char *name = drawlist_string(&list, &list.commands[i]);

        if (list.commands[i].kind == DRAW_ICON && !strncmp(name, "face-", 5))
            seen |= 1u << (name[5] - '0');
    }
    assert_int_equal(seen, 0x36);
    assert_int_equal(targets_of(&list, TARGET_MARK), 4);
}

/* --- contrast, WCAG 2.2 --- */

static double channel(uint32_t colour, int shift)
{
    double value = (double)(colour >> shift & 0xFF) / 255;

    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t colour)
{
    return 0.2126 * channel(colour, 16) + 0.7152 * channel(colour, 8) + 0.0722 * channel(colour, 0);
}

static double contrast(uint32_t a, uint32_t b)
{
    double la = luminance(a), lb = luminance(b);

    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

static void text_stands_out(void **state)
{
    const struct theme *theme = &theme_light;
    const uint32_t pairs[][2] = {
        {theme->text, theme->background}, {theme->text, theme->card},          {theme->text, theme->pressed},
        {theme->quiet, theme->card},      {theme->quiet, theme->background},   {theme->accent, theme->card},
        {theme->accent, theme->pressed},  {theme->accent_text, theme->accent},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_true(contrast(pairs[i][0], pairs[i][1]) >= 4.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_fits_by_ruler),
        cmocka_unit_test(every_screen_fits_with_real_fonts),
        cmocka_unit_test(pressing_changes_the_button_and_nothing_else),
        cmocka_unit_test(faces_stand_in_a_row_where_the_screen_is_wide),
        cmocka_unit_test(every_face_has_its_own_icon),
        cmocka_unit_test(four_faces_leave_out_the_middle_one),
        cmocka_unit_test(text_stands_out),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
