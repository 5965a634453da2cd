/*
 * The flow under fingers and keys: which of them count, and what a tap does.
 * One finger counts at a time; a tap is a press and a release on the same target.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow.h"

#include "kiosk/flow_private.h"

#include <string.h>

#define BOUNCE_MS 60 /* nobody types the same digit twice within */

/* --- what a tap does --- */

static void lock(struct flow *flow, int64_t ms)
{
    flow->locked_until = flow_now(flow) + (ms < flow->options.lock_ms ? ms : flow->options.lock_ms);
}

static void toggle(struct flow *flow, struct target target)
{
    struct view *view = &flow->view;

    switch (target.kind) {
    case TARGET_LANGUAGE:
        view->language = target.value;
        break;
    case TARGET_TEXT_SIZE:
        view->large = !view->large;
        break;
    case TARGET_CONTRAST:
        view->contrast = !view->contrast;
        break;
    case TARGET_REACH:
        view->reach = !view->reach;
        break;
    case TARGET_AGREE:
        view->agreed = !view->agreed;
        break;
    default:
        return;
    }
    flow->last = flow_no_target;
    lock(flow, flow->options.lock_ms);
}

static void type_digit(struct flow *flow, struct target target)
{
    struct view *view = &flow->view;
    size_t length = strlen(view->number);

    if (target.kind == TARGET_DIGIT && length < SEAL_DIGITS_MAX)
        view->number[length] = (char)('0' + target.value);
    else if (target.kind == TARGET_ERASE && length)
        view->number[length - 1] = '\0';
    flow->last = target;
    lock(flow, BOUNCE_MS);
}

static void give_number(struct flow *flow, struct target target)
{
    char sealed[SEAL_TEXT];
    struct interview_event event = {.type = INTERVIEW_NUMBER, .sealed = sealed};

    if (!flow->view.ready)
        return;
    if (seal_number(sealed, flow->view.number, flow->options.case_key, &flow->error) == 0)
        flow_answer(flow, &event, target);
    seal_wipe(flow->view.number, sizeof flow->view.number);
    flow->view.ready = false;
}

static void tap_question(struct flow *flow, struct target target)
{
    const struct survey_question *question = &flow->options.survey->questions[flow->view.question];
    struct interview_event event = {.type = INTERVIEW_MARK};

    switch (target.kind) {
    case TARGET_OPTION:
        if (question->many) {
            flow->view.chosen ^= UINT32_C(1) << target.value;
            flow->last = target;
            lock(flow, flow->options.lock_ms);
            return;
        }
        event.type = INTERVIEW_OPTIONS;
        event.options = UINT32_C(1) << target.value;
        break;
    case TARGET_MARK:
        event.mark = target.value;
        break;
    case TARGET_SUBMIT:
        if (question->kind == SURVEY_CALLBACK) {
            give_number(flow, target);
            lock(flow, flow->options.lock_ms);
            return;
        }
        event.type = INTERVIEW_OPTIONS;
        event.options = flow->view.chosen;
        break;
    case TARGET_SKIP:
        event.type = INTERVIEW_SKIP;
        break;
    case TARGET_BACK:
        if (!flow->view.back)
            return;
        event.type = INTERVIEW_BACK;
        break;
    default:
        return;
    }
    flow_answer(flow, &event, target);
    if (event.type != INTERVIEW_BACK) /* who answers is not mashing, however quickly */
        flow->mash = flow->mash > 1000 ? flow->mash - 1000 : 0;
    lock(flow, flow->options.lock_ms);
}

static void wake(struct flow *flow)
{
    flow->woken = flow->view.screen == VIEW_CLOSED;
    flow_go_home(flow);
    lock(flow, flow->options.lock_ms);
}

static void stay(struct flow *flow)
{
    flow_show(flow, VIEW_QUESTION, flow->view.question, flow_no_target);
    lock(flow, flow->options.lock_ms);
}

void flow_tap(struct flow *flow, struct target target)
{
    const struct survey_question *question = &flow->options.survey->questions[flow->view.question];

    if (flow_in_service(flow)) {
        flow_service_tap(flow, target);
        return;
    }
    switch (target.kind) {
    case TARGET_NONE:
    case TARGET_CORNER:
        return;
    case TARGET_LANGUAGE:
        if (flow->view.screen == VIEW_NOTICE)
            wake(flow);
        toggle(flow, target);
        return;
    case TARGET_TEXT_SIZE:
    case TARGET_CONTRAST:
    case TARGET_REACH:
        toggle(flow, target);
        return;
    case TARGET_WAKE:
        wake(flow);
        return;
    case TARGET_STAY:
        stay(flow);
        return;
    case TARGET_AGREE:
    case TARGET_DIGIT:
    case TARGET_ERASE:
        if (question->kind != SURVEY_CALLBACK)
            return;
        if (target.kind == TARGET_AGREE)
            toggle(flow, target);
        else
            type_digit(flow, target);
        flow->view.ready = flow->view.agreed && seal_plausible(flow->view.number);
        return;
    default:
        tap_question(flow, target);
    }
}

