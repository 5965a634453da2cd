/*
 * The flow of the touch screen.
 * At most one visit is in hand; VIEW_THANKS is entered in one place only, behind visit_durable().
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow.h"

#include <string.h>

static const struct target no_target = {TARGET_NONE, 0};

static int64_t now(const struct flow *flow)
{
    return clock_up(flow->options.clock);
}

static void begin_input(struct flow *flow)
{
    visit_begin_job(&flow->visit);
    flow->job_ready = false;
}

static void show(struct flow *flow, enum view_screen screen, int question, struct target pressed)
{
    flow->view.screen = screen;
    flow->view.question = question;
    flow->view.pressed = pressed;
    if (screen != VIEW_PENDING)
        flow->view.chosen = 0;
    flow->aim = no_target; /* a finger that is still down belongs to the screen before */
    flow->last = no_target;
    flow->since = flow->touched = now(flow);
}

/* Back to the first question, for the next customer. */
static void go_home(struct flow *flow)
{
    interview_start(&flow->interview, flow->options.survey, RECORD_ABANDONED);
    visit_clear(&flow->visit);
    flow->stuck = false;
    if (!flow->down) /* whoever reads 'sorry' goes on reading it in the same language */
        flow->view.language = flow->options.language;
    show(flow, flow->down ? VIEW_SORRY : VIEW_QUESTION, flow->interview.question, no_target);
}

static void go_sorry(struct flow *flow)
{
    int language = flow->view.language;

    go_home(flow);
    flow->view.language = language;
    show(flow, VIEW_SORRY, flow->interview.question, no_target);
}

static void thank_if_durable(struct flow *flow)
{
    if (flow->view.screen == VIEW_PENDING && visit_durable(&flow->visit))
        show(flow, VIEW_THANKS, flow->view.question, no_target);
}

static void obey(struct flow *flow, const struct interview_step *step, struct target cause)
{
    switch (step->command) {
    case INTERVIEW_REFUSE:
        break;
    case INTERVIEW_ASK:
        show(flow, VIEW_QUESTION, step->question, no_target);
        break;
    case INTERVIEW_THANK:
        show(flow, VIEW_PENDING, flow->view.question, cause);
        thank_if_durable(flow);
        break;
    case INTERVIEW_FORGET:
        go_home(flow);
        break;
    }
}

/* Records what the step says and obeys it; a record that cannot be made is an answer that cannot be saved. */
static void take_step(struct flow *flow, const struct interview_step *step, struct target cause)
{
    const char *language = flow->options.survey->languages[flow->view.language];
    struct visit *visit = &flow->visit;
    int result = 0;

    if (step->command == INTERVIEW_REFUSE)
        return;
    if (step->answered)
        result = visit_answer(visit, language, &step->answer, &flow->error);
    if (result == 0 && step->ended)
        result = visit_end(visit, language, step->end, step->answers, &flow->error);
    if (result == 0)
        result = visit_seal_job(visit, &flow->error);
    if (result < 0) {
        visit_begin_job(visit);
        go_sorry(flow);
        return;
    }
    flow->job_ready = visit->job.count > 0;
    obey(flow, step, cause);
}

/*
 * The customer has gone (type: INTERVIEW_TIMEOUT or INTERVIEW_LEAVE). Options that were chosen but not
 * submitted have been said and count.
 */
static void finish(struct flow *flow, enum interview_event_type type)
{
    struct interview_event options = {.type = INTERVIEW_OPTIONS, .options = flow->view.chosen};
    struct interview_event event = {.type = type};
    struct interview_step said = {.command = INTERVIEW_REFUSE}, step;

    if (flow->view.chosen)
        said = interview_next(&flow->interview, &options);
    if (said.command != INTERVIEW_REFUSE && said.ended) {
        step = said;
        step.end = type == INTERVIEW_LEAVE ? RECORD_ABANDONED : RECORD_TIMEOUT;
        if (type == INTERVIEW_LEAVE)
            step.command = INTERVIEW_FORGET;
    } else {
        step = interview_next(&flow->interview, &event);
        if (said.command != INTERVIEW_REFUSE && said.answered) {
            step.answered = true;
            step.answer = said.answer;
        }
    }
    if (step.command == INTERVIEW_REFUSE)
        go_home(flow);
    else
        take_step(flow, &step, no_target);
}

/* --- fingers --- */

static void tap(struct flow *flow, struct target target)
{
    struct interview_event event = {.type = INTERVIEW_MARK};
    const struct survey_question *question = &flow->options.survey->questions[flow->view.question];
    struct interview_step step;

    switch (target.kind) {
    case TARGET_NONE:
        return;
    case TARGET_LANGUAGE:
        flow->view.language = target.value;
        flow->last = no_target;
        flow->locked_until = now(flow) + flow->options.lock_ms;
        return;
    case TARGET_OPTION:
        if (question->many) {
            flow->view.chosen ^= UINT32_C(1) << target.value;
            flow->last = target;
            flow->locked_until = now(flow) + flow->options.lock_ms;
            return;
        }
        event.type = INTERVIEW_OPTIONS;
        event.options = UINT32_C(1) << target.value;
        break;
    case TARGET_MARK:
        event.mark = target.value;
        break;
    case TARGET_SUBMIT:
        event.type = INTERVIEW_OPTIONS;
        event.options = flow->view.chosen;
        break;
    case TARGET_SKIP:
        event.type = INTERVIEW_SKIP;
        break;
    }
    step = interview_next(&flow->interview, &event);
    take_step(flow, &step, target);
    flow->locked_until = now(flow) + flow->options.lock_ms;
}

