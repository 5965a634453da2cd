/*
 * Draw lists on a window's own surface, or a picture.
 * Whatever is drawn is clipped to the area that differs from the frame before.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/draw_sdl.h"

#include "kiosk/cache_sdl.h"
#include "kiosk/icons_sdl.h"
#include "kiosk/paint_sdl.h"

#include <SDL.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_SCREENS 2 /* bytes kept beyond a frame, in screens of 32-bit pixels */
#define COMPLAINTS 16

struct draw_sdl {
    SDL_Window *window;   /* or NULL */
    SDL_Surface *picture; /* ours; NULL where the window's surface serves */
    struct text_sdl *text;
    char icons[512];
    struct cache_sdl *cache;
    SDL_Surface *surface; /* the window's, or the picture */
    bool painted;         /* last is on the surface */
    struct drawlist last;
    uint64_t complaints[COMPLAINTS]; /* hashes of what was told already */
    size_t complaint_count;
    int result; /* of this frame */
    struct error *error;
};

static int make(struct draw_sdl **draw, int w, int h, struct text_sdl *text, const char *icons,
                struct error *error)
{
    struct draw_sdl *made = calloc(1, sizeof *made);

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    made->cache = cache_sdl_new((size_t)w * (size_t)h * 4 * CACHE_SCREENS);
    if (!made->cache) {
        free(made);
        return error_set(error, -ENOMEM, "out of memory");
    }
    made->text = text;
    snprintf(made->icons, sizeof made->icons, "%s", icons);
    *draw = made;
    return 0;
}

int draw_sdl_open(struct draw_sdl **draw, SDL_Window *window, struct text_sdl *text, const char *icons,
                  struct error *error)
{
    int w, h, result;

    SDL_GetWindowSize(window, &w, &h);
    result = make(draw, w, h, text, icons, error);
    if (result == 0)
        (*draw)->window = window;
    return result;
}

int draw_sdl_open_picture(struct draw_sdl **draw, int w, int h, struct text_sdl *text, const char *icons,
                          struct error *error)
{
    struct draw_sdl *made = NULL;
    int result = make(&made, w, h, text, icons, error);

    if (!made)
        return result;
    made->picture = SDL_CreateRGBSurfaceWithFormat(0, w, h, 32, SDL_PIXELFORMAT_RGB888);
    if (!made->picture) {
        draw_sdl_close(made);
        return error_set(error, -ENOMEM, "no memory for a picture of %dx%d", w, h);
    }
    *draw = made;
    return 0;
}

void draw_sdl_close(struct draw_sdl *draw)
{
    if (!draw)
        return;
    cache_sdl_free(draw->cache);
    SDL_FreeSurface(draw->picture);
    free(draw);
}

int draw_sdl_save(struct draw_sdl *draw, const char *path, struct error *error)
{
    if (!draw->surface || !icons_sdl_save(draw->surface, path))
        return error_set(error, -EIO, "%s: the picture cannot be written: %s", path, SDL_GetError());
    return 0;
}

void draw_sdl_invalidate(struct draw_sdl *draw)
{
    draw->painted = false;
}

/* Once for each name. */
static void complain(struct draw_sdl *draw, const char *what, const char *name)
{
    uint64_t key = UINT64_C(0xcbf29ce484222325);

    for (const char *c = name; *c; c++)
        key = (key ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < draw->complaint_count; i++) {
        if (draw->complaints[i] == key)
            return;
    }
    if (draw->complaint_count == COMPLAINTS)
        return;
    draw->complaints[draw->complaint_count++] = key;
    draw->result = error_set(draw->error, -ENOENT, "%s '%s' is left out: %s", what, name, SDL_GetError());
}

/* --- commands --- */

static void draw_text(struct draw_sdl *draw, const struct draw_command *command, const char *string)
{
    struct cache_sdl_key key = {string, command->size, command->language, command->colour};
    SDL_Surface *surface = cache_sdl_get(draw->cache, &key);

    if (!surface)
        surface = cache_sdl_put(
            draw->cache, &key,
            text_sdl_render(draw->text, command->language, command->size, command->colour, string));
    if (surface)
        paint_sdl_picture(draw->surface, surface,
                          (SDL_Rect){command->rect.x, command->rect.y, command->rect.w, command->rect.h},
                          PAINT_SDL_OWN, command->alpha);
    else
        complain(draw, "text", string);
}

