/*
 * Identities: UUIDs of RFC 9562 in lower-case text.
 * Random ones (version 4) name stores and epochs; time-ordered ones (version 7) name visits.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_ID_H
#define CORE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_TEXT 37 /* 36 characters and a NUL */
#define ID_BYTES 16

void id_random(char text[ID_TEXT]);

/* Version 7: unique under any clock (74 random bits), sorted by the clock where that is right. wall in ms. */
void id_ordered(char text[ID_TEXT], int64_t wall);

/* True for exactly 36 characters of lower-case UUID text. Not NUL-terminated input is fine. */
bool id_valid(const char *text, size_t length);

/* text must be valid. */
void id_bytes(const char *text, uint8_t bytes[ID_BYTES]);

#endif
