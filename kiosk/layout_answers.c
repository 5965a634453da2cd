/*
 * Faces, numbers and options.
 * All labels of a question share one size, so that none looks more important.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_answers.h"

#include "kiosk/layout_parts.h"

#include <stdio.h>

static int least(int a, int b)
{
    return a < b ? a : b;
}

static const struct survey_question *question_of(const struct layout *layout)
{
    return &layout->survey->questions[layout->view->question];
}

static const char *label_of(const struct layout *layout, int i)
{
    return question_of(layout)->options[i].text.in[layout->view->language];
}

/* The size at which all labels fit a box of this size. */
static int common_size(const struct layout *layout, struct drawlist *list, struct draw_rect box, int largest,
                       int smallest, bool single)
{
    int size = largest;

    for (size_t i = 0; i < question_of(layout)->option_count; i++) {
        struct text_fit fit;

        layout_parts_fit(layout, list, &fit, label_of(layout, (int)i), box, size, smallest, 2, single);
        size = least(size, fit.size);
    }
    return size;
}

/* --- faces --- */

/* Four faces leave out the middle one. */
static int face_of(int scale, int mark)
{
    return scale == 4 && mark > 2 ? mark + 1 : mark;
}

static void draw_face(const struct layout *layout, struct drawlist *list, struct draw_rect card, int mark,
                      int icon, struct draw_rect label_box, int size)
{
    bool pressed = layout_parts_pressed(layout, TARGET_MARK, mark);
    uint8_t alpha = layout_parts_alpha(layout, pressed);
    int pad = layout_parts_unit(layout, 26), shrink = pressed ? icon / 24 : 0;
    struct draw_rect face = {card.x + (card.w - icon) / 2, card.y + pad, icon, icon};
    struct draw_rect box = {card.x + (card.w - label_box.w) / 2, face.y + icon + pad / 2, label_box.w,
                            label_box.h};
    struct text_fit fit;
    char name[16];

    layout_parts_card(layout, list, card, layout_parts_unit(layout, layout_parts_theme(layout)->corner),
                      (struct target){TARGET_MARK, mark}, pressed);
    snprintf(name, sizeof name, "face-%d", face_of(question_of(layout)->scale, mark));
    drawlist_icon(list, layout_parts_inset(face, shrink), name, alpha);
    layout_parts_fit(layout, list, &fit, label_of(layout, mark - 1), box, size, 0, 2, false);
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, layout_parts_theme(layout)->text, alpha);
    layout_parts_target(layout, list, card, TARGET_MARK, mark);
}

/* Side of a face in so many columns, before its label is known. */
static int face_side(const struct layout *layout, int count, int columns, struct draw_rect area, int gap)
{
    int rows = (count + columns - 1) / columns, pad = layout_parts_unit(layout, 26);
    int w = least((area.w - (columns - 1) * gap) / columns, layout_parts_unit(layout, 320));
    int h = (area.h - (rows - 1) * gap) / rows - layout_parts_text_unit(layout, 80);

    return least(w - 2 * pad, h - 5 * pad / 2);
}

/* One row on a wide screen; on a tall one two where that leaves larger faces, or room for their labels. */
static int face_columns(const struct layout *layout, int count, struct draw_rect area, int gap)
{
    int half = (count + 1) / 2, in_two = face_side(layout, count, half, area, gap);
    bool narrow = (area.w - (count - 1) * gap) / count < layout_parts_text_unit(layout, 200);

    if (!layout_parts_upright(layout))
        return count;
    if (narrow && in_two >= layout_parts_unit(layout, 80))
        return half;
    return in_two > face_side(layout, count, count, area, gap) ? half : count;
}

static void draw_faces(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    int count = question_of(layout)->scale, gap = layout_parts_gap(layout, 24);
    int columns = face_columns(layout, count, area, gap), rows = (count + columns - 1) / columns;
    int pad = layout_parts_unit(layout, 26), label = layout_parts_text_unit(layout, 104);
    int w = least((area.w - (columns - 1) * gap) / columns, layout_parts_unit(layout, 320)), h, size, icon;
    struct draw_rect label_box = {0, 0, w - pad * 3 / 4, label};

    size = common_size(layout, list, label_box, layout_parts_text_unit(layout, 46),
                       layout_parts_unit(layout, 22), false);
    label_box.h = 0;
    for (int i = 0; i < count; i++) {
        struct draw_rect room = {0, 0, label_box.w, label};
        struct text_fit fit;

        layout_parts_fit(layout, list, &fit, label_of(layout, i), room, size, 0, 2, false);
        if (fit.h > label_box.h)
            label_box.h = fit.h;
    }
    icon = least(w - 2 * pad, (area.h - (rows - 1) * gap) / rows - 5 * pad / 2 - label_box.h);
    h = icon + 5 * pad / 2 + label_box.h;
    for (int i = 0; i < count; i++)
        draw_face(layout, list, layout_parts_cell(area, count, columns, w, h, gap, i), i + 1, icon, label_box,
                  size);
}

/* --- numbers from 0 to 10 --- */

