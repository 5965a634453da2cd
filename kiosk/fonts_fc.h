/*
 * Finds the font file for a language, with fontconfig. The only file that knows fontconfig.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_FONTS_FC_H
#define KIOSK_FONTS_FC_H

#include "core/error.h"

#include <stddef.h>

#define FONTS_FC_PATH_MAX 512

struct fonts_fc_font {
    char path[FONTS_FC_PATH_MAX];
    int face; /* index within the file */
};

/*
 * Fills a font for each of count BCP 47 tags. -ENOENT when a language has no font, with the package to
 * install.
 */
int fonts_fc_find(const char *const *tags, size_t count, struct fonts_fc_font *fonts, struct error *error);

/*
 * The same with a family that is asked for first (may be empty), and without giving up: a language without a
 * font gets the first font that was found, a family that is not there is passed over. Returns 0, or how many
 * of these there were with one of them in *error; -ENOENT when there is no font at all.
 */
int fonts_fc_find_most(const char *family, const char *const *tags, size_t count, struct fonts_fc_font *fonts,
                       struct error *error);

#endif
