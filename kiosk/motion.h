/*
 * Motion: what moves between two screens, and when the next picture of it is due.
 * Pure: time is given. At rest nothing is due, no movement lasts longer than MOTION_THANKS_MS, nothing flashes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_MOTION_H
#define KIOSK_MOTION_H

#include "kiosk/drawlist.h"
#include "kiosk/view.h"

#include <stdbool.h>
#include <stdint.h>

#define MOTION_NEVER (-1)
#define MOTION_FRAME_MS 16   /* between two pictures */
#define MOTION_CHANGE_MS 180 /* from one screen to the next */
#define MOTION_THANKS_MS 700 /* until the check mark is drawn */
#define MOTION_WHOLE 1000    /* permille of a movement */

/* Members are private. */
struct motion {
    bool reduced;    /* screens change at once, the check mark stands at once */
    bool moving;     /* a picture is due */
    bool thanks;     /* the check mark is being drawn */
    int64_t started; /* up ms */
    int64_t drawn;   /* up ms of the last picture */
};

void motion_init(struct motion *motion, bool reduced);

/*
 * The view changed at now (up ms). Starts moving where another screen, question or language came up; whatever
 * else changed (a press, a choice, a digit) is to be seen at once and starts nothing. True: it moves from the
 * picture presented last; keep that list as before in motion_compose() until the movement is over.
 */
bool motion_change(struct motion *motion, const struct view *before, const struct view *after, int64_t now);

/* Up ms at which the next picture is due, or MOTION_NEVER. */
int64_t motion_deadline(const struct motion *motion);

/* What is still to come of the screen's own drawing, permille; 0 at rest. For struct layout. */
int motion_unfinished(const struct motion *motion, int64_t now);

/*
 * The picture at now: after, coming in over before, which goes. What both share stands still; targets are
 * after's. frame is neither of the two. Afterwards motion_deadline() tells when to come again.
 */
void motion_compose(struct motion *motion, const struct drawlist *before, const struct drawlist *after,
                    struct drawlist *frame, int64_t now);

#endif
