/*
 * Puts draw lists on a window or a picture, in software, and repaints only what changed since the list before.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_DRAW_SDL_H
#define KIOSK_DRAW_SDL_H

#include "core/error.h"
#include "kiosk/drawlist.h"
#include "kiosk/text_sdl.h"

#include <SDL_video.h>
#include <stdbool.h>

struct draw_sdl;

/* window and text are borrowed, icons (a folder) is copied. Errors: -ENOMEM. */
int draw_sdl_open(struct draw_sdl **draw, SDL_Window *window, struct text_sdl *text, const char *icons,
                  struct error *error);
void draw_sdl_close(struct draw_sdl *draw); /* NULL is fine */

/* The same on a picture in memory, w by h px, instead of a window. */
int draw_sdl_open_picture(struct draw_sdl **draw, int w, int h, struct text_sdl *text, const char *icons,
                          struct error *error);

/* Writes what is painted as PNG. -EIO: it cannot be written. */
int draw_sdl_save(struct draw_sdl *draw, const char *path, struct error *error);

/* The window lost its contents: the next frame is painted whole. */
void draw_sdl_invalidate(struct draw_sdl *draw);

/*
 * Paints and presents; returns when the window system has the frame. -EIO: the window cannot be drawn on just
 * now. -ENOENT: presented, but an icon or font is missing; told once for each.
 */
int draw_sdl_frame(struct draw_sdl *draw, const struct drawlist *list, struct error *error);

#endif
