/*
 * Icons with SDL_image: SVG files drawn at the size they are needed in, and pictures written as PNG.
 * The only file that knows SDL_image.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_ICONS_SDL_H
#define KIOSK_ICONS_SDL_H

#include <SDL_surface.h>
#include <stdbool.h>

/*
 * folder/name.svg, or name itself where it is a path, w by h px at most; 32-bit ARGB, the caller's. NULL with
 * the reason in SDL_GetError().
 */
SDL_Surface *icons_sdl_load(const char *folder, const char *name, int w, int h);

/* Writes a PNG. False with the reason in SDL_GetError(). */
bool icons_sdl_save(SDL_Surface *surface, const char *path);

#endif
