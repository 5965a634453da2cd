/*
 * Line breaks.
 * Holds no state but the library's constant index.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/breaks_unibreak.h"

#include <linebreak.h>
#include <string.h>

#define PIECE 2048 /* bytes looked at together; no text on a screen is longer */

void breaks_unibreak_find(const char *text, size_t length, bool *allowed)
{
    char breaks[PIECE];

    init_linebreak();
    for (size_t at = 0; at < length; at += PIECE) {
        size_t part = length - at < PIECE ? length - at : PIECE;

        memset(breaks, LINEBREAK_NOBREAK, sizeof breaks); /* a character that is cut off is passed over */
        set_linebreaks_utf8((const utf8_t *)text + at, part, NULL, breaks);
        for (size_t i = 0; i < part; i++)
            allowed[at + i] = breaks[i] == LINEBREAK_ALLOWBREAK || breaks[i] == LINEBREAK_MUSTBREAK;
    }
}
