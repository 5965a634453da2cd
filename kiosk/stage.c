/*
 * The stage.
 * Four draw lists take turns: what the view is, what it was, what a movement began from, and its picture.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/stage.h"

#include "core/log.h"
#include "core/seal.h"
#include "kiosk/draw_sdl.h"
#include "kiosk/layout.h"
#include "kiosk/layout_parts.h"
#include "kiosk/looks.h"
#include "kiosk/motion.h"

#include <errno.h>
#include <stdlib.h>

#define WIPED 3         /* lists that are not the view's */
#define REPAINT_MS 1000 /* between two tries while the display cannot be drawn on */

struct stage {
    struct stage_options options;
    struct looks looks;
    struct motion motion;
    const struct notices *notices;
    struct window_sdl *window;
    struct draw_sdl *draw;
    struct view shown;              /* last laid out */
    struct drawlist *now, *old;     /* of the view, and of the one before */
    struct drawlist *from, *frame;  /* a movement's beginning and picture */
    const struct drawlist *present; /* on the screen; NULL: nothing yet */
    bool mirrored;                  /* last laid out from right to left */
    bool stale;                     /* lay out, whatever the view */
    bool secret;                    /* lists may hold digits of a call-back number */
    bool dark;                      /* the display cannot be drawn on */
    int64_t tried;                  /* up ms, while dark */
};

/* --- life --- */

static struct looks_options looks_options(const struct stage *stage)
{
    const struct settings *settings = stage->options.settings;

    return (struct looks_options){
        .survey = stage->options.survey, .themes = settings->themes, .theme = settings->theme};
}

static void log_problems(const struct stage *stage)
{
    for (size_t i = 0; i < stage->looks.problem_count; i++)
        log_warning("%s", stage->looks.problems[i].text);
}

int stage_open(struct stage **stage, const struct stage_options *options, struct error *error)
{
    const struct settings *settings = options->settings;
    const struct window_sdl_options window = {
        .title = "Tapline",
        .w = options->w,
        .h = options->h,
        .keys = settings->ticket[0] || settings->keypad != SETTINGS_KEYPAD_NONE,
    };
    struct stage *made = calloc(1, sizeof *made);
    struct drawlist *lists = calloc(4, sizeof *lists);
    struct looks_options looks;
    int result;

    if (!made || !lists) {
        free(made);
        free(lists);
        return error_set(error, -ENOMEM, "out of memory");
    }
    made->options = *options;
    made->now = lists;
    made->old = lists + 1;
    made->from = lists + 2;
    made->frame = lists + 3;
    motion_init(&made->motion, !settings->motion);
    looks = looks_options(made);
    result = looks_open(&made->looks, &looks, error);
    if (result == 0)
        result = window_sdl_open(&made->window, &window, error);
    if (result == 0)
        result = draw_sdl_open(&made->draw, window_sdl_handle(made->window), made->looks.text,
                               settings->icons, error);
    if (result < 0) {
        stage_close(made);
        return result;
    }
    log_problems(made);
    *stage = made;
    return 0;
}

void stage_close(struct stage *stage)
{
    struct drawlist *first;

    if (!stage)
        return;
    draw_sdl_close(stage->draw);
    looks_close(&stage->looks);
    window_sdl_close(stage->window);
    first = stage->now < stage->old ? stage->now : stage->old;
    first = first < stage->from ? first : stage->from;
    free(first < stage->frame ? first : stage->frame);
    free(stage);
}

struct window_sdl *stage_window(struct stage *stage)
{
    return stage->window;
}

const struct view *stage_shown(const struct stage *stage)
{
    return &stage->shown;
}

void stage_set_notices(struct stage *stage, const struct notices *notices)
{
    stage->notices = notices;
}

void stage_reload_themes(struct stage *stage)
{
    struct looks_options looks = looks_options(stage);

    looks_reload(&stage->looks, &looks);
    log_problems(stage);
    stage->stale = true;
}

const char *stage_problem(const struct stage *stage)
{
    return stage->looks.problem_count ? stage->looks.problems[0].text : NULL;
}

/* --- pictures --- */

static void swap(struct drawlist **a, struct drawlist **b)
{
    struct drawlist *kept = *a;

    *a = *b;
    *b = kept;
}

static void lay_out(struct stage *stage, const struct view *view, int64_t now)
{
    struct layout layout = looks_layout(&stage->looks);

    layout.survey = stage->options.survey;
    layout.notices = stage->notices;
    layout.view = view;
    layout.dpi = (int)stage->options.settings->dpi;
    if (!layout.dpi)
        layout.dpi = window_sdl_dpi(stage->window);
    layout.unfinished = motion_unfinished(&stage->motion, now);
    window_sdl_size(stage->window, &layout.w, &layout.h);
    layout_screen(&layout, stage->now);
    stage->mirrored = layout_parts_turned(&layout);
}

