/*
 * The running kiosk: wires flow, layout, window and writer together.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_APP_H
#define KIOSK_APP_H

#include "core/error.h"
#include "core/survey.h"
#include "kiosk/settings.h"
#include "kiosk/trace.h"

/* All borrowed for the run. */
struct app_options {
    const struct settings *settings;
    const struct survey *survey;
    int language;
    int w, h;            /* of a window, px; 0: the whole screen */
    struct trace *trace; /* or NULL */
};

#define APP_RESTART 1

/*
 * Runs until a signal ends it (0), a technician restarts it (APP_RESTART), or it cannot start (negative errno).
 * signals_block() was called before.
 */
int app_run(const struct app_options *options, struct error *error);

#endif
