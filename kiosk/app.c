/*
 * The running kiosk: one loop, asleep until a finger, a key, the writer, a file, a signal or a deadline wakes it.
 * Everything but the notify functions runs on the main thread.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/app.h"

#include "core/log.h"
#include "kiosk/app_private.h"
#include "kiosk/speech.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define TARGETS 64         /* that keys walk over */
#define FAREWELL_EVENTS 64 /* taken from the queue at the end, at most */
#define FAREWELL_QUIET 2   /* SDL marks the end of a round in its queue: only the second nothing is nothing */

/* --- notices and themes --- */

static void exchange_documents(struct app *app)
{
    if (!flow_at_rest(&app->flow))
        return;
    if (app->notices_due)
        app_read_notices(app);
    if (app->themes_due)
        stage_reload_themes(app->stage);
    app->themes_due = false;
}

static const char *problem(const struct app *app)
{
    if (app->key_error.code)
        return app->key_error.text;
    return app->notices_error.code ? app->notices_error.text : stage_problem(app->stage);
}

/* --- jobs --- */

/* input: when the finger left the screen, ns; 0: a job that no tap made */
static void submit(struct app *app, int64_t input)
{
    const struct visit_job *job = flow_take_job(&app->flow);
    struct outbox_line lines[VISIT_JOB_LINES];
    struct error error = {0};
    struct app_job *note;
    char day[TICKET_DAY];

    if (flow_take_error(&app->flow, &error))
        log_error("an answer could not be recorded: %s", error.text);
    if (!job)
        return;
    note = &app->jobs[job->ticket % APP_JOBS];
    *note = (struct app_job){.ticket = job->ticket, .n = job->n, .count = job->count};
    memcpy(note->visit, job->visit, sizeof note->visit);
    if (input)
        trace_tap(app->options->trace, job, input);
    if (app->tickets) {
        app_today(app, day);
        ticket_rated(app->tickets, flow_visit_ticket(&app->flow), day);
    }
    for (size_t i = 0; i < job->count; i++)
        lines[i] = (struct outbox_line){job->lines[i], job->lengths[i]};
    if (writer_submit(app->writer, job->ticket, lines, job->count, &error) < 0) {
        log_error("an answer could not be saved: %s", error.text);
        trace_refused(app->options->trace, note->visit, note->n, note->count);
        flow_refused(&app->flow, note->ticket);
    }
}

static void take_writer_event(struct app *app, const struct writer_event *event)
{
    const struct app_job *note = &app->jobs[event->ticket % APP_JOBS];
    bool known = note->ticket == event->ticket && event->ticket;

    switch (event->type) {
    case WRITER_SAVED:
        if (known)
            trace_saved(app->options->trace, note->visit, note->n, note->count, event->first,
                        event->committed);
        flow_saved(&app->flow, event->ticket);
        break;
    case WRITER_REFUSED:
        log_error("an answer could not be saved: %s", event->error.text);
        if (known)
            trace_refused(app->options->trace, note->visit, note->n, note->count);
        flow_refused(&app->flow, event->ticket);
        break;
    case WRITER_DOWN:
        log_error("out of service: %s", event->error.text);
        flow_down(&app->flow);
        break;
    case WRITER_RESTORED:
        log_info("in service again");
        flow_restored(&app->flow);
        break;
    }
}

/* --- keys --- */

static void take_ticket(struct app *app)
{
    struct visit_context context = app->context;
    char day[TICKET_DAY];
    bool taken;

    if (!ticket_read(app->tickets, app->keys.typed, &context))
        return; /* somebody typed something else */
    app_today(app, day);
    taken = !ticket_was_rated(app->tickets, context.ticket, day) && flow_ticket(&app->flow, &context);
    trace_ticket(app->options->trace, taken);
}

static void take_key(struct app *app, const struct window_sdl_event *event)
{
    struct target targets[TARGETS];
    size_t count = stage_targets(app->stage, targets, TARGETS);
    enum flow_key walk = FLOW_KEY_NEXT;
    int digit = 0;

    switch (keys_take(&app->keys, event->key, event->value, stage_mirrored(app->stage), clock_up(&app->clock),
                      &walk, &digit)) {
    case KEYS_NOTHING:
        break;
    case KEYS_WALK:
        flow_key(&app->flow, walk, digit, targets, count);
        break;
    case KEYS_TYPED:
        take_ticket(app);
        break;
    }
}

