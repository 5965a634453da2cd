/*
 * The running kiosk: one loop, asleep until a finger, the writer, a signal or a deadline wakes it.
 * Everything but the notify functions runs on the main thread.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/app.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/writer.h"
#include "kiosk/draw_sdl.h"
#include "kiosk/flow.h"
#include "kiosk/fonts_fc.h"
#include "kiosk/layout.h"
#include "kiosk/signals.h"
#include "kiosk/text_sdl.h"
#include "kiosk/window_sdl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define JOBS 128           /* remembered for the trace; the writer holds fewer */
#define REPAINT_MS 1000    /* between two tries while the display cannot be drawn on */
#define FAREWELL_EVENTS 64 /* taken from the queue at the end, at most */
#define FAREWELL_QUIET 2   /* SDL marks the end of a round in its queue: only the second nothing is nothing */

enum { POSTED_WRITER, POSTED_STOP };

struct job_note {
    uint64_t ticket;
    char visit[ID_TEXT];
    int n;
    size_t count;
};

struct app {
    const struct app_options *options;
    struct clock clock;
    struct flow flow;
    struct view shown; /* last presented */
    struct text_measure measure;
    struct drawlist *list, *spare; /* presented; being made */
    bool painted, dark;            /* something was presented; the display cannot be drawn on */
    unsigned ignored;              /* presses, traced */
    struct job_note jobs[JOBS];

    struct window_sdl *window;
    struct text_sdl *text;
    struct draw_sdl *draw;
    struct signals *signals;
    struct writer *writer;
};

/* --- other threads --- */

static void on_writer(void *user, const struct writer_event *event)
{
    struct app *app = user;
    struct writer_event *copy = malloc(sizeof *copy);

    if (!copy)
        return; /* no thanks then: the flow gives up waiting by itself */
    *copy = *event;
    if (!window_sdl_post(app->window, POSTED_WRITER, copy))
        free(copy);
}

static void on_signal(void *user)
{
    struct app *app = user;

    window_sdl_post(app->window, POSTED_STOP, NULL);
}

/* --- the screen --- */

static void trace_frame(struct app *app, const struct view *view, int64_t presented)
{
    struct trace *trace = app->options->trace;
    const struct survey *survey = app->options->survey;
    bool first = !app->painted;

    if (first)
        trace_first_frame(trace, presented);
    if (first || !drawlist_same_targets(app->list, app->spare))
        trace_targets(trace, survey, view, app->spare);
    if (first || view->screen != app->shown.screen || view->question != app->shown.question ||
        view->language != app->shown.language)
        trace_screen(trace, survey, view, presented);
    if (view->screen == VIEW_THANKS && app->shown.screen != VIEW_THANKS) {
        int records;
        const char *visit = flow_visit(&app->flow, &records);

        trace_thanked(trace, visit, records, presented);
    }
}

static void paint(struct app *app)
{
    const struct view *view = flow_view(&app->flow);
    struct layout layout = {
        .survey = app->options->survey, .view = view, .theme = &theme_light, .measure = &app->measure};
    struct drawlist *list = app->spare;
    struct error error = {0};
    int result;

    window_sdl_size(app->window, &layout.w, &layout.h);
    layout_screen(&layout, list);
    result = draw_sdl_frame(app->draw, list, &error);
    if (result < 0 && (result != -EIO || !app->dark))
        log_error("%s", error.text);
    app->dark = result == -EIO;
    if (app->dark)
        return;
    trace_frame(app, view, trace_now());
    app->shown = *view;
    app->spare = app->list;
    app->list = list;
    app->painted = true;
}

/* --- jobs --- */

