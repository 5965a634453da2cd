/*
 * Icons with SDL_image, which is only asked for SVG and so loads no other library.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/icons_sdl.h"

#include <SDL_image.h>
#include <stdio.h>

/* Draws an SVG and closes rw. */
static SDL_Surface *draw(SDL_RWops *rw, int size)
{
    SDL_Surface *drawn, *argb;

    if (!rw)
        return NULL;
    drawn = IMG_LoadSizedSVG_RW(rw, size, size);
    SDL_RWclose(rw);
    if (!drawn)
        return NULL;
    argb = SDL_ConvertSurfaceFormat(drawn, SDL_PIXELFORMAT_ARGB8888, 0);
    SDL_FreeSurface(drawn);
    return argb;
}

SDL_Surface *icons_sdl_load(const char *folder, const char *name, int size)
{
    char path[1024];

    if (snprintf(path, sizeof path, "%s/%s.svg", folder, name) >= (int)sizeof path) {
        SDL_SetError("path too long");
        return NULL;
    }
    return draw(SDL_RWFromFile(path, "rb"), size);
}

SDL_Surface *icons_sdl_disc(int radius, uint32_t colour)
{
    char svg[256];
    int length = snprintf(svg, sizeof svg,
                          "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 2'>"
                          "<circle cx='1' cy='1' r='1' fill='#%06x'/></svg>",
                          (unsigned)colour);

    return draw(SDL_RWFromConstMem(svg, length), 2 * radius);
}
