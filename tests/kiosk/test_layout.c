/*
 * The layout, for every screen, language and size: with a ruler of the test's own and with the real fonts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout.h"

#include "kiosk/looks.h"
#include "kiosk/render_scenes.h"
#include "kiosk/samples.h"

#include <stdio.h>
#include <stdlib.h>

#define SURVEY "assets/surveys/branch-languages.json"
#define NOTICES "tests/screens/notices.json"
#define PRIMARY_PX 76 /* 20 mm at 96 dpi */
#define CONTROL_PX 34 /* 9 mm at 96 dpi */

static const int sizes[][2] = {{800, 480},  {1024, 768}, {1280, 800},  {1920, 1080}, {600, 1024},
                               {768, 1024}, {800, 1280}, {1080, 1920}, {3840, 2160}, {2160, 3840}};

static struct survey *survey;
static struct notices *notices;
static struct looks looks;
static struct render_scenes_item scenes[RENDER_SCENES_MAX];
static struct drawlist list;

static int open_all(void **state)
{
    struct error error = {0};

    (void)state;
    if (survey_load(&survey, SURVEY, &error) < 0 || notices_load(&notices, NOTICES, survey, &error) < 0)
        fail_msg("%s", error.text);
    if (looks_open(&looks, &(struct looks_options){survey, "assets/themes", "light"}, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(looks.problem_count, 0);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    looks_close(&looks);
    notices_free(notices);
    survey_free(survey);
    return 0;
}

static void lay_out(struct drawlist *out, const struct view *view, const struct text_measure *measure, int w,
                    int h)
{
    struct layout layout = looks_layout(&looks);

    layout.survey = survey;
    layout.notices = notices;
    layout.view = view;
    layout.measure = measure;
    layout.w = w;
    layout.h = h;
    layout_screen(&layout, out);
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

static bool whole(struct draw_rect rect)
{
    return rect.w == list.w && rect.h == list.h;
}

static void complain(const struct render_scenes_item *scene, const char *what, struct draw_rect rect)
{
    drawlist_dump(&list, stderr);
    fail_msg("%s, language %s, %dx%d: %s (%d,%d %dx%d)", scene->name, survey->languages[scene->view.language],
             list.w, list.h, what, rect.x, rect.y, rect.w, rect.h);
}

/* What lies under a veil is only a backdrop. */
static size_t first_in_front(void)
{
    size_t first = 0;

    for (size_t i = 0; i < list.count; i++) {
        if (list.commands[i].kind == DRAW_FILL && whole(list.commands[i].rect))
            first = i;
    }
    return first;
}

static void check_text(const struct render_scenes_item *scene, size_t at)
{
    struct draw_rect rect = list.commands[at].rect;

    for (size_t i = 0; i < list.target_count; i++) {
        if (list.targets[i].target.kind != TARGET_CORNER && !whole(list.targets[i].rect) &&
            overlap(rect, list.targets[i].rect) && !inside(rect, list.targets[i].rect))
            complain(scene, "text sticks out of its button", rect);
    }
    for (size_t i = at + 1; i < list.count; i++) {
        if (list.commands[i].kind == DRAW_TEXT && overlap(rect, list.commands[i].rect))
            complain(scene, "texts overlap", rect);
        if (list.commands[i].kind == DRAW_ICON && overlap(rect, list.commands[i].rect))
            complain(scene, "an icon lies on text", rect);
    }
}

/* Nothing that was drawn later may hide it. */
static void check_hidden(const struct render_scenes_item *scene, size_t at)
{
    struct draw_rect rect = list.commands[at].rect;

    for (size_t i = at + 1; i < list.count; i++) {
        if ((list.commands[i].kind == DRAW_ROUNDED || list.commands[i].kind == DRAW_FILL) &&
            overlap(rect, list.commands[i].rect))
            complain(scene, "something lies over text", rect);
    }
}

static bool primary(enum target_kind kind)
{
    return kind == TARGET_MARK || kind == TARGET_OPTION || kind == TARGET_DIGIT || kind == TARGET_SUBMIT ||
           kind == TARGET_SKIP || kind == TARGET_STAY || kind == TARGET_AGREE;
}

static void check_targets(const struct render_scenes_item *scene)
{
    struct draw_rect screen = {0, 0, list.w, list.h};
    int shorter = list.w < list.h ? list.w : list.h;

    for (size_t i = 0; i < list.target_count; i++) {
        const struct draw_target *target = &list.targets[i];
        int wanted = primary(target->target.kind) && shorter >= 700 ? PRIMARY_PX
                     : primary(target->target.kind)                 ? PRIMARY_PX * 2 / 3
                                                                    : CONTROL_PX;

        if (!inside(target->rect, screen))
            complain(scene, "a target sticks out of the screen", target->rect);
        if (target->rect.w < wanted || target->rect.h < wanted || target->rect.h < shorter * 80 / 1000)
            complain(scene, "a target is too small", target->rect);
        for (size_t j = i + 1; j < list.target_count; j++) {
            if (overlap(target->rect, list.targets[j].rect) && !whole(list.targets[j].rect))
                complain(scene, "targets overlap", target->rect);
        }
    }
}

static void check_frame(const struct render_scenes_item *scene)
{
    struct draw_rect screen = {0, 0, list.w, list.h};

    if (list.full)
        complain(scene, "does not fit into a list", screen);
    if (list.tight)
        complain(scene, "text is too small", screen);
    for (size_t i = first_in_front(); i < list.count; i++) {
        if (!inside(list.commands[i].rect, screen))
            complain(scene, "something sticks out of the screen", list.commands[i].rect);
        if (list.commands[i].kind == DRAW_TEXT && scene->view.screen != VIEW_TOUCH_TEST) {
            check_text(scene, i);
            check_hidden(scene, i);
        }
    }
    check_targets(scene);
}

static size_t targets_of(enum target_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < list.target_count; i++)
        count += list.targets[i].target.kind == kind;
    return count;
}

/* --- every screen, language and size --- */

static void check_question(const struct render_scenes_item *scene)
{
    const struct view *view = &scene->view;
    const struct survey_question *question = &survey->questions[view->question];
    bool callback = question->kind == SURVEY_CALLBACK;
    size_t marks = question->kind == SURVEY_FACES ? (size_t)question->scale
                   : question->kind == SURVEY_NPS ? 11
                                                  : 0;

    assert_int_equal(targets_of(TARGET_MARK), marks);
    assert_int_equal(targets_of(TARGET_OPTION), question->kind == SURVEY_CHOICE ? question->option_count : 0);
    assert_int_equal(targets_of(TARGET_SUBMIT), view->chosen || view->ready ? 1 : 0);
    assert_int_equal(targets_of(TARGET_SKIP), question->optional && !view->chosen ? 1 : 0);
    assert_int_equal(targets_of(TARGET_DIGIT), callback ? 10 : 0);
    assert_int_equal(targets_of(TARGET_AGREE), callback ? 1 : 0);
    assert_int_equal(targets_of(TARGET_BACK), view->back ? 1 : 0);
    assert_true(targets_of(TARGET_LANGUAGE) >= 1);
    assert_int_equal(targets_of(TARGET_TEXT_SIZE), 1);
    assert_int_equal(targets_of(TARGET_CONTRAST), 1);
    assert_int_equal(targets_of(TARGET_REACH), list.h > list.w ? 1 : 0);
}

static void check_scene(const struct render_scenes_item *scene)
{
    enum view_screen screen = scene->view.screen;
    bool service = screen == VIEW_PIN || screen == VIEW_SERVICE || screen == VIEW_TOUCH_TEST;

    check_frame(scene);
    if (screen == VIEW_QUESTION)
        check_question(scene);
    assert_int_equal(targets_of(TARGET_CORNER), service ? 0 : 1);
    if (screen == VIEW_STILL_THERE || screen == VIEW_NOTICE || screen == VIEW_CLOSED)
        assert_true(targets_of(TARGET_LANGUAGE) >= 1);
    assert_int_equal(targets_of(TARGET_CLOSE), service ? 1 : 0);
    assert_int_equal(targets_of(TARGET_STAY), screen == VIEW_STILL_THERE ? 1 : 0);
    assert_int_equal(targets_of(TARGET_WAKE), screen == VIEW_NOTICE || screen == VIEW_CLOSED ? 1 : 0);
    assert_int_equal(targets_of(TARGET_ITEM), screen == VIEW_SERVICE ? 4 : 0);
}

static void check_all(const struct text_measure *measure)
{
    for (size_t language = 0; language < survey->language_count; language++) {
        size_t count = render_scenes(scenes, survey, notices, (int)language);

        assert_true(count > 40);
        for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
            for (size_t i = 0; i < count; i++) {
                lay_out(&list, &scenes[i].view, measure, sizes[size][0], sizes[size][1]);
                check_scene(&scenes[i]);
            }
        }
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
    check_all(&looks.measure);
}

static void shifting_keeps_everything_on_the_screen(void **state)
{
    size_t count = render_scenes(scenes, survey, notices, 1);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (int corner = 0; corner < 4; corner++) {
            scenes[i].view.shift_x = corner & 1 ? VIEW_MARGIN_SHIFT : -VIEW_MARGIN_SHIFT;
            scenes[i].view.shift_y = corner & 2 ? VIEW_MARGIN_SHIFT : -VIEW_MARGIN_SHIFT;
            lay_out(&list, &scenes[i].view, &sample_measure, 1280, 800);
            if (scenes[i].view.screen != VIEW_TOUCH_TEST)
                check_frame(&scenes[i]);
        }
    }
}

/* --- looks --- */

static const struct draw_target *target_of(enum target_kind kind, int value)
{
    for (size_t i = 0; i < list.target_count; i++) {
        if (target_equal(list.targets[i].target, (struct target){kind, value}))
            return &list.targets[i];
    }
    fail_msg("target %d:%d is not there", (int)kind, value);
    return NULL;
}

static void pressing_changes_the_button_and_nothing_else(void **state)
{
    static struct drawlist before;
    struct view view = {.screen = VIEW_QUESTION};
    struct draw_rect changed;

    (void)state;
    lay_out(&before, &view, &sample_measure, 1280, 800);
    view.pressed = (struct target){TARGET_MARK, 2};
    lay_out(&list, &view, &sample_measure, 1280, 800);
    changed = drawlist_difference(&before, &list);
    assert_true(changed.w > 0 && changed.h > 0);
    assert_true(inside(changed, target_of(TARGET_MARK, 2)->rect));
    assert_true(drawlist_same_targets(&before, &list));
}

static void focus_rings_its_target_and_nothing_else(void **state)
{
    static struct drawlist before;
    struct view view = {.screen = VIEW_QUESTION};
    struct draw_rect rect;

    (void)state;
    lay_out(&before, &view, &sample_measure, 1280, 800);
    view.focus = (struct target){TARGET_MARK, 5};
    lay_out(&list, &view, &sample_measure, 1280, 800);
    assert_int_equal(list.count, before.count + 2);
    rect = target_of(TARGET_MARK, 5)->rect;
    for (size_t i = 0; i < list.count; i++) {
        if (list.commands[i].colour == looks.theme.focus && list.commands[i].kind == DRAW_ROUNDED) {
            assert_true(inside(rect, list.commands[i].rect));
            assert_false(overlap(list.commands[i].rect, target_of(TARGET_MARK, 4)->rect));
            return;
        }
    }
    fail_msg("no ring");
}

static void faces_run_from_worst_to_best_in_reading_direction(void **state)
{
    struct view view = {.screen = VIEW_QUESTION};

    (void)state;
    for (size_t language = 0; language < survey->language_count; language++) {
        bool rtl = !strcmp(survey->languages[language], "ar");

        view.language = (int)language;
        lay_out(&list, &view, &sample_measure, 1280, 800);
        for (int mark = 2; mark <= 5; mark++) {
            struct draw_rect worse = target_of(TARGET_MARK, mark - 1)->rect;
            struct draw_rect better = target_of(TARGET_MARK, mark)->rect;

            assert_int_equal(worse.y, better.y);
            assert_true(rtl ? better.x < worse.x : better.x > worse.x);
        }
    }
}

static void digits_stand_as_on_a_telephone_in_every_language(void **state)
{
    struct view view = {.screen = VIEW_QUESTION, .question = (int)survey->question_count - 1};

    (void)state;
    for (size_t language = 0; language < survey->language_count; language++) {
        view.language = (int)language;
        lay_out(&list, &view, &sample_measure, 1280, 800);
        assert_true(target_of(TARGET_DIGIT, 1)->rect.x < target_of(TARGET_DIGIT, 3)->rect.x);
        assert_true(target_of(TARGET_DIGIT, 1)->rect.y < target_of(TARGET_DIGIT, 7)->rect.y);
        assert_int_equal(target_of(TARGET_DIGIT, 0)->rect.x, target_of(TARGET_DIGIT, 8)->rect.x);
    }
}

static void reach_brings_every_control_into_the_lower_half(void **state)
{
    struct view view = {.screen = VIEW_QUESTION, .reach = true};

    (void)state;
    for (size_t question = 0; question + 1 < survey->question_count; question++) {
        view.question = (int)question;
        view.back = question > 0;
        lay_out(&list, &view, &sample_measure, 1080, 1920);
        for (size_t i = 0; i < list.target_count; i++)
            assert_true(list.targets[i].rect.y >= 1920 / 2);
    }
}

static int largest_text(void)
{
    int size = 0;

    for (size_t i = 0; i < list.count; i++) {
        if (list.commands[i].kind == DRAW_TEXT && list.commands[i].size > size)
            size = list.commands[i].size;
    }
    return size;
}

static void large_text_is_larger(void **state)
{
    struct view view = {.screen = VIEW_QUESTION, .language = 1};
    int usual;

    (void)state;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    usual = largest_text();
    view.large = true;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    assert_true(largest_text() > usual);
}

static void contrast_switch_brings_its_theme(void **state)
{
    struct view view = {.screen = VIEW_QUESTION, .contrast = true};

    (void)state;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    assert_int_equal(list.commands[0].colour, looks.contrast.background);
}

static unsigned faces_shown(int scale)
{
    struct view view = {.screen = VIEW_QUESTION};
    int before = survey->questions[0].scale;
    unsigned seen = 0;

    survey->questions[0].scale = scale;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    survey->questions[0].scale = before;
    for (size_t i = 0; i < list.count; i++) {
        const char *name = drawlist_string(&list, &list.commands[i]);

        if (list.commands[i].kind == DRAW_ICON && !strncmp(name, "face-", 5))
            seen |= 1u << (name[5] - '0');
    }
    return seen;
}

static void every_face_has_its_own_icon_and_four_leave_out_the_middle(void **state)
{
    (void)state;
    assert_int_equal(faces_shown(5), 0x3E);
    assert_int_equal(faces_shown(4), 0x36);
}

static void countdown_repaints_nothing_but_its_bar(void **state)
{
    static struct drawlist before;
    struct view view = {.screen = VIEW_STILL_THERE, .remaining = 700};
    struct draw_rect changed;

    (void)state;
    lay_out(&before, &view, &sample_measure, 1280, 800);
    view.remaining = 650;
    lay_out(&list, &view, &sample_measure, 1280, 800);
    changed = drawlist_difference(&before, &list);
    assert_true(changed.w > 0 && changed.h > 0 && changed.h < 800 / 20);
}

static void check_mark_is_drawn_by_and_by(void **state)
{
    struct view view = {.screen = VIEW_THANKS};
    struct layout layout = looks_layout(&looks);

    (void)state;
    layout.survey = survey;
    layout.view = &view;
    layout.w = 1280;
    layout.h = 800;
    for (layout.unfinished = 1000; layout.unfinished >= 0; layout.unfinished -= 250) {
        int reveal = -1;

        layout_screen(&layout, &list);
        for (size_t i = 0; i < list.count; i++) {
            if (list.commands[i].kind == DRAW_ICON)
                reveal = list.commands[i].reveal;
        }
        assert_int_equal(reveal, DRAWLIST_WHOLE - layout.unfinished);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_fits_by_ruler),
        cmocka_unit_test(every_screen_fits_with_real_fonts),
        cmocka_unit_test(shifting_keeps_everything_on_the_screen),
        cmocka_unit_test(pressing_changes_the_button_and_nothing_else),
        cmocka_unit_test(focus_rings_its_target_and_nothing_else),
        cmocka_unit_test(faces_run_from_worst_to_best_in_reading_direction),
        cmocka_unit_test(digits_stand_as_on_a_telephone_in_every_language),
        cmocka_unit_test(reach_brings_every_control_into_the_lower_half),
        cmocka_unit_test(large_text_is_larger),
        cmocka_unit_test(contrast_switch_brings_its_theme),
        cmocka_unit_test(every_face_has_its_own_icon_and_four_leave_out_the_middle),
        cmocka_unit_test(countdown_repaints_nothing_but_its_bar),
        cmocka_unit_test(check_mark_is_drawn_by_and_by),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
