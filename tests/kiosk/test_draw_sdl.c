/*
 * Drawing on a picture: shapes, texts in every script, and repainting only what changed.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/draw_sdl.h"

#include "kiosk/looks.h"
#include "kiosk/paint_sdl.h"
#include "kiosk/runs_fribidi.h"
#include "kiosk/samples.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static uint32_t at(const SDL_Surface *surface, int x, int y)
{
    const unsigned char *row = (const unsigned char *)surface->pixels + (ptrdiff_t)y * surface->pitch;

    return ((const uint32_t *)(const void *)row)[x] & 0xFFFFFF;
}

static SDL_Surface *canvas(void)
{
    SDL_Surface *surface = SDL_CreateRGBSurfaceWithFormat(0, 100, 100, 32, SDL_PIXELFORMAT_RGB888);

    assert_non_null(surface);
    paint_sdl_fill(surface, (SDL_Rect){0, 0, 100, 100}, 0xFFFFFF, 255);
    return surface;
}

static void shapes_stay_in_their_rectangle_and_in_the_clip(void **state)
{
    SDL_Surface *surface = canvas();
    SDL_Rect clip = {0, 0, 100, 50};

    (void)state;
    SDL_SetClipRect(surface, &clip);
    paint_sdl_rounded(surface, (SDL_Rect){10, 10, 80, 80}, 40, 0x000000, 255);
    paint_sdl_fill(surface, (SDL_Rect){-20, 40, 400, 400}, 0x112233, 255);
    paint_sdl_line(surface, (SDL_Rect){0, 30, 100, 40}, 3, true, 0x445566, 255);
    for (int y = 0; y < 100; y++) {
        for (int x = 0; x < 100; x++) {
            if (y >= 50 || (y < 30 && (x < 10 || x >= 90 || y < 10)))
                assert_int_equal(at(surface, x, y), 0xFFFFFF);
        }
    }
    assert_int_equal(at(surface, 50, 20), 0x000000);
    assert_int_equal(at(surface, 10, 10), 0xFFFFFF); /* the corner is round */
    SDL_FreeSurface(surface);
}

static void discs_are_round_and_smooth(void **state)
{
    SDL_Surface *surface = canvas();
    double ink = 0;
    int grey = 0;

    (void)state;
    paint_sdl_rounded(surface, (SDL_Rect){10, 10, 80, 80}, 40, 0x000000, 255);
    for (int y = 0; y < 100; y++) {
        for (int x = 0; x < 100; x++) {
            uint32_t pixel = at(surface, x, y);

            assert_int_equal(pixel, at(surface, 99 - x, y));
            assert_int_equal(pixel, at(surface, x, 99 - y));
            assert_int_equal(pixel, at(surface, y, x));
            ink += (255 - (double)(pixel & 0xFF)) / 255;
            grey += pixel != 0 && pixel != 0xFFFFFF;
        }
    }
    assert_true(ink > 5026 - 40 && ink < 5026 + 40); /* pi * 40^2 */
    assert_true(grey > 100);
    SDL_FreeSurface(surface);
}

static void rings_are_what_a_smaller_shape_leaves_of_a_larger(void **state)
{
    SDL_Surface *ring = canvas(), *both = canvas();

    (void)state;
    paint_sdl_ring(ring, (SDL_Rect){10, 10, 80, 60}, 20, 6, 0x000000, 255);
    paint_sdl_rounded(both, (SDL_Rect){10, 10, 80, 60}, 20, 0x000000, 255);
    paint_sdl_rounded(both, (SDL_Rect){16, 16, 68, 48}, 14, 0xFFFFFF, 255);
    for (int y = 0; y < 100; y++) {
        for (int x = 0; x < 100; x++)
            assert_in_range((at(ring, x, y) & 0xFF) + 3, at(both, x, y) & 0xFF, (at(both, x, y) & 0xFF) + 6);
    }
    SDL_FreeSurface(ring);
    SDL_FreeSurface(both);
}

static void alpha_blends_evenly(void **state)
{
    SDL_Surface *surface = canvas();

    (void)state;
    paint_sdl_fill(surface, (SDL_Rect){0, 0, 100, 100}, 0x000000, 128);
    assert_in_range(at(surface, 5, 5) & 0xFF, 0x7C, 0x82);
    assert_in_range(at(surface, 5, 5) >> 16, 0x7C, 0x82);
    paint_sdl_fill(surface, (SDL_Rect){0, 0, 100, 100}, 0xFF0000, 255);
    assert_int_equal(at(surface, 5, 5), 0xFF0000);
    paint_sdl_fill(surface, (SDL_Rect){0, 0, 100, 100}, 0x00FF00, 0);
    assert_int_equal(at(surface, 5, 5), 0xFF0000);
    SDL_FreeSurface(surface);
}

