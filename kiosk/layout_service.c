/*
 * PIN, service menu, touch test.
 * Never turned round, and never in the customer's language.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_service.h"

#include "kiosk/layout_keypad.h"
#include "kiosk/layout_parts.h"

#include <stdio.h>

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

/* A heading at the left and a button to leave at the right; returns what is left below. */
static struct draw_rect draw_head(const struct layout *layout, struct drawlist *list, const char *words)
{
    int margin = layout_parts_margin(layout), side = layout_parts_control(layout);
    struct draw_rect rest = {margin, 2 * margin + side, layout->w - 2 * margin, 0};
    struct draw_rect close = {layout->w - margin - side, margin, side, side};
    struct draw_rect box = {margin, margin, close.x - 2 * margin, side};
    struct text_fit fit;

    rest.h = layout->h - margin - rest.y;
    layout_parts_sign(layout, list, close, (struct target){TARGET_CLOSE, 0}, "sign-close", false);
    layout_parts_fit_in(layout, list, &fit, layout->plain, words, box, layout_parts_unit(layout, 54),
                        layout_parts_unit(layout, 24), 1, true);
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_START, layout_parts_theme(layout)->text, 255);
    return rest;
}

/* --- PIN --- */

/* A dot for each digit: how many there are is all the view knows. */
static void draw_dots(const struct layout *layout, struct drawlist *list, struct draw_rect box)
{
    const struct theme *theme = layout_parts_theme(layout);
    int count = layout->view->typed, dot = layout_parts_unit(layout, 34), step = dot * 3 / 2;

    if (count > 0 && step * count > box.w)
        step = box.w / count;
    dot = lesser(dot, step);
    for (int i = 0; i < count; i++)
        drawlist_rounded(list,
                         (struct draw_rect){box.x + (box.w - step * count) / 2 + i * step + (step - dot) / 2,
                                            box.y + (box.h - dot) / 2, dot, dot},
                         dot / 2, theme->text);
}

static void draw_words(const struct layout *layout, struct drawlist *list, struct draw_rect box)
{
    struct text_fit fit;
    char words[64];

    if (layout->view->wait_s > 0)
        snprintf(words, sizeof words, "Wrong PIN. Wait %d s.", layout->view->wait_s);
    else
        snprintf(words, sizeof words, "Enter the service PIN");
    layout_parts_fit_in(layout, list, &fit, layout->plain, words, box, layout_parts_unit(layout, 50),
                        layout_parts_unit(layout, 24), 2, true);
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, layout_parts_theme(layout)->text, 255);
}

void layout_service_pin(const struct layout *layout, struct drawlist *list)
{
    struct draw_rect rest = draw_head(layout, list, "Service"), left = rest, keys = rest, button;
    int gap = layout_parts_gap(layout, 40), touch = layout_parts_touch(layout), part;

    if (layout_parts_upright(layout)) {
        left.h = rest.h * 40 / 100;
        keys.y += left.h + gap;
        keys.h -= left.h + gap;
    } else {
        left.w = (rest.w - gap) / 2;
        keys.x += left.w + gap;
        keys.w -= left.w + gap;
    }
    part = left.h / 4;
    draw_words(layout, list, (struct draw_rect){left.x, left.y, left.w, part});
    draw_dots(layout, list, (struct draw_rect){left.x, left.y + part, left.w, part});
    button = (struct draw_rect){left.x + left.w / 6, 0, left.w * 2 / 3, layout_parts_unit(layout, 120)};
    if (button.h < touch)
        button.h = touch;
    button.y = left.y + 2 * part + (left.h - 2 * part - button.h) / 2;
    layout_parts_button(layout, list, button, (struct target){TARGET_SUBMIT, 0}, layout->plain, "OK",
                        layout->view->ready ? LAYOUT_PARTS_MAIN : LAYOUT_PARTS_OFF);
    layout_keypad_draw(layout, list, keys);
}

/* --- menu --- */

static size_t count_buttons(const struct view *view)
{
    size_t count = 0;

    for (size_t i = 0; i < view->row_count; i++)
        count += view->rows[i].button;
    return count;
}

