/*
 * The keypad, and the question that wants a telephone number.
 * Digits stand as on every telephone, in every language. Pure; see layout.h.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_KEYPAD_H
#define KIOSK_LAYOUT_KEYPAD_H

#include "kiosk/layout.h"

/* Fills area with 1..9, erase, 0. */
void layout_keypad_draw(const struct layout *layout, struct drawlist *list, struct draw_rect area);

/* A question of kind SURVEY_CALLBACK: title, number, consent, keypad and buttons. */
void layout_keypad_number(const struct layout *layout, struct drawlist *list, struct draw_rect area);

#endif