static void numbers_keep_their_direction_in_arabic(void **state)
{
    static const char text[] = "من 12:00 إلى 14:00";
    struct runs_fribidi_run runs[RUNS_FRIBIDI_MAX];
    size_t count = runs_fribidi_split(text, strlen(text), true, runs), bytes = 0;

    (void)state;
    assert_true(count >= 4);
    assert_false(runs[0].rtl);
    assert_memory_equal(text + runs[0].start, "14:00", 5); /* what is read last stands at the left */
    assert_true(runs[count - 1].rtl);
    assert_int_equal(runs[count - 1].start, 0);
    for (size_t i = 0; i < count; i++)
        bytes += runs[i].length;
    assert_int_equal(bytes, strlen(text));
    assert_int_equal(runs_fribidi_split("plain", 5, false, runs), 1);
    assert_false(runs[0].rtl);
}

/* --- with real fonts --- */

static struct survey *survey;
static struct looks looks;

static int open_looks(void **state)
{
    struct error error = {0};

    (void)state;
    if (survey_load(&survey, "assets/surveys/branch-languages.json", &error) < 0 ||
        looks_open(&looks, &(struct looks_options){survey, "assets/themes", "light"}, &error) < 0)
        fail_msg("%s", error.text);
    return 0;
}

static int close_looks(void **state)
{
    (void)state;
    looks_close(&looks);
    survey_free(survey);
    return 0;
}

/* As wide as it measures, and something is on it. */
static void check_text(int language, const char *string)
{
    int width = looks.measure.width(looks.measure.user, language, 40, string, strlen(string)), inked = 0;
    SDL_Surface *surface = text_sdl_render(looks.text, language, 40, 0x000000, string);

    assert_non_null(surface);
    assert_int_equal(surface->w, width);
    for (int y = 0; y < surface->h; y++) {
        for (int x = 0; x < surface->w; x++) {
            const unsigned char *row = (const unsigned char *)surface->pixels + (ptrdiff_t)y * surface->pitch;

            inked += ((const uint32_t *)(const void *)row)[x] >> 24 > 128;
        }
    }
    assert_true(inked > 20);
    SDL_FreeSurface(surface);
}

static void every_language_is_measured_as_it_is_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < survey->language_count; i++) {
        check_text((int)i, survey->thanks.in[i]);
        check_text((int)i, survey->closed.in[i]); /* with digits: from another font where need be */
        check_text((int)i, "7");
    }
    check_text(looks.plain, "Wrong PIN");
    check_text(looks.plain, "中文"); /* from the font of another language */
}

static void arabic_letters_join(void **state)
{
    int language = survey_language(survey, "ar");
    const char *joined = "\u0628\u0628\u0628", *apart = "\u0628\u200c\u0628\u200c\u0628";

    (void)state;
    assert_true(looks.measure.width(looks.measure.user, language, 60, joined, strlen(joined)) <
                looks.measure.width(looks.measure.user, language, 60, apart, strlen(apart)));
}

static void frames_repaint_what_changed_and_can_be_saved(void **state)
{
    static struct drawlist list;
    struct draw_sdl *draw = NULL;
    struct error error = {0};
    char path[] = "/tmp/tapline-draw-XXXXXX";
    int file = mkstemp(path);
    unsigned char head[8] = {0};

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(draw_sdl_open_picture(&draw, 320, 240, looks.text, "assets/icons", &error), 0);
    assert_int_equal(draw_sdl_save(draw, path, &error), -EIO); /* nothing is painted yet */
    drawlist_clear(&list, 320, 240);
    drawlist_fill(&list, (struct draw_rect){0, 0, 320, 240}, 0xFFFFFF);
    drawlist_icon(&list, (struct draw_rect){10, 10, 80, 80}, "face-1", 255);
    drawlist_sign(&list, (struct draw_rect){100, 10, 80, 80}, "tick", 0xFF0000, 255, 500);
    drawlist_line(&list, 200, 20, 300, 90, 4, 0x00FF00);
    drawlist_text(&list, (struct draw_rect){10, 120, 200, 60}, 1, 40, 0, 255, "Hello", 5);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), 0);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), 0);
    assert_int_equal(draw_sdl_save(draw, path, &error), 0);
    assert_int_equal(read(file, head, sizeof head), sizeof head);
    assert_memory_equal(head, "\x89PNG\r\n\x1a\n", 8);
    drawlist_icon(&list, (struct draw_rect){10, 10, 80, 80}, "no-such-icon", 255);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), -ENOENT);
    drawlist_veil(&list, (struct draw_rect){0, 0, 320, 240}, 0, 1);
    assert_int_equal(draw_sdl_frame(draw, &list, &error), 0); /* told once */
    draw_sdl_close(draw);
    close(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_stay_in_their_rectangle_and_in_the_clip),
        cmocka_unit_test(discs_are_round_and_smooth),
        cmocka_unit_test(rings_are_what_a_smaller_shape_leaves_of_a_larger),
        cmocka_unit_test(alpha_blends_evenly),
        cmocka_unit_test(numbers_keep_their_direction_in_arabic),
        cmocka_unit_test(every_language_is_measured_as_it_is_drawn),
        cmocka_unit_test(arabic_letters_join),
        cmocka_unit_test(frames_repaint_what_changed_and_can_be_saved),
    };
    return cmocka_run_group_tests(tests, open_looks, close_looks);
}
