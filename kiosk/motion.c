/*
 * Motion: new things fade in and rise a little while old ones fade out under them.
 * Only alpha and place of draw commands change; the layout knows nothing of it but motion_unfinished().
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/motion.h"

#define RISE 14         /* thousandths of the shorter side that new things come up by */
#define GONE_BY 600     /* permille of the change after which old things are gone */
#define THANKS_WAIT 120 /* ms before the check mark begins */

void motion_init(struct motion *motion, bool reduced)
{
    *motion = (struct motion){.reduced = reduced};
}

/* A veil over the same question, and its going, keep what lies under it in place. */
static bool other_picture(const struct view *before, const struct view *after)
{
    bool pending = after->screen == VIEW_PENDING && before->screen == VIEW_QUESTION;

    if (pending) /* only dims what was not tapped */
        return false;
    return before->screen != after->screen || before->question != after->question ||
           before->language != after->language || before->large != after->large ||
           before->contrast != after->contrast || before->reach != after->reach ||
           before->notice != after->notice;
}

bool motion_change(struct motion *motion, const struct view *before, const struct view *after, int64_t now)
{
    if (!other_picture(before, after))
        return false;
    motion->thanks = after->screen == VIEW_THANKS && !motion->reduced;
    motion->moving = !motion->reduced;
    motion->started = motion->drawn = now;
    return motion->moving;
}

int64_t motion_deadline(const struct motion *motion)
{
    return motion->moving ? motion->drawn + MOTION_FRAME_MS : MOTION_NEVER;
}

static int64_t duration(const struct motion *motion)
{
    return motion->thanks ? MOTION_THANKS_MS : MOTION_CHANGE_MS;
}

/* How far what takes ms has come at now, permille, eased: fast at first, gentle at the end. */
static int eased(int64_t since, int64_t ms)
{
    int64_t left;

    if (since >= ms)
        return MOTION_WHOLE;
    left = MOTION_WHOLE - (since > 0 ? since * MOTION_WHOLE / ms : 0);
    return (int)(MOTION_WHOLE - left * left * left / MOTION_WHOLE / MOTION_WHOLE);
}

int motion_unfinished(const struct motion *motion, int64_t now)
{
    if (!motion->moving || !motion->thanks)
        return 0;
    return MOTION_WHOLE - eased(now - motion->started - THANKS_WAIT, MOTION_THANKS_MS - THANKS_WAIT);
}

static bool holds(const struct drawlist *list, const struct drawlist *other,
                  const struct draw_command *command)
{
    for (size_t i = 0; i < list->count; i++) {
        if (drawlist_same_command(list, &list->commands[i], other, command))
            return true;
    }
    return false;
}

static bool covers(const struct drawlist *list, const struct draw_command *command)
{
    return command->kind == DRAW_FILL && command->rect.w == list->w && command->rect.h == list->h &&
           command->alpha == 255;
}

static void take(const struct drawlist *after, struct drawlist *frame)
{
    for (size_t i = 0; i < after->count; i++)
        drawlist_copy(frame, after, &after->commands[i], 0, 255);
}

static void blend(const struct drawlist *before, const struct drawlist *after, struct drawlist *frame,
                  int come)
{
    int gone = come < GONE_BY ? come * 255 / GONE_BY : 255,
        shorter = after->w < after->h ? after->w : after->h;
    int rise = shorter * RISE / 1000 * (MOTION_WHOLE - come) / MOTION_WHOLE;
    uint8_t in = (uint8_t)(come * 255 / MOTION_WHOLE), out = (uint8_t)(255 - gone);
    size_t first = 0;

    while (first < after->count && covers(after, &after->commands[first]))
        drawlist_copy(frame, after, &after->commands[first++], 0, 255);
    for (size_t i = 0; out && i < before->count; i++) {
        const struct draw_command *old = &before->commands[i];

        if (!covers(before, old) && !holds(after, before, old))
            drawlist_copy(frame, before, old, 0, out);
    }
    for (size_t i = first; i < after->count; i++) {
        const struct draw_command *new = &after->commands[i];

        if (holds(before, after, new))
            drawlist_copy(frame, after, new, 0, 255);
        else
            drawlist_copy(frame, after, new, rise, in);
    }
}

void motion_compose(struct motion *motion, const struct drawlist *before, const struct drawlist *after,
                    struct drawlist *frame, int64_t now)
{
    int64_t since = now - motion->started + MOTION_FRAME_MS; /* the first picture shows something new */
    bool same_size = before->w == after->w && before->h == after->h;

    drawlist_clear(frame, after->w, after->h);
    if (motion->moving && since < MOTION_CHANGE_MS && same_size)
        blend(before, after, frame, eased(since, MOTION_CHANGE_MS));
    else
        take(after, frame);
    for (size_t i = 0; i < after->target_count; i++)
        drawlist_target(frame, after->targets[i].rect, after->targets[i].target);
    frame->full |= after->full;
    frame->tight |= after->tight;
    motion->drawn = now;
    if (since >= duration(motion))
        motion->moving = false;
}
