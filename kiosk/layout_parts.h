/*
 * The parts that every screen is put together from: boxes, fitted text, cards.
 * Pure, and measured in thousandths of the shorter side of the screen.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_PARTS_H
#define KIOSK_LAYOUT_PARTS_H

#include "kiosk/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define LAYOUT_PARTS_DIM 90 /* alpha of answers that were not given */

/* Thousandths of the shorter side in px. */
int layout_parts_unit(const struct layout *layout, int thousandths);

bool layout_parts_upright(const struct layout *layout);

struct draw_rect layout_parts_inset(struct draw_rect rect, int by);

enum layout_parts_align { LAYOUT_PARTS_CENTRE, LAYOUT_PARTS_START };

/* Wrapped text in the middle of box (START: from its left edge, still in the middle of its height). */
void layout_parts_text(struct drawlist *list, const struct text_fit *fit, struct draw_rect box,
                       enum layout_parts_align align, uint32_t colour, uint8_t alpha);

/* The text in the language shown, fitted into box, as text_fit_request says. */
void layout_parts_fit(const struct layout *layout, struct drawlist *list, struct text_fit *fit,
                      const char *text, struct draw_rect box, int largest, int smallest, int lines,
                      bool single);

/* What can be tapped: marked is under the finger or chosen. */
void layout_parts_card(const struct layout *layout, struct drawlist *list, struct draw_rect rect, int radius,
                       bool marked);

/* Whether target is under the finger or, while its records are on their way, has ended the visit. */
bool layout_parts_pressed(const struct layout *layout, enum target_kind kind, int value);

/* A place in a grid of equal cells: cell i of count in rows of at most columns, short rows centred. */
struct draw_rect layout_parts_cell(struct draw_rect area, int count, int columns, int w, int h, int gap,
                                   int i);

/* What an answer is drawn with while another one is on its way to the disk. */
uint8_t layout_parts_alpha(const struct layout *layout, bool pressed);

/* Makes rect a target, unless the screen takes no answers now. */
void layout_parts_target(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         enum target_kind kind, int value);

#endif
