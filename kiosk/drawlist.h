/*
 * A draw list: one frame as commands, with the targets a finger can hit on it.
 * Pure data without pointers, so that two frames can be compared and dumped without a display.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_DRAWLIST_H
#define KIOSK_DRAWLIST_H

#include "kiosk/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DRAWLIST_COMMANDS 1536
#define DRAWLIST_TARGETS 64
#define DRAWLIST_TEXT 32768

struct draw_rect {
    int x, y, w, h; /* pixels; empty when w or h is 0 */
};

enum draw_kind { DRAW_FILL, DRAW_ROUNDED, DRAW_RING, DRAW_LINE, DRAW_TEXT, DRAW_ICON };

#define DRAWLIST_WHOLE 1000 /* permille of an icon */

/* Draws nothing outside rect. */
struct draw_command {
    enum draw_kind kind;
    struct draw_rect rect;
    uint32_t colour; /* 0xRRGGBB; DRAW_ICON: what white becomes, 0xFFFFFF leaves an icon as it is */
    uint8_t alpha;   /* 255: opaque */
    int radius;      /* DRAW_ROUNDED, DRAW_RING: of the corners, px; DRAW_LINE: half its width, px */
    bool rising;     /* DRAW_LINE: from the lower left to the upper right of rect, not downwards */
    int reveal;      /* DRAW_ICON: how much of its width shows, from the left, permille */
    int size;        /* DRAW_TEXT: of the font, px; DRAW_RING: its width, px */
    int language;    /* DRAW_TEXT: index in the survey, for font and shaping */
    size_t text;     /* DRAW_TEXT: the run, DRAW_ICON: the name; see drawlist_string() */
};

struct draw_target {
    struct target target;
    struct draw_rect rect;
};

struct drawlist {
    int w, h;
    size_t count, target_count, used;
    bool full;  /* something did not fit and is missing */
    bool tight; /* some text is set smaller than is good to read */
    struct draw_command commands[DRAWLIST_COMMANDS];
    struct draw_target targets[DRAWLIST_TARGETS];
    char text[DRAWLIST_TEXT];
};

void drawlist_clear(struct drawlist *list, int w, int h);

void drawlist_fill(struct drawlist *list, struct draw_rect rect, uint32_t colour);
void drawlist_veil(struct drawlist *list, struct draw_rect rect, uint32_t colour, uint8_t alpha);
void drawlist_rounded(struct drawlist *list, struct draw_rect rect, int radius, uint32_t colour);
/* The edge of a rounded rectangle, so many px wide; what it surrounds shows. */
void drawlist_ring(struct drawlist *list, struct draw_rect rect, int radius, int width, uint32_t colour);

/* With round ends; radius is half its width. */
void drawlist_line(struct drawlist *list, int x0, int y0, int x1, int y1, int radius, uint32_t colour);
void drawlist_text(struct drawlist *list, struct draw_rect rect, int language, int size, uint32_t colour,
                   uint8_t alpha, const char *text, size_t length);
/* name: of a shipped icon, or a path with a '/' in it. */
void drawlist_icon(struct drawlist *list, struct draw_rect rect, const char *name, uint8_t alpha);
/* A white sign in this colour, of which so many permille show from the left. */
void drawlist_sign(struct drawlist *list, struct draw_rect rect, const char *name, uint32_t colour,
                   uint8_t alpha, int reveal);
void drawlist_target(struct drawlist *list, struct draw_rect rect, struct target target);

/* A copy of a command of another list, moved by dy px and with its alpha times alpha / 255. */
void drawlist_copy(struct drawlist *list, const struct drawlist *from, const struct draw_command *command,
                   int dy, uint8_t alpha);

/* Turns left and right for scripts that run from right to left; text and icons themselves stay as they are. */
void drawlist_mirror(struct drawlist *list);

/* Moves everything but what fills the whole screen. */
void drawlist_shift(struct drawlist *list, int dx, int dy);

/* NUL-terminated; lives as long as the list is not cleared. */
const char *drawlist_string(const struct drawlist *list, const struct draw_command *command);

/* The target at a point, or TARGET_NONE. */
struct target drawlist_hit(const struct drawlist *list, int x, int y);

bool drawlist_same_command(const struct drawlist *la, const struct draw_command *a, const struct drawlist *lb,
                           const struct draw_command *b);

/* The smallest area outside of which both frames look alike; empty when they are the same. */
struct draw_rect drawlist_difference(const struct drawlist *before, const struct drawlist *after);

bool drawlist_same_targets(const struct drawlist *a, const struct drawlist *b);

/* One line a command, for tests and for people. */
void drawlist_dump(const struct drawlist *list, FILE *out);

#endif
