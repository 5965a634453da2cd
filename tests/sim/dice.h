/*
 * Random numbers of a simulation: the same seed gives the same numbers, everywhere (splitmix64).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_DICE_H
#define TESTS_SIM_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

static inline uint64_t dice_next(struct dice *dice)
{
    uint64_t value = dice->state += 0x9e3779b97f4a7c15u;
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
    value = (value ^ value >> 27) * 0x94d049bb133111ebu;
    return value ^ value >> 31;
}

static inline void dice_seed(struct dice *dice, uint64_t seed)
{
    dice->state = seed * 0xd1342543de82ef95u + 1;
    (void)dice_next(dice);
}

/* 0..limit - 1; limit > 0. The bias of the remainder does not matter here. */
static inline uint64_t dice_below(struct dice *dice, uint64_t limit)
{
    return dice_next(dice) % limit;
}

/* True once in odds times. */
static inline bool dice_once_in(struct dice *dice, uint64_t odds)
{
    return dice_below(dice, odds) == 0;
}

#endif
