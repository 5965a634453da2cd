/*
 * Shapes, painted row by row.
 * An edge covers a pixel by as much as the pixel's middle lies inside it, within half a pixel.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/paint_sdl.h"

#include <math.h>
#include <string.h>

/* One pixel: colour over what is there; share 0..255. */
static uint32_t mix(uint32_t under, uint32_t over, unsigned share)
{
    unsigned weight = share + (share >> 7); /* 0..256 */
    uint32_t rb = under & 0xFF00FF, g = under & 0x00FF00;

    rb += ((over & 0xFF00FF) - rb) * weight >> 8;
    g += ((over & 0x00FF00) - g) * weight >> 8;
    return (under & 0xFF000000) | (rb & 0xFF00FF) | (g & 0x00FF00);
}

static uint32_t *row_of(SDL_Surface *surface, int y)
{
    return (uint32_t *)(void *)((unsigned char *)surface->pixels + (ptrdiff_t)y * surface->pitch);
}

/* Blends count pixels with one colour, two at a time: a 64-bit word has room for the channels of both. */
static void blend_row(uint32_t *row, int count, uint32_t colour, uint8_t alpha)
{
    const uint64_t mask = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t both = (uint64_t)colour << 32 | colour, weight = alpha + (alpha >> 7); /* 0..256 */
    uint64_t rb = (both & mask) * weight, g = (both >> 8 & mask) * weight;
    int i = 0;

    for (; i + 1 < count; i += 2) {
        uint64_t under;

        memcpy(&under, row + i, sizeof under);
        under = ((((under & mask) * (256 - weight) + rb) >> 8) & mask) |
                (((under >> 8 & mask) * (256 - weight) + g) & ~mask);
        memcpy(row + i, &under, sizeof under);
    }
    if (i < count)
        row[i] = mix(row[i], colour, alpha);
}

/* A row from x to x + w, already clipped from above and below. */
static void span(SDL_Surface *surface, int x, int y, int w, uint32_t colour, uint8_t alpha)
{
    const SDL_Rect *clip = &surface->clip_rect;
    int end = x + w < clip->x + clip->w ? x + w : clip->x + clip->w;

    if (x < clip->x)
        x = clip->x;
    if (x >= end)
        return;
    if (alpha == 255)
        SDL_memset4(row_of(surface, y) + x, 0xFF000000 | colour, (size_t)(end - x));
    else
        blend_row(row_of(surface, y) + x, end - x, colour, alpha);
}

void paint_sdl_fill(SDL_Surface *surface, SDL_Rect rect, uint32_t colour, uint8_t alpha)
{
    SDL_Rect area;

    if (!SDL_IntersectRect(&rect, &surface->clip_rect, &area))
        return;
    for (int y = area.y; y < area.y + area.h; y++)
        span(surface, area.x, y, area.w, colour, alpha);
}

static uint8_t cover(float inside, uint8_t alpha)
{
    if (inside <= 0)
        return 0;
    return inside >= 1 ? alpha : (uint8_t)(inside * (float)alpha);
}

static void dot(SDL_Surface *surface, int x, int y, uint32_t colour, uint8_t alpha)
{
    const SDL_Rect *clip = &surface->clip_rect;
    uint32_t *row = row_of(surface, y);

    if (alpha && x >= clip->x && x < clip->x + clip->w)
        row[x] = mix(row[x], colour, alpha);
}

/* A row through the round corners: dy is how far its middle lies beyond the corners' centres. */
static void round_row(SDL_Surface *surface, const SDL_Rect *rect, int y, int radius, float dy,
                      uint32_t colour, uint8_t alpha)
{
    float r = (float)radius, reach = r - 1 > dy ? sqrtf((r - 1) * (r - 1) - dy * dy) : 0;
    int solid = (int)reach; /* columns of the corner, counted from its centre, that are covered whole */

    span(surface, rect->x + radius - solid, y, rect->w - 2 * (radius - solid), colour, alpha);
    for (int i = solid; i < radius; i++) {
        float dx = (float)i + 0.5F;
        uint8_t share = cover(r + 0.5F - sqrtf(dx * dx + dy * dy), alpha);

        if (!share)
            break;
        dot(surface, rect->x + radius - 1 - i, y, colour, share);
        dot(surface, rect->x + rect->w - radius + i, y, colour, share);
    }
}

