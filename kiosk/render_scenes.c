/*
 * Scenes.
 * Each question once at rest and once in use, then every other screen, then the switches.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/render_scenes.h"

#include <stdio.h>
#include <string.h>

struct scenes {
    struct render_scenes_item *items;
    size_t count;
    const struct survey *survey;
    int language;
};

/* A fresh scene to be filled in; the last one again when there is no more room. */
static struct view *add(struct scenes *scenes, enum view_screen screen, int question, const char *state)
{
    size_t at = scenes->count < RENDER_SCENES_MAX ? scenes->count++ : RENDER_SCENES_MAX - 1;
    struct render_scenes_item *item = &scenes->items[at];
    bool asks = screen == VIEW_QUESTION || screen == VIEW_PENDING || screen == VIEW_STILL_THERE;
    const char *id = asks ? scenes->survey->questions[question].id : "";

    memset(item, 0, sizeof *item);
    snprintf(item->name, sizeof item->name, "%s%s%.30s%s%s", view_screen_name(screen), *id ? "-" : "", id,
             *state ? "-" : "", state);
    item->view.screen = screen;
    item->view.question = question;
    item->view.language = scenes->language;
    item->view.back = asks && question > 0;
    return &item->view;
}

static void use(struct view *view, const struct survey_question *question)
{
    switch (question->kind) {
    case SURVEY_FACES:
    case SURVEY_NPS:
        view->pressed = (struct target){TARGET_MARK, question->scale - 1};
        break;
    case SURVEY_CHOICE:
        if (question->many)
            view->chosen = 5;
        else
            view->pressed = (struct target){TARGET_OPTION, 1};
        break;
    case SURVEY_CALLBACK:
        snprintf(view->number, sizeof view->number, "13800138000");
        view->agreed = view->ready = true;
        break;
    }
}

static void add_questions(struct scenes *scenes)
{
    for (size_t i = 0; i < scenes->survey->question_count; i++) {
        const struct survey_question *question = &scenes->survey->questions[i];

        (void)add(scenes, VIEW_QUESTION, (int)i, "");
        use(add(scenes, VIEW_QUESTION, (int)i, "used"), question);
    }
    add(scenes, VIEW_PENDING, 0, "")->pressed =
        (struct target){TARGET_MARK, scenes->survey->questions[0].scale};
    if (survey_has(&scenes->survey->still_there))
        add(scenes, VIEW_STILL_THERE, 0, "")->remaining = VIEW_REMAINING * 6 / 10;
}

static void add_row(struct view *view, const char *label, const char *value, bool button)
{
    struct view_row *row = &view->rows[view->row_count++];

    snprintf(row->label, sizeof row->label, "%s", label);
    snprintf(row->value, sizeof row->value, "%s", value);
    row->button = button;
}

static void add_service(struct scenes *scenes)
{
    static const char *const lines[][2] = {
        {"Version", "1.0.0"},
        {"Device", "branch-0042-exit-1"},
        {"Branch", "0042 Main Street"},
        {"Survey", "branch-exit/12"},
        {"Theme", "light"},
        {"Store", "018f2f6e-7c1a-7b3e-9d55-3f2a1c0b9e77"},
        {"Last number", "48211"},
        {"Receipted", "48211"},
        {"Last receipt", "2026-03-02 09:41:07 UTC"},
        {"Disk free", "11.4 GiB"},
        {"Clock", "2026-03-02 09:41:12 UTC"},
        {"Network", "eth0 10.20.30.40"},
        {"Problems", "none"},
    };
    struct view *view = add(scenes, VIEW_PIN, 0, "");

    view->typed = 4;
    view->ready = true;
    add(scenes, VIEW_PIN, 0, "wrong")->wait_s = 8;
    view = add(scenes, VIEW_SERVICE, 0, "");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        add_row(view, lines[i][0], lines[i][1], false);
    add_row(view, "Touch test", "", true);
    add_row(view, "Export", "", true);
    add_row(view, "Volume", "60 %", true);
    add_row(view, "Restart", "", true);
    view = add(scenes, VIEW_TOUCH_TEST, 0, "");
    for (int i = 0; i < 60; i++)
        view->points[view->point_count++] =
            (struct view_point){(int16_t)(120 + i * 8),
                                (int16_t)(220 + (i % 20 < 10 ? i % 10 : 10 - i % 10) * 9), i == 0 || i == 30};
}

static void add_switches(struct scenes *scenes)
{
    for (size_t i = 0; i < scenes->survey->question_count; i++) {
        add(scenes, VIEW_QUESTION, (int)i, "large")->large = true;
        add(scenes, VIEW_QUESTION, (int)i, "reach")->reach = true;
    }
    add(scenes, VIEW_QUESTION, 0, "contrast")->contrast = true;
    add(scenes, VIEW_QUESTION, 0, "focus")->focus =
        (struct target){TARGET_MARK, scenes->survey->questions[0].scale};
}

size_t render_scenes(struct render_scenes_item *items, const struct survey *survey,
                     const struct notices *notices, int language)
{
    struct scenes scenes = {items, 0, survey, language};

    add_questions(&scenes);
    (void)add(&scenes, VIEW_THANKS, 0, "");
    (void)add(&scenes, VIEW_THANKS, 0, "begins");
    items[scenes.count - 1].unfinished = 450;
    (void)add(&scenes, VIEW_SORRY, 0, "");
    (void)add(&scenes, VIEW_CLOSED, 0, "");
    for (size_t i = 0; notices && i < notices->count; i++)
        add(&scenes, VIEW_NOTICE, 0, notices->items[i].id)->notice = (int)i;
    add_service(&scenes);
    add_switches(&scenes);
    return scenes.count;
}
