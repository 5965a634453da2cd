/*
 * The flow of the technician: the hidden corner, the PIN, the service menu, the touch test.
 * Wrong PINs cost growing time, counted over all who try; everything here leaves by itself.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow.h"

#include "kiosk/flow_private.h"

#include <string.h>

bool flow_in_service(const struct flow *flow)
{
    enum view_screen screen = flow->view.screen;

    return screen == VIEW_PIN || screen == VIEW_SERVICE || screen == VIEW_TOUCH_TEST;
}

static void forget_pin(struct flow *flow)
{
    seal_wipe(flow->pin, sizeof flow->pin);
    flow->view.typed = 0;
    flow->view.ready = false;
}

static void leave(struct flow *flow)
{
    forget_pin(flow);
    flow->view.wait_s = 0;
    flow->view.row_count = flow->view.point_count = 0;
    flow_go_home(flow);
}

static void update_wait(struct flow *flow)
{
    int64_t left = flow->pin_after - flow_now(flow);

    flow->view.wait_s = left > 0 ? (int)((left + 999) / 1000) : 0;
}

void flow_open_pin(struct flow *flow)
{
    if (flow->visit.records && (flow->view.screen == VIEW_QUESTION || flow->view.screen == VIEW_STILL_THERE))
        flow_finish(flow, INTERVIEW_LEAVE);
    forget_pin(flow);
    flow_show(flow, VIEW_PIN, flow->view.question, flow_no_target);
    update_wait(flow);
}

int64_t flow_service_deadline(const struct flow *flow)
{
    int64_t leaves = flow->touched + FLOW_SERVICE_MS;

    if (flow->view.screen != VIEW_PIN || !flow->view.wait_s)
        return leaves;
    return flow_earlier(leaves, flow->pin_after - (flow->view.wait_s - 1) * INT64_C(1000));
}

void flow_service_tick(struct flow *flow)
{
    if (flow_passed(flow, flow->touched + FLOW_SERVICE_MS))
        leave(flow);
    else
        update_wait(flow);
}

static void try_pin(struct flow *flow)
{
    bool right = flow->options.pin_matches(flow->options.user, flow->pin);
    int64_t wait_s = FLOW_PIN_WAIT_S;

    forget_pin(flow);
    flow->touched = flow_now(flow);
    if (right) {
        flow->wrong = 0;
        flow_show(flow, VIEW_SERVICE, flow->view.question, flow_no_target);
        return;
    }
    flow->wrong++;
    if (flow->wrong < 10 && INT64_C(1) << flow->wrong < wait_s)
        wait_s = INT64_C(1) << flow->wrong;
    flow->pin_after = flow_now(flow) + wait_s * 1000;
    update_wait(flow);
}

static void type_pin(struct flow *flow, struct target target)
{
    if (flow->view.wait_s)
        return;
    if (target.kind == TARGET_DIGIT && flow->view.typed < FLOW_PIN_MAX)
        flow->pin[flow->view.typed++] = (char)('0' + target.value);
    else if (target.kind == TARGET_ERASE && flow->view.typed)
        flow->pin[--flow->view.typed] = '\0';
    else if (target.kind == TARGET_SUBMIT && flow->view.ready)
        try_pin(flow);
    flow->view.ready = flow->view.screen == VIEW_PIN && flow->view.typed >= FLOW_PIN_MIN;
}

void flow_service_tap(struct flow *flow, struct target target)
{
    if (target.kind == TARGET_CLOSE) {
        if (flow->view.screen == VIEW_TOUCH_TEST)
            flow_show(flow, VIEW_SERVICE, flow->view.question, flow_no_target);
        else
            leave(flow);
    } else if (flow->view.screen == VIEW_PIN) {
        type_pin(flow, target);
    } else if (flow->view.screen == VIEW_SERVICE && target.kind == TARGET_ITEM) {
        flow->item = target.value;
    }
}

void flow_set_rows(struct flow *flow, const struct view_row *rows, size_t count)
{
    flow_begin_input(flow);
    if (flow->view.screen != VIEW_SERVICE)
        return;
    if (count > VIEW_ROWS)
        count = VIEW_ROWS;
    memcpy(flow->view.rows, rows, count * sizeof *rows);
    flow->view.row_count = count;
}

int flow_take_item(struct flow *flow)
{
    int item = flow->item;

    flow->item = -1;
    return item;
}

void flow_test_touch(struct flow *flow)
{
    flow_begin_input(flow);
    if (flow->view.screen != VIEW_SERVICE)
        return;
    flow->view.point_count = 0;
    flow_show(flow, VIEW_TOUCH_TEST, flow->view.question, flow_no_target);
}

void flow_draw(struct flow *flow, int64_t finger, int x, int y, bool start)
{
    struct view *view = &flow->view;

    flow_begin_input(flow);
    if (view->screen != VIEW_TOUCH_TEST || !flow->held || finger != flow->finger ||
        flow->aim.kind != TARGET_CANVAS)
        return;
    flow->touched = flow_now(flow);
    if (view->point_count == VIEW_POINTS) { /* the older half fades */
        view->point_count /= 2;
        memmove(view->points, view->points + VIEW_POINTS - view->point_count,
                view->point_count * sizeof *view->points);
    }
    view->points[view->point_count++] = (struct view_point){(int16_t)x, (int16_t)y, start};
}
