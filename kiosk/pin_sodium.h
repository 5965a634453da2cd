/*
 * The PIN of the service menu, as an Argon2id hash (RFC 9106).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_PIN_SODIUM_H
#define KIOSK_PIN_SODIUM_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

#define PIN_SODIUM_TEXT 128 /* of a hash, with NUL */

/* True for 4 to 16 digits. */
bool pin_sodium_valid(const char *digits);

/* -EINVAL: not a valid PIN. */
int pin_sodium_hash(char hash[PIN_SODIUM_TEXT], const char *digits, struct error *error);

/* Takes a tenth of a second or so, on purpose. False for a broken hash as well. */
bool pin_sodium_matches(const char *hash, const char *digits);

/* True for text that pin_sodium_hash() could have made. */
bool pin_sodium_is_hash(const char *hash);

/* Zeroes memory that held a PIN. */
void pin_sodium_wipe(void *memory, size_t size);

#endif