static void draw_numbers(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    int count = question_of(layout)->scale + 1, columns = count, gap = layout_parts_gap(layout, 16);
    int w = (area.w - (columns - 1) * gap) / columns, h, rows;

    if (w < layout_parts_unit(layout, 80) || w < layout_parts_touch(layout)) {
        columns = (count + 1) / 2;
        w = (area.w - (columns - 1) * gap) / columns;
        if (layout_parts_upright(layout) && w < layout_parts_touch(layout)) {
            columns = (count + 2) / 3;
            w = (area.w - (columns - 1) * gap) / columns;
        }
    }
    rows = (count + columns - 1) / columns;
    h = least((area.h - (rows - 1) * gap) / rows, w * 5 / 4);
    for (int i = 0; i < count; i++) {
        bool pressed = layout_parts_pressed(layout, TARGET_MARK, i);
        struct draw_rect card = layout_parts_cell(area, count, columns, w, h, gap, i);
        struct text_fit fit;
        char number[12];

        snprintf(number, sizeof number, "%d", i);
        layout_parts_card(layout, list, card, layout_parts_unit(layout, layout_parts_theme(layout)->corner),
                          (struct target){TARGET_MARK, i}, pressed);
        layout_parts_fit_in(layout, list, &fit, layout->plain, number, layout_parts_inset(card, w / 10),
                            layout_parts_text_unit(layout, 60), layout_parts_unit(layout, 26), 1, true);
        layout_parts_text(list, &fit, card, LAYOUT_PARTS_CENTRE, layout_parts_theme(layout)->text,
                          layout_parts_alpha(layout, pressed));
        layout_parts_target(layout, list, card, TARGET_MARK, i);
    }
}

/* --- options --- */

struct option_look {
    int tick, pad, size; /* px; tick 0: only one option can be chosen, so none is ticked */
};

static void draw_option(const struct layout *layout, struct drawlist *list, struct draw_rect card, int i,
                        const struct option_look *look)
{
    const struct theme *theme = layout_parts_theme(layout);
    bool chosen = layout->view->chosen >> i & 1;
    bool pressed = layout_parts_pressed(layout, TARGET_OPTION, i);
    uint8_t alpha = layout_parts_alpha(layout, pressed || chosen);
    int offset = look->tick ? look->tick + look->pad : 0;
    struct draw_rect box = {card.x + look->pad + offset, card.y + look->pad / 2, 0, card.h - look->pad};
    struct text_fit fit;

    layout_parts_card(layout, list, card, layout_parts_unit(layout, theme->corner),
                      (struct target){TARGET_OPTION, i}, pressed || chosen);
    box.w = card.w - 2 * look->pad - offset;
    layout_parts_fit(layout, list, &fit, label_of(layout, i), box, look->size, 0, 2, false);
    layout_parts_text(list, &fit, box, look->tick ? LAYOUT_PARTS_START : LAYOUT_PARTS_CENTRE, theme->text,
                      alpha);
    if (look->tick) {
        struct draw_rect tick = {card.x + look->pad, card.y + (card.h - look->tick) / 2, look->tick,
                                 look->tick};
        int line = layout_parts_unit(layout, 4);

        if (chosen) {
            drawlist_rounded(list, tick, look->tick / 4, theme->accent);
            drawlist_sign(list, layout_parts_inset(tick, look->tick / 8), "tick", theme->accent_text, 255,
                          DRAWLIST_WHOLE);
        } else {
            layout_parts_edged(list, tick, look->tick / 4, line > 1 ? line : 1, theme->quiet,
                               pressed ? theme->pressed : theme->card);
        }
    }
    layout_parts_target(layout, list, card, TARGET_OPTION, i);
}

/* As few columns as leave every row high enough for a thumb. */
static int option_columns(const struct layout *layout, int count, struct draw_rect area, int gap)
{
    int columns = layout_parts_upright(layout) ? 1
                  : count > 3                  ? 2
                                               : 1,
        wanted = layout_parts_unit(layout, 105);
    int most = area.w / layout_parts_unit(layout, 320);

    if (wanted < layout_parts_touch(layout))
        wanted = layout_parts_touch(layout);
    while (columns < least(most, count)) {
        int rows = (count + columns - 1) / columns;

        if ((area.h - (rows - 1) * gap) / rows >= wanted)
            break;
        columns++;
    }
    return columns;
}

static void draw_options(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    int count = (int)question_of(layout)->option_count, gap = layout_parts_gap(layout, 20);
    int columns = option_columns(layout, count, area, gap), rows = (count + columns - 1) / columns;
    int usual = layout_parts_text_unit(layout, 140), touch = layout_parts_touch(layout);
    int w = least((area.w - (columns - 1) * gap) / columns, layout_parts_unit(layout, 900));
    int h = least((area.h - (rows - 1) * gap) / rows, usual > touch ? usual : touch);
    struct option_look look = {0, layout_parts_unit(layout, 28), 0};
    struct draw_rect box;

    if (question_of(layout)->many)
        look.tick = least(layout_parts_unit(layout, 50), h / 2);
    box = (struct draw_rect){0, 0, w - 2 * look.pad - (look.tick ? look.tick + look.pad : 0), h - look.pad};
    look.size = common_size(layout, list, box, layout_parts_text_unit(layout, 46),
                            layout_parts_unit(layout, 22), true);
    for (int i = 0; i < count; i++)
        draw_option(layout, list, layout_parts_cell(area, count, columns, w, h, gap, i), i, &look);
}

void layout_answers_draw(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    switch (question_of(layout)->kind) {
    case SURVEY_FACES:
        draw_faces(layout, list, area);
        break;
    case SURVEY_NPS:
        draw_numbers(layout, list, area);
        break;
    case SURVEY_CHOICE:
        draw_options(layout, list, area);
        break;
    case SURVEY_CALLBACK: /* has a screen of its own: layout_keypad_number() */
        break;
    }
}
