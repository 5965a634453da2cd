/*
 * How long to wait before trying again: exponential backoff with full jitter, so that a thousand devices
 * whose network returns at once do not come at once. Pure; the caller brings the randomness.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_BACKOFF_H
#define SYNC_BACKOFF_H

#include <stdint.h>

#define BACKOFF_ASKED_MOST_MS (3600 * INT64_C(1000)) /* what a Retry-After can ask for at most */

struct backoff {
    int64_t first_ms; /* ceiling of the first wait, > 0 */
    int64_t most_ms;  /* ceiling of every wait, > 0 */
};

/* ms, evenly spread over 0..min(most_ms, first_ms * 2^failures); random is 64 even bits. */
int64_t backoff_wait(const struct backoff *backoff, unsigned failures, uint64_t random);

/*
 * The same when headquarters asked for a wait of asked_ms (Retry-After; <= 0: it did not): that long, the
 * jitter on top, an hour at most.
 */
int64_t backoff_wait_asked(const struct backoff *backoff, unsigned failures, int64_t asked_ms,
                           uint64_t random);

/* ms, evenly spread over about_ms..1.5 * about_ms: for what waiting alone does not mend. */
int64_t backoff_wait_long(int64_t about_ms, uint64_t random);

#endif