/* --- which touches count --- */

/* After an option was toggled only that option is locked: choosing the next one quickly is no accident. */
bool flow_is_locked(const struct flow *flow, struct target target)
{
    if (flow_now(flow) >= flow->locked_until)
        return false;
    return flow->last.kind == TARGET_NONE || target_equal(flow->last, target);
}

bool flow_count_touch(struct flow *flow)
{
    int64_t now = flow_now(flow), drained = (now - flow->mash_at) * 1000 / FLOW_MASH_DRAIN_MS;

    flow->mash = flow->mash > drained ? flow->mash - drained : 0;
    flow->mash_at = now;
    if (flow->barred && flow->mash < FLOW_MASH_FULL * INT64_C(500)) {
        flow->barred = false;
        flow->mashed = flow->mashed && flow->visit.records; /* whoever comes now did not do it */
    }
    if (flow->mash < FLOW_MASH_MOST * INT64_C(1000))
        flow->mash += 1000;
    if (flow->mash > FLOW_MASH_FULL * INT64_C(1000)) {
        flow->mashings += !flow->barred;
        flow->barred = flow->mashed = true;
    }
    return !flow->barred || flow->visit.records;
}

static bool takes_touches(enum view_screen screen)
{
    return screen != VIEW_PENDING && screen != VIEW_THANKS;
}

/* What a press does at once, before it is known to become a tap; true when that was all. */
static bool pressed_at_once(struct flow *flow, struct target target)
{
    switch (flow->view.screen) {
    case VIEW_NOTICE:
    case VIEW_CLOSED:
        if (target.kind == TARGET_LANGUAGE || target.kind == TARGET_CORNER)
            return false;
        wake(flow);
        return true;
    case VIEW_STILL_THERE:
        if (target.kind == TARGET_STAY || target.kind == TARGET_LANGUAGE)
            flow->since = flow_now(flow); /* whoever presses is there: no end under the finger */
        else
            stay(flow);
        flow->view.remaining = VIEW_REMAINING;
        return target.kind != TARGET_STAY && target.kind != TARGET_LANGUAGE;
    case VIEW_SORRY:
        return target.kind != TARGET_CORNER;
    default:
        return false;
    }
}

void flow_press(struct flow *flow, int64_t finger, struct target target)
{
    bool counts;

    flow_tick(flow);
    if (flow->held) {
        if (finger != flow->finger)
            flow->ignored++;
        return;
    }
    flow->held = true;
    flow->finger = finger;
    flow->held_since = flow->touched = flow_now(flow);
    flow->aim = flow_no_target;
    flow_idle_touched(flow);
    counts = flow_in_service(flow) || target.kind == TARGET_DIGIT || target.kind == TARGET_ERASE ||
             flow_count_touch(flow);
    if (!takes_touches(flow->view.screen) || pressed_at_once(flow, target))
        return;
    if (!counts || flow_is_locked(flow, target)) {
        flow->ignored++;
        return;
    }
    if (target.kind == TARGET_CORNER && !flow->options.pin_matches)
        return;
    flow->aim = target;
    if (target.kind != TARGET_CORNER)
        flow->view.pressed = target;
}

void flow_move(struct flow *flow, int64_t finger, struct target target)
{
    flow_begin_input(flow);
    if (!flow->held || finger != flow->finger || flow->aim.kind == TARGET_NONE)
        return;
    if (flow->aim.kind == TARGET_CORNER) {
        if (target.kind != TARGET_CORNER)
            flow->aim = flow_no_target;
        return;
    }
    flow->view.pressed = target_equal(target, flow->aim) ? flow->aim : flow_no_target;
}

void flow_release(struct flow *flow, int64_t finger, struct target target)
{
    struct target aim = flow->aim;

    flow_begin_input(flow);
    if (!flow->held || finger != flow->finger)
        return;
    flow->held = false;
    flow->aim = flow_no_target;
    if (aim.kind == TARGET_NONE)
        return;
    flow->view.pressed = flow_no_target;
    flow->touched = flow_now(flow);
    if (target_equal(target, aim))
        flow_tap(flow, aim);
}

bool flow_ticket(struct flow *flow, const struct visit_context *ticket)
{
    struct visit_context *context = &flow->visit.context;

    flow_begin_input(flow);
    switch (flow->view.screen) {
    case VIEW_NOTICE:
    case VIEW_CLOSED:
    case VIEW_THANKS: /* the next customer already */
        wake(flow);
        break;
    case VIEW_QUESTION:
    case VIEW_STILL_THERE:
        break;
    default:
        return false;
    }
    if (flow->visit.records && context->ticket[0])
        return false;
    if (flow->visit.records)
        *context = *ticket;
    else
        flow->ticket = *ticket;
    flow->view.ticket = true;
    flow->touched = flow_now(flow);
    return true;
}
