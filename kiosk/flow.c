/*
 * The flow of the touch screen: the way of a visit.
 * At most one visit is in hand; VIEW_THANKS is entered in one place only, behind visit_durable().
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/flow.h"

#include "kiosk/flow_private.h"

#include <string.h>

int64_t flow_now(const struct flow *flow)
{
    return clock_up(flow->options.clock);
}

int64_t flow_earlier(int64_t a, int64_t b)
{
    if (a == FLOW_NEVER || b == FLOW_NEVER)
        return a == FLOW_NEVER ? b : a;
    return a < b ? a : b;
}

bool flow_passed(const struct flow *flow, int64_t deadline)
{
    return deadline != FLOW_NEVER && flow_now(flow) >= deadline;
}

void flow_begin_input(struct flow *flow)
{
    visit_begin_job(&flow->visit);
    flow->job_ready = false;
}

/* --- screens --- */

static bool asks(enum view_screen screen)
{
    return screen == VIEW_QUESTION || screen == VIEW_PENDING || screen == VIEW_STILL_THERE;
}

void flow_show(struct flow *flow, enum view_screen screen, int question, struct target pressed)
{
    struct view *view = &flow->view;
    bool stays = screen != VIEW_QUESTION && asks(view->screen) && asks(screen);

    if (view->screen == VIEW_STILL_THERE && screen == VIEW_QUESTION && question == view->question)
        stays = true;
    if (!stays) {
        view->chosen = 0;
        view->agreed = view->ready = false;
        seal_wipe(view->number, sizeof view->number);
    }
    if (question != view->question || !asks(screen))
        view->focus = flow_no_target;
    view->screen = screen;
    view->question = question;
    view->pressed = pressed;
    view->back = screen == VIEW_QUESTION && interview_can_go_back(&flow->interview) &&
                 flow->visit.records <= FLOW_RECORDS_BACK;
    flow->aim = flow_no_target; /* a finger that is still down belongs to the screen before */
    flow->last = flow_no_target;
    flow->since = flow->touched = flow_now(flow);
}

void flow_go_home(struct flow *flow)
{
    interview_start(&flow->interview, flow->options.survey, RECORD_ABANDONED);
    flow->interview.callback = flow->options.case_key != NULL;
    visit_clear(&flow->visit);
    flow->visit.context = flow->options.context;
    flow->ticket.ticket[0] = '\0';
    flow->view.ticket = false;
    flow->view.focus = flow_no_target;
    flow->stuck = flow->mashed = flow->tactile = false;
    if (!flow->down) { /* whoever reads 'sorry' goes on reading it in the same language */
        flow->view.language = flow->options.language;
        flow->view.large = flow->options.large;
        flow->view.contrast = flow->options.contrast;
        flow->view.reach = flow->options.reach;
    }
    flow_show(flow,
              flow_idle_closed(flow) ? VIEW_CLOSED
              : flow->down           ? VIEW_SORRY
                                     : VIEW_QUESTION,
              flow->interview.question, flow_no_target);
    flow_idle_touched(flow);
}

bool flow_is_home(const struct flow *flow)
{
    const struct view *view = &flow->view;
    const struct flow_options *options = &flow->options;

    return view->screen == VIEW_QUESTION && !flow->interview.answers && !flow->interview.question &&
           view->language == options->language && !view->chosen && view->large == options->large &&
           view->contrast == options->contrast && view->reach == options->reach &&
           view->focus.kind == TARGET_NONE && !flow->tactile && !view->ticket && !flow->woken;
}

static void go_sorry(struct flow *flow)
{
    int language = flow->view.language;

    flow_go_home(flow);
    flow->view.language = language;
    flow_show(flow, VIEW_SORRY, flow->interview.question, flow_no_target);
}

static void thank_if_durable(struct flow *flow)
{
    if (flow->view.screen == VIEW_PENDING && visit_durable(&flow->visit))
        flow_show(flow, VIEW_THANKS, flow->view.question, flow_no_target);
}

/* --- steps --- */