static void draw_line(const struct layout *layout, struct drawlist *list, struct draw_rect box,
                      const struct view_row *row)
{
    const struct theme *theme = layout_parts_theme(layout);
    int label = box.w * 30 / 100, gap = box.w * 2 / 100,
        large = lesser(box.h * 6 / 10, layout_parts_unit(layout, 36));
    struct draw_rect value = {box.x + label + gap, box.y, box.w - label - gap, box.h};
    struct text_fit fit;

    box.w = label;
    layout_parts_fit_in(layout, list, &fit, layout->plain, row->label, box, large,
                        layout_parts_unit(layout, 16), 1, true);
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_START, theme->quiet, 255);
    if (!row->value[0])
        return;
    layout_parts_fit_in(layout, list, &fit, layout->plain, row->value, value, large,
                        layout_parts_unit(layout, 16), 3, true);
    layout_parts_text(list, &fit, value, LAYOUT_PARTS_START, theme->text, 255);
}

static void draw_item(const struct layout *layout, struct drawlist *list, struct draw_rect box, size_t index)
{
    const struct view_row *row = &layout->view->rows[index];
    char words[sizeof row->label + sizeof row->value + 2];

    snprintf(words, sizeof words, "%s%s%s", row->label, row->value[0] ? ": " : "", row->value);
    layout_parts_button(layout, list, box, (struct target){TARGET_ITEM, (int)index}, layout->plain, words,
                        LAYOUT_PARTS_PLAIN);
}

void layout_service_menu(const struct layout *layout, struct drawlist *list)
{
    const struct view *view = layout->view;
    struct draw_rect rest = draw_head(layout, list, "Service menu"), buttons = rest;
    int items = (int)count_buttons(view), lines = (int)view->row_count - items, line = 0, item = 0;
    int gap = layout_parts_gap(layout, 20), columns = layout_parts_upright(layout) ? 1 : 2;
    int across = layout_parts_upright(layout) ? 2 : 4, rows, w, h;

    if (items) {
        int item_rows = (items + across - 1) / across;

        buttons.h = item_rows * layout_parts_control(layout) + (item_rows - 1) * gap;
        buttons.y = rest.y + rest.h - buttons.h;
        rest.h -= buttons.h + gap;
    }
    rows = lines > 0 ? (lines + columns - 1) / columns : 1;
    w = (rest.w - (columns - 1) * 2 * gap) / columns;
    h = lesser(rest.h / rows, layout_parts_unit(layout, 80));
    for (size_t i = 0; i < view->row_count; i++) {
        if (view->rows[i].button) {
            int width = (buttons.w - (across - 1) * gap) / across;

            draw_item(
                layout, list,
                layout_parts_cell(buttons, items, across, width, layout_parts_control(layout), gap, item++),
                i);
        } else {
            struct draw_rect box = {rest.x + line / rows * (w + 2 * gap), rest.y + line % rows * h, w, h};

            draw_line(layout, list, box, &view->rows[i]);
            line++;
        }
    }
}

/* --- touch test --- */

#define MESH 8 /* cells along the shorter side */

static void draw_mesh(const struct layout *layout, struct drawlist *list)
{
    uint32_t colour = layout_parts_theme(layout)->border;
    int cell = lesser(layout->w, layout->h) / MESH;

    for (int x = cell; x < layout->w; x += cell)
        drawlist_fill(list, (struct draw_rect){x, 0, 1, layout->h}, colour);
    for (int y = cell; y < layout->h; y += cell)
        drawlist_fill(list, (struct draw_rect){0, y, layout->w, 1}, colour);
}

static int within(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

void layout_service_touch_test(const struct layout *layout, struct drawlist *list)
{
    const struct view *view = layout->view;
    uint32_t ink = layout_parts_theme(layout)->accent;
    int radius = layout_parts_unit(layout, 6) + 1, x = 0, y = 0;

    draw_mesh(layout, list);
    for (size_t i = 0; i < view->point_count; i++) {
        const struct view_point *point = &view->points[i];
        int to_x = within(point->x, radius, layout->w - radius - 1);
        int to_y = within(point->y, radius, layout->h - radius - 1);

        drawlist_line(list, point->start ? to_x : x, point->start ? to_y : y, to_x, to_y, radius, ink);
        x = to_x;
        y = to_y;
    }
    (void)draw_head(layout, list, "Draw everywhere; the line must follow the finger");
    layout_parts_target(layout, list, (struct draw_rect){0, 0, layout->w, layout->h}, TARGET_CANVAS, 0);
}
