/*
 * One-time tokens: the secret that lets a new device ask for its first certificate.
 * Only a token's hash is ever stored. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_TOKEN_H
#define HQ_TOKEN_H

#include "core/error.h"

#include <stdint.h>

#define TOKEN_TEXT 33 /* 128 random bits in hexadecimal, with NUL */
#define TOKEN_HASH_BYTES 32

int token_make(char text[TOKEN_TEXT], struct error *error);

/* BLAKE2b-256; a token has so many random bits that no salt is needed. Any text will do. */
void token_hash(const char *text, uint8_t hash[TOKEN_HASH_BYTES]);

#endif
