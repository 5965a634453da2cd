/*
 * A theme: the colours of the screen, each 0xRRGGBB, and the roundness of its corners.
 * Text on its background keeps a contrast of 4.5:1 or more (WCAG 2.2 AA).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_THEME_H
#define KIOSK_THEME_H

#include <stdint.h>

struct theme {
    uint32_t background;
    uint32_t text;        /* on background and card */
    uint32_t quiet;       /* lesser text, on background and card */
    uint32_t card;        /* what can be tapped */
    uint32_t border;      /* of a card */
    uint32_t accent;      /* main button, pressed border */
    uint32_t accent_text; /* on accent */
    uint32_t pressed;     /* card under the finger, or chosen; text and accent stand on it */
    int corner;           /* radius of a card, thousandths of the shorter side */
};

extern const struct theme theme_light;

#endif
