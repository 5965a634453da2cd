/*
 * The parts of the screens.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_parts.h"

int layout_parts_unit(const struct layout *layout, int thousandths)
{
    return (layout->w < layout->h ? layout->w : layout->h) * thousandths / 1000;
}

bool layout_parts_upright(const struct layout *layout)
{
    return layout->h > layout->w;
}

struct draw_rect layout_parts_inset(struct draw_rect rect, int by)
{
    return (struct draw_rect){rect.x + by, rect.y + by, rect.w - 2 * by, rect.h - 2 * by};
}

void layout_parts_text(struct drawlist *list, const struct text_fit *fit, struct draw_rect box,
                       enum layout_parts_align align, uint32_t colour, uint8_t alpha)
{
    int y = box.y + (box.h - fit->h) / 2;

    for (int i = 0; i < fit->count; i++) {
        const struct text_line *line = &fit->lines[i];
        int x = align == LAYOUT_PARTS_CENTRE ? box.x + (box.w - line->width) / 2 : box.x;
        struct draw_rect rect = {x, y, line->width, fit->line_height};

        drawlist_text(list, rect, fit->language, fit->size, colour, alpha, line->text, line->length);
        y += fit->line_height;
    }
}

void layout_parts_fit(const struct layout *layout, struct drawlist *list, struct text_fit *fit,
                      const char *text, struct draw_rect box, int largest, int smallest, int lines,
                      bool single)
{
    struct text_fit_request request = {
        layout->view->language, text, box.w, box.h, largest, smallest, lines, single};

    text_fit(fit, layout->measure, &request);
    list->tight |= fit->tight;
}

void layout_parts_card(const struct layout *layout, struct drawlist *list, struct draw_rect rect, int radius,
                       bool marked)
{
    const struct theme *theme = layout->theme;
    int line = layout_parts_unit(layout, marked ? 5 : 2);

    if (line < 1)
        line = 1;
    drawlist_rounded(list, rect, radius, marked ? theme->accent : theme->border);
    drawlist_rounded(list, layout_parts_inset(rect, line), radius - line,
                     marked ? theme->pressed : theme->card);
}

bool layout_parts_pressed(const struct layout *layout, enum target_kind kind, int value)
{
    return target_equal(layout->view->pressed, (struct target){kind, value});
}

struct draw_rect layout_parts_cell(struct draw_rect area, int count, int columns, int w, int h, int gap,
                                   int i)
{
    int rows = (count + columns - 1) / columns, row = i / columns;
    int in_row = row < rows - 1 ? columns : count - row * columns;
    int left = area.x + (area.w - in_row * w - (in_row - 1) * gap) / 2;
    int top = area.y + (area.h - rows * h - (rows - 1) * gap) / 2;

    return (struct draw_rect){left + i % columns * (w + gap), top + row * (h + gap), w, h};
}

uint8_t layout_parts_alpha(const struct layout *layout, bool pressed)
{
    return layout->view->screen == VIEW_PENDING && !pressed ? LAYOUT_PARTS_DIM : 255;
}

void layout_parts_target(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         enum target_kind kind, int value)
{
    if (layout->view->screen == VIEW_QUESTION)
        drawlist_target(list, rect, (struct target){kind, value});
}
