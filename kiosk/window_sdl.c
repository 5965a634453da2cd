/*
 * The window.
 * SDL is started with video and nothing else, so that none of its threads or timers wakes the processor.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/window_sdl.h"

#include <SDL.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOUSE_FINGER INT64_MIN
#define DPI_LEAST 50 /* displays that say less or more do not know */
#define DPI_MOST 800

struct window_sdl {
    SDL_Window *handle;
    bool whole_screen;
    Uint32 posted; /* SDL's number for our own events */
};

/* Everything that may wake us without meaning anything here. */
static void ignore_events(bool keys)
{
    static const Uint32 ignored[] = {
        SDL_KEYUP,        SDL_TEXTEDITING,   SDL_TEXTINPUT,    SDL_KEYMAPCHANGED, SDL_MOUSEWHEEL,
        SDL_DROPFILE,     SDL_DROPTEXT,      SDL_DROPBEGIN,    SDL_DROPCOMPLETE,  SDL_CLIPBOARDUPDATE,
        SDL_MULTIGESTURE, SDL_DOLLARGESTURE, SDL_DOLLARRECORD, SDL_SYSWMEVENT,
    };

    for (size_t i = 0; i < SDL_arraysize(ignored); i++)
        SDL_EventState(ignored[i], SDL_IGNORE);
    SDL_EventState(SDL_KEYDOWN, keys ? SDL_ENABLE : SDL_IGNORE);
    SDL_StopTextInput();
}

static void set_hints(void)
{
    SDL_SetHint(SDL_HINT_TOUCH_MOUSE_EVENTS, "0"); /* a touch must not count twice */
    SDL_SetHint(SDL_HINT_MOUSE_TOUCH_EVENTS, "0");
    SDL_SetHint(SDL_HINT_MOUSE_FOCUS_CLICKTHROUGH, "1"); /* no tap is only there to give focus */
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    SDL_SetHint(SDL_HINT_RENDER_DRIVER, "software");
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", 0); /* where there is no bus, SDL would launch one */
}

/* SDL falls back to a driver without a screen; that is for those who ask for it. */
static bool nobody_would_see(void)
{
    if (strcmp(SDL_GetCurrentVideoDriver(), "offscreen") != 0 || getenv("SDL_VIDEODRIVER"))
        return false;
    SDL_SetError("only an offscreen driver was found");
    return true;
}

int window_sdl_open(struct window_sdl **window, const struct window_sdl_options *options, struct error *error)
{
    struct window_sdl *made = calloc(1, sizeof *made);
    bool whole = !options->w;
    Uint32 flags = whole ? SDL_WINDOW_BORDERLESS : SDL_WINDOW_RESIZABLE;
    int place = whole ? 0 : (int)SDL_WINDOWPOS_UNDEFINED;
    SDL_Rect bounds = {0, 0, options->w, options->h};

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    set_hints();
    if (SDL_Init(SDL_INIT_VIDEO) < 0 || nobody_would_see() ||
        (whole && SDL_GetDisplayBounds(0, &bounds) < 0)) {
        error_set(error, -EIO, "no display: %s; is DISPLAY set and the X server running?", SDL_GetError());
        SDL_Quit();
        free(made);
        return -EIO;
    }
    /* Only X11 lends its own framebuffer; elsewhere SDL must be free to bring one. */
    if (strcmp(SDL_GetCurrentVideoDriver(), "x11") != 0)
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "1");
    ignore_events(options->keys);
    made->whole_screen = whole;
    made->posted = SDL_RegisterEvents(1);
    made->handle = SDL_CreateWindow(options->title, whole ? bounds.x : place, whole ? bounds.y : place,
                                    bounds.w, bounds.h, flags);
    if (!made->handle) {
        error_set(error, -EIO, "no window: %s", SDL_GetError());
        window_sdl_close(made);
        return -EIO;
    }
    if (whole) {
        SDL_ShowCursor(SDL_DISABLE);
        SDL_SetWindowKeyboardGrab(made->handle, SDL_TRUE); /* window managers' own keys do nothing */
        SDL_SetWindowInputFocus(made->handle);
    }
    *window = made;
    return 0;
}

void window_sdl_close(struct window_sdl *window)
{
    if (!window)
        return;
    if (window->handle)
        SDL_DestroyWindow(window->handle);
    SDL_Quit();
    free(window);
}

SDL_Window *window_sdl_handle(struct window_sdl *window)
{
    return window->handle;
}

void window_sdl_size(struct window_sdl *window, int *w, int *h)
{
    SDL_GetWindowSize(window->handle, w, h);
}

int window_sdl_dpi(struct window_sdl *window)
{
    int display = SDL_GetWindowDisplayIndex(window->handle);
    float dpi = 0;

    if (display < 0 || SDL_GetDisplayDPI(display, NULL, &dpi, NULL) < 0)
        return 0;
    return dpi >= DPI_LEAST && dpi <= DPI_MOST ? (int)(dpi + 0.5f) : 0;
}

/* --- events --- */

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The screen was turned or exchanged: fill it again. */
static void follow_display(struct window_sdl *window)
{
    SDL_Rect bounds;
    int w, h;

    if (!window->whole_screen || SDL_GetDisplayBounds(0, &bounds) < 0)
        return;
    SDL_GetWindowSize(window->handle, &w, &h);
    if (w == bounds.w && h == bounds.h)
        return;
    SDL_SetWindowPosition(window->handle, bounds.x, bounds.y);
    SDL_SetWindowSize(window->handle, bounds.w, bounds.h);
}