void paint_sdl_rounded(SDL_Surface *surface, SDL_Rect rect, int radius, uint32_t colour, uint8_t alpha)
{
    SDL_Rect area;

    if (!SDL_IntersectRect(&rect, &surface->clip_rect, &area))
        return;
    for (int y = area.y; y < area.y + area.h; y++) {
        int from_edge = y - rect.y < rect.y + rect.h - 1 - y ? y - rect.y : rect.y + rect.h - 1 - y;

        if (from_edge >= radius)
            span(surface, rect.x, y, rect.w, colour, alpha);
        else
            round_row(surface, &rect, y, radius, (float)(radius - from_edge) - 0.5F, colour, alpha);
    }
}

/* A row of a ring through its round corners; dy as above. */
static void ring_row(SDL_Surface *surface, const SDL_Rect *rect, int y, int radius, int width, float dy,
                     uint32_t colour, uint8_t alpha)
{
    for (int i = 0; i < radius; i++) {
        float dx = (float)i + 0.5F, from_centre = sqrtf(dx * dx + dy * dy);
        float outer = (float)radius + 0.5F - from_centre, inner = outer - (float)width;
        uint8_t share = cover((outer > 1 ? 1 : outer) - (inner < 0 ? 0 : inner), alpha);

        dot(surface, rect->x + radius - 1 - i, y, colour, share);
        dot(surface, rect->x + rect->w - radius + i, y, colour, share);
    }
}

void paint_sdl_ring(SDL_Surface *surface, SDL_Rect rect, int radius, int width, uint32_t colour,
                    uint8_t alpha)
{
    SDL_Rect area;

    if (!SDL_IntersectRect(&rect, &surface->clip_rect, &area))
        return;
    for (int y = area.y; y < area.y + area.h; y++) {
        int from_edge = y - rect.y < rect.y + rect.h - 1 - y ? y - rect.y : rect.y + rect.h - 1 - y;

        if (from_edge < radius)
            ring_row(surface, &rect, y, radius, width, (float)(radius - from_edge) - 0.5F, colour, alpha);
        if (from_edge < width) {
            span(surface, rect.x + radius, y, rect.w - 2 * radius, colour, alpha);
        } else if (from_edge >= radius) {
            span(surface, rect.x, y, width, colour, alpha);
            span(surface, rect.x + rect.w - width, y, width, colour, alpha);
        }
    }
}

void paint_sdl_line(SDL_Surface *surface, SDL_Rect rect, int radius, bool rising, uint32_t colour,
                    uint8_t alpha)
{
    float r = (float)radius + 0.5F, x0 = (float)rect.x + r, y0 = (float)rect.y + r;
    float dx = (float)rect.w - 2 * r, dy = (float)rect.h - 2 * r, length;
    SDL_Rect area;

    if (rising) {
        y0 += dy;
        dy = -dy;
    }
    length = dx * dx + dy * dy;
    if (!SDL_IntersectRect(&rect, &surface->clip_rect, &area))
        return;
    for (int y = area.y; y < area.y + area.h; y++) {
        for (int x = area.x; x < area.x + area.w; x++) {
            float px = (float)x + 0.5F - x0, py = (float)y + 0.5F - y0;
            float along = length > 0 ? (px * dx + py * dy) / length : 0;

            along = along < 0 ? 0 : along > 1 ? 1 : along;
            dot(surface, x, y, colour, cover(r - hypotf(px - along * dx, py - along * dy), alpha));
        }
    }
}

void paint_sdl_picture(SDL_Surface *surface, const SDL_Surface *picture, SDL_Rect rect, uint32_t tint,
                       uint8_t alpha)
{
    unsigned whole = alpha + (alpha >> 7); /* 0..256 */
    SDL_Rect area;

    if (rect.w > picture->w)
        rect.w = picture->w;
    if (rect.h > picture->h)
        rect.h = picture->h;
    if (!SDL_IntersectRect(&rect, &surface->clip_rect, &area))
        return;
    for (int y = area.y; y < area.y + area.h; y++) {
        const unsigned char *bytes =
            (const unsigned char *)picture->pixels + (ptrdiff_t)(y - rect.y) * picture->pitch;
        const uint32_t *from = (const uint32_t *)(const void *)bytes + (area.x - rect.x);
        uint32_t *to = row_of(surface, y) + area.x;

        for (int x = 0; x < area.w; x++) {
            unsigned share = (from[x] >> 24) * whole >> 8;

            if (share)
                to[x] = mix(to[x], tint == PAINT_SDL_OWN ? from[x] : tint, share);
        }
    }
}
