/*
 * The hash chain of a store: BLAKE2b-256 (RFC 7693, unkeyed) over the previous value and the record's line.
 * chain(0) = H(store UUID, 36 characters of lower-case text); chain(n) = H(chain(n-1) || line(n)), no line
 * break. SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_CHAIN_H
#define CORE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAIN_BYTES 32
#define CHAIN_TEXT 65 /* hexadecimal, lower case, with its NUL */

void chain_start(uint8_t chain[CHAIN_BYTES], const char *store);

/* chain may be updated in place (next == previous). */
void chain_next(uint8_t next[CHAIN_BYTES], const uint8_t previous[CHAIN_BYTES], const char *line,
                size_t length);

/* Plain BLAKE2b-256 of some bytes: names them without telling them. */
void chain_hash(uint8_t hash[CHAIN_BYTES], const char *bytes, size_t length);

bool chain_equal(const uint8_t a[CHAIN_BYTES], const uint8_t b[CHAIN_BYTES]);

void chain_to_text(char text[CHAIN_TEXT], const uint8_t chain[CHAIN_BYTES]);

/* False, and chain untouched, when text is not 64 lower-case hexadecimal digits. */
bool chain_from_text(uint8_t chain[CHAIN_BYTES], const char *text);

#endif
