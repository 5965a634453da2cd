/*
 * A theme: colours, logo, font, corners and spacing of the screen, from a file of its own.
 * A theme that loads can be read: every text keeps a contrast of 4.5:1 to what it stands on (WCAG 2.2 AA).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_THEME_H
#define KIOSK_THEME_H

#include "core/config.h"
#include "core/error.h"

#include <stddef.h>
#include <stdint.h>

#define THEME_FAMILY_MAX 64
#define THEME_TEXT_CONTRAST 450    /* hundredths: texts on what they stand on, at least */
#define THEME_GRAPHIC_CONTRAST 300 /* hundredths: edges and signs */

/* Colours are 0xRRGGBB. */
struct theme {
    uint32_t background;
    uint32_t text;        /* on background, card and pressed */
    uint32_t quiet;       /* lesser text, on background and card */
    uint32_t card;        /* what can be tapped */
    uint32_t border;      /* of a card */
    uint32_t accent;      /* main button, pressed border; a sign or word on card, pressed and background */
    uint32_t accent_text; /* on accent */
    uint32_t pressed;     /* card under the finger, or chosen */
    uint32_t focus;       /* ring around what the tactile keypad stands on, on background and card */
    int corner;           /* radius of a card, thousandths of the shorter side */
    int spacing;          /* of gaps and margins, percent */
    int logo_ratio;       /* width of the logo, percent of its height */
    char family[THEME_FAMILY_MAX]; /* font family, asked for first in every language; may be empty */
    char logo[CONFIG_TEXT_MAX];    /* path of an SVG; empty: none */
};

extern const struct theme theme_light, theme_contrast;

/* The [theme] section. -EINVAL (or errno of opening) with file and remedy; *theme is untouched then. */
int theme_load(struct theme *theme, const char *path, struct error *error);

/* Contrast of two colours after WCAG 2.2, hundredths: 100..2100. */
int theme_contrast_of(uint32_t a, uint32_t b);

/* A pair of colours of which one stands on the other. */
struct theme_pair {
    const char *over, *under; /* the keys */
    size_t over_at, under_at; /* offsets in struct theme */
    int least;                /* contrast, hundredths */
};

extern const struct theme_pair theme_pairs[];
extern const size_t theme_pair_count;

uint32_t theme_colour(const struct theme *theme, size_t offset);

#endif