/* Makes the list of a view that is not the one shown; returns the list whose targets were there before. */
static const struct drawlist *change(struct stage *stage, const struct view *view, int64_t now)
{
    const struct drawlist *before = stage->present;
    bool moves = before && !stage->stale && motion_change(&stage->motion, &stage->shown, view, now);

    if (moves && before == stage->frame)
        swap(&stage->frame, &stage->from);
    else if (moves)
        swap(&stage->now, &stage->from);
    else if (before == stage->now)
        swap(&stage->now, &stage->old);
    else if (before == stage->frame) /* before is to be compared with, and a movement may go on */
        swap(&stage->frame, &stage->old);
    lay_out(stage, view, now);
    return before;
}

static void tell(struct stage *stage, const struct view *view, const struct drawlist *before,
                 int64_t presented)
{
    struct trace *trace = stage->options.trace;
    const struct survey *survey = stage->options.survey;
    const struct view *shown = &stage->shown;
    bool other = !before || view->screen != shown->screen || view->question != shown->question; /* ids too */

    if (!before)
        trace_first_frame(trace, presented);
    if (other || view->row_count != shown->row_count || !drawlist_same_targets(before, stage->now))
        trace_targets(trace, survey, view, stage->now);
    if (other || view->language != shown->language)
        trace_screen(trace, survey, view, presented);
}

/* No digit of a number that was given or dropped stays in a list. */
static void wipe(struct stage *stage, const struct view *view)
{
    struct drawlist *const lists[WIPED] = {stage->old, stage->from, stage->frame};

    if (view->number[0]) {
        stage->secret = true;
    } else if (stage->secret && motion_deadline(&stage->motion) == MOTION_NEVER) {
        for (size_t i = 0; i < WIPED; i++) {
            if (lists[i] == stage->present)
                continue;
            drawlist_clear(lists[i], 1, 1);
            seal_wipe(lists[i]->text, sizeof lists[i]->text);
        }
        stage->secret = false;
    }
}

/* False: the display cannot be drawn on just now. */
static bool present(struct stage *stage, const struct drawlist *list, int64_t now)
{
    struct error error = {0};
    int result = draw_sdl_frame(stage->draw, list, &error);

    if (result < 0 && (result != -EIO || !stage->dark))
        log_error("%s", error.text);
    stage->dark = result == -EIO;
    stage->tried = now;
    if (!stage->dark)
        stage->present = list;
    return !stage->dark;
}

bool stage_show(struct stage *stage, const struct view *view, int64_t now)
{
    bool other = !stage->present || stage->stale || !view_equal(view, &stage->shown);
    bool due = motion_deadline(&stage->motion) != MOTION_NEVER && now >= motion_deadline(&stage->motion);
    const struct drawlist *before = stage->present, *list;
    int64_t began = trace_now(), presented;
    bool moving;

    if (!other && !due && !(stage->dark && now - stage->tried >= REPAINT_MS))
        return false;
    if (other)
        before = change(stage, view, now);
    moving = motion_deadline(&stage->motion) != MOTION_NEVER;
    if (moving) {
        if (!other && motion_unfinished(&stage->motion, stage->motion.drawn))
            lay_out(stage, view, now);
        motion_compose(&stage->motion, stage->from, stage->now, stage->frame, now);
        list = stage->frame;
    } else {
        list = stage->now;
    }
    if (!present(stage, list, now)) {
        stage->stale = true;
        return false;
    }
    presented = trace_now();
    if (moving)
        trace_frame(stage->options.trace, presented, presented - began);
    if (other)
        tell(stage, view, before, presented);
    stage->shown = *view;
    stage->stale = false;
    wipe(stage, view);
    return other;
}

void stage_invalidate(struct stage *stage)
{
    draw_sdl_invalidate(stage->draw);
    stage->stale = true;
}

int64_t stage_deadline(const struct stage *stage)
{
    return stage->dark ? stage->tried + REPAINT_MS : motion_deadline(&stage->motion);
}

/* --- what is there --- */

struct target stage_hit(const struct stage *stage, int x, int y)
{
    return stage->present ? drawlist_hit(stage->present, x, y) : (struct target){TARGET_NONE, 0};
}

bool stage_mirrored(const struct stage *stage)
{
    return stage->mirrored;
}

size_t stage_targets(const struct stage *stage, struct target *targets, size_t max)
{
    size_t count = stage->present ? stage->present->target_count : 0;

    if (count > max)
        count = max;
    for (size_t i = 0; i < count; i++)
        targets[i] = stage->present->targets[i].target;
    return count;
}
