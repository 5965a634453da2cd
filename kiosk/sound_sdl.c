/*
 * Spoken prompts.
 * Everything is played as 22050 Hz mono; SDL converts what files and device have otherwise.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/sound_sdl.h"

#include <SDL.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATE 22050
#define FOLDER_MAX 512
#define COMPLAINTS 64
#define SECONDS_MAX 60 /* of one prompt */

struct sound_sdl {
    char folder[FOLDER_MAX];
    int volume; /* percent */
    SDL_AudioDeviceID device;
    bool broken; /* no device: told once, not tried again before the next visit */
    uint64_t complaints[COMPLAINTS];
    size_t complaint_count;
};

struct sound_sdl *sound_sdl_new(const char *folder)
{
    struct sound_sdl *sound = calloc(1, sizeof *sound);

    if (!sound)
        return NULL;
    snprintf(sound->folder, sizeof sound->folder, "%s", folder);
    sound->volume = 100;
    return sound;
}

void sound_sdl_free(struct sound_sdl *sound)
{
    if (!sound)
        return;
    sound_sdl_quiet(sound);
    free(sound);
}

void sound_sdl_volume(struct sound_sdl *sound, int percent)
{
    sound->volume = percent;
}

void sound_sdl_quiet(struct sound_sdl *sound)
{
    if (sound->device)
        SDL_CloseAudioDevice(sound->device);
    if (sound->device || sound->broken)
        SDL_QuitSubSystem(SDL_INIT_AUDIO);
    sound->device = 0;
    sound->broken = false;
}

static const SDL_AudioSpec wanted = {.freq = RATE, .format = AUDIO_S16SYS, .channels = 1, .samples = 1024};

/* True the first time that this is said. */
static bool is_news(struct sound_sdl *sound, const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (const char *c = text; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    for (size_t i = 0; i < sound->complaint_count; i++)
        if (sound->complaints[i] == hash)
            return false;
    if (sound->complaint_count < COMPLAINTS)
        sound->complaints[sound->complaint_count++] = hash;
    return true;
}

static int open_device(struct sound_sdl *sound, struct error *error)
{
    if (sound->device || sound->broken)
        return 0;
    if (SDL_InitSubSystem(SDL_INIT_AUDIO) == 0)
        sound->device = SDL_OpenAudioDevice(NULL, 0, &wanted, NULL, 0);
    if (sound->device)
        return 0;
    sound->broken = true;
    error_set(error, -EIO, "prompts cannot be heard: %s", SDL_GetError());
    return is_news(sound, error ? error->text : "") ? -EIO : 0;
}

/* Converts in place of *bytes, which SDL_LoadWAV() made, into memory of our own. */
static Uint8 *convert(const SDL_AudioSpec *spec, const Uint8 *bytes, Uint32 size, Uint32 *converted)
{
    SDL_AudioCVT cvt;
    Uint8 *made;

    if (SDL_BuildAudioCVT(&cvt, spec->format, spec->channels, spec->freq, wanted.format, wanted.channels,
                          wanted.freq) < 0)
        return NULL;
    made = malloc((size_t)size * (size_t)cvt.len_mult + 1);
    if (!made)
        return NULL;
    memcpy(made, bytes, size);
    cvt.buf = made;
    cvt.len = (int)size;
    if (cvt.needed && SDL_ConvertAudio(&cvt) < 0) {
        free(made);
        return NULL;
    }
    *converted = cvt.needed ? (Uint32)cvt.len_cvt : size;
    return made;
}

static int queue_file(struct sound_sdl *sound, const char *path, struct error *error)
{
    SDL_AudioSpec spec;
    Uint8 *bytes = NULL, *made = NULL;
    Uint32 size = 0, converted = 0;

    if (!SDL_LoadWAV(path, &spec, &bytes, &size))
        return error_set(error, -ENOENT, "prompt %s: %s", path, SDL_GetError());
    if (size <= (Uint32)spec.freq * SDL_AUDIO_BITSIZE(spec.format) / 8 * spec.channels * SECONDS_MAX)
        made = convert(&spec, bytes, size, &converted);
    SDL_FreeWAV(bytes);
    if (!made)
        return error_set(error, -EBADMSG, "prompt %s: longer than %d s, or of a kind that cannot be played",
                         path, SECONDS_MAX);
    for (Uint32 i = 0; i + 1 < converted; i += 2) {
        int16_t sample;

        memcpy(&sample, made + i, sizeof sample);
        sample = (int16_t)(sample * sound->volume / 100);
        memcpy(made + i, &sample, sizeof sample);
    }
    SDL_QueueAudio(sound->device, made, converted);
    free(made);
    return 0;
}

int sound_sdl_say(struct sound_sdl *sound, const char *language, const char *const *names, size_t count,
                  struct error *error)
{
    int result = open_device(sound, error);

    if (!sound->device)
        return result;
    SDL_ClearQueuedAudio(sound->device);
    for (size_t i = 0; i < count; i++) {
        char path[FOLDER_MAX + 256];
        struct error complaint = {0};
        int code;

        snprintf(path, sizeof path, "%s/%s/%s.wav", sound->folder, language, names[i]);
        code = queue_file(sound, path, &complaint);
        if (code < 0 && result == 0 && is_news(sound, path)) {
            result = code;
            if (error)
                *error = complaint;
        }
    }
    SDL_PauseAudioDevice(sound->device, 0);
    return result;
}
