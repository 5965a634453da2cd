/*
 * Window and drawing on SDL's dummy display: what events become, and what reaches the pixels.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/window_sdl.h"

#include "kiosk/draw_sdl.h"
#include "kiosk/samples.h"

#include <SDL.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define ROUNDS 64 /* waits at most for what was pushed */

static struct window_sdl *open_window(int w, int h)
{
    struct window_sdl *window = NULL;
    struct window_sdl_options options = {.title = "test", .w = w, .h = h};
    struct window_sdl_event event;
    struct error error = {0};

    setenv("SDL_VIDEODRIVER", "dummy", 1);
    if (window_sdl_open(&window, &options, &error) < 0)
        fail_msg("%s", error.text);
    for (int i = 0; i < ROUNDS; i++)
        window_sdl_wait(window, 0, &event);
    return window;
}

/* The next event that means something; QUIET when there is none. */
static struct window_sdl_event next(struct window_sdl *window)
{
    struct window_sdl_event event = {0};

    for (int i = 0; i < ROUNDS && event.type == WINDOW_SDL_QUIET; i++)
        window_sdl_wait(window, 0, &event);
    return event;
}

static void push_finger(Uint32 type, SDL_FingerID finger, float x, float y)
{
    SDL_Event event = {.tfinger = {.type = type, .touchId = 1, .fingerId = finger, .x = x, .y = y}};

    assert_int_equal(SDL_PushEvent(&event), 1);
}

static void push_button(Uint32 type, Uint8 button, int x, int y)
{
    SDL_Event event = {.button = {.type = type, .button = button, .x = x, .y = y}};

    assert_int_equal(SDL_PushEvent(&event), 1);
}

static void is(struct window_sdl_event event, enum window_sdl_event_type type, int x, int y)
{
    assert_int_equal(event.type, type);
    assert_int_equal(event.x, x);
    assert_int_equal(event.y, y);
    assert_true(event.ns > 0);
}

static void fingers_become_pixels(void **state)
{
    struct window_sdl *window = open_window(800, 480);
    struct window_sdl_event event;

    (void)state;
    push_finger(SDL_FINGERDOWN, 7, 0.5f, 0.25f);
    push_finger(SDL_FINGERMOTION, 7, 0.25f, 0.5f);
    push_finger(SDL_FINGERUP, 7, 0.0f, 0.0f);
    event = next(window);
    is(event, WINDOW_SDL_PRESS, 400, 120);
    assert_int_equal(event.finger, 7);
    is(next(window), WINDOW_SDL_MOVE, 200, 240);
    is(next(window), WINDOW_SDL_RELEASE, 0, 0);
    window_sdl_close(window);
}

static void only_the_left_button_counts(void **state)
{
    struct window_sdl *window = open_window(800, 480);
    SDL_Event motion = {.motion = {.type = SDL_MOUSEMOTION, .state = 0, .x = 5, .y = 6}};

    (void)state;
    push_button(SDL_MOUSEBUTTONDOWN, SDL_BUTTON_RIGHT, 10, 20);
    push_button(SDL_MOUSEBUTTONUP, SDL_BUTTON_RIGHT, 10, 20);
    SDL_PushEvent(&motion); /* no button is down */
    push_button(SDL_MOUSEBUTTONDOWN, SDL_BUTTON_LEFT, 30, 40);
    motion.motion.state = SDL_BUTTON_LMASK;
    SDL_PushEvent(&motion);
    push_button(SDL_MOUSEBUTTONUP, SDL_BUTTON_LEFT, 50, 60);
    is(next(window), WINDOW_SDL_PRESS, 30, 40);
    is(next(window), WINDOW_SDL_MOVE, 5, 6);
    is(next(window), WINDOW_SDL_RELEASE, 50, 60);
    assert_int_equal(next(window).type, WINDOW_SDL_QUIET);
    window_sdl_close(window);
}