static void draw_icon(struct draw_sdl *draw, const struct draw_command *command, const char *name)
{
    struct cache_sdl_key key = {name, command->rect.w, -2, 0};
    SDL_Surface *surface = cache_sdl_get(draw->cache, &key);

    if (!surface)
        surface = cache_sdl_put(draw->cache, &key,
                                icons_sdl_load(draw->icons, name, command->rect.w, command->rect.h));
    if (!surface) {
        complain(draw, "icon", name);
        return;
    }
    paint_sdl_picture(draw->surface, surface,
                      (SDL_Rect){command->rect.x, command->rect.y,
                                 command->rect.w * command->reveal / DRAWLIST_WHOLE, command->rect.h},
                      command->colour, command->alpha);
}

static void execute(struct draw_sdl *draw, const struct drawlist *list, const SDL_Rect *area)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_command *command = &list->commands[i];
        SDL_Rect rect = {command->rect.x, command->rect.y, command->rect.w, command->rect.h};

        if (!SDL_HasIntersection(&rect, area))
            continue;
        switch (command->kind) {
        case DRAW_FILL:
            paint_sdl_fill(draw->surface, rect, command->colour, command->alpha);
            break;
        case DRAW_ROUNDED:
            paint_sdl_rounded(draw->surface, rect, command->radius > 0 ? command->radius : 0, command->colour,
                              command->alpha);
            break;
        case DRAW_RING:
            paint_sdl_ring(draw->surface, rect, command->radius > 0 ? command->radius : 0, command->size,
                           command->colour, command->alpha);
            break;
        case DRAW_LINE:
            paint_sdl_line(draw->surface, rect, command->radius, command->rising, command->colour,
                           command->alpha);
            break;
        case DRAW_TEXT:
            draw_text(draw, command, drawlist_string(list, command));
            break;
        case DRAW_ICON:
            draw_icon(draw, command, drawlist_string(list, command));
            break;
        }
    }
}

/* What to paint on: the window's own surface or, where that has not the one form of pixels that is painted
 * here, a picture that goes there afterwards. NULL: neither can be had. */
static SDL_Surface *canvas_for(struct draw_sdl *draw, SDL_Surface *screen)
{
    bool fit = screen->format->BytesPerPixel == 4 && screen->format->Rmask == 0xFF0000;

    if (!draw->window || fit)
        return screen;
    if (draw->picture && (draw->picture->w != screen->w || draw->picture->h != screen->h)) {
        SDL_FreeSurface(draw->picture);
        draw->picture = NULL;
    }
    if (!draw->picture) {
        draw->picture = SDL_CreateRGBSurfaceWithFormat(0, screen->w, screen->h, 32, SDL_PIXELFORMAT_RGB888);
        draw->painted = false;
    }
    return draw->picture;
}

/* 0, or -EIO. */
static int present(struct draw_sdl *draw, SDL_Surface *screen, SDL_Rect area, struct error *error)
{
    SDL_Rect to = area;

    if (screen != draw->surface)
        SDL_BlitSurface(draw->surface, &area, screen, &to);
    if (!draw->window || SDL_UpdateWindowSurfaceRects(draw->window, &area, 1) == 0)
        return 0;
    draw->painted = false;
    return error_set(error, -EIO, "the window cannot be presented: %s", SDL_GetError());
}

int draw_sdl_frame(struct draw_sdl *draw, const struct drawlist *list, struct error *error)
{
    SDL_Surface *screen = draw->window ? SDL_GetWindowSurface(draw->window) : draw->picture;
    SDL_Surface *surface = screen ? canvas_for(draw, screen) : NULL;
    SDL_Rect area = {0, 0, list->w, list->h}, whole;
    int result;

    if (!surface)
        return error_set(error, -EIO, "the window cannot be drawn on: %s", SDL_GetError());
    if (surface != draw->surface)
        draw->painted = false;
    draw->surface = surface;
    draw->result = 0;
    draw->error = error;
    if (draw->painted) {
        struct draw_rect changed = drawlist_difference(&draw->last, list);

        area = (SDL_Rect){changed.x, changed.y, changed.w, changed.h};
        if (!area.w || !area.h)
            return 0;
    }
    SDL_SetClipRect(surface, &area);
    execute(draw, list, &area);
    SDL_SetClipRect(surface, NULL);
    whole = (SDL_Rect){0, 0, surface->w, surface->h};
    if (!SDL_IntersectRect(&area, &whole, &area))
        return 0;
    result = present(draw, screen, area, error);
    if (result < 0)
        return result;
    draw->last = *list;
    draw->painted = true;
    cache_sdl_trim(draw->cache);
    return draw->result;
}
