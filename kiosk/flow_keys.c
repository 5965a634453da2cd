/*
 * The flow under a tactile keypad: one target is stood on, arrows walk, Enter taps it.
 * A visit walked this way is an ordinary visit; only taps on what stands there for customers are possible.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow.h"

#include "kiosk/flow_private.h"

static bool can_stand_on(struct target target)
{
    switch (target.kind) {
    case TARGET_MARK:
    case TARGET_OPTION:
    case TARGET_SUBMIT:
    case TARGET_SKIP:
    case TARGET_LANGUAGE:
    case TARGET_BACK:
    case TARGET_AGREE:
    case TARGET_ERASE:
    case TARGET_STAY:
        return true;
    case TARGET_NONE:
    case TARGET_DIGIT: /* there are keys for them */
    case TARGET_WAKE:
    case TARGET_CORNER:
    case TARGET_ITEM:
    case TARGET_CLOSE:
    case TARGET_TEXT_SIZE:
    case TARGET_CONTRAST:
    case TARGET_REACH:
    case TARGET_CANVAS:
        return false;
    }
    return false;
}

static bool is_answer(struct target target)
{
    return target.kind == TARGET_MARK || target.kind == TARGET_OPTION || target.kind == TARGET_AGREE ||
           target.kind == TARGET_STAY;
}

static long place_of(struct target target, const struct target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (target_equal(targets[i], target))
            return (long)i;
    return -1;
}

static void stand_on_first(struct flow *flow, const struct target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_answer(targets[i])) {
            flow->view.focus = targets[i];
            return;
        }
    }
}

void flow_settle_focus(struct flow *flow, const struct target *targets, size_t count)
{
    flow_begin_input(flow);
    if (!flow->tactile || (flow->view.screen != VIEW_QUESTION && flow->view.screen != VIEW_STILL_THERE))
        return;
    if (flow->view.focus.kind == TARGET_NONE || place_of(flow->view.focus, targets, count) < 0)
        stand_on_first(flow, targets, count);
}

static void walk(struct flow *flow, int step, const struct target *targets, size_t count)
{
    long at = place_of(flow->view.focus, targets, count);

    for (size_t i = 0; i < count; i++) {
        at = (at + step + (long)count) % (long)count;
        if (can_stand_on(targets[at])) {
            flow->view.focus = targets[at];
            return;
        }
    }
}

/* A digit types where a number is asked for; elsewhere it leads to the answer of that number. */
static void digit_key(struct flow *flow, int digit, const struct target *targets, size_t count)
{
    const struct survey_question *question = &flow->options.survey->questions[flow->view.question];
    struct target wanted = {TARGET_MARK, digit};

    if (flow->view.screen != VIEW_QUESTION)
        return;
    if (question->kind == SURVEY_CALLBACK)
        wanted.kind = TARGET_DIGIT;
    else if (question->kind == SURVEY_CHOICE)
        wanted = (struct target){TARGET_OPTION, digit - 1};
    if (place_of(wanted, targets, count) < 0)
        return;
    if (wanted.kind == TARGET_DIGIT)
        flow_tap(flow, wanted);
    else
        flow->view.focus = wanted;
}

void flow_key(struct flow *flow, enum flow_key key, int digit, const struct target *targets, size_t count)
{
    bool counts;

    flow_tick(flow);
    if (flow_in_service(flow) || flow->held)
        return;
    flow->touched = flow_now(flow);
    flow_idle_touched(flow);
    counts = key != FLOW_KEY_ENTER || flow_count_touch(flow); /* walking is no mashing */
    switch (flow->view.screen) {
    case VIEW_NOTICE:
    case VIEW_CLOSED:
        flow_tap(flow, (struct target){TARGET_WAKE, 0});
        flow->tactile = true;
        return;
    case VIEW_STILL_THERE:
        flow_tap(flow, (struct target){TARGET_STAY, 0});
        return;
    case VIEW_QUESTION:
        break;
    default:
        return;
    }
    if (!flow->tactile || place_of(flow->view.focus, targets, count) < 0) {
        flow->tactile = true;
        stand_on_first(flow, targets, count);
        if (key != FLOW_KEY_DIGIT)
            return;
    }
    switch (key) {
    case FLOW_KEY_NEXT:
        walk(flow, 1, targets, count);
        break;
    case FLOW_KEY_PREVIOUS:
        walk(flow, -1, targets, count);
        break;
    case FLOW_KEY_DIGIT:
        digit_key(flow, digit, targets, count);
        break;
    case FLOW_KEY_ENTER:
        if (counts && !flow_is_locked(flow, flow->view.focus))
            flow_tap(flow, flow->view.focus);
        else
            flow->ignored++;
        break;
    }
}
