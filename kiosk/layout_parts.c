/*
 * The parts of the screens.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_parts.h"

#include <strings.h>

#define CONTROL_MM 9 /* small controls, at least */
#define LARGE 130    /* percent: large text */

static int greater(int a, int b)
{
    return a > b ? a : b;
}

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

/* --- measures --- */

int layout_parts_unit(const struct layout *layout, int thousandths)
{
    return lesser(layout->w, layout->h) * thousandths / 1000;
}

int layout_parts_text_unit(const struct layout *layout, int thousandths)
{
    return layout_parts_unit(layout, layout->view->large ? thousandths * LARGE / 100 : thousandths);
}

int layout_parts_gap(const struct layout *layout, int thousandths)
{
    return layout_parts_unit(layout, thousandths * layout_parts_theme(layout)->spacing / 100);
}

static int millimetres(const struct layout *layout, int mm)
{
    return (mm * (layout->dpi > 0 ? layout->dpi : LAYOUT_DPI) * 10 + 253) / 254;
}

int layout_parts_touch(const struct layout *layout)
{
    return lesser(millimetres(layout, LAYOUT_TOUCH_MM), layout_parts_unit(layout, 200));
}

int layout_parts_control(const struct layout *layout)
{
    return greater(layout_parts_unit(layout, layout->view->large ? 104 : 90),
                   lesser(millimetres(layout, CONTROL_MM), layout_parts_unit(layout, 120)));
}

int layout_parts_margin(const struct layout *layout)
{
    return layout_parts_unit(layout, 36);
}

bool layout_parts_upright(const struct layout *layout)
{
    return layout->h > layout->w;
}

bool layout_parts_rtl(const struct layout *layout)
{
    static const char *const tags[] = {"ar", "fa", "ur", "he"};
    const char *tag = layout->survey->languages[layout->view->language];

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (!strncasecmp(tag, tags[i], 2) && (tag[2] == '\0' || tag[2] == '-'))
            return true;
    }
    return false;
}

bool layout_parts_turned(const struct layout *layout)
{
    switch (layout->view->screen) {
    case VIEW_PIN:
    case VIEW_SERVICE:
    case VIEW_TOUCH_TEST:
        return false;
    default:
        return layout_parts_rtl(layout);
    }
}

const struct theme *layout_parts_theme(const struct layout *layout)
{
    return layout->view->contrast && layout->contrast ? layout->contrast : layout->theme;
}

struct draw_rect layout_parts_inset(struct draw_rect rect, int by)
{
    return (struct draw_rect){rect.x + by, rect.y + by, rect.w - 2 * by, rect.h - 2 * by};
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

/* --- text --- */

void layout_parts_text(struct drawlist *list, const struct text_fit *fit, struct draw_rect box,
                       enum layout_parts_align align, uint32_t colour, uint8_t alpha)
{
    int y = box.y + (box.h - fit->h) / 2;