static void take_button(const SDL_MouseButtonEvent *button, struct window_sdl_event *event)
{
    if (button->button != SDL_BUTTON_LEFT)
        return;
    event->type = button->type == SDL_MOUSEBUTTONDOWN ? WINDOW_SDL_PRESS : WINDOW_SDL_RELEASE;
    event->finger = MOUSE_FINGER;
    event->x = button->x;
    event->y = button->y;
}

static void take_finger(struct window_sdl *window, const SDL_TouchFingerEvent *finger,
                        struct window_sdl_event *event)
{
    int w, h;

    SDL_GetWindowSize(window->handle, &w, &h);
    event->type = finger->type == SDL_FINGERDOWN ? WINDOW_SDL_PRESS
                  : finger->type == SDL_FINGERUP ? WINDOW_SDL_RELEASE
                                                 : WINDOW_SDL_MOVE;
    event->finger = finger->fingerId;
    event->x = (int)(finger->x * (float)w);
    event->y = (int)(finger->y * (float)h);
}

/* A printable character of the main block; keyboards are taken for English ones, as scanners take them. */
static int character(const SDL_Keysym *key)
{
    bool upper = ((key->mod & KMOD_SHIFT) != 0) != ((key->mod & KMOD_CAPS) != 0);

    if (key->mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI))
        return 0;
    if (key->sym >= 'a' && key->sym <= 'z')
        return upper ? key->sym - 'a' + 'A' : key->sym;
    if ((key->sym >= '0' && key->sym <= '9') || key->sym == '-')
        return key->mod & KMOD_SHIFT ? '?' : key->sym; /* a sign that no ticket has */
    return key->sym > ' ' && key->sym < 127 ? key->sym : 0;
}

static void take_key(const SDL_KeyboardEvent *key, struct window_sdl_event *event)
{
    SDL_Keycode sym = key->keysym.sym;

    if (key->repeat)
        return;
    event->type = WINDOW_SDL_KEY;
    event->key = KEYS_OTHER;
    if (sym == SDLK_UP)
        event->key = KEYS_UP;
    else if (sym == SDLK_DOWN)
        event->key = KEYS_DOWN;
    else if (sym == SDLK_LEFT)
        event->key = KEYS_LEFT;
    else if (sym == SDLK_RIGHT)
        event->key = KEYS_RIGHT;
    else if (sym == SDLK_RETURN)
        event->key = KEYS_ENTER;
    else if (sym == SDLK_KP_ENTER)
        event->key = KEYS_PAD_ENTER;
    else if (sym >= SDLK_KP_1 && sym <= SDLK_KP_0) { /* 1 to 9, then 0 */
        event->key = KEYS_PAD_DIGIT;
        event->value = (int)(sym - SDLK_KP_1 + 1) % 10;
    } else if (character(&key->keysym)) {
        event->key = KEYS_CHARACTER;
        event->value = character(&key->keysym);
    }
}

static void take_window_event(const SDL_WindowEvent *window, struct window_sdl_event *event)
{
    switch (window->event) {
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_SIZE_CHANGED:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_SHOWN:
        event->type = WINDOW_SDL_EXPOSED;
        break;
    default:
        break;
    }
}

static void translate(struct window_sdl *window, const SDL_Event *sdl, struct window_sdl_event *event)
{
    if (sdl->type == window->posted) {
        event->type = WINDOW_SDL_POSTED;
        event->code = sdl->user.code;
        event->data = sdl->user.data1;
        return;
    }
    switch (sdl->type) {
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP:
        take_button(&sdl->button, event);
        break;
    case SDL_MOUSEMOTION:
        if (sdl->motion.state & SDL_BUTTON_LMASK) {
            event->type = WINDOW_SDL_MOVE;
            event->finger = MOUSE_FINGER;
            event->x = sdl->motion.x;
            event->y = sdl->motion.y;
        }
        break;
    case SDL_FINGERDOWN:
    case SDL_FINGERUP:
    case SDL_FINGERMOTION:
        take_finger(window, &sdl->tfinger, event);
        break;
    case SDL_KEYDOWN:
        take_key(&sdl->key, event);
        break;
    case SDL_DISPLAYEVENT:
        follow_display(window);
        event->type = WINDOW_SDL_EXPOSED;
        break;
    case SDL_WINDOWEVENT:
        take_window_event(&sdl->window, event);
        break;
    case SDL_QUIT:
        if (!window->whole_screen)
            event->type = WINDOW_SDL_CLOSE;
        break;
    default:
        break;
    }
}

bool window_sdl_wait(struct window_sdl *window, int timeout, struct window_sdl_event *event)
{
    SDL_Event sdl;

    memset(event, 0, sizeof *event);
    if (!SDL_WaitEventTimeout(&sdl, timeout))
        return false;
    event->ns = monotonic_ns();
    translate(window, &sdl, event);
    return true;
}

bool window_sdl_post(struct window_sdl *window, int code, void *data)
{
    SDL_Event sdl;

    memset(&sdl, 0, sizeof sdl);
    sdl.type = window->posted;
    sdl.user.code = code;
    sdl.user.data1 = data;
    return SDL_PushEvent(&sdl) == 1;
}