/* input: when the finger left the screen, ns; 0: a job that no tap made */
static void submit(struct app *app, int64_t input)
{
    const struct visit_job *job = flow_take_job(&app->flow);
    struct outbox_line lines[VISIT_JOB_LINES];
    struct error error = {0};
    struct job_note *note;

    if (flow_take_error(&app->flow, &error))
        log_error("an answer could not be recorded: %s", error.text);
    if (!job)
        return;
    note = &app->jobs[job->ticket % JOBS];
    *note = (struct job_note){.ticket = job->ticket, .n = job->n, .count = job->count};
    memcpy(note->visit, job->visit, sizeof note->visit);
    if (input)
        trace_tap(app->options->trace, job, input);
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
    const struct job_note *note = &app->jobs[event->ticket % JOBS];
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

/* --- the loop --- */

/* False: the program is to end. */
static bool take_event(struct app *app, const struct window_sdl_event *event)
{
    struct target under = {TARGET_NONE, 0};

    if (event->type == WINDOW_SDL_PRESS || event->type == WINDOW_SDL_MOVE ||
        event->type == WINDOW_SDL_RELEASE)
        under = drawlist_hit(app->list, event->x, event->y);
    switch (event->type) {
    case WINDOW_SDL_QUIET:
        break;
    case WINDOW_SDL_PRESS:
        flow_press(&app->flow, event->finger, under);
        break;
    case WINDOW_SDL_MOVE:
        flow_move(&app->flow, event->finger, under);
        break;
    case WINDOW_SDL_RELEASE:
        flow_release(&app->flow, event->finger, under);
        break;
    case WINDOW_SDL_EXPOSED:
        draw_sdl_invalidate(app->draw);
        paint(app);
        break;
    case WINDOW_SDL_CLOSE:
        return false;
    case WINDOW_SDL_POSTED:
        if (event->code == POSTED_STOP)
            return false;
        take_writer_event(app, event->data);
        free(event->data);
        break;
    }
    return true;
}

static int timeout(const struct app *app)
{
    int64_t deadline = flow_deadline(&app->flow), left;

    if (deadline == FLOW_NEVER)
        return app->dark ? REPAINT_MS : -1;
    left = deadline - clock_up(&app->clock);
    if (left < 0)
        left = 0;
    if (app->dark && left > REPAINT_MS)
        left = REPAINT_MS;
    return left < INT_MAX ? (int)left : INT_MAX;
}

static void loop(struct app *app)
{
    for (bool running = true; running;) {
        struct window_sdl_event event;

        window_sdl_wait(app->window, timeout(app), &event);
        running = take_event(app, &event);
        submit(app, event.type == WINDOW_SDL_RELEASE ? event.ns : 0);
        flow_tick(&app->flow);
        submit(app, 0);
        if (flow_ignored(&app->flow) != app->ignored) {
            app->ignored = flow_ignored(&app->flow);
            trace_ignored(app->options->trace, app->ignored);
        }
        if (app->dark || !view_equal(flow_view(&app->flow), &app->shown))
            paint(app);
    }
}

/* What is still to be said when the loop has ended; the writer finishes what it was given. */
static void farewell(struct app *app)
{
    struct window_sdl_event event;
    int quiet = 0;

    flow_leave(&app->flow);
    submit(app, 0);
    writer_stop(app->writer);
    app->writer = NULL;
    for (int i = 0; i < FAREWELL_EVENTS && quiet < FAREWELL_QUIET; i++) {
        quiet = window_sdl_wait(app->window, 0, &event) ? 0 : quiet + 1;
        if (event.type != WINDOW_SDL_POSTED || event.code != POSTED_WRITER)
            continue;
        take_writer_event(app, event.data);
        free(event.data);
    }
}

/* --- life --- */

static int open_screen(struct app *app, struct error *error)
{
    const struct app_options *options = app->options;
    const struct window_sdl_options window = {.title = "Tapline", .w = options->w, .h = options->h};
    struct fonts_fc_font fonts[SURVEY_LANGUAGES_MAX];
    int result;

    app->list = calloc(1, sizeof *app->list);
    app->spare = calloc(1, sizeof *app->spare);
    if (!app->list || !app->spare)
        return error_set(error, -ENOMEM, "out of memory");
    result = fonts_fc_find(options->survey->languages, options->survey->language_count, fonts, error);
    if (result == 0)
        result = window_sdl_open(&app->window, &window, error);
    if (result == 0)
        result = text_sdl_open(&app->text, fonts, options->survey->language_count, error);
    if (result == 0)
        result = draw_sdl_open(&app->draw, window_sdl_handle(app->window), app->text,
                               options->settings->icons, error);
    if (result == 0)
        app->measure = text_sdl_measure(app->text);
    return result;
}

/* After the first frame, so that a slow disk does not keep the screen dark. */
static int start_threads(struct app *app, struct error *error)
{
    const struct writer_options writer = {
        .path = app->options->settings->device.outbox,
        .clock = &app->clock,
        .notify = on_writer,
        .user = app,
    };
    int result = writer_start(&app->writer, &writer, error);

    return result == 0 ? signals_start(&app->signals, on_signal, app, error) : result;
}

static void close_all(struct app *app)
{
    signals_stop(app->signals);
    writer_stop(app->writer);
    draw_sdl_close(app->draw);
    text_sdl_close(app->text);
    window_sdl_close(app->window);
    free(app->list);
    free(app->spare);
}

int app_run(const struct app_options *options, struct error *error)
{
    struct app *app = calloc(1, sizeof *app);
    struct flow_options flow = {
        .survey = options->survey,
        .language = options->language,
        .answer_timeout_ms = options->settings->answer_timeout_s * 1000,
        .thanks_ms = options->settings->thanks_ms,
        .lock_ms = options->settings->lock_ms,
    };
    int result;

    if (!app)
        return error_set(error, -ENOMEM, "out of memory");
    app->options = options;
    clock_system(&app->clock);
    flow.clock = &app->clock;
    flow_start(&app->flow, &flow);
    result = open_screen(app, error);
    if (result == 0) {
        paint(app);
        result = start_threads(app, error);
    }
    if (result == 0) {
        loop(app);
        farewell(app);
    }
    close_all(app);
    free(app);
    return result;
}
