/*
 * The layout: turns a view into a draw list, by rules that hold from 800x480 to 3840x2160, upright or not.
 * Pure: text is measured through function pointers. Everything lies inside the screen, no target overlaps
 * another but those that are the whole screen, and no text is cut off.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_H
#define KIOSK_LAYOUT_H

#include "core/survey.h"
#include "kiosk/drawlist.h"
#include "kiosk/notices.h"
#include "kiosk/text_fit.h"
#include "kiosk/theme.h"
#include "kiosk/view.h"

#define LAYOUT_DPI 96      /* where nothing better is known */
#define LAYOUT_TOUCH_MM 20 /* primary targets, at least, where the screen has room */

/* All borrowed. */
struct layout {
    const struct survey *survey;
    const struct notices *notices; /* or NULL */
    const struct view *view;
    const struct theme *theme;
    const struct theme *contrast; /* while view.contrast; NULL: theme */
    const struct text_measure *measure;
    int plain;      /* language index of a font for digits and the technician's English */
    int w, h;       /* of the screen, px */
    int dpi;        /* of the screen; 0: LAYOUT_DPI */
    int unfinished; /* of what the screen draws by and by, permille: motion_unfinished() */
};

void layout_screen(const struct layout *layout, struct drawlist *list);

#endif