static void F77_keys_drops_and_closing_do_nothing(void **state)
{
    static const Uint32 types[] = {SDL_KEYDOWN, SDL_KEYUP, SDL_TEXTINPUT, SDL_MOUSEWHEEL};
    struct window_sdl *window = open_window(0, 0);
    SDL_Event quit = {.type = SDL_QUIT};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_int_equal(SDL_EventState(types[i], SDL_QUERY), SDL_IGNORE);
    assert_int_equal(SDL_EventState(SDL_DROPFILE, SDL_QUERY), SDL_IGNORE);
    SDL_PushEvent(&quit);
    assert_int_equal(next(window).type, WINDOW_SDL_QUIET);
    window_sdl_close(window);
    window = open_window(800, 480);
    SDL_PushEvent(&quit);
    assert_int_equal(next(window).type, WINDOW_SDL_CLOSE);
    window_sdl_close(window);
}

static void push_key(SDL_Keycode sym, Uint16 mod, Uint8 repeat)
{
    SDL_Event event = {.key = {.type = SDL_KEYDOWN, .repeat = repeat, .keysym = {.sym = sym, .mod = mod}}};

    assert_int_equal(SDL_PushEvent(&event), 1);
}

static void keys_arrive_where_something_types(void **state)
{
    static const struct {
        SDL_Keycode sym;
        Uint16 mod;
        enum keys_key key;
        int value;
    } table[] = {
        {SDLK_UP, 0, KEYS_UP, 0},
        {SDLK_RIGHT, 0, KEYS_RIGHT, 0},
        {SDLK_RETURN, 0, KEYS_ENTER, 0},
        {SDLK_KP_ENTER, 0, KEYS_PAD_ENTER, 0},
        {SDLK_KP_1, 0, KEYS_PAD_DIGIT, 1},
        {SDLK_KP_9, 0, KEYS_PAD_DIGIT, 9},
        {SDLK_KP_0, 0, KEYS_PAD_DIGIT, 0},
        {SDLK_a, 0, KEYS_CHARACTER, 'a'},
        {SDLK_a, KMOD_LSHIFT, KEYS_CHARACTER, 'A'},
        {SDLK_a, KMOD_CAPS, KEYS_CHARACTER, 'A'},
        {SDLK_a, KMOD_CAPS | KMOD_RSHIFT, KEYS_CHARACTER, 'a'},
        {SDLK_7, 0, KEYS_CHARACTER, '7'},
        {SDLK_7, KMOD_LSHIFT, KEYS_CHARACTER, '?'}, /* a sign that spoils a ticket */
        {SDLK_MINUS, 0, KEYS_CHARACTER, '-'},
        {SDLK_a, KMOD_LCTRL, KEYS_OTHER, 0},
        {SDLK_ESCAPE, 0, KEYS_OTHER, 0},
        {SDLK_F4, KMOD_LALT, KEYS_OTHER, 0},
        {SDLK_SPACE, 0, KEYS_OTHER, 0},
    };
    const struct window_sdl_options options = {.title = "test", .keys = true};
    struct window_sdl *window = NULL;
    struct error error = {0};

    (void)state;
    setenv("SDL_VIDEODRIVER", "dummy", 1);
    assert_int_equal(window_sdl_open(&window, &options, &error), 0);
    for (int i = 0; i < ROUNDS; i++)
        window_sdl_wait(window, 0, &(struct window_sdl_event){0});
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct window_sdl_event event;

        push_key(table[i].sym, table[i].mod, 1); /* held down: once is enough */
        push_key(table[i].sym, table[i].mod, 0);
        event = next(window);
        assert_int_equal(event.type, WINDOW_SDL_KEY);
        assert_int_equal(event.key, table[i].key);
        assert_int_equal(event.value, table[i].value);
    }
    assert_int_equal(next(window).type, WINDOW_SDL_QUIET);
    window_sdl_close(window);
}

