/*
 * The looks of the kiosk: its themes, fonts and ruler, opened together.
 * Whatever is broken is replaced by something that works and reported; customers never see an error text.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LOOKS_H
#define KIOSK_LOOKS_H

#include "core/error.h"
#include "core/survey.h"
#include "kiosk/layout.h"
#include "kiosk/text_fit.h"
#include "kiosk/theme.h"

#include <stddef.h>

#define LOOKS_PROBLEMS 8

struct text_sdl;

struct looks_options {
    const struct survey *survey; /* borrowed while opening */
    const char *themes;          /* folder */
    const char *theme;           /* a name ("dark": dark.ini in that folder) or a path that ends in .ini */
};

struct looks {
    struct theme theme, contrast; /* contrast: while a customer has chosen high contrast */
    struct text_sdl *text;
    struct text_measure measure;
    int plain; /* language index of the technician's English, one beyond the survey's */
    struct error problems[LOOKS_PROBLEMS];
    size_t problem_count;
};

/* Errors: -ENOENT when there is no font at all, -EIO (SDL_ttf does not start), -ENOMEM. */
int looks_open(struct looks *looks, const struct looks_options *options, struct error *error);
void looks_close(struct looks *looks); /* of a zeroed one is fine */

/* Reads the themes again; a broken file changes nothing but the problems. */
void looks_reload(struct looks *looks, const struct looks_options *options);

/* A layout with everything from the looks filled in: survey, view, progress, dpi and size are the caller's. */
struct layout looks_layout(const struct looks *looks);

#endif