/* What is to be heard now that after is shown instead of before. */
static void speak(struct app *app, const struct view *before, const struct view *after)
{
    const char *names[SPEECH_MAX];
    struct error error = {0};
    struct speech speech;

    if (flow_at_rest(&app->flow)) {
        if (app->spoke)
            sound_sdl_quiet(app->sound);
        app->spoke = false;
        return;
    }
    if (!app->spoke && after->focus.kind == TARGET_NONE)
        return;
    speech_between(app->options->survey, before, after, &speech);
    for (size_t i = 0; i < speech.count; i++)
        names[i] = speech.names[i];
    app->spoke = true;
    if (!speech.count)
        return;
    sound_sdl_volume(app->sound, desk_volume(app->desk));
    if (sound_sdl_say(app->sound, app->options->survey->languages[after->language], names, speech.count,
                      &error) < 0)
        log_warning("%s", error.text);
}

/* --- the service menu --- */

static void attend_desk(struct app *app)
{
    bool there = flow_view(&app->flow)->screen == VIEW_SERVICE;
    int item = flow_take_item(&app->flow);
    struct desk_words words = {problem(app), flow_ignored(&app->flow), flow_mashings(&app->flow)};
    struct service_menu menu;

    if (there != app->at_desk) {
        app->at_desk = there;
        if (there)
            desk_open(app->desk);
        else
            desk_close(app->desk);
    }
    if (!there)
        return;
    switch (item >= 0 ? desk_item(app->desk, item) : SERVICE_NOTHING) {
    case SERVICE_TOUCH_TEST:
        flow_test_touch(&app->flow);
        return;
    case SERVICE_RESTART:
        app->restart = true;
        return;
    default:
        break;
    }
    desk_tick(app->desk);
    desk_menu(app->desk, &words, &menu);
    flow_set_rows(&app->flow, menu.rows, menu.count);
}

/* --- the loop --- */

static void take_posted(struct app *app, const struct window_sdl_event *event)
{
    switch (event->code) {
    case POSTED_WRITER:
        take_writer_event(app, event->data);
        free(event->data);
        break;
    case POSTED_NEWS:
        desk_take(app->desk, event->data);
        break;
    case POSTED_FILE + FILE_NOTICES:
        app->notices_due = true;
        break;
    default:
        app->themes_due = true;
        break;
    }
}

/* False: the program is to end. */
static bool take_event(struct app *app, const struct window_sdl_event *event)
{
    struct target under = {TARGET_NONE, 0};

    if (event->type == WINDOW_SDL_PRESS || event->type == WINDOW_SDL_MOVE ||
        event->type == WINDOW_SDL_RELEASE)
        under = stage_hit(app->stage, event->x, event->y);
    switch (event->type) {
    case WINDOW_SDL_QUIET:
        break;
    case WINDOW_SDL_PRESS:
        app->pressed_ns = event->ns;
        flow_press(&app->flow, event->finger, under);
        flow_draw(&app->flow, event->finger, event->x, event->y, true);
        break;
    case WINDOW_SDL_MOVE:
        flow_move(&app->flow, event->finger, under);
        flow_draw(&app->flow, event->finger, event->x, event->y, false);
        break;
    case WINDOW_SDL_RELEASE:
        flow_release(&app->flow, event->finger, under);
        break;
    case WINDOW_SDL_KEY:
        take_key(app, event);
        break;
    case WINDOW_SDL_EXPOSED:
        stage_invalidate(app->stage);
        break;
    case WINDOW_SDL_CLOSE:
        return false;
    case WINDOW_SDL_POSTED:
        if (event->code == POSTED_STOP)
            return false;
        take_posted(app, event);
        break;
    }
    return true;
}

