/*
 * Comparing and naming views and targets.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/view.h"

#include <string.h>

bool target_equal(struct target a, struct target b)
{
    return a.kind == b.kind && (a.kind == TARGET_NONE || a.value == b.value);
}

static bool same_rows(const struct view *a, const struct view *b)
{
    if (a->row_count != b->row_count)
        return false;
    for (size_t i = 0; i < a->row_count; i++)
        if (strcmp(a->rows[i].label, b->rows[i].label) != 0 ||
            strcmp(a->rows[i].value, b->rows[i].value) != 0 || a->rows[i].button != b->rows[i].button)
            return false;
    return true;
}

static bool same_points(const struct view *a, const struct view *b)
{
    if (a->point_count != b->point_count)
        return false;
    for (size_t i = 0; i < a->point_count; i++)
        if (a->points[i].x != b->points[i].x || a->points[i].y != b->points[i].y ||
            a->points[i].start != b->points[i].start)
            return false;
    return true;
}

bool view_equal(const struct view *a, const struct view *b)
{
    return a->screen == b->screen && a->question == b->question && a->language == b->language &&
           target_equal(a->pressed, b->pressed) && a->chosen == b->chosen &&
           target_equal(a->focus, b->focus) && a->large == b->large && a->contrast == b->contrast &&
           a->reach == b->reach && a->back == b->back && a->remaining == b->remaining &&
           a->notice == b->notice && a->shift_x == b->shift_x && a->shift_y == b->shift_y &&
           strcmp(a->number, b->number) == 0 && a->agreed == b->agreed && a->ready == b->ready &&
           a->ticket == b->ticket && a->typed == b->typed && a->wait_s == b->wait_s && same_rows(a, b) &&
           same_points(a, b);
}

const char *view_screen_name(enum view_screen screen)
{
    static const char *const names[] = {
        [VIEW_QUESTION] = "question",       [VIEW_PENDING] = "pending",
        [VIEW_THANKS] = "thanks",           [VIEW_SORRY] = "sorry",
        [VIEW_STILL_THERE] = "still_there", [VIEW_NOTICE] = "notice",
        [VIEW_CLOSED] = "closed",           [VIEW_PIN] = "pin",
        [VIEW_SERVICE] = "service",         [VIEW_TOUCH_TEST] = "touch_test",
    };

    return names[screen];
}
