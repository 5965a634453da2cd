/*
 * Keypad and telephone number.
 * Side by side on a wide screen, one above the other on a tall one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_keypad.h"

#include "kiosk/layout_parts.h"

#include <stdio.h>
#include <string.h>

#define KEYS 12
#define ERASE 9
#define ZERO 10
#define EMPTY 11

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

static void draw_key(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                     struct target target)
{
    const struct theme *theme = layout_parts_theme(layout);
    bool pressed = layout_parts_pressed(layout, target.kind, target.value);
    uint8_t alpha = layout_parts_alpha(layout, pressed);
    int side = lesser(rect.w, rect.h) / 2;

    layout_parts_card(layout, list, rect, layout_parts_unit(layout, theme->corner), target, pressed);
    if (target.kind == TARGET_ERASE) {
        struct draw_rect place = {rect.x + (rect.w - side) / 2, rect.y + (rect.h - side) / 2, side, side};

        drawlist_sign(list, place, "sign-erase", theme->text, alpha, DRAWLIST_WHOLE);
    } else {
        struct text_fit fit;
        char digit[12];

        snprintf(digit, sizeof digit, "%d", target.value);
        layout_parts_fit_in(layout, list, &fit, layout->plain, digit, layout_parts_inset(rect, rect.h / 10),
                            layout_parts_text_unit(layout, 62), layout_parts_unit(layout, 26), 1, true);
        layout_parts_text(list, &fit, rect, LAYOUT_PARTS_CENTRE, theme->text, alpha);
    }
    layout_parts_target(layout, list, rect, target.kind, target.value);
}

void layout_keypad_draw(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    int gap = layout_parts_gap(layout, 16), w = (area.w - 2 * gap) / 3, h = (area.h - 3 * gap) / 4;

    w = lesser(w, h * 2);
    h = lesser(h, w * 4 / 5);
    for (int i = 0; i < KEYS; i++) {
        int place = layout_parts_turned(layout) ? i / 3 * 3 + 2 - i % 3 : i; /* is turned round once more */
        struct target target = {TARGET_DIGIT, i == ZERO ? 0 : i + 1};

        if (i == ERASE)
            target = (struct target){TARGET_ERASE, 0};
        if (i != EMPTY)
            draw_key(layout, list, layout_parts_cell(area, KEYS, 3, w, h, gap, place), target);
    }
}

/* --- a telephone number --- */

/* Digit by digit, and measured by a row of zeros, so that no cache of texts ever holds the number. */
static void draw_number(const struct layout *layout, struct drawlist *list, struct draw_rect box)
{
    const struct theme *theme = layout_parts_theme(layout);
    int line = layout_parts_unit(layout, 4), count = (int)strlen(layout->view->number), w;
    char zeros[VIEW_NUMBER_MAX];
    struct text_fit fit;

    drawlist_fill(list, (struct draw_rect){box.x, box.y + box.h - line, box.w, line < 1 ? 1 : line},
                  theme->border);
    if (!count)
        return;
    memset(zeros, '0', (size_t)count);
    zeros[count] = '\0';
    layout_parts_fit_in(layout, list, &fit, layout->plain, zeros,
                        (struct draw_rect){box.x, box.y, box.w, box.h - line},
                        layout_parts_text_unit(layout, 72), layout_parts_unit(layout, 26), 1, true);
    w = fit.w / count;
    for (int i = 0; i < count; i++) {
        int place = layout_parts_turned(layout) ? count - 1 - i : i; /* is turned round once more */

        drawlist_text(list,
                      (struct draw_rect){box.x + (box.w - count * w) / 2 + place * w,
                                         box.y + (box.h - line - fit.line_height) / 2, w, fit.line_height},
                      layout->plain, fit.size, theme->text, 255, layout->view->number + i, 1);
    }
}

