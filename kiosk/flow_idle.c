/*
 * The flow while nobody is there: attract mode, burn-in protection, opening hours.
 * Without any of them there is no deadline, so the machine sleeps.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow.h"

#include "kiosk/flow_private.h"

/* A slow round; each step is small enough to be overlooked. */
static const struct {
    int x, y;
} shifts[] = {{0, 0},   {6, 0},  {12, 6}, {6, 12},  {0, 6},   {-6, 12},
              {-12, 6}, {-6, 0}, {0, -6}, {6, -12}, {0, -12}, {-6, -6}};

#define SHIFTS (int)(sizeof shifts / sizeof *shifts)

/* True when customers are not to be asked; also says when to look at the clock again. */
bool flow_idle_closed(struct flow *flow)
{
    const struct flow_options *options = &flow->options;
    int64_t left;
    bool open;

    if (!options->hours || !options->hours->count) {
        flow->hours_at = FLOW_NEVER;
        return false;
    }
    open = hours_open(options->hours, clock_wall(options->clock), &left);
    if (left > FLOW_HOURS_MS)
        left = FLOW_HOURS_MS;
    flow->hours_at = flow_now(flow) + left;
    return !open && !flow->woken;
}

int64_t flow_idle_deadline(const struct flow *flow)
{
    int64_t attract =
        flow->options.attract_ms > 0 && flow->view.screen != VIEW_CLOSED ? flow->attract_at : FLOW_NEVER;

    return flow_earlier(attract, flow->hours_at);
}

void flow_idle_touched(struct flow *flow)
{
    flow->attract_at = flow_now(flow) + flow->options.attract_ms;
}

static void shift(struct flow *flow)
{
    flow->shifted = (flow->shifted + 1) % SHIFTS;
    flow->view.shift_x = shifts[flow->shifted].x;
    flow->view.shift_y = shifts[flow->shifted].y;
}

/* Question and notices take turns. */
static void alternate(struct flow *flow)
{
    int next = -1;

    if (flow->view.screen == VIEW_QUESTION && flow->options.next_notice) {
        next = flow->options.next_notice(flow->options.user, flow->notice);
        if (next < 0)
            next = flow->options.next_notice(flow->options.user, -1);
    }
    if (next >= 0) {
        flow->view.notice = flow->notice = next;
        flow_show(flow, VIEW_NOTICE, 0, flow_no_target);
    } else if (flow->view.screen == VIEW_NOTICE) {
        flow_show(flow, VIEW_QUESTION, 0, flow_no_target);
    }
    shift(flow);
    flow->attract_at = flow_now(flow) + flow->options.notice_ms;
}

void flow_idle_tick(struct flow *flow)
{
    if (flow_passed(flow, flow->hours_at)) {
        bool closed = flow_idle_closed(flow);

        if (closed != (flow->view.screen == VIEW_CLOSED)) {
            flow_go_home(flow);
            return;
        }
        if (closed)
            shift(flow);
    }
    if (flow->view.screen != VIEW_CLOSED && flow->options.attract_ms > 0 &&
        flow_passed(flow, flow->attract_at))
        alternate(flow);
}

void flow_notices_changed(struct flow *flow)
{
    flow_begin_input(flow);
    flow->notice = -1;
    if (flow->view.screen == VIEW_NOTICE)
        flow_go_home(flow);
}
