/*
 * Sealing a call-back number: what is sealed here only headquarters can open (libsodium sealed box, X25519 and
 * XSalsa20-Poly1305). The plain text is always SEAL_PLAIN bytes, the digits and then NULs, so that a sealed
 * number does not betray how long it is. SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_BYTES 32 /* public and secret key alike */
#define SEAL_DIGITS_MIN 5
#define SEAL_DIGITS_MAX 20
#define SEAL_PLAIN 24
#define SEAL_TEXT 97 /* base64 (RFC 4648, padded) of the sealed bytes, with NUL */

/* Could be a telephone number: SEAL_DIGITS_MIN to SEAL_DIGITS_MAX digits and nothing else, not all the same. */
bool seal_plausible(const char *number);

/* -EINVAL: not a plausible number, or a key that nothing can be sealed to. */
int seal_number(char sealed[SEAL_TEXT], const char *number, const uint8_t public_key[SEAL_KEY_BYTES],
                struct error *error);

/* True for text that seal_number() could have made. */
bool seal_valid(const char *sealed, size_t length);

/* At headquarters. -EBADMSG: not sealed to this key, or altered. number is wiped by the caller: seal_wipe(). */
int seal_open(char number[SEAL_DIGITS_MAX + 1], const char *sealed, const uint8_t public_key[SEAL_KEY_BYTES],
              const uint8_t secret_key[SEAL_KEY_BYTES], struct error *error);

/* A new pair for headquarters. */
void seal_keys(uint8_t public_key[SEAL_KEY_BYTES], uint8_t secret_key[SEAL_KEY_BYTES]);

/* Zeroes memory that held a number, and is never optimised away. */
void seal_wipe(void *memory, size_t size);

#endif