/* The thanks that are told here are true: the frame with them was presented. */
static void show(struct app *app)
{
    struct target targets[TARGETS];
    struct view before = *stage_shown(app->stage);
    const struct view *view = flow_view(&app->flow);
    int64_t now = clock_up(&app->clock);

    if (stage_show(app->stage, view, now)) {
        if (app->pressed_ns && view->pressed.kind != TARGET_NONE && before.pressed.kind == TARGET_NONE)
            trace_pressed(app->options->trace, app->pressed_ns, trace_now());
        app->pressed_ns = 0;
        if (view->screen == VIEW_THANKS && before.screen != VIEW_THANKS) {
            int records;
            const char *visit = flow_visit(&app->flow, &records);

            trace_thanked(app->options->trace, visit, records, trace_now());
        }
        flow_settle_focus(&app->flow, targets, stage_targets(app->stage, targets, TARGETS));
        (void)stage_show(app->stage, view, now);
        speak(app, &before, view);
        seal_wipe(before.number, sizeof before.number);
    }
}

static void count(struct app *app)
{
    if (flow_ignored(&app->flow) != app->ignored) {
        app->ignored = flow_ignored(&app->flow);
        trace_ignored(app->options->trace, app->ignored);
    }
    if (flow_mashings(&app->flow) != app->mashings) {
        app->mashings = flow_mashings(&app->flow);
        trace_mashing(app->options->trace, app->mashings);
    }
}

static int timeout(const struct app *app)
{
    const int64_t deadlines[] = {flow_deadline(&app->flow), stage_deadline(app->stage),
                                 desk_deadline(app->desk), notify_deadline(&app->notify)};
    int64_t now = clock_up(&app->clock), first = INT64_MAX;

    for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
        if (deadlines[i] >= 0 && deadlines[i] < first)
            first = deadlines[i];
    if (first == INT64_MAX)
        return -1;
    if (first <= now)
        return 0;
    return first - now < INT_MAX ? (int)(first - now) : INT_MAX;
}

static void loop(struct app *app)
{
    for (bool running = true; running && !app->restart;) {
        struct window_sdl_event event;

        notify_alive(&app->notify, clock_up(&app->clock));
        window_sdl_wait(stage_window(app->stage), timeout(app), &event);
        running = take_event(app, &event);
        submit(app, event.type == WINDOW_SDL_RELEASE || event.type == WINDOW_SDL_KEY ? event.ns : 0);
        flow_tick(&app->flow);
        submit(app, 0);
        exchange_documents(app);
        attend_desk(app);
        count(app);
        show(app);
    }
}

/* What is still to be said when the loop has ended; the writer finishes what it was given. */
static void farewell(struct app *app)
{
    struct window_sdl_event event;
    int quiet = 0;

    notify_say(&app->notify, "STOPPING=1");
    flow_leave(&app->flow);
    submit(app, 0);
    writer_stop(app->writer);
    app->writer = NULL;
    for (int i = 0; i < FAREWELL_EVENTS && quiet < FAREWELL_QUIET; i++) {
        quiet = window_sdl_wait(stage_window(app->stage), 0, &event) ? 0 : quiet + 1;
        if (event.type == WINDOW_SDL_POSTED && (event.code == POSTED_WRITER || event.code == POSTED_NEWS))
            take_posted(app, &event);
    }
}

/* --- life --- */

int app_run(const struct app_options *options, struct error *error)
{
    const struct stage_options stage = {.settings = options->settings,
                                        .survey = options->survey,
                                        .w = options->w,
                                        .h = options->h,
                                        .trace = options->trace};
    struct app *app = calloc(1, sizeof *app);
    int result;

    if (!app)
        return error_set(error, -ENOMEM, "out of memory");
    app->options = options;
    result = app_prepare(app, error);
    if (result == 0) {
        app_start_flow(app);
        result = stage_open(&app->stage, &stage, error);
    }
    if (result == 0) {
        show(app);
        app_read_notices(app);
        result = app_start_threads(app, error);
    }
    if (result == 0) {
        notify_say(&app->notify, "READY=1");
        loop(app);
        farewell(app);
        result = app->restart ? APP_RESTART : 0;
    }
    app_close(app);
    free(app);
    return result;
}
