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

#define DRAWLIST_COMMANDS 512
#define DRAWLIST_TARGETS 64
#define DRAWLIST_TEXT 32768

struct draw_rect {
    int x, y, w, h; /* pixels; empty when w or h is 0 */
};

enum draw_kind { DRAW_FILL, DRAW_ROUNDED, DRAW_TEXT, DRAW_ICON };

/* Draws nothing outside rect. */
struct draw_command {
    enum draw_kind kind;
    struct draw_rect rect;
    uint32_t colour; /* 0xRRGGBB; not for icons, which bring their own */
    uint8_t alpha;   /* 255: opaque */
    int radius;      /* DRAW_ROUNDED: of the corners, px */
    int size;        /* DRAW_TEXT: of the font, px */
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
void drawlist_rounded(struct drawlist *list, struct draw_rect rect, int radius, uint32_t colour);
void drawlist_text(struct drawlist *list, struct draw_rect rect, int language, int size, uint32_t colour,
                   uint8_t alpha, const char *text, size_t length);
void drawlist_icon(struct drawlist *list, struct draw_rect rect, const char *name, uint8_t alpha);
void drawlist_target(struct drawlist *list, struct draw_rect rect, struct target target);

/* NUL-terminated; lives as long as the list is not cleared. */
const char *drawlist_string(const struct drawlist *list, const struct draw_command *command);

/* The target at a point, or TARGET_NONE. */
struct target drawlist_hit(const struct drawlist *list, int x, int y);

/* The smallest area outside of which both frames look alike; empty when they are the same. */
struct draw_rect drawlist_difference(const struct drawlist *before, const struct drawlist *after);

bool drawlist_same_targets(const struct drawlist *a, const struct drawlist *b);

/* One line a command, for tests and for people. */
void drawlist_dump(const struct drawlist *list, FILE *out);

#endif
