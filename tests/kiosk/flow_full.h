/*
 * The flow bench over the full survey, with everything switched on: second chance, call-back, attract mode,
 * service menu. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_KIOSK_FLOW_FULL_H
#define TESTS_KIOSK_FLOW_FULL_H

#include "kiosk/flow_bench.h"

#define SECOND_CHANCE 10000
#define ATTRACT 60000
#define NOTICE 12000
#define FULL "assets/surveys/branch-full.json"

enum { OVERALL, REASON, CALLBACK, RECOMMEND, RESPONSE_TIME, ATTITUDE, ACCURACY };

static uint8_t full_public[SEAL_KEY_BYTES], full_secret[SEAL_KEY_BYTES];
static int full_notices = 2; /* valid today */
static int full_pins_tried;

static inline int full_next_notice(void *user, int after)
{
    (void)user;
    return after + 1 < full_notices ? after + 1 : -1;
}

static inline bool full_pin_matches(void *user, const char *digits)
{
    (void)user;
    full_pins_tried++;
    return strcmp(digits, "2468") == 0;
}

static inline struct flow_options full_options(struct bench *bench)
{
    return (struct flow_options){
        .survey = bench->survey,
        .clock = &bench->clock,
        .answer_timeout_ms = TIMEOUT,
        .thanks_ms = THANKS,
        .lock_ms = LOCK,
        .second_chance_ms = SECOND_CHANCE,
        .attract_ms = ATTRACT,
        .notice_ms = NOTICE,
        .case_key = full_public,
        .user = bench,
        .next_notice = full_next_notice,
        .pin_matches = full_pin_matches,
    };
}

static inline int full_setup(void **state)
{
    struct bench *bench = test_calloc(1, sizeof *bench);
    struct flow_options options;
    struct error error = {0};

    if (survey_load(&bench->survey, FULL, &error) < 0)
        fail_msg("%s", error.text);
    seal_keys(full_public, full_secret);
    full_notices = 2;
    full_pins_tried = 0;
    bench->now = 1000;
    bench->clock = (struct clock){bench_wall, bench_up, bench, "00000000-0000-4000-8000-000000000001"};
    options = full_options(bench);
    flow_start(&bench->flow, &options);
    *state = bench;
    return 0;
}

static inline struct target just(enum target_kind kind)
{
    return (struct target){kind, 0};
}

static inline struct target digit(int value)
{
    return (struct target){TARGET_DIGIT, value};
}

static inline void type(struct bench *bench, const char *digits)
{
    for (; *digits; digits++)
        tap(bench, digit(*digits - '0'));
}

#define FULL_TEST(name) cmocka_unit_test_setup_teardown(name, full_setup, teardown)

#endif
