/*
 * A cache of surfaces that were made once (texts, icons, discs), bounded in bytes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_CACHE_SDL_H
#define KIOSK_CACHE_SDL_H

#include <SDL_surface.h>
#include <stddef.h>
#include <stdint.h>

struct cache_sdl;

/* Two surfaces are the same when all of this is. */
struct cache_sdl_key {
    const char *name; /* the text, or an icon's name */
    int size, language;
    uint32_t colour;
};

/* NULL: out of memory. bytes: what may stay that the frame being drawn does not use. */
struct cache_sdl *cache_sdl_new(size_t bytes);
void cache_sdl_free(struct cache_sdl *cache); /* NULL is fine */

/* The surface, or NULL. It stays the cache's, at least until the next cache_sdl_trim(). */
SDL_Surface *cache_sdl_get(struct cache_sdl *cache, const struct cache_sdl_key *key);

/* Takes over surface (which may be NULL) and returns it; it is freed at once, and NULL returned, without
 * memory. */
SDL_Surface *cache_sdl_put(struct cache_sdl *cache, const struct cache_sdl_key *key, SDL_Surface *surface);

/* Between two frames: lets go of what was not used for longest, down to the bytes. */
void cache_sdl_trim(struct cache_sdl *cache);

#endif
