/*
 * The stage: window, looks and motion together. Shows views, says what lies under a finger, and traces what was
 * presented. Main thread only.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_STAGE_H
#define KIOSK_STAGE_H

#include "core/error.h"
#include "kiosk/notices.h"
#include "kiosk/settings.h"
#include "kiosk/trace.h"
#include "kiosk/view.h"
#include "kiosk/window_sdl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAGE_NEVER (-1)

/* All borrowed for the stage's life. */
struct stage_options {
    const struct settings *settings;
    const struct survey *survey;
    int w, h; /* of a window, px; 0: the whole screen */
    struct trace *trace;
};

struct stage;

/* Errors: -EIO (no display), -ENOENT (no font at all), -ENOMEM. */
int stage_open(struct stage **stage, const struct stage_options *options, struct error *error);
void stage_close(struct stage *stage); /* NULL is fine */

struct window_sdl *stage_window(struct stage *stage);

/*
 * Brings the view to the screen, or the next picture of a movement; does nothing when neither is due. True: the
 * view was not what was shown before and is now. What goes wrong is logged, once.
 */
bool stage_show(struct stage *stage, const struct view *view, int64_t now);

/* The view that is on the screen. */
const struct view *stage_shown(const struct stage *stage);

/* The window lost its contents or changed its size. */
void stage_invalidate(struct stage *stage);

/* Up ms at which stage_show() has something to do by itself, or STAGE_NEVER. */
int64_t stage_deadline(const struct stage *stage);

struct target stage_hit(const struct stage *stage, int x, int y);

/* The targets on the screen, in the order of drawing; at most max of them. */
size_t stage_targets(const struct stage *stage, struct target *targets, size_t max);

/* The screen runs from right to left. */
bool stage_mirrored(const struct stage *stage);

/* The notices that the view's numbers mean; borrowed until the next call. NULL: none. */
void stage_set_notices(struct stage *stage, const struct notices *notices);

/* Reads the themes again; problems are logged. */
void stage_reload_themes(struct stage *stage);

/* The first thing that is wrong with themes or fonts, or NULL. */
const char *stage_problem(const struct stage *stage);

#endif
