/*
 * Shapes on a 32-bit surface: fills, rounded rectangles and their edges, lines with smooth edges and pictures, blended.
 * Nothing is drawn outside the surface's clip rectangle.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_PAINT_SDL_H
#define KIOSK_PAINT_SDL_H

#include <SDL_surface.h>
#include <stdbool.h>
#include <stdint.h>

/* colour 0xRRGGBB, alpha 255: opaque. The surface has 8 bits a channel, red above green above blue. */
void paint_sdl_fill(SDL_Surface *surface, SDL_Rect rect, uint32_t colour, uint8_t alpha);

/* radius is at most half the shorter side. */
void paint_sdl_rounded(SDL_Surface *surface, SDL_Rect rect, int radius, uint32_t colour, uint8_t alpha);

/* Its edge alone, width px wide. */
void paint_sdl_ring(SDL_Surface *surface, SDL_Rect rect, int radius, int width, uint32_t colour,
                    uint8_t alpha);

/* A line with round ends from corner to corner of rect, which holds it whole; radius is half its width. */
void paint_sdl_line(SDL_Surface *surface, SDL_Rect rect, int radius, bool rising, uint32_t colour,
                    uint8_t alpha);

#define PAINT_SDL_OWN 0xFFFFFF /* as tint: the picture's own colours */

/* A 32-bit ARGB picture, as much of it as rect holds; its colours are replaced by tint, its alpha stays. */
void paint_sdl_picture(SDL_Surface *surface, const SDL_Surface *picture, SDL_Rect rect, uint32_t tint,
                       uint8_t alpha);

#endif
