/*
 * What `tapline-sync status` tells: how far the outbox has reached headquarters, from what lies on this
 * device alone; no network, and the daemon may be running or not.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_STATUS_H
#define SYNC_STATUS_H

#include "core/clock.h"
#include "core/error.h"
#include "core/outbox.h"
#include "sync/settings.h"
#include "sync/state_file.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct status {
    const char *device, *branch, *outbox; /* of the settings that were given */
    int64_t outbox_bytes;                 /* on disk, with its log */
    struct outbox_state state;
    int64_t unsent;
    int64_t oldest_unsent_ms; /* age of the oldest record that headquarters has not receipted; -1: none */
    bool running;             /* a daemon uploads this outbox */
    bool known;               /* state_file below is filled */
    struct state_file state_file;
};

/* -ENOENT when there is no outbox (status never makes one); other errors as outbox_open(). */
int status_collect(struct status *status, const struct settings *settings, const struct clock *clock,
                   struct error *error);

/* now: UTC ms. */
void status_print_text(FILE *out, const struct status *status, int64_t now);

/* One JSON object on one line. */
int status_print_json(FILE *out, const struct status *status, struct error *error);

#endif
