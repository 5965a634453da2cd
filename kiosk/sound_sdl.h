/*
 * Spoken prompts through SDL audio. The device is opened with the first prompt and closed by sound_sdl_quiet(), so
 * that a screen nobody listens to wakes no processor.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_SOUND_SDL_H
#define KIOSK_SOUND_SDL_H

#include "core/error.h"

#include <stddef.h>

struct sound_sdl;

/* folder is copied. NULL: out of memory. */
struct sound_sdl *sound_sdl_new(const char *folder);
void sound_sdl_free(struct sound_sdl *sound); /* NULL is fine */

void sound_sdl_volume(struct sound_sdl *sound, int percent);

/*
 * Says FOLDER/language/name.wav at once, instead of what was being said; then continues with the next name when
 * there are several. -ENOENT, -EBADMSG or -EIO: a file is missing or broken, or no device plays; told once each.
 */
int sound_sdl_say(struct sound_sdl *sound, const char *language, const char *const *names, size_t count,
                  struct error *error);

/* Falls silent and closes the device. */
void sound_sdl_quiet(struct sound_sdl *sound);

#endif
