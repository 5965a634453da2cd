/*
 * Backoff with full jitter. No overflow, whatever comes in.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/backoff.h"

static int64_t backoff_spread(int64_t most, uint64_t random)
{
    return (int64_t)(random % ((uint64_t)most + 1));
}

int64_t backoff_wait(const struct backoff *backoff, unsigned failures, uint64_t random)
{
    int64_t ceiling = backoff->first_ms;
    for (unsigned i = 0; i < failures && ceiling < backoff->most_ms; i++)
        ceiling = ceiling > backoff->most_ms / 2 ? backoff->most_ms : ceiling * 2;
    if (ceiling > backoff->most_ms)
        ceiling = backoff->most_ms;
    return backoff_spread(ceiling, random);
}

int64_t backoff_wait_asked(const struct backoff *backoff, unsigned failures, int64_t asked_ms,
                           uint64_t random)
{
    int64_t wait = backoff_wait(backoff, failures, random);
    if (asked_ms <= 0)
        return wait;
    if (asked_ms >= BACKOFF_ASKED_MOST_MS || wait >= BACKOFF_ASKED_MOST_MS - asked_ms)
        return BACKOFF_ASKED_MOST_MS;
    return asked_ms + wait;
}

int64_t backoff_wait_long(int64_t about_ms, uint64_t random)
{
    return about_ms + backoff_spread(about_ms / 2, random);
}
