/*
 * Fits text into a box: the largest size at which it wraps into the box whole.
 * Pure: text is measured through function pointers. Nothing is ever cut off; text that would not fit at the
 * smallest size asked for is shrunk further and reported as tight.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_TEXT_FIT_H
#define KIOSK_TEXT_FIT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_FIT_LINES 12
#define TEXT_FIT_TINY 6 /* px: nothing is set smaller */

/* All in pixels; size is the font's, language an index in the survey. */
struct text_measure {
    int (*width)(void *user, int language, int size, const char *text, size_t length);
    int (*line_height)(void *user, int language, int size);
    void *user;
};

struct text_fit_request {
    int language;
    const char *text; /* UTF-8, borrowed by the result */
    int w, h;         /* of the box */
    int largest, smallest;
    int lines;   /* at most, up to TEXT_FIT_LINES */
    bool single; /* rather one line than several that are hardly larger */
};

struct text_line {
    const char *text; /* not NUL-terminated */
    size_t length;
    int width;
};

struct text_fit {
    int language, size, line_height;
    int w, h;   /* of all lines together */
    bool tight; /* smaller than asked for */
    int count;
    struct text_line lines[TEXT_FIT_LINES];
};

void text_fit(struct text_fit *fit, const struct text_measure *measure,
              const struct text_fit_request *request);

#endif
