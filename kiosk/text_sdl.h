/*
 * Texts with SDL_ttf: measuring and rendering, each language in its own font, script and direction.
 * Fonts are opened when they are first needed. The only file that knows SDL_ttf.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_TEXT_SDL_H
#define KIOSK_TEXT_SDL_H

#include "core/error.h"
#include "kiosk/fonts_fc.h"
#include "kiosk/text_fit.h"

#include <SDL_surface.h>
#include <stddef.h>
#include <stdint.h>

struct text_sdl;

/*
 * fonts and tags: one for each language of the survey, and may be one more for technicians; copied. What a
 * language's font cannot write is taken from another one. Errors: -EIO (SDL_ttf does not start), -ENOMEM.
 */
int text_sdl_open(struct text_sdl **text, const struct fonts_fc_font *fonts, const char *const *tags,
                  size_t count, struct error *error);
void text_sdl_close(struct text_sdl *text); /* NULL is fine */

/* Lives as long as text. A font that cannot be opened measures as a font of no width. */
struct text_measure text_sdl_measure(struct text_sdl *text);

/* 32-bit ARGB, the caller's; NULL with the reason in SDL_GetError(). */
SDL_Surface *text_sdl_render(struct text_sdl *text, int language, int size, uint32_t colour,
                             const char *string);

#endif
