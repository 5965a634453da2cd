/*
 * A question: bar with back, logo and languages, title, answers, and a foot with switches and button.
 * Pure; see layout.h.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_QUESTION_H
#define KIOSK_LAYOUT_QUESTION_H

#include "kiosk/layout.h"

void layout_question_draw(const struct layout *layout, struct drawlist *list);

/* The language switch alone, along the upper edge, for screens that ask nothing. */
void layout_question_languages(const struct layout *layout, struct drawlist *list);

#endif
