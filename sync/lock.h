/*
 * One uploader per outbox: a lock on a file beside it, which the kernel gives back when the process ends.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_LOCK_H
#define SYNC_LOCK_H

#include "core/error.h"

#include <stdbool.h>

/* *file gets a descriptor that holds the lock until it is closed. -EAGAIN: another process holds it. */
int lock_take(const char *outbox_path, int *file, struct error *error);

/* Asks without disturbing: does a process hold the lock? */
bool lock_held(const char *outbox_path);

#endif
