/*
 * The kiosk's window and its events: waits without polling, and turns what SDL says into the few things that
 * matter here. Mouse and touch arrive alike; closing and dropped files arrive not at all, keys only where a
 * keypad or scanner is expected.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_WINDOW_SDL_H
#define KIOSK_WINDOW_SDL_H

#include "core/error.h"
#include "kiosk/keys.h"

#include <SDL_video.h>
#include <stdbool.h>
#include <stdint.h>

struct window_sdl;

enum window_sdl_event_type {
    WINDOW_SDL_QUIET,   /* the timeout passed, or nothing of interest came */
    WINDOW_SDL_PRESS,   /* finger, x, y */
    WINDOW_SDL_MOVE,    /* finger, x, y */
    WINDOW_SDL_RELEASE, /* finger, x, y */
    WINDOW_SDL_KEY,     /* key, value; went down, repeats left out */
    WINDOW_SDL_EXPOSED, /* size or contents changed: lay out and paint anew */
    WINDOW_SDL_CLOSE,   /* only of a window that may be closed */
    WINDOW_SDL_POSTED,  /* code, data of window_sdl_post() */
};

struct window_sdl_event {
    enum window_sdl_event_type type;
    int64_t finger; /* the mouse counts as one more finger */
    int x, y;       /* px */
    int64_t ns;     /* CLOCK_MONOTONIC when the event was taken up */
    enum keys_key key;
    int value;
    int code;
    void *data;
};

struct window_sdl_options {
    const char *title;
    int w, h;  /* of a window that may be closed, px; 0: the whole screen, which may not */
    bool keys; /* a keypad or scanner types here */
};

/* -EIO: no display, with what SDL says. Call from the main thread. */
int window_sdl_open(struct window_sdl **window, const struct window_sdl_options *options,
                    struct error *error);
void window_sdl_close(struct window_sdl *window); /* NULL is fine */

SDL_Window *window_sdl_handle(struct window_sdl *window);
void window_sdl_size(struct window_sdl *window, int *w, int *h);

/* Dots per inch as the display says, 0 when what it says cannot be. */
int window_sdl_dpi(struct window_sdl *window);

/* Sleeps until something happens; timeout in ms, -1: none. False: nothing did, and the event is QUIET. */
bool window_sdl_wait(struct window_sdl *window, int timeout, struct window_sdl_event *event);

/* From any thread: wakes the window's. code from 0 on. False when the queue is full; data stays the caller's.
 */
bool window_sdl_post(struct window_sdl *window, int code, void *data);

#endif