/* After an option was toggled only that option is locked: choosing the next one quickly is no accident. */
static bool locked(const struct flow *flow, struct target target)
{
    if (now(flow) >= flow->locked_until)
        return false;
    return flow->last.kind == TARGET_NONE || target_equal(flow->last, target);
}

void flow_press(struct flow *flow, int64_t finger, struct target target)
{
    begin_input(flow);
    flow_tick(flow);
    if (flow->held) {
        if (finger != flow->finger)
            flow->ignored++;
        return;
    }
    flow->held = true;
    flow->finger = finger;
    flow->held_since = flow->touched = now(flow);
    flow->aim = no_target;
    if (flow->view.screen != VIEW_QUESTION)
        return;
    if (locked(flow, target)) {
        flow->ignored++;
        return;
    }
    flow->aim = target;
    flow->view.pressed = target;
}

void flow_move(struct flow *flow, int64_t finger, struct target target)
{
    begin_input(flow);
    if (!flow->held || finger != flow->finger || flow->aim.kind == TARGET_NONE)
        return;
    flow->view.pressed = target_equal(target, flow->aim) ? flow->aim : no_target;
}

void flow_release(struct flow *flow, int64_t finger, struct target target)
{
    struct target aim = flow->aim;

    begin_input(flow);
    if (!flow->held || finger != flow->finger)
        return;
    flow->held = false;
    flow->aim = no_target;
    if (aim.kind == TARGET_NONE)
        return;
    flow->view.pressed = no_target;
    flow->touched = now(flow);
    if (target_equal(target, aim))
        tap(flow, aim);
}

/* --- time --- */

static int64_t screen_deadline(const struct flow *flow)
{
    bool home = !flow->interview.answers && !flow->interview.question &&
                flow->view.language == flow->options.language && !flow->view.chosen;

    switch (flow->view.screen) {
    case VIEW_QUESTION:
        return home ? FLOW_NEVER : flow->touched + flow->options.answer_timeout_ms;
    case VIEW_PENDING:
        return flow->since + FLOW_PENDING_MS;
    case VIEW_THANKS:
        return flow->since + flow->options.thanks_ms;
    case VIEW_SORRY:
        return flow->down || flow->stuck ? FLOW_NEVER : flow->since + FLOW_SORRY_MS;
    }
    return FLOW_NEVER;
}

static int64_t hold_deadline(const struct flow *flow)
{
    return flow->held ? flow->held_since + FLOW_HOLD_MS : FLOW_NEVER;
}

int64_t flow_deadline(const struct flow *flow)
{
    int64_t screen = screen_deadline(flow), hold = hold_deadline(flow);

    if (screen == FLOW_NEVER || hold == FLOW_NEVER)
        return screen == FLOW_NEVER ? hold : screen;
    return screen < hold ? screen : hold;
}

static bool passed(const struct flow *flow, int64_t deadline)
{
    return deadline != FLOW_NEVER && now(flow) >= deadline;
}

void flow_tick(struct flow *flow)
{
    begin_input(flow);
    if (passed(flow, hold_deadline(flow))) {
        flow->held = false;
        if (flow->aim.kind != TARGET_NONE)
            flow->view.pressed = no_target;
        flow->aim = no_target;
    }
    if (!passed(flow, screen_deadline(flow)))
        return;
    switch (flow->view.screen) {
    case VIEW_QUESTION:
        finish(flow, INTERVIEW_TIMEOUT);
        break;
    case VIEW_PENDING: /* the writer is caught in the kernel and cannot say so itself */
        flow->stuck = true;
        show(flow, VIEW_SORRY, flow->view.question, no_target);
        break;
    case VIEW_THANKS:
    case VIEW_SORRY:
        go_home(flow);
        break;
    }
}

/* --- the writer's word --- */

void flow_saved(struct flow *flow, uint64_t ticket)
{
    begin_input(flow);
    if (!visit_awaits(&flow->visit, ticket))
        return;
    visit_saved(&flow->visit, ticket);
    thank_if_durable(flow);
    if (flow->stuck && visit_durable(&flow->visit)) /* the customer left with 'sorry': no late thanks */
        go_home(flow);
}

void flow_refused(struct flow *flow, uint64_t ticket)
{
    begin_input(flow);
    if (visit_awaits(&flow->visit, ticket))
        go_sorry(flow);
}

void flow_down(struct flow *flow)
{
    begin_input(flow);
    flow->down = true;
    if (flow->view.screen != VIEW_THANKS) /* those thanks are true */
        go_home(flow);
}

void flow_restored(struct flow *flow)
{
    begin_input(flow);
    flow->down = false;
    if (flow->view.screen == VIEW_SORRY)
        go_home(flow);
}

/* --- life --- */

void flow_start(struct flow *flow, const struct flow_options *options)
{
    memset(flow, 0, sizeof *flow);
    flow->options = *options;
    visit_init(&flow->visit, options->clock, options->survey->version);
    go_home(flow);
}

void flow_leave(struct flow *flow)
{
    begin_input(flow);
    if (flow->view.screen == VIEW_QUESTION && flow->visit.records)
        finish(flow, INTERVIEW_LEAVE);
}

const struct visit_job *flow_take_job(struct flow *flow)
{
    if (!flow->job_ready)
        return NULL;
    flow->job_ready = false;
    return &flow->visit.job;
}

const struct view *flow_view(const struct flow *flow)
{
    return &flow->view;
}

const char *flow_visit(const struct flow *flow, int *records)
{
    *records = flow->visit.records;
    return flow->visit.id;
}

unsigned flow_ignored(const struct flow *flow)
{
    return flow->ignored;
}

bool flow_take_error(struct flow *flow, struct error *error)
{
    if (!flow->error.code)
        return false;
    *error = flow->error;
    flow->error = (struct error){0};
    return true;
}
