/*
 * Where a text may be broken into lines, by Unicode's rules (UAX 14). The only file that knows libunibreak.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_BREAKS_UNIBREAK_H
#define KIOSK_BREAKS_UNIBREAK_H

#include <stdbool.h>
#include <stddef.h>

/* allowed[i]: a line may end after byte i of the UTF-8 text, which is the last of its character. */
void breaks_unibreak_find(const char *text, size_t length, bool *allowed);

#endif
