/*
 * Watches files for being written or replaced, with inotify: a thread that sleeps until something happens.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_WATCH_H
#define KIOSK_WATCH_H

#include "core/error.h"

#include <stddef.h>

#define WATCH_FILES 8

struct watch;

/*
 * notify is called on the thread with the index of a file that may have other contents now, once it was closed,
 * or moved into place. A file need not exist yet, its folder must. Empty paths are passed over. -ENOENT and
 * others of the folder, -EAGAIN: no thread can be made.
 */
int watch_start(struct watch **watch, const char *const *paths, size_t count,
                void (*notify)(void *user, size_t index), void *user, struct error *error);
void watch_stop(struct watch *watch); /* NULL is fine */

#endif