    for (int i = 0; i < fit->count; i++) {
        const struct text_line *line = &fit->lines[i];
        int x = align == LAYOUT_PARTS_CENTRE ? box.x + (box.w - line->width) / 2
                : align == LAYOUT_PARTS_END  ? box.x + box.w - line->width
                                             : box.x;
        struct draw_rect rect = {x, y, line->width, fit->line_height};

        drawlist_text(list, rect, fit->language, fit->size, colour, alpha, line->text, line->length);
        y += fit->line_height;
    }
}

void layout_parts_fit_in(const struct layout *layout, struct drawlist *list, struct text_fit *fit,
                         int language, const char *text, struct draw_rect box, int largest, int smallest,
                         int lines, bool single)
{
    struct text_fit_request request = {language, text, box.w, box.h, largest, smallest, lines, single};

    text_fit(fit, layout->measure, &request);
    list->tight |= fit->tight;
}

void layout_parts_fit(const struct layout *layout, struct drawlist *list, struct text_fit *fit,
                      const char *text, struct draw_rect box, int largest, int smallest, int lines,
                      bool single)
{
    layout_parts_fit_in(layout, list, fit, layout->view->language, text, box, largest, smallest, lines,
                        single);
}

/* --- what can be tapped --- */

bool layout_parts_pressed(const struct layout *layout, enum target_kind kind, int value)
{
    return target_equal(layout->view->pressed, (struct target){kind, value});
}

uint8_t layout_parts_alpha(const struct layout *layout, bool pressed)
{
    return layout->view->screen == VIEW_PENDING && !pressed ? LAYOUT_PARTS_DIM : 255;
}

void layout_parts_target(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         enum target_kind kind, int value)
{
    if (layout->view->screen == VIEW_PENDING ||
        (layout->view->screen == VIEW_STILL_THERE && kind != TARGET_STAY && kind != TARGET_LANGUAGE))
        return;
    drawlist_target(list, rect, (struct target){kind, value});
}

void layout_parts_edged(struct drawlist *list, struct draw_rect rect, int radius, int line, uint32_t edge,
                        uint32_t inside)
{
    drawlist_rounded(list, layout_parts_inset(rect, line / 2), radius - line / 2, inside);
    drawlist_ring(list, rect, radius, line, edge);
}

static void draw_focus(const struct layout *layout, struct drawlist *list, struct draw_rect rect, int radius)
{
    const struct theme *theme = layout_parts_theme(layout);
    int gap = greater(layout_parts_unit(layout, 3), 1), ring = gap + greater(layout_parts_unit(layout, 7), 3);

    drawlist_rounded(list, layout_parts_inset(rect, -ring), radius + ring, theme->focus);
    drawlist_rounded(list, layout_parts_inset(rect, -gap), radius + gap, theme->background);
}

void layout_parts_card(const struct layout *layout, struct drawlist *list, struct draw_rect rect, int radius,
                       struct target target, bool marked)
{
    const struct theme *theme = layout_parts_theme(layout);
    int line = greater(layout_parts_unit(layout, marked ? 5 : 2), 1);

    if (target.kind != TARGET_NONE && target_equal(layout->view->focus, target))
        draw_focus(layout, list, rect, radius);
    layout_parts_edged(list, rect, radius, line, marked ? theme->accent : theme->border,
                       marked ? theme->pressed : theme->card);
}

void layout_parts_button(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         struct target target, int language, const char *text, enum layout_parts_look look)
{
    const struct theme *theme = layout_parts_theme(layout);
    bool pressed = layout_parts_pressed(layout, target.kind, target.value);
    bool main = look == LAYOUT_PARTS_MAIN && !pressed;
    int radius = lesser(rect.w, rect.h) / 2;
    struct draw_rect box = layout_parts_inset(rect, rect.h / 8);
    struct text_fit fit;

    box.x += rect.h / 8;
    box.w -= rect.h / 4;
    if (main) {
        if (target_equal(layout->view->focus, target))
            draw_focus(layout, list, rect, radius);
        drawlist_rounded(list, rect, radius, theme->accent);
    } else {
        layout_parts_card(layout, list, rect, radius, target, pressed);
    }
    layout_parts_fit_in(layout, list, &fit, language, text, box, layout_parts_text_unit(layout, 48),
                        layout_parts_unit(layout, 24), 2, true);
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, main ? theme->accent_text : theme->text,
                      look == LAYOUT_PARTS_OFF ? LAYOUT_PARTS_DIM : layout_parts_alpha(layout, pressed));
    if (look != LAYOUT_PARTS_OFF)
        layout_parts_target(layout, list, rect, target.kind, target.value);
}

void layout_parts_sign(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                       struct target target, const char *sign, bool on)
{
    const struct theme *theme = layout_parts_theme(layout);
    bool pressed = layout_parts_pressed(layout, target.kind, target.value);

    layout_parts_card(layout, list, rect, rect.h / 2, target, pressed || on);
    drawlist_sign(list, layout_parts_inset(rect, rect.h * 27 / 100), sign, theme->accent,
                  layout_parts_alpha(layout, pressed), DRAWLIST_WHOLE);
    layout_parts_target(layout, list, rect, target.kind, target.value);
}