static void draw_consent(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         const struct survey_question *question)
{
    const struct theme *theme = layout_parts_theme(layout);
    struct target target = {TARGET_AGREE, 0};
    bool pressed = layout_parts_pressed(layout, TARGET_AGREE, 0), agreed = layout->view->agreed;
    int pad = layout_parts_unit(layout, 22), tick = layout_parts_unit(layout, 60), line;
    struct draw_rect box = {rect.x + pad, rect.y + (rect.h - tick) / 2, tick, tick};
    struct draw_rect words = {box.x + tick + pad, rect.y + pad / 2, rect.w - 3 * pad - tick, rect.h - pad};
    struct text_fit fit;

    line = layout_parts_unit(layout, 4) > 1 ? layout_parts_unit(layout, 4) : 1;
    layout_parts_card(layout, list, rect, layout_parts_unit(layout, theme->corner), target,
                      pressed || agreed);
    if (agreed) {
        drawlist_rounded(list, box, tick / 5, theme->accent);
        drawlist_sign(list, layout_parts_inset(box, tick / 8), "tick", theme->accent_text, 255,
                      DRAWLIST_WHOLE);
    } else {
        layout_parts_edged(list, box, tick / 5, line, theme->quiet, pressed ? theme->pressed : theme->card);
    }
    layout_parts_fit(layout, list, &fit, question->consent.in[layout->view->language], words,
                     layout_parts_text_unit(layout, 42), layout_parts_unit(layout, 20), 6, false);
    layout_parts_text(list, &fit, words, LAYOUT_PARTS_START, theme->text, 255);
    layout_parts_target(layout, list, rect, TARGET_AGREE, 0);
}

static void draw_buttons(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    const struct survey *survey = layout->survey;
    int language = layout->view->language, gap = layout_parts_gap(layout, 20), w = (area.w - gap) / 2;

    layout_parts_button(layout, list, (struct draw_rect){area.x, area.y, w, area.h},
                        (struct target){TARGET_SKIP, 0}, language, survey->skip.in[language],
                        LAYOUT_PARTS_PLAIN);
    layout_parts_button(layout, list, (struct draw_rect){area.x + w + gap, area.y, w, area.h},
                        (struct target){TARGET_SUBMIT, 0}, language, survey->submit.in[language],
                        layout->view->ready ? LAYOUT_PARTS_MAIN : LAYOUT_PARTS_OFF);
}

/* Title, number, consent and buttons, one above the other. */
static void draw_words(const struct layout *layout, struct drawlist *list, struct draw_rect area,
                       const struct survey_question *question)
{
    int gap = layout_parts_gap(layout, 20), touch = layout_parts_touch(layout);
    int button =
        lesser(touch > layout_parts_unit(layout, 110) ? touch : layout_parts_unit(layout, 110), area.h / 4);
    int rest = area.h - button - 3 * gap;
    struct draw_rect title = {area.x, area.y, area.w, rest * 30 / 100};
    struct draw_rect number = {area.x, title.y + title.h + gap, area.w, rest * 22 / 100};
    struct draw_rect consent = {area.x, number.y + number.h + gap, area.w, rest - title.h - number.h};
    struct text_fit fit;

    layout_parts_fit(layout, list, &fit, question->text.in[layout->view->language], title,
                     layout_parts_text_unit(layout, 64), layout_parts_unit(layout, 26), 4, false);
    layout_parts_text(list, &fit, title, LAYOUT_PARTS_CENTRE, layout_parts_theme(layout)->text, 255);
    draw_number(layout, list, number);
    draw_consent(layout, list, consent, question);
    draw_buttons(layout, list, (struct draw_rect){area.x, area.y + area.h - button, area.w, button});
}

void layout_keypad_number(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    const struct survey_question *question = &layout->survey->questions[layout->view->question];
    int gap = layout_parts_gap(layout, 36);
    struct draw_rect words = area, keys = area;

    if (layout_parts_upright(layout)) {
        words.h = lesser((area.h - gap) / 2, layout_parts_unit(layout, 800));
        keys.y = words.y + words.h + gap;
        keys.h = area.h - words.h - gap;
    } else {
        words.w = lesser((area.w - gap) * 54 / 100, layout_parts_unit(layout, 900));
        keys.x = words.x + words.w + gap;
        keys.w = area.w - words.w - gap;
    }
    draw_words(layout, list, words, question);
    layout_keypad_draw(layout, list, keys);
}
