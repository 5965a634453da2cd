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

    layout_parts_card(layout, list, card, layout_parts_unit(layout, layout->theme->corner), pressed);
    snprintf(name, sizeof name, "face-%d", face_of(question_of(layout)->scale, mark));
    drawlist_icon(list, layout_parts_inset(face, shrink), name, alpha);
    layout_parts_fit(layout, list, &fit, label_of(layout, mark - 1), box, size, 0, 2, false);
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, layout->theme->text, alpha);
    layout_parts_target(layout, list, card, TARGET_MARK, mark);
}

static void draw_faces(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    int count = question_of(layout)->scale, columns = count, rows, pad = layout_parts_unit(layout, 26);
    int gap = layout_parts_unit(layout, 24), w = (area.w - (count - 1) * gap) / count, h, size, icon;
    struct draw_rect label_box = {0, 0, 0, 0};

    if (layout_parts_upright(layout) && w < layout_parts_unit(layout, 180)) {
        columns = (count + 1) / 2;
        w = (area.w - (columns - 1) * gap) / columns;
    }
    rows = (count + columns - 1) / columns;
    w = least(w, layout_parts_unit(layout, 310));
    label_box.w = w - pad;
    label_box.h = layout_parts_unit(layout, 100);
    size = common_size(layout, list, label_box, layout_parts_unit(layout, 44), layout_parts_unit(layout, 22),
                       false);
    label_box.h = 0;
    for (int i = 0; i < count; i++) {
        struct draw_rect room = {0, 0, label_box.w, layout_parts_unit(layout, 100)};
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
    int count = question_of(layout)->scale + 1, columns = count, gap = layout_parts_unit(layout, 16);
    int w = (area.w - (columns - 1) * gap) / columns, h, rows;

    if (w < layout_parts_unit(layout, 80)) {
        columns = (count + 1) / 2;
        w = (area.w - (columns - 1) * gap) / columns;
    }
    rows = (count + columns - 1) / columns;
    h = least((area.h - (rows - 1) * gap) / rows, w * 5 / 4);
    for (int i = 0; i < count; i++) {
        bool pressed = layout_parts_pressed(layout, TARGET_MARK, i);
        struct draw_rect card = layout_parts_cell(area, count, columns, w, h, gap, i);
        struct text_fit fit;
        char number[12];

        snprintf(number, sizeof number, "%d", i);
        layout_parts_card(layout, list, card, layout_parts_unit(layout, layout->theme->corner), pressed);
        layout_parts_fit(layout, list, &fit, number, layout_parts_inset(card, w / 10),
                         layout_parts_unit(layout, 60), layout_parts_unit(layout, 26), 1, true);
        layout_parts_text(list, &fit, card, LAYOUT_PARTS_CENTRE, layout->theme->text,
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
    const struct theme *theme = layout->theme;
    bool chosen = layout->view->chosen >> i & 1;
    bool pressed = layout_parts_pressed(layout, TARGET_OPTION, i);
    uint8_t alpha = layout_parts_alpha(layout, pressed || chosen);
    int offset = look->tick ? look->tick + look->pad : 0;
    struct draw_rect box = {card.x + look->pad + offset, card.y + look->pad / 2, 0, card.h - look->pad};
    struct text_fit fit;

    layout_parts_card(layout, list, card, layout_parts_unit(layout, theme->corner), pressed || chosen);
    box.w = card.w - 2 * look->pad - offset;
    layout_parts_fit(layout, list, &fit, label_of(layout, i), box, look->size, 0, 2, false);
    layout_parts_text(list, &fit, box, look->tick ? LAYOUT_PARTS_START : LAYOUT_PARTS_CENTRE, theme->text,
                      alpha);
    if (look->tick) {
        struct draw_rect tick = {card.x + look->pad, card.y + (card.h - look->tick) / 2, look->tick,
                                 look->tick};
        int line = layout_parts_unit(layout, 4);

        drawlist_rounded(list, tick, look->tick / 4, chosen ? theme->accent : theme->quiet);
        if (chosen)
            drawlist_icon(list, layout_parts_inset(tick, look->tick / 8), "tick", 255);
        else
            drawlist_rounded(list, layout_parts_inset(tick, line > 1 ? line : 1), look->tick / 4 - line,
                             pressed ? theme->pressed : theme->card);
    }
    layout_parts_target(layout, list, card, TARGET_OPTION, i);
}

/* As few columns as leave every row high enough for a thumb. */
static int option_columns(const struct layout *layout, int count, int height, int gap)
{
    int columns = layout_parts_upright(layout) ? 1 : count > 3 ? 2 : 1;

    while (columns < 4) {
        int rows = (count + columns - 1) / columns;

        if ((height - (rows - 1) * gap) / rows >= layout_parts_unit(layout, 105))
            break;
        columns++;
    }
    return columns;
}

static void draw_options(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    int count = (int)question_of(layout)->option_count, gap = layout_parts_unit(layout, 20);
    int columns = option_columns(layout, count, area.h, gap), rows = (count + columns - 1) / columns;
    int w = least((area.w - (columns - 1) * gap) / columns, layout_parts_unit(layout, 900));
    int h = least((area.h - (rows - 1) * gap) / rows, layout_parts_unit(layout, 140));
    struct option_look look = {0, layout_parts_unit(layout, 28), 0};
    struct draw_rect box;

    if (question_of(layout)->many)
        look.tick = least(layout_parts_unit(layout, 50), h / 2);
    box = (struct draw_rect){0, 0, w - 2 * look.pad - (look.tick ? look.tick + look.pad : 0), h - look.pad};
    look.size =
        common_size(layout, list, box, layout_parts_unit(layout, 44), layout_parts_unit(layout, 22), true);
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
    }
}
