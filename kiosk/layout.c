/*
 * The screens: a question with its language switch and button, thanks, out of service.
 * Draws from back to front; holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout.h"

#include "kiosk/layout_answers.h"
#include "kiosk/layout_parts.h"

#define SORRY_LANGUAGES 3

static int header_height(const struct layout *layout)
{
    return layout_parts_unit(layout, 150);
}

/* A row of pills from the right edge, one for each other language; or one for the next, if they are too many.
 */
static void draw_languages(const struct layout *layout, struct drawlist *list)
{
    const struct survey *survey = layout->survey;
    int count = (int)survey->language_count, margin = layout_parts_unit(layout, 36);
    int pad = layout_parts_unit(layout, 34), height = layout_parts_unit(layout, 90);
    int right = layout->w - margin, shown = count - 1;

    if (shown > 3)
        shown = 1;
    for (int i = shown; i >= 1; i--) {
        int language = (layout->view->language + i) % count;
        bool pressed = layout_parts_pressed(layout, TARGET_LANGUAGE, language);
        struct text_fit_request request = {
            .language = language,
            .text = survey->language_names[language],
            .w = (layout->w - 2 * margin) / shown - 2 * pad - margin,
            .h = height * 3 / 4,
            .largest = layout_parts_unit(layout, 42),
            .smallest = layout_parts_unit(layout, 24),
            .lines = 1,
        };
        struct draw_rect pill;
        struct text_fit fit;

        text_fit(&fit, layout->measure, &request);
        list->tight |= fit.tight;
        pill = (struct draw_rect){0, margin, fit.w + 2 * pad, height};
        if (pill.w < height * 3 / 2)
            pill.w = height * 3 / 2;
        pill.x = right - pill.w;
        layout_parts_card(layout, list, pill, height / 2, pressed);
        layout_parts_text(list, &fit, pill, LAYOUT_PARTS_CENTRE, layout->theme->accent,
                          layout_parts_alpha(layout, false));
        layout_parts_target(layout, list, pill, TARGET_LANGUAGE, language);
        right = pill.x - margin / 2;
    }
}

/* The button below a question: submit once something is chosen, skip while nothing is. */
static void draw_button(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    const struct survey_question *question = &layout->survey->questions[layout->view->question];
    const struct theme *theme = layout->theme;
    bool submit = question->many && (layout->view->chosen || !question->optional);
    enum target_kind kind = submit ? TARGET_SUBMIT : TARGET_SKIP;
    bool usable = !submit || layout->view->chosen, pressed = layout_parts_pressed(layout, kind, 0);
    const struct survey_text *text = submit ? &layout->survey->submit : &layout->survey->skip;
    uint8_t alpha = usable ? layout_parts_alpha(layout, pressed) : LAYOUT_PARTS_DIM;
    struct text_fit fit;

    layout_parts_fit(layout, list, &fit, text->in[layout->view->language],
                     layout_parts_inset(area, area.h / 8), layout_parts_unit(layout, 48),
                     layout_parts_unit(layout, 24), 1, true);
    if (submit && usable && !pressed)
        drawlist_rounded(list, area, area.h / 2, theme->accent);
    else
        layout_parts_card(layout, list, area, area.h / 2, pressed);
    layout_parts_text(list, &fit, area, LAYOUT_PARTS_CENTRE,
                      submit && usable && !pressed ? theme->accent_text : theme->text, alpha);
    if (usable)
        layout_parts_target(layout, list, area, kind, 0);
}

