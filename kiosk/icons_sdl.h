/*
 * Icons with SDL_image: SVG files drawn at the size they are needed in, and discs for round corners.
 * The only file that knows SDL_image.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_ICONS_SDL_H
#define KIOSK_ICONS_SDL_H

#include <SDL_surface.h>
#include <stdint.h>

/* folder/name.svg, size by size px; 32-bit ARGB, the caller's. NULL with the reason in SDL_GetError(). */
SDL_Surface *icons_sdl_load(const char *folder, const char *name, int size);

/* A filled disc of this radius with smooth edges; as above. */
SDL_Surface *icons_sdl_disc(int radius, uint32_t colour);

#endif
