/*
 * A cache of surfaces: a list, the one used last in front.
 * What a frame has used is never freed before cache_sdl_trim().
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/cache_sdl.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    struct entry *next;
    struct cache_sdl_key key; /* name: owned */
    SDL_Surface *surface;
};

struct cache_sdl {
    struct entry *first;
    size_t limit;
};

struct cache_sdl *cache_sdl_new(size_t bytes)
{
    struct cache_sdl *cache = calloc(1, sizeof *cache);

    if (cache)
        cache->limit = bytes;
    return cache;
}

static void free_entry(struct entry *entry)
{
    SDL_FreeSurface(entry->surface);
    free((char *)entry->key.name);
    free(entry);
}

static void free_from(struct entry **link)
{
    while (*link) {
        struct entry *entry = *link;

        *link = entry->next;
        free_entry(entry);
    }
}

void cache_sdl_free(struct cache_sdl *cache)
{
    if (!cache)
        return;
    free_from(&cache->first);
    free(cache);
}

static bool same(const struct cache_sdl_key *a, const struct cache_sdl_key *b)
{
    return a->size == b->size && a->language == b->language && a->colour == b->colour &&
           !strcmp(a->name, b->name);
}

SDL_Surface *cache_sdl_get(struct cache_sdl *cache, const struct cache_sdl_key *key)
{
    for (struct entry **link = &cache->first; *link; link = &(*link)->next) {
        struct entry *entry = *link;

        if (!same(&entry->key, key))
            continue;
        *link = entry->next;
        entry->next = cache->first;
        cache->first = entry;
        return entry->surface;
    }
    return NULL;
}

SDL_Surface *cache_sdl_put(struct cache_sdl *cache, const struct cache_sdl_key *key, SDL_Surface *surface)
{
    struct entry *entry = surface ? calloc(1, sizeof *entry) : NULL;
    char *name = entry ? strdup(key->name) : NULL;

    if (!name) {
        free(entry);
        SDL_FreeSurface(surface);
        return NULL;
    }
    entry->key = *key;
    entry->key.name = name;
    entry->surface = surface;
    entry->next = cache->first;
    cache->first = entry;
    return surface;
}

void cache_sdl_trim(struct cache_sdl *cache)
{
    size_t bytes = 0;

    for (struct entry **link = &cache->first; *link; link = &(*link)->next) {
        const SDL_Surface *surface = (*link)->surface;

        bytes += (size_t)surface->pitch * (size_t)surface->h;
        if (bytes > cache->limit) {
            free_from(link);
            return;
        }
    }
}
