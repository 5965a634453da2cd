/*
 * Time as the rest of the code sees it: injected, so that tests and simulations own it.
 * Wall time may jump; up time never goes backwards within one boot.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

#define CLOCK_BOOT_TEXT 37 /* a UUID in text with its NUL */

struct clock {
    int64_t (*wall)(void *user); /* UTC, milliseconds since 1970-01-01 */
    int64_t (*up)(void *user);   /* CLOCK_BOOTTIME, milliseconds since boot, sleep included */
    void *user;
    char boot[CLOCK_BOOT_TEXT]; /* kernel's boot id: up values compare only within one */
};

/* The machine's own clock. The boot id is all zeros where the kernel has none. */
void clock_system(struct clock *clock);

int64_t clock_wall(const struct clock *clock);
int64_t clock_up(const struct clock *clock);

#endif
