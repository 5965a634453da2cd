/*
 * The figures.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/stats.h"

#include <math.h>

#define STATS_Z 1.959963984540054 /* of the standard normal distribution, 97.5 % */

struct stats_share stats_wilson(int64_t part, int64_t whole)
{
    double n = (double)whole, p = (double)part / n, z2 = STATS_Z * STATS_Z;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double reach = STATS_Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    /* at none and all, rounding would leave a trace beyond the ends */
    return (struct stats_share){
        .value = p,
        .low = part == 0 ? 0 : fmax(0, middle - reach),
        .high = part == whole ? 1 : fmin(1, middle + reach),
    };
}

bool stats_is_satisfied(int mark, int scale)
{
    return mark > scale - 2;
}
