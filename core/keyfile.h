/*
 * Key files: one line of hexadecimal digits. Secret ones are readable by their owner only, or refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_KEYFILE_H
#define CORE_KEYFILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -EINVAL with file and remedy when the file is not exactly size bytes in hexadecimal, or secret and readable
 * by others. */
int keyfile_read(const char *path, uint8_t *key, size_t size, bool secret, struct error *error);

/* Writes aside, syncs and renames; never overwrites: -EEXIST. Mode 0600 when secret, else 0644. */
int keyfile_write(const char *path, const uint8_t *key, size_t size, bool secret, struct error *error);

#endif
