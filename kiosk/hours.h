/*
 * Opening hours: "Mo-Fr 09:00-17:00; Sa 09:00-12:00", in local time.
 * A day may have several spans; a span may run past midnight (22:00-02:00).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_HOURS_H
#define KIOSK_HOURS_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOURS_SPANS 64

/* Minutes of a week that begins on Monday at 00:00; until may lie beyond the week's end. */
struct hours_span {
    int from, until;
};

struct hours {
    struct hours_span spans[HOURS_SPANS];
    size_t count; /* 0: always open */
};

/* Empty text: always open. -EINVAL with the place in the text; *hours is untouched then. */
int hours_parse(struct hours *hours, const char *text, struct error *error);

/*
 * Whether it is open at this instant (UTC ms) in the time zone of the process; *left_ms (may be NULL) gets the
 * time to the next opening or closing, a week when there is none. A clock that is set in between, summer time
 * too, makes that a guess: ask again at least every few minutes.
 */
bool hours_open(const struct hours *hours, int64_t wall, int64_t *left_ms);

#endif
