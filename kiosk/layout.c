/*
 * The screens: which family of layouts draws what, and what holds for all of them.
 * Draws from back to front; holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout.h"

#include "kiosk/layout_messages.h"
#include "kiosk/layout_parts.h"
#include "kiosk/layout_question.h"
#include "kiosk/layout_service.h"

#define SHIFT_LINES 1080 /* view.shift_x and shift_y are px of a screen with so many lines */

/* In the lower corner at the end, where nothing else ever is. */
static void add_corner(const struct layout *layout, struct drawlist *list)
{
    int edge = layout_parts_unit(layout, VIEW_MARGIN_SHIFT), side;

    side = layout_parts_control(layout) + layout_parts_margin(layout) - edge;
    drawlist_target(list, (struct draw_rect){layout->w - edge - side, layout->h - edge - side, side, side},
                    (struct target){TARGET_CORNER, 0});
}

static void draw_screen(const struct layout *layout, struct drawlist *list)
{
    switch (layout->view->screen) {
    case VIEW_QUESTION:
    case VIEW_PENDING:
        layout_question_draw(layout, list);
        break;
    case VIEW_STILL_THERE:
        layout_question_draw(layout, list);
        layout_messages_still_there(layout, list);
        break;
    case VIEW_THANKS:
        layout_messages_thanks(layout, list);
        break;
    case VIEW_SORRY:
        layout_messages_sorry(layout, list);
        break;
    case VIEW_NOTICE:
        layout_messages_notice(layout, list);
        break;
    case VIEW_CLOSED:
        layout_messages_closed(layout, list);
        break;
    case VIEW_PIN:
        layout_service_pin(layout, list);
        break;
    case VIEW_SERVICE:
        layout_service_menu(layout, list);
        break;
    case VIEW_TOUCH_TEST:
        layout_service_touch_test(layout, list);
        break;
    }
}

static bool of_service(enum view_screen screen)
{
    return screen == VIEW_PIN || screen == VIEW_SERVICE || screen == VIEW_TOUCH_TEST;
}

void layout_screen(const struct layout *layout, struct drawlist *list)
{
    const struct view *view = layout->view;
    int shorter = layout->w < layout->h ? layout->w : layout->h;

    drawlist_clear(list, layout->w, layout->h);
    drawlist_fill(list, (struct draw_rect){0, 0, layout->w, layout->h},
                  layout_parts_theme(layout)->background);
    if (!of_service(view->screen))
        add_corner(layout, list);
    draw_screen(layout, list);
    if (layout_parts_turned(layout))
        drawlist_mirror(list);
    drawlist_shift(list, view->shift_x * shorter / SHIFT_LINES, view->shift_y * shorter / SHIFT_LINES);
}
