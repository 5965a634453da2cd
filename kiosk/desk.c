/*
 * The technician's desk.
 * A disk that hangs keeps an errand waiting, never the screen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/desk.h"

#include "core/log.h"
#include "core/outbox_copy.h"
#include "core/version.h"
#include "kiosk/errand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRESH_MS 2000 /* between two looks at the facts */
#define STEP 10       /* percent */
#define COPY_TEXT 160

enum news_kind { NEWS_FACTS, NEWS_COPY };

/* What an errand brings back, and what it needs. */
struct news {
    enum news_kind kind;
    struct facts facts;
    char from[CONFIG_TEXT_MAX], to[2 * CONFIG_TEXT_MAX], said[COPY_TEXT];
};

struct desk {
    struct desk_options options;
    struct errand *gathering, *copying;
    struct facts facts;
    bool known; /* facts are filled */
    bool open;
    int64_t fresh_at; /* up ms */
    char copied[COPY_TEXT];
    int volume;
    struct service_menu menu; /* made last: what rows mean */
};

struct desk *desk_new(const struct desk_options *options)
{
    struct desk *desk = calloc(1, sizeof *desk);

    if (!desk)
        return NULL;
    desk->options = *options;
    desk->volume = (int)options->settings->volume;
    return desk;
}

void desk_free(struct desk *desk)
{
    if (!desk)
        return;
    errand_cancel(desk->gathering);
    errand_cancel(desk->copying);
    free(desk);
}

/* --- errands --- */

static void work(void *request)
{
    struct news *news = request;
    struct error error = {0};

    if (news->kind == NEWS_FACTS)
        facts_gather(&news->facts);
    else if (outbox_copy(news->from, news->to, &error) == 0)
        snprintf(news->said, sizeof news->said, "done: %s", strrchr(news->to, '/') + 1);
    else
        snprintf(news->said, sizeof news->said, "%.150s", error.text);
}

static void done(void *user, void *request)
{
    struct desk *desk = user;

    if (!desk->options.post(desk->options.user, request))
        free(request);
}

static void send_out(struct desk *desk, struct errand **errand, struct news *news)
{
    const struct errand_options options = {.request = news, .work = work, .done = done, .user = desk};
    struct error error = {0};

    if (errand_start(errand, &options, &error) < 0) {
        log_error("%s", error.text);
        free(news);
    }
}

static struct news *new_news(enum news_kind kind)
{
    struct news *news = calloc(1, sizeof *news);

    if (news)
        news->kind = kind;
    return news;
}

static void gather(struct desk *desk)
{
    const struct settings *settings = desk->options.settings;
    struct news *news = desk->gathering ? NULL : new_news(NEWS_FACTS);

    desk->fresh_at = clock_up(desk->options.clock) + FRESH_MS;
    if (!news)
        return;
    snprintf(news->facts.outbox, sizeof news->facts.outbox, "%s", settings->device.outbox);
    snprintf(news->facts.brightness, sizeof news->facts.brightness, "%s", settings->brightness_path);
    send_out(desk, &desk->gathering, news);
}

static void copy(struct desk *desk)
{
    const struct settings *settings = desk->options.settings;
    struct news *news = desk->copying ? NULL : new_news(NEWS_COPY);
    time_t moment = (time_t)(clock_wall(desk->options.clock) / 1000);
    char when[32] = "";
    struct tm utc;

    if (!news)
        return;
    if (gmtime_r(&moment, &utc))
        strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(news->from, sizeof news->from, "%s", settings->device.outbox);
    snprintf(news->to, sizeof news->to, "%s/tapline-%.64s-%s.db", settings->export_dir, settings->device.id,
             when);
    snprintf(desk->copied, sizeof desk->copied, "...");
    send_out(desk, &desk->copying, news);
}

void desk_take(struct desk *desk, void *posted)
{
    struct news *news = posted;

    if (news->kind == NEWS_FACTS) {
        errand_cancel(desk->gathering);
        desk->gathering = NULL;
        desk->facts = news->facts;
        desk->known = true;
    } else {
        errand_cancel(desk->copying);
        desk->copying = NULL;
        snprintf(desk->copied, sizeof desk->copied, "%s", news->said);
        log_info("copy of the outbox: %s", news->said);
    }
    free(news);
}

/* --- the menu --- */

void desk_open(struct desk *desk)
{
    desk->open = true;
    desk->known = false;
    desk->copied[0] = '\0';
    gather(desk);
}

void desk_close(struct desk *desk)
{
    desk->open = false;
}

int64_t desk_deadline(const struct desk *desk)
{
    return desk->open ? desk->fresh_at : DESK_NEVER;
}

void desk_tick(struct desk *desk)
{
    if (desk->open && clock_up(desk->options.clock) >= desk->fresh_at)
        gather(desk);
}

void desk_menu(struct desk *desk, const struct desk_words *words, struct service_menu *menu)
{
    const struct settings *settings = desk->options.settings;
    const struct service_source source = {
        .version = TAPLINE_VERSION,
        .device = settings->device.id,
        .branch = settings->device.branch,
        .survey = desk->options.survey->version,
        .theme = settings->theme,
        .now = clock_wall(desk->options.clock),
        .facts = desk->known ? &desk->facts : NULL,
        .problem = words->problem,
        .exported = desk->copied[0] ? desk->copied : NULL,
        .can_export = settings->export_dir[0] != '\0',
        .volume = settings->keypad == SETTINGS_KEYPAD_NONE ? -1 : desk->volume,
        .ignored = words->ignored,
        .mashings = words->mashings,
    };

    service_menu(&desk->menu, &source);
    *menu = desk->menu;
}

static void set_brightness(struct desk *desk, int step)
{
    struct error error = {0};

    if (facts_set_brightness(desk->options.settings->brightness_path, desk->facts.brightness_percent + step,
                             &error) < 0)
        log_error("%s", error.text);
    desk->facts.brightness_percent = facts_brightness(desk->options.settings->brightness_path);
}

static void set_volume(struct desk *desk, int step)
{
    desk->volume += step;
    if (desk->volume < 0)
        desk->volume = 0;
    if (desk->volume > 100)
        desk->volume = 100;
}

enum service_action desk_item(struct desk *desk, int row)
{
    enum service_action action =
        row >= 0 && (size_t)row < desk->menu.count ? desk->menu.actions[row] : SERVICE_NOTHING;

    switch (action) {
    case SERVICE_EXPORT:
        copy(desk);
        break;
    case SERVICE_BRIGHTER:
        set_brightness(desk, STEP);
        break;
    case SERVICE_DARKER:
        set_brightness(desk, -STEP);
        break;
    case SERVICE_LOUDER:
        set_volume(desk, STEP);
        break;
    case SERVICE_QUIETER:
        set_volume(desk, -STEP);
        break;
    case SERVICE_NOTHING:
    case SERVICE_TOUCH_TEST:
    case SERVICE_RESTART:
        return action;
    }
    return SERVICE_NOTHING;
}

int desk_volume(const struct desk *desk)
{
    return desk->volume;
}
