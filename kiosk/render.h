/*
 * Pictures of every screen of a survey, drawn by the kiosk's own renderer into PNG files, without a display.
 * Shows samples only: no outbox, no device is needed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_RENDER_H
#define KIOSK_RENDER_H

#include "core/error.h"
#include "core/survey.h"
#include "kiosk/notices.h"

#include <stddef.h>

#define RENDER_LIST_MAX 16 /* sizes, languages or themes */

struct render_size {
    int w, h; /* px */
};

/* All borrowed. Empty lists: 1280x800; every language of the survey; every theme that is shipped. */
struct render_options {
    const struct survey *survey;
    const struct notices *notices; /* or NULL: no pictures of notices */
    const char *folder;            /* is made when it is missing */
    const char *icons, *themes;
    int dpi; /* 0: LAYOUT_DPI */
    struct render_size sizes[RENDER_LIST_MAX];
    size_t size_count;
    const char *languages[RENDER_LIST_MAX];
    size_t language_count;
    const char *theme_names[RENDER_LIST_MAX]; /* NAME.ini in themes */
    size_t theme_count;
};

/*
 * Writes FOLDER/THEME-LANGUAGE-WxH-NN-SCREEN.png. Errors: -EINVAL for a language or theme that is not there,
 * -EIO when a picture cannot be written. Nothing falls back here: what would be replaced on a real screen is
 * an error.
 */
int render_run(const struct render_options *options, struct error *error);

#endif
