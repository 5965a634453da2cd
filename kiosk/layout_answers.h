/*
 * The answers to a question: faces, numbers or options, each a target.
 * Pure; see layout.h.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_ANSWERS_H
#define KIOSK_LAYOUT_ANSWERS_H

#include "kiosk/layout.h"

/* Fills area with the answers to the question that is out. */
void layout_answers_draw(const struct layout *layout, struct drawlist *list, struct draw_rect area);

#endif
