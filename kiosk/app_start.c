/*
 * The parts of the running kiosk: made, started, closed; and what other threads and the flow call back.
 * What can be done without is logged and left out; only display, fonts and outbox end the start.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/app.h"

#include "core/keyfile.h"
#include "core/log.h"
#include "kiosk/app_private.h"
#include "kiosk/pin_sodium.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- other threads --- */

static void on_writer(void *user, const struct writer_event *event)
{
    struct app *app = user;
    struct writer_event *copy = malloc(sizeof *copy);

    if (!copy)
        return; /* no thanks then: the flow gives up waiting by itself */
    *copy = *event;
    if (!window_sdl_post(stage_window(app->stage), POSTED_WRITER, copy))
        free(copy);
}

static void on_signal(void *user)
{
    struct app *app = user;

    window_sdl_post(stage_window(app->stage), POSTED_STOP, NULL);
}

static void on_file(void *user, size_t index)
{
    struct app *app = user;

    window_sdl_post(stage_window(app->stage), POSTED_FILE + (int)index, NULL);
}

static bool on_news(void *user, void *news)
{
    struct app *app = user;

    return window_sdl_post(stage_window(app->stage), POSTED_NEWS, news);
}

/* --- notices --- */

void app_today(const struct app *app, char day[TICKET_DAY])
{
    time_t moment = (time_t)(clock_wall(&app->clock) / 1000);
    struct tm local;

    if (!localtime_r(&moment, &local) || !strftime(day, TICKET_DAY, "%Y-%m-%d", &local))
        snprintf(day, TICKET_DAY, "0000-00-00");
}

static int next_notice(void *user, int after)
{
    const struct app *app = user;
    char day[TICKET_DAY];

    app_today(app, day);
    return app->notices ? notices_next(app->notices, after, day) : -1;
}

void app_read_notices(struct app *app)
{
    const char *path = app->options->settings->notices;
    struct notices *read = NULL;

    app->notices_due = false;
    app->notices_error = (struct error){0};
    if (!path[0])
        return;
    if (notices_load(&read, path, app->options->survey, &app->notices_error) < 0) {
        log_warning("%s; %s", app->notices_error.text,
                    app->notices ? "the notices before it stay" : "there are no notices");
        return;
    }
    flow_notices_changed(&app->flow);
    stage_set_notices(app->stage, read);
    notices_free(app->notices);
    app->notices = read;
}

/* --- PIN --- */

static bool pin_matches(void *user, const char *digits)
{
    const struct app *app = user;
    bool right = pin_sodium_matches(app->options->settings->pin_hash, digits);

    if (right)
        log_info("service menu opened");
    else
        log_warning("a wrong PIN");
    return right;
}

/* --- life --- */

int app_start_threads(struct app *app, struct error *error)
{
    const struct settings *settings = app->options->settings;
    const struct writer_options writer = {
        .path = settings->device.outbox,
        .clock = &app->clock,
        .notify = on_writer,
        .user = app,
    };
    char theme[2 * CONFIG_TEXT_MAX + 16], contrast[2 * CONFIG_TEXT_MAX + 16];
    const char *files[FILES] = {settings->notices, theme, contrast};
    size_t length = strlen(settings->theme);
    struct error unwatched = {0};
    int result = writer_start(&app->writer, &writer, error);

    if (result == 0)
        result = signals_start(&app->signals, on_signal, app, error);
    if (result < 0)
        return result;
    if (length > 4 && strcmp(settings->theme + length - 4, ".ini") == 0)
        snprintf(theme, sizeof theme, "%s", settings->theme);
    else
        snprintf(theme, sizeof theme, "%s/%s.ini", settings->themes, settings->theme);
    snprintf(contrast, sizeof contrast, "%s/contrast.ini", settings->themes);
    if (watch_start(&app->watch, files, FILES, on_file, app, &unwatched) < 0)
        log_warning("%s; changes are seen after a restart", unwatched.text);
    return 0;
}

void app_close(struct app *app)
{
    signals_stop(app->signals);
    watch_stop(app->watch);
    writer_stop(app->writer);
    desk_free(app->desk);
    sound_sdl_free(app->sound);
    stage_close(app->stage);
    notices_free(app->notices);
    ticket_close(app->tickets);
    notify_close(&app->notify);
}

void app_start_flow(struct app *app)
{
    const struct settings *settings = app->options->settings;
    struct flow_options flow = {
        .survey = app->options->survey,
        .clock = &app->clock,
        .language = app->options->language,
        .answer_timeout_ms = settings->answer_timeout_s * 1000,
        .second_chance_ms = settings->second_chance_s * 1000,
        .thanks_ms = settings->thanks_ms,
        .lock_ms = settings->lock_ms,
        .attract_ms = settings->notices[0] ? settings->attract_s * 1000 : 0,
        .notice_ms = settings->notice_s * 1000,
        .large = settings->large_text,
        .contrast = settings->high_contrast,
        .reach = settings->reach,
        .hours = &app->hours,
        .user = app,
        .next_notice = next_notice,
        .pin_matches = settings->pin_hash[0] ? pin_matches : NULL,
    };

    if (settings->case_key[0] &&
        keyfile_read(settings->case_key, app->case_key, sizeof app->case_key, false, &app->key_error) == 0)
        flow.case_key = app->case_key;
    else if (settings->case_key[0])
        log_error("%s; nobody is asked for a call-back number", app->key_error.text);
    flow.context = app->context;
    flow_start(&app->flow, &flow);
}

int app_prepare(struct app *app, struct error *error)
{
    const struct settings *settings = app->options->settings;
    const struct desk_options desk = {
        .settings = settings,
        .survey = app->options->survey,
        .clock = &app->clock,
        .user = app,
        .post = on_news,
    };
    const struct ticket_groups groups = {(int)settings->ticket_group, (int)settings->ticket_counter_group,
                                         (int)settings->ticket_service_group};
    int result;

    snprintf(app->context.counter, sizeof app->context.counter, "%.63s", settings->counter);
    snprintf(app->context.service, sizeof app->context.service, "%.63s", settings->service);
    clock_system(&app->clock);
    notify_open(&app->notify);
    app->keys = (struct keys){.numpad = settings->keypad == SETTINGS_KEYPAD_NUMPAD,
                              .all = settings->keypad == SETTINGS_KEYPAD_KEYS,
                              .scanner = settings->ticket[0] != '\0'};
    result = hours_parse(&app->hours, settings->hours, error);
    if (result == 0 && settings->ticket[0])
        result = ticket_open(&app->tickets, settings->ticket, &groups, error);
    if (result < 0)
        return result;
    app->sound = sound_sdl_new(settings->prompts);
    app->desk = desk_new(&desk);
    return app->sound && app->desk ? 0 : error_set(error, -ENOMEM, "out of memory");
}
