/*
 * Icons with SDL_image, which is only asked for SVG, and for PNG when pictures are written.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/icons_sdl.h"

#include <SDL_image.h>
#include <stdio.h>
#include <string.h>

/* Draws an SVG and closes rw. */
static SDL_Surface *draw(SDL_RWops *rw, int w, int h)
{
    SDL_Surface *drawn, *argb;

    if (!rw)
        return NULL;
    drawn = IMG_LoadSizedSVG_RW(rw, w, h);
    SDL_RWclose(rw);
    if (!drawn)
        return NULL;
    argb = SDL_ConvertSurfaceFormat(drawn, SDL_PIXELFORMAT_ARGB8888, 0);
    SDL_FreeSurface(drawn);
    return argb;
}

SDL_Surface *icons_sdl_load(const char *folder, const char *name, int w, int h)
{
    char path[1024];
    int length = strchr(name, '/') ? snprintf(path, sizeof path, "%s", name)
                                   : snprintf(path, sizeof path, "%s/%s.svg", folder, name);

    if (length >= (int)sizeof path) {
        SDL_SetError("path too long");
        return NULL;
    }
    return draw(SDL_RWFromFile(path, "rb"), w, h);
}

bool icons_sdl_save(SDL_Surface *surface, const char *path)
{
    return IMG_SavePNG(surface, path) == 0;
}