static void *post(void *argument)
{
    static int data;

    assert_true(window_sdl_post(argument, 3, &data));
    return &data;
}

static void other_threads_can_post(void **state)
{
    struct window_sdl *window = open_window(800, 480);
    struct window_sdl_event event = {0};
    pthread_t thread;
    void *data;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, post, window), 0);
    for (int i = 0; i < ROUNDS && event.type != WINDOW_SDL_POSTED; i++)
        window_sdl_wait(window, 1000, &event);
    pthread_join(thread, &data);
    assert_int_equal(event.type, WINDOW_SDL_POSTED);
    assert_int_equal(event.code, 3);
    assert_ptr_equal(event.data, data);
    window_sdl_close(window);
}

/* --- pixels --- */

static uint32_t pixel_at(struct window_sdl *window, int x, int y)
{
    SDL_Surface *surface = SDL_GetWindowSurface(window_sdl_handle(window));
    Uint32 *row = (Uint32 *)((char *)surface->pixels + (ptrdiff_t)y * surface->pitch);
    Uint8 r, g, b;

    assert_int_equal(surface->format->BytesPerPixel, 4);
    SDL_GetRGB(row[x], surface->format, &r, &g, &b);
    return (uint32_t)r << 16 | (uint32_t)g << 8 | b;
}

static void frames_reach_the_pixels(void **state)
{
    struct window_sdl *window = open_window(400, 300);
    static struct drawlist list;
    struct draw_sdl *draw = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(draw_sdl_open(&draw, window_sdl_handle(window), NULL, "assets/icons", &error), 0);
    drawlist_clear(&list, 400, 300);
    drawlist_fill(&list, (struct draw_rect){0, 0, 400, 300}, 0x102030);
    drawlist_rounded(&list, (struct draw_rect){100, 100, 80, 60}, 20, 0xFF8000);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), 0);
    assert_int_equal(pixel_at(window, 0, 0), 0x102030);
    assert_int_equal(pixel_at(window, 140, 130), 0xFF8000);
    assert_int_equal(pixel_at(window, 140, 100), 0xFF8000); /* on the edge */
    assert_int_equal(pixel_at(window, 100, 100), 0x102030); /* the corner is round */
    assert_int_equal(pixel_at(window, 179, 159), 0x102030);
    assert_int_equal(pixel_at(window, 108, 108), 0xFF8000);
    drawlist_clear(&list, 400, 300);
    drawlist_fill(&list, (struct draw_rect){0, 0, 400, 300}, 0x102030);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), 0);
    assert_int_equal(pixel_at(window, 140, 130), 0x102030);
    draw_sdl_close(draw);
    window_sdl_close(window);
}

static void missing_icon_is_told_once(void **state)
{
    struct window_sdl *window = open_window(400, 300);
    static struct drawlist list;
    struct draw_sdl *draw = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(draw_sdl_open(&draw, window_sdl_handle(window), NULL, "/nonexistent", &error), 0);
    drawlist_clear(&list, 400, 300);
    drawlist_fill(&list, (struct draw_rect){0, 0, 400, 300}, 0x102030);
    drawlist_icon(&list, (struct draw_rect){10, 10, 50, 50}, "face-1", 255);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), -ENOENT);
    assert_non_null(strstr(error.text, "face-1"));
    assert_int_equal(pixel_at(window, 20, 20), 0x102030);
    draw_sdl_invalidate(draw);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), 0);
    draw_sdl_close(draw);
    window_sdl_close(window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingers_become_pixels),
        cmocka_unit_test(only_the_left_button_counts),
        cmocka_unit_test(keys_arrive_where_something_types),
        cmocka_unit_test(F77_keys_drops_and_closing_do_nothing),
        cmocka_unit_test(other_threads_can_post),
        cmocka_unit_test(frames_reach_the_pixels),
        cmocka_unit_test(missing_icon_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
