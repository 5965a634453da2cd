/*
 * Comparing and naming views and targets.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/view.h"

bool target_equal(struct target a, struct target b)
{
    return a.kind == b.kind && (a.kind == TARGET_NONE || a.value == b.value);
}

bool view_equal(const struct view *a, const struct view *b)
{
    return a->screen == b->screen && a->question == b->question && a->language == b->language &&
           target_equal(a->pressed, b->pressed) && a->chosen == b->chosen;
}

const char *view_screen_name(enum view_screen screen)
{
    switch (screen) {
    case VIEW_QUESTION:
        return "question";
    case VIEW_PENDING:
        return "pending";
    case VIEW_THANKS:
        return "thanks";
    case VIEW_SORRY:
        return "sorry";
    }
    return "";
}
