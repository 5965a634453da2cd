/*
 * Draw lists on a window's own surface.
 * Whatever is drawn is clipped to the area that differs from the frame before.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/draw_sdl.h"

#include "kiosk/cache_sdl.h"
#include "kiosk/icons_sdl.h"

#include <SDL.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_SCREENS 2 /* bytes kept beyond a frame, in screens of 32-bit pixels */
#define COMPLAINTS 16

struct draw_sdl {
    SDL_Window *window;
    struct text_sdl *text;
    char icons[512];
    struct cache_sdl *cache;
    SDL_Surface *surface; /* the window's */
    bool painted;         /* last is on the surface */
    struct drawlist last;
    uint64_t complaints[COMPLAINTS]; /* hashes of what was told already */
    size_t complaint_count;
    int result; /* of this frame */
    struct error *error;
};

int draw_sdl_open(struct draw_sdl **draw, SDL_Window *window, struct text_sdl *text, const char *icons,
                  struct error *error)
{
    struct draw_sdl *made = calloc(1, sizeof *made);
    int w, h;

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    SDL_GetWindowSize(window, &w, &h);
    made->cache = cache_sdl_new((size_t)w * (size_t)h * 4 * CACHE_SCREENS);
    if (!made->cache) {
        free(made);
        return error_set(error, -ENOMEM, "out of memory");
    }
    made->window = window;
    made->text = text;
    snprintf(made->icons, sizeof made->icons, "%s", icons);
    *draw = made;
    return 0;
}

void draw_sdl_close(struct draw_sdl *draw)
{
    if (!draw)
        return;
    cache_sdl_free(draw->cache);
    free(draw);
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

static Uint32 pixel(const struct draw_sdl *draw, uint32_t colour)
{
    return SDL_MapRGB(draw->surface->format, (Uint8)(colour >> 16), (Uint8)(colour >> 8), (Uint8)colour);
}

static SDL_Surface *disc(struct draw_sdl *draw, int radius, uint32_t colour)
{
    struct cache_sdl_key key = {"disc", radius, -1, colour};
    SDL_Surface *surface = cache_sdl_get(draw->cache, &key);

    return surface ? surface : cache_sdl_put(draw->cache, &key, icons_sdl_disc(radius, colour));
}

static void draw_rounded(struct draw_sdl *draw, const struct draw_command *command)
{
    const struct draw_rect *rect = &command->rect;
    int r = command->radius > 0 ? command->radius : 0;
    SDL_Surface *corners = r ? disc(draw, r, command->colour) : NULL;
    SDL_Rect bands[] = {{rect->x + r, rect->y, rect->w - 2 * r, r},
                        {rect->x, rect->y + r, rect->w, rect->h - 2 * r},
                        {rect->x + r, rect->y + rect->h - r, rect->w - 2 * r, r}};

    SDL_FillRects(draw->surface, bands, 3, pixel(draw, command->colour));
    for (int i = 0; corners && i < 4; i++) {
        bool right = i & 1, low = i & 2;
        SDL_Rect from = {right ? r : 0, low ? r : 0, r, r};
        SDL_Rect to = {right ? rect->x + rect->w - r : rect->x, low ? rect->y + rect->h - r : rect->y, r, r};

        SDL_BlitSurface(corners, &from, draw->surface, &to);
    }
}

static void blit(struct draw_sdl *draw, SDL_Surface *surface, const struct draw_command *command)
{
    SDL_Rect to = {command->rect.x, command->rect.y, 0, 0};
    SDL_Rect from = {0, 0, command->rect.w, command->rect.h};

    SDL_SetSurfaceAlphaMod(surface, command->alpha);
    SDL_BlitSurface(surface, &from, draw->surface, &to);
}

static void draw_text(struct draw_sdl *draw, const struct draw_command *command, const char *string)
{
    struct cache_sdl_key key = {string, command->size, command->language, command->colour};
    SDL_Surface *surface = cache_sdl_get(draw->cache, &key);

    if (!surface)
        surface = cache_sdl_put(
            draw->cache, &key,
            text_sdl_render(draw->text, command->language, command->size, command->colour, string));
    if (surface)
        blit(draw, surface, command);
    else
        complain(draw, "text", string);
}

static void draw_icon(struct draw_sdl *draw, const struct draw_command *command, const char *name)
{
    struct cache_sdl_key key = {name, command->rect.w, -2, 0};
    SDL_Surface *surface = cache_sdl_get(draw->cache, &key);

    if (!surface)
        surface = cache_sdl_put(draw->cache, &key, icons_sdl_load(draw->icons, name, command->rect.w));
    if (surface)
        blit(draw, surface, command);
    else
        complain(draw, "icon", name);
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
            SDL_FillRect(draw->surface, &rect, pixel(draw, command->colour));
            break;
        case DRAW_ROUNDED:
            draw_rounded(draw, command);
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

int draw_sdl_frame(struct draw_sdl *draw, const struct drawlist *list, struct error *error)
{
    SDL_Surface *surface = SDL_GetWindowSurface(draw->window);
    SDL_Rect area = {0, 0, list->w, list->h}, whole;

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
    if (SDL_UpdateWindowSurfaceRects(draw->window, &area, 1) < 0) {
        draw->painted = false;
        return error_set(error, -EIO, "the window cannot be presented: %s", SDL_GetError());
    }
    draw->last = *list;
    draw->painted = true;
    cache_sdl_trim(draw->cache);
    return draw->result;
}
