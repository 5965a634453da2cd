/*
 * What the flow's own files share: its screens and its steps.
 * Nobody outside flow*.c includes this.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_FLOW_PRIVATE_H
#define KIOSK_FLOW_PRIVATE_H

#include "kiosk/flow.h"

static const struct target flow_no_target = {TARGET_NONE, 0};

int64_t flow_now(const struct flow *flow);

/* Every public input begins with it: the job of the input before is gone. */
void flow_begin_input(struct flow *flow);

/* Exchanges the screen; what was chosen or typed goes, unless the question stays in sight. */
void flow_show(struct flow *flow, enum view_screen screen, int question, struct target pressed);

/* Back to the first question (or 'sorry', or closed), for the next customer. */
void flow_go_home(struct flow *flow);

/* The first question is out and nobody has touched anything that would have to be undone. */
bool flow_is_home(const struct flow *flow);

/* The interview takes event, caused by a tap on cause; records are made, and the next screen shown. */
void flow_answer(struct flow *flow, const struct interview_event *event, struct target cause);

/* The customer has gone: INTERVIEW_TIMEOUT or INTERVIEW_LEAVE. */
void flow_finish(struct flow *flow, enum interview_event_type type);

/* What a tap on target does, by finger or by keypad. */
void flow_tap(struct flow *flow, struct target target);
bool flow_is_locked(const struct flow *flow, struct target target);

/* One touch more; false when this is mashing and no visit is to begin with it. */
bool flow_count_touch(struct flow *flow);

/* The service menu and the PIN before it. */
bool flow_in_service(const struct flow *flow);
void flow_open_pin(struct flow *flow);
void flow_service_tap(struct flow *flow, struct target target);
int64_t flow_service_deadline(const struct flow *flow);
void flow_service_tick(struct flow *flow);

/* Attract mode, opening hours. */
int64_t flow_idle_deadline(const struct flow *flow);
void flow_idle_tick(struct flow *flow);
void flow_idle_touched(struct flow *flow);
bool flow_idle_closed(struct flow *flow);

/* Of two deadlines, of which each may be FLOW_NEVER. */
int64_t flow_earlier(int64_t a, int64_t b);
bool flow_passed(const struct flow *flow, int64_t deadline);

#endif
