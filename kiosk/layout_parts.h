/*
 * The parts that every screen is put together from: boxes, fitted text, cards, buttons.
 * Pure, and measured in thousandths of the shorter side of the screen. Everything is laid out from left to
 * right; layout_screen() turns it round for scripts that run the other way.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_PARTS_H
#define KIOSK_LAYOUT_PARTS_H

#include "kiosk/layout.h"

#include <stdbool.h>
#include <stdint.h>

#define LAYOUT_PARTS_DIM 90 /* alpha of what was not chosen, or cannot be tapped */

/* Thousandths of the shorter side in px; of text: larger where the customer wants it so. */
int layout_parts_unit(const struct layout *layout, int thousandths);
int layout_parts_text_unit(const struct layout *layout, int thousandths);

/* A gap or margin, as wide as the theme wants it. */
int layout_parts_gap(const struct layout *layout, int thousandths);

/* Side of a primary target, px: LAYOUT_TOUCH_MM, but not more than a fifth of the shorter side. */
int layout_parts_touch(const struct layout *layout);

/* Height of the small controls (language, back, switches), and the margin around the screen. */
int layout_parts_control(const struct layout *layout);
int layout_parts_margin(const struct layout *layout);

bool layout_parts_upright(const struct layout *layout);
bool layout_parts_rtl(const struct layout *layout);    /* the language shown runs from right to left */
bool layout_parts_turned(const struct layout *layout); /* and so does the screen: it is not a technician's */

const struct theme *layout_parts_theme(const struct layout *layout);

struct draw_rect layout_parts_inset(struct draw_rect rect, int by);

enum layout_parts_align { LAYOUT_PARTS_CENTRE, LAYOUT_PARTS_START, LAYOUT_PARTS_END };

/* Wrapped text in the middle of box (START: from its left edge, still in the middle of its height). */
void layout_parts_text(struct drawlist *list, const struct text_fit *fit, struct draw_rect box,
                       enum layout_parts_align align, uint32_t colour, uint8_t alpha);

/* A text in a language, fitted into box, as text_fit_request says. */
void layout_parts_fit_in(const struct layout *layout, struct drawlist *list, struct text_fit *fit,
                         int language, const char *text, struct draw_rect box, int largest, int smallest,
                         int lines, bool single);

/* The same in the language shown. */
void layout_parts_fit(const struct layout *layout, struct drawlist *list, struct text_fit *fit,
                      const char *text, struct draw_rect box, int largest, int smallest, int lines,
                      bool single);

/* Whether target is under the finger or, while its records are on their way, has ended the visit. */
bool layout_parts_pressed(const struct layout *layout, enum target_kind kind, int value);

/* A rounded rectangle with an edge of so many px; both can fade without one showing through the other. */
void layout_parts_edged(struct drawlist *list, struct draw_rect rect, int radius, int line, uint32_t edge,
                        uint32_t inside);

/* What can be tapped, with a ring where the tactile keypad stands: marked is under the finger or chosen. */
void layout_parts_card(const struct layout *layout, struct drawlist *list, struct draw_rect rect, int radius,
                       struct target target, bool marked);

enum layout_parts_look { LAYOUT_PARTS_PLAIN, LAYOUT_PARTS_MAIN, LAYOUT_PARTS_OFF };

/* A button with a word, and its target unless it is OFF. */
void layout_parts_button(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         struct target target, int language, const char *text, enum layout_parts_look look);

/* A round button with a sign; on: the switch stands on. */
void layout_parts_sign(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                       struct target target, const char *sign, bool on);

/* A place in a grid of equal cells: cell i of count in rows of at most columns, short rows centred. */
struct draw_rect layout_parts_cell(struct draw_rect area, int count, int columns, int w, int h, int gap,
                                   int i);

/* What an answer is drawn with while another one is on its way to the disk. */
uint8_t layout_parts_alpha(const struct layout *layout, bool pressed);

/* Makes rect a target, unless the screen is a question that takes no answers now. */
void layout_parts_target(const struct layout *layout, struct drawlist *list, struct draw_rect rect,
                         enum target_kind kind, int value);

#endif