static void obey(struct flow *flow, const struct interview_step *step, struct target cause)
{
    switch (step->command) {
    case INTERVIEW_REFUSE:
        break;
    case INTERVIEW_ASK:
        flow_show(flow, VIEW_QUESTION, step->question, flow_no_target);
        break;
    case INTERVIEW_THANK:
        flow_show(flow, VIEW_PENDING, flow->view.question, cause);
        thank_if_durable(flow);
        break;
    case INTERVIEW_FORGET:
        flow_go_home(flow);
        break;
    }
}

/* The first record of a visit takes the ticket along. */
static void begin_visit(struct flow *flow)
{
    if (flow->visit.records || !flow->ticket.ticket[0])
        return;
    flow->visit.context = flow->ticket;
    flow->ticket.ticket[0] = '\0';
}

/* Records what the step says and obeys it; a record that cannot be made is an answer that cannot be saved. */
static void take_step(struct flow *flow, const struct interview_step *step, struct target cause)
{
    const char *language = flow->options.survey->languages[flow->view.language];
    struct visit *visit = &flow->visit;
    int result = 0;

    if (step->command == INTERVIEW_REFUSE)
        return;
    begin_visit(flow);
    if (step->answered)
        result = visit_answer(visit, language, &step->answer, &flow->error);
    if (result == 0 && step->ended)
        result = visit_end(visit, language, step->end, step->answers, flow->mashed ? RECORD_MASHING : 0,
                           &flow->error);
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

void flow_answer(struct flow *flow, const struct interview_event *event, struct target cause)
{
    struct interview_step step = interview_next(&flow->interview, event);

    take_step(flow, &step, cause);
}

/* Options that were chosen but not submitted have been said and count; a number is given by its button only. */
void flow_finish(struct flow *flow, enum interview_event_type type)
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
        flow_go_home(flow);
    else
        take_step(flow, &step, flow_no_target);
}

/* --- time --- */

static bool second_chance(const struct flow *flow)
{
    return flow->options.second_chance_ms > 0 && flow->interview.answers &&
           survey_has(&flow->options.survey->still_there);
}

/* The next step of the countdown, or its end. */
static int64_t countdown(const struct flow *flow)
{
    int64_t end = flow->since + flow->options.second_chance_ms;
    int64_t step = flow->since + ((flow_now(flow) - flow->since) / FLOW_COUNT_MS + 1) * FLOW_COUNT_MS;

    return step < end ? step : end;
}

static int64_t screen_deadline(const struct flow *flow)
{
    switch (flow->view.screen) {
    case VIEW_QUESTION:
        return flow_is_home(flow) ? flow_idle_deadline(flow)
                                  : flow->touched + flow->options.answer_timeout_ms;
    case VIEW_NOTICE:
    case VIEW_CLOSED:
        return flow_idle_deadline(flow);
    case VIEW_STILL_THERE:
        return countdown(flow);
    case VIEW_PENDING:
        return flow->since + FLOW_PENDING_MS;
    case VIEW_THANKS:
        return flow->since + flow->options.thanks_ms;
    case VIEW_SORRY:
        return flow->down || flow->stuck ? FLOW_NEVER : flow->since + FLOW_SORRY_MS;
    case VIEW_PIN:
    case VIEW_SERVICE:
    case VIEW_TOUCH_TEST:
        return flow_service_deadline(flow);
    }
    return FLOW_NEVER;
}

static int64_t hold_deadline(const struct flow *flow)
{
    if (!flow->held)
        return FLOW_NEVER;
    return flow->held_since + (flow->aim.kind == TARGET_CORNER ? FLOW_CORNER_MS : FLOW_HOLD_MS);
}

int64_t flow_deadline(const struct flow *flow)
{
    return flow_earlier(screen_deadline(flow), hold_deadline(flow));
}

static void let_go(struct flow *flow)
{
    if (flow->aim.kind == TARGET_CORNER) {
        flow_open_pin(flow); /* the finger stays down, and belongs to no screen any more */
        return;
    }
    flow->held = false;
    if (flow->aim.kind != TARGET_NONE)
        flow->view.pressed = flow_no_target;
    flow->aim = flow_no_target;
}

static void count_down(struct flow *flow)
{
    int64_t total = flow->options.second_chance_ms, left = flow->since + total - flow_now(flow);

    if (left <= 0)
        flow_finish(flow, INTERVIEW_TIMEOUT);
    else
        flow->view.remaining = (int)(left * VIEW_REMAINING / total);
}

