/*
 * Runs: equal embedding levels, put into visual order.
 * Holds no state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/runs_fribidi.h"

#include <fribidi.h>

#define CHARACTERS 512

static size_t one(size_t length, bool rtl, struct runs_fribidi_run *runs)
{
    runs[0] = (struct runs_fribidi_run){0, length, rtl};
    return 1;
}

/* Rule L2: from the highest level down to the lowest odd one, turn every stretch of that level and above. */
static void put_in_order(struct runs_fribidi_run *runs, FriBidiLevel *levels, size_t count,
                         FriBidiLevel highest)
{
    for (FriBidiLevel level = highest; level > 0; level--) {
        for (size_t from = 0; from < count; from++) {
            size_t to = from;

            while (to < count && levels[to] >= level)
                to++;
            for (size_t a = from, b = to; a + 1 < b; a++) {
                struct runs_fribidi_run run = runs[a];
                FriBidiLevel l = levels[a];

                b--;
                runs[a] = runs[b];
                levels[a] = levels[b];
                runs[b] = run;
                levels[b] = l;
            }
            if (to > from)
                from = to;
        }
    }
}

size_t runs_fribidi_split(const char *text, size_t length, bool rtl,
                          struct runs_fribidi_run runs[RUNS_FRIBIDI_MAX])
{
    FriBidiChar characters[CHARACTERS];
    FriBidiCharType types[CHARACTERS];
    FriBidiBracketType brackets[CHARACTERS];
    FriBidiLevel levels[CHARACTERS], run_levels[RUNS_FRIBIDI_MAX], highest;
    FriBidiParType base = rtl ? FRIBIDI_PAR_RTL : FRIBIDI_PAR_LTR;
    FriBidiStrIndex count;
    size_t run_count = 0, at = 0;

    if (length >= CHARACTERS) /* a character has at least one byte */
        return one(length, rtl, runs);
    count = fribidi_charset_to_unicode(FRIBIDI_CHAR_SET_UTF8, text, (FriBidiStrIndex)length, characters);
    fribidi_get_bidi_types(characters, count, types);
    fribidi_get_bracket_types(characters, count, types, brackets);
    highest = fribidi_get_par_embedding_levels_ex(types, brackets, count, &base, levels);
    if (highest == 0) /* failed */
        return one(length, rtl, runs);
    highest--;
    for (FriBidiStrIndex i = 0; i < count; i++) {
        size_t bytes = characters[i] < 0x80 ? 1 : characters[i] < 0x800 ? 2 : characters[i] < 0x10000 ? 3 : 4;

        if (run_count == 0 || levels[i] != run_levels[run_count - 1]) {
            if (run_count == RUNS_FRIBIDI_MAX)
                return one(length, rtl, runs);
            run_levels[run_count] = levels[i];
            runs[run_count++] = (struct runs_fribidi_run){at, 0, levels[i] & 1};
        }
        runs[run_count - 1].length += bytes;
        at += bytes;
    }
    put_in_order(runs, run_levels, run_count, highest);
    return run_count;
}
