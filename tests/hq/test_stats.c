/*
 * The figures, against values computed independently: the ends of Wilson's interval are the two proportions p
 * that solve |k/n - p| = z sqrt(p (1 - p) / n), found by bisection in another language.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/stats.h"

static void wilson_has_known_values(void **state)
{
    (void)state;
    static const struct {
        int64_t part, whole;
        double low, high;
    } known[] = {
        {8, 10, 0.490162472, 0.943317849},
        {1, 10, 0.017876213, 0.404150027},
        {15, 20, 0.531299122, 0.888138299},
        {81, 263, 0.255288520, 0.366209577},
        {428, 520, 0.787943561, 0.853471879},
        {1, 1000000, 0.000000177, 0.000005665},
        {0, 10, 0, 0.277532800},
        {10, 10, 0.722467200, 1},
        {0, 1, 0, 0.793450686},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct stats_share share = stats_wilson(known[i].part, known[i].whole);
        assert_float_equal(share.value, (double)known[i].part / (double)known[i].whole, 1e-12);
        assert_float_equal(share.low, known[i].low, 1e-9);
        assert_float_equal(share.high, known[i].high, 1e-9);
    }
}

static void wilson_stays_within_its_ends(void **state)
{
    (void)state;
    for (int64_t whole = 1; whole <= 60; whole++)
        for (int64_t part = 0; part <= whole; part++) {
            struct stats_share share = stats_wilson(part, whole), twin = stats_wilson(whole - part, whole);
            assert_true(share.low >= 0 && share.high <= 1);
            assert_true(share.low <= share.value && share.value <= share.high);
            assert_float_equal(share.low, 1 - twin.high,
                               1e-9); /* satisfied and not satisfied mirror each other */
        }
}

static void satisfied_is_the_best_two_marks(void **state)
{
    (void)state;
    static const bool five[] = {false, false, false, true, true}, four[] = {false, false, true, true};
    for (int mark = 1; mark <= 5; mark++)
        assert_int_equal(stats_is_satisfied(mark, 5), five[mark - 1]);
    for (int mark = 1; mark <= 4; mark++)
        assert_int_equal(stats_is_satisfied(mark, 4), four[mark - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_has_known_values),
        cmocka_unit_test(wilson_stays_within_its_ends),
        cmocka_unit_test(satisfied_is_the_best_two_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
