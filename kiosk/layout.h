/*
 * The layout: turns a view into a draw list, by rules that hold from 800x480 to 3840x2160, upright or not.
 * Pure: text is measured through function pointers. Everything lies inside the screen, no target overlaps
 * another, and no text is cut off.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_H
#define KIOSK_LAYOUT_H

#include "core/survey.h"
#include "kiosk/drawlist.h"
#include "kiosk/text_fit.h"
#include "kiosk/theme.h"
#include "kiosk/view.h"

/* All borrowed. */
struct layout {
    const struct survey *survey;
    const struct view *view;
    const struct theme *theme;
    const struct text_measure *measure;
    int w, h; /* of the screen, px */
};

void layout_screen(const struct layout *layout, struct drawlist *list);

#endif