static void draw_question(const struct layout *layout, struct drawlist *list)
{
    const struct survey_question *question = &layout->survey->questions[layout->view->question];
    bool upright = layout_parts_upright(layout), button = question->optional || question->many;
    int margin = layout_parts_unit(layout, 50), top = header_height(layout), bottom = layout->h - margin;
    struct draw_rect title = {margin, top, layout->w - 2 * margin, layout_parts_unit(layout, 170)};
    struct draw_rect area = title;
    struct text_fit fit;

    draw_languages(layout, list);
    if (upright) {
        title.y = layout->h * 13 / 100;
        title.h = layout->h * 17 / 100;
    }
    layout_parts_fit(layout, list, &fit, question->text.in[layout->view->language], title,
                     layout_parts_unit(layout, 92), layout_parts_unit(layout, 36), upright ? 3 : 2, true);
    layout_parts_text(list, &fit, title, LAYOUT_PARTS_CENTRE, layout->theme->text, 255);

    if (button) {
        int height = layout_parts_unit(layout, 120), width = layout_parts_unit(layout, 420);

        if (upright)
            bottom = layout->h * 94 / 100;
        draw_button(layout, list,
                    (struct draw_rect){(layout->w - width) / 2, bottom - height, width, height});
        bottom -= height + layout_parts_unit(layout, 36);
    } else {
        bottom -= upright ? layout->h * 12 / 100 : layout_parts_unit(layout, 40);
    }
    area.y = title.y + title.h + layout_parts_unit(layout, 20);
    area.h = bottom - area.y;
    layout_answers_draw(layout, list, area);
}

static void draw_thanks(const struct layout *layout, struct drawlist *list)
{
    int margin = layout_parts_unit(layout, 60), icon = layout_parts_unit(layout, 330);
    int gap = layout_parts_unit(layout, 50), y;
    struct draw_rect box = {margin, 0, layout->w - 2 * margin, layout->h / 3};
    struct text_fit fit;

    layout_parts_fit(layout, list, &fit, layout->survey->thanks.in[layout->view->language], box,
                     layout_parts_unit(layout, 110), layout_parts_unit(layout, 44), 3, true);
    y = (layout->h - icon - gap - fit.h) / 2;
    drawlist_icon(list, (struct draw_rect){(layout->w - icon) / 2, y, icon, icon}, "thanks", 255);
    box.y = y + icon + gap;
    box.h = fit.h;
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, layout->theme->text, 255);
}

/* Nobody can switch languages now, so the bank's text stands in several, the one shown first. */
static void draw_sorry(const struct layout *layout, struct drawlist *list)
{
    const struct survey *survey = layout->survey;
    int margin = layout_parts_unit(layout, 90), icon = layout_parts_unit(layout, 230);
    int gap = layout_parts_unit(layout, 50), count = (int)survey->language_count, height = icon, y;
    struct text_fit fits[SORRY_LANGUAGES];
    struct draw_rect box = {margin, 0, layout->w - 2 * margin, 0};

    if (count > SORRY_LANGUAGES)
        count = SORRY_LANGUAGES;
    box.h = (layout->h - icon - 2 * margin) / count - gap;
    for (int i = 0; i < count; i++) {
        int language = (layout->view->language + i) % (int)survey->language_count;
        struct text_fit_request request = {
            .language = language,
            .text = survey->sorry.in[language],
            .w = box.w,
            .h = box.h,
            .largest = layout_parts_unit(layout, i ? 46 : 60),
            .smallest = layout_parts_unit(layout, 26),
            .lines = 4,
        };

        text_fit(&fits[i], layout->measure, &request);
        list->tight |= fits[i].tight;
        height += gap + fits[i].h;
    }
    y = (layout->h - height) / 2;
    drawlist_icon(list, (struct draw_rect){(layout->w - icon) / 2, y, icon, icon}, "sorry", 255);
    y += icon;
    for (int i = 0; i < count; i++) {
        box.y = y + gap;
        box.h = fits[i].h;
        layout_parts_text(list, &fits[i], box, LAYOUT_PARTS_CENTRE,
                          i ? layout->theme->quiet : layout->theme->text, 255);
        y = box.y + box.h;
    }
}

void layout_screen(const struct layout *layout, struct drawlist *list)
{
    drawlist_clear(list, layout->w, layout->h);
    drawlist_fill(list, (struct draw_rect){0, 0, layout->w, layout->h}, layout->theme->background);
    switch (layout->view->screen) {
    case VIEW_QUESTION:
    case VIEW_PENDING:
        draw_question(layout, list);
        break;
    case VIEW_THANKS:
        draw_thanks(layout, list);
        break;
    case VIEW_SORRY:
        draw_sorry(layout, list);
        break;
    }
}
