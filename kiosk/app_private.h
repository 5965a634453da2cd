/*
 * What the files of the running kiosk share: its parts.
 * Nobody outside app*.c includes this.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_APP_PRIVATE_H
#define KIOSK_APP_PRIVATE_H

#include "kiosk/app.h"

#include "core/clock.h"
#include "core/writer.h"
#include "kiosk/desk.h"
#include "kiosk/flow.h"
#include "kiosk/notify.h"
#include "kiosk/signals.h"
#include "kiosk/sound_sdl.h"
#include "kiosk/stage.h"
#include "kiosk/ticket.h"
#include "kiosk/watch.h"

#define APP_JOBS 128 /* remembered for the trace; the writer holds fewer */

enum { POSTED_WRITER, POSTED_STOP, POSTED_NEWS, POSTED_FILE /* and the index of the file added */ };
enum { FILE_NOTICES, FILE_THEME, FILE_CONTRAST, FILES };

struct app_job {
    uint64_t ticket;
    char visit[ID_TEXT];
    int n;
    size_t count;
};

struct app {
    const struct app_options *options;
    struct clock clock;
    struct flow flow;
    struct hours hours;
    uint8_t case_key[SEAL_KEY_BYTES];
    struct keys keys;
    struct visit_context context;          /* of a visit without a ticket */
    struct notices *notices;               /* or NULL */
    struct error notices_error, key_error; /* shown in the service menu */
    bool notices_due, themes_due;          /* to be read again when nobody is in the middle of anything */
    bool restart, spoke, at_desk;
    unsigned ignored, mashings; /* traced */
    int64_t pressed_ns;         /* when the finger that is being shown came down; 0: shown */
    struct app_job jobs[APP_JOBS];

    struct stage *stage;
    struct signals *signals;
    struct writer *writer;
    struct watch *watch;
    struct ticket_reader *tickets;
    struct sound_sdl *sound;
    struct desk *desk;
    struct notify notify;
};

/* Everything that needs no display. */
int app_prepare(struct app *app, struct error *error);
void app_start_flow(struct app *app);

/* After the first frame, so that a slow disk does not keep the screen dark. */
int app_start_threads(struct app *app, struct error *error);
void app_close(struct app *app);

/* A broken document leaves the last good one on the screen. */
void app_read_notices(struct app *app);

/* "2026-03-01" of the local clock. */
void app_today(const struct app *app, char day[TICKET_DAY]);

#endif
