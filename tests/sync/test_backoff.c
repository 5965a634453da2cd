/*
 * Backoff: bounds, the edges of the jitter, caps, and that it is spread evenly.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "sync/backoff.h"

#define HOUR (3600 * INT64_C(1000))

static const struct backoff usual = {1000, 600000};

static void ceilings_double_up_to_the_most(void **state)
{
    static const struct {
        unsigned failures;
        int64_t ceiling;
    } table[] = {
        {0, 1000},
        {1, 2000},
        {2, 4000},
        {3, 8000},
        {8, 256000},
        {9, 512000},
        {10, 600000},
        {11, 600000},
        {63, 600000},
        {64, 600000},
        {65, 600000},
        {1000, 600000},
        {UINT32_MAX, 600000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint64_t ceiling = (uint64_t)table[i].ceiling;
        assert_int_equal(backoff_wait(&usual, table[i].failures, 0), 0);
        assert_int_equal(backoff_wait(&usual, table[i].failures, ceiling), table[i].ceiling);
        assert_int_equal(backoff_wait(&usual, table[i].failures, ceiling + 1), 0);
        assert_in_range(backoff_wait(&usual, table[i].failures, UINT64_MAX), 0, ceiling);
    }
}

static void odd_settings_stay_in_bounds(void **state)
{
    const struct backoff above = {5000, 1000}, huge = {INT64_MAX / 2 + 1, INT64_MAX}, least = {1, 1};
    (void)state;
    assert_int_equal(backoff_wait(&above, 0, 1000), 1000);
    assert_int_equal(backoff_wait(&above, 0, 1001), 0);
    assert_true(backoff_wait(&huge, 9, UINT64_MAX) >= 0);
    assert_int_equal(backoff_wait(&least, 99, 1), 1);
    assert_int_equal(backoff_wait(&least, 99, 2), 0);
}

/* Full jitter: every tenth of the range gets about a tenth of the waits. */
static void the_jitter_is_full_and_even(void **state)
{
    int tenths[10] = {0};
    uint64_t random = 88172645463325252u; /* xorshift64: the same on every run */
    (void)state;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        int64_t wait = backoff_wait(&usual, 20, random);
        tenths[wait == 600000 ? 9 : wait / 60000]++;
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(tenths[i], 1800, 2200);
}

static void retry_after_is_honoured_up_to_an_hour(void **state)
{
    static const struct {
        int64_t asked;
        uint64_t random;
        int64_t wait;
    } table[] = {
        {0, 7, 7},
        {-5, 7, 7},
        {INT64_MIN, 7, 7},
        {30000, 0, 30000},
        {30000, 1000, 31000},
        {HOUR - 1, 0, HOUR - 1},
        {HOUR - 1, 1, HOUR},
        {HOUR - 1, 1000, HOUR},
        {HOUR, 0, HOUR},
        {HOUR + 1, 1000, HOUR},
        {INT64_C(99999999999) * 1000, 1000, HOUR},
        {INT64_MAX, 1000, HOUR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(backoff_wait_asked(&usual, 0, table[i].asked, table[i].random), table[i].wait);
    /* a ceiling over an hour does not make the wait that was asked for longer than an hour */
    const struct backoff slow = {1000, 24 * HOUR};
    assert_int_equal(backoff_wait_asked(&slow, 30, 1000, (uint64_t)(24 * HOUR)), HOUR);
}

static void the_long_wait_is_at_least_what_was_said(void **state)
{
    (void)state;
    assert_int_equal(backoff_wait_long(600000, 0), 600000);
    assert_int_equal(backoff_wait_long(600000, 300000), 900000);
    assert_int_equal(backoff_wait_long(600000, 300001), 600000);
    assert_in_range(backoff_wait_long(600000, UINT64_MAX), 600000, 900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ceilings_double_up_to_the_most),
        cmocka_unit_test(odd_settings_stay_in_bounds),
        cmocka_unit_test(the_jitter_is_full_and_even),
        cmocka_unit_test(retry_after_is_honoured_up_to_an_hour),
        cmocka_unit_test(the_long_wait_is_at_least_what_was_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
