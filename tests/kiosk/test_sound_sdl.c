/*
 * Spoken prompts on SDL's disk driver: what would be heard is in a file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "kiosk/sound_sdl.h"

#include <SDL.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/stat.h>

#define RATE 16000
#define SAMPLES (RATE / 4)

static void put(FILE *file, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> (8 * i) & 255), file);
}

/* A quarter of a second of 16-bit mono at a constant height. */
static void write_wav(const char *path)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fputs("RIFF", file);
    put(file, 36 + SAMPLES * 2, 4);
    fputs("WAVEfmt ", file);
    put(file, 16, 4);
    put(file, 1, 2);
    put(file, 1, 2);
    put(file, RATE, 4);
    put(file, RATE * 2, 4);
    put(file, 2, 2);
    put(file, 16, 2);
    fputs("data", file);
    put(file, SAMPLES * 2, 4);
    for (int i = 0; i < SAMPLES; i++)
        put(file, 10000, 2);
    assert_int_equal(fclose(file), 0);
}

/* The loudest sample that the device was given so far. */
static int loudest(const char *path)
{
    FILE *file = fopen(path, "rb");
    int16_t sample;
    int most = 0;

    if (!file)
        return 0;
    while (fread(&sample, sizeof sample, 1, file) == 1)
        if (abs(sample) > most)
            most = abs(sample);
    fclose(file);
    return most;
}

static int heard(const char *path, int wanted)
{
    for (int i = 0; i < 500 && loudest(path) < wanted; i++)
        SDL_Delay(10);
    return loudest(path);
}

static void prompts_are_heard_at_their_volume(void **state)
{
    char folder[256], raw[300], wav[300];
    const char *names[] = {"overall"};
    struct sound_sdl *sound;
    struct error error = {0};

    snprintf(folder, sizeof folder, "%s/prompts", (const char *)*state);
    snprintf(raw, sizeof raw, "%s/heard.raw", (const char *)*state);
    mkdir(folder, 0755);
    snprintf(wav, sizeof wav, "%s/en", folder);
    mkdir(wav, 0755);
    snprintf(wav, sizeof wav, "%s/en/overall.wav", folder);
    write_wav(wav);
    setenv("SDL_AUDIODRIVER", "disk", 1);
    setenv("SDL_DISKAUDIOFILE", raw, 1);
    sound = sound_sdl_new(folder);
    assert_non_null(sound);
    sound_sdl_volume(sound, 50);
    assert_int_equal(sound_sdl_say(sound, "en", names, 1, &error), 0);
    assert_in_range(heard(raw, 4900), 4900, 5700); /* half of it, and a little over at the edges */
    assert_true(SDL_WasInit(SDL_INIT_AUDIO));
    sound_sdl_quiet(sound);
    assert_false(SDL_WasInit(SDL_INIT_AUDIO));
    sound_sdl_free(sound);
    sound_sdl_free(NULL);
}

static void what_is_missing_is_told_once(void **state)
{
    const char *names[] = {"nothing"};
    struct sound_sdl *sound = sound_sdl_new(*state);
    struct error error = {0};
    char broken[300];
    FILE *file;

    setenv("SDL_AUDIODRIVER", "dummy", 1);
    assert_int_equal(sound_sdl_say(sound, "en", names, 1, &error), -ENOENT);
    assert_non_null(strstr(error.text, "en/nothing.wav"));
    assert_int_equal(sound_sdl_say(sound, "en", names, 1, &error), 0);
    snprintf(broken, sizeof broken, "%s/en", (const char *)*state);
    mkdir(broken, 0755);
    snprintf(broken, sizeof broken, "%s/en/broken.wav", (const char *)*state);
    file = fopen(broken, "w");
    assert_non_null(file);
    fputs("RIFF but not really", file);
    fclose(file);
    names[0] = "broken";
    assert_true(sound_sdl_say(sound, "en", names, 1, &error) < 0);
    sound_sdl_free(sound);
}

static void without_a_device_silence_is_told_once(void **state)
{
    const char *names[] = {"nothing"};
    struct sound_sdl *sound = sound_sdl_new(*state);
    struct error error = {0};

    setenv("SDL_AUDIODRIVER", "no such driver", 1);
    assert_int_equal(sound_sdl_say(sound, "en", names, 1, &error), -EIO);
    assert_int_equal(sound_sdl_say(sound, "en", names, 1, &error), 0);
    sound_sdl_quiet(sound);
    assert_int_equal(sound_sdl_say(sound, "en", names, 1, &error), 0);
    sound_sdl_free(sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(prompts_are_heard_at_their_volume, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(what_is_missing_is_told_once, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(without_a_device_silence_is_told_once, testing_folder,
                                        testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
