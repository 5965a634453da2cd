/*
 * Directional runs of a line of text, by the Unicode bidirectional algorithm. The only file that knows FriBidi.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_RUNS_FRIBIDI_H
#define KIOSK_RUNS_FRIBIDI_H

#include <stdbool.h>
#include <stddef.h>

#define RUNS_FRIBIDI_MAX 32

/* Bytes of the text that are read in one direction. */
struct runs_fribidi_run {
    size_t start, length;
    bool rtl; /* from right to left */
};

/*
 * Splits valid UTF-8 into runs, in the order in which they stand from left to right; rtl is the direction of
 * the line as a whole. Returns how many; a line that is too long or too mixed is one run.
 */
size_t runs_fribidi_split(const char *text, size_t length, bool rtl,
                          struct runs_fribidi_run runs[RUNS_FRIBIDI_MAX]);

#endif
