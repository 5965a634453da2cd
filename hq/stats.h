/*
 * The figures: pure arithmetic on counts.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_STATS_H
#define HQ_STATS_H

#include <stdbool.h>
#include <stdint.h>

#define STATS_SUPPRESS_UNDER 10 /* answers; a share of fewer says more about chance than about service */

struct stats_share {
    double value, low, high; /* 0 to 1; low and high are the ends of the 95 % interval */
};

/*
 * A share and its Wilson score interval (Wilson 1927), without continuity correction. 0 <= part <= whole,
 * whole > 0.
 */
struct stats_share stats_wilson(int64_t part, int64_t whole);

/* Does this mark count as satisfied? Top-2-box: the best two of the scale's marks. */
bool stats_is_satisfied(int mark, int scale);

#endif