static void question_timed_out(struct flow *flow)
{
    if (flow_is_home(flow)) {
        flow_idle_tick(flow);
    } else if (second_chance(flow)) {
        flow_show(flow, VIEW_STILL_THERE, flow->view.question, flow_no_target);
        flow->view.remaining = VIEW_REMAINING;
    } else if (flow->interview.answers) {
        flow_finish(flow, INTERVIEW_TIMEOUT);
    } else {
        flow->woken = false;
        flow_finish(flow, INTERVIEW_TIMEOUT);
    }
}

void flow_tick(struct flow *flow)
{
    flow_begin_input(flow);
    if (flow_passed(flow, hold_deadline(flow)))
        let_go(flow);
    if (flow->view.screen == VIEW_STILL_THERE) { /* its deadline is always the step to come */
        if (flow_now(flow) - flow->since >= FLOW_COUNT_MS || flow->options.second_chance_ms < FLOW_COUNT_MS)
            count_down(flow);
        return;
    }
    if (!flow_passed(flow, screen_deadline(flow)))
        return;
    switch (flow->view.screen) {
    case VIEW_QUESTION:
        question_timed_out(flow);
        break;
    case VIEW_PENDING: /* the writer is caught in the kernel and cannot say so itself */
        flow->stuck = true;
        flow_show(flow, VIEW_SORRY, flow->view.question, flow_no_target);
        break;
    case VIEW_THANKS:
    case VIEW_SORRY:
        flow_go_home(flow);
        break;
    case VIEW_NOTICE:
    case VIEW_CLOSED:
        flow_idle_tick(flow);
        break;
    case VIEW_PIN:
    case VIEW_SERVICE:
    case VIEW_TOUCH_TEST:
        flow_service_tick(flow);
        break;
    case VIEW_STILL_THERE:
        break;
    }
}

/* --- the writer's word --- */

void flow_saved(struct flow *flow, uint64_t ticket)
{
    flow_begin_input(flow);
    if (!visit_awaits(&flow->visit, ticket))
        return;
    visit_saved(&flow->visit, ticket);
    thank_if_durable(flow);
    if (flow->stuck && visit_durable(&flow->visit)) /* the customer left with 'sorry': no late thanks */
        flow_go_home(flow);
}

void flow_refused(struct flow *flow, uint64_t ticket)
{
    flow_begin_input(flow);
    if (visit_awaits(&flow->visit, ticket))
        go_sorry(flow);
}

void flow_down(struct flow *flow)
{
    flow_begin_input(flow);
    flow->down = true;
    if (flow->view.screen != VIEW_THANKS && !flow_in_service(flow)) /* those thanks are true */
        flow_go_home(flow);
}

void flow_restored(struct flow *flow)
{
    flow_begin_input(flow);
    flow->down = false;
    if (flow->view.screen == VIEW_SORRY)
        flow_go_home(flow);
}

/* --- life --- */

void flow_start(struct flow *flow, const struct flow_options *options)
{
    memset(flow, 0, sizeof *flow);
    flow->options = *options;
    flow->notice = flow->item = -1;
    visit_init(&flow->visit, options->clock, options->survey->version);
    flow_go_home(flow);
}

void flow_leave(struct flow *flow)
{
    flow_begin_input(flow);
    if ((flow->view.screen == VIEW_QUESTION || flow->view.screen == VIEW_STILL_THERE) && flow->visit.records)
        flow_finish(flow, INTERVIEW_LEAVE);
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

const char *flow_visit_ticket(const struct flow *flow)
{
    return flow->visit.context.ticket;
}

bool flow_at_rest(const struct flow *flow)
{
    return flow_is_home(flow) || flow->view.screen == VIEW_NOTICE || flow->view.screen == VIEW_CLOSED;
}

unsigned flow_ignored(const struct flow *flow)
{
    return flow->ignored;
}

unsigned flow_mashings(const struct flow *flow)
{
    return flow->mashings;
}

bool flow_take_error(struct flow *flow, struct error *error)
{
    if (!flow->error.code)
        return false;
    *error = flow->error;
    flow->error = (struct error){0};
    return true;
}
