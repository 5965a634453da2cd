/*
 * The technician's desk: what stands behind the service menu. Gathers facts and copies the outbox on errands, sets
 * brightness and volume, and makes the rows. Main thread only.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_DESK_H
#define KIOSK_DESK_H

#include "core/clock.h"
#include "kiosk/service.h"
#include "kiosk/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define DESK_NEVER (-1)

/* All borrowed for the desk's life. */
struct desk_options {
    const struct settings *settings;
    const struct survey *survey;
    const struct clock *clock;
    void *user;
    bool (*post)(void *user,
                 void *news); /* from any thread: has desk_take() called with news; false: it cannot */
};

/* What is to be known from elsewhere each time. */
struct desk_words {
    const char *problem; /* or NULL */
    unsigned ignored, mashings;
};

struct desk;

struct desk *desk_new(const struct desk_options *options); /* NULL: out of memory */
void desk_free(struct desk *desk);                         /* NULL is fine */

/* The menu came up, or went. */
void desk_open(struct desk *desk);
void desk_close(struct desk *desk);

/* News that were posted, taken over. Also frees those that nobody waits for any more. */
void desk_take(struct desk *desk, void *news);

/* Asks for fresh facts when it is time; up ms of the next time, or DESK_NEVER. */
void desk_tick(struct desk *desk);
int64_t desk_deadline(const struct desk *desk);

void desk_menu(struct desk *desk, const struct desk_words *words, struct service_menu *menu);

/* A row was tapped; returns what the desk does not do itself: SERVICE_TOUCH_TEST, SERVICE_RESTART, or NOTHING. */
enum service_action desk_item(struct desk *desk, int row);

/* Of spoken prompts, percent. */
int desk_volume(const struct desk *desk);

#endif
