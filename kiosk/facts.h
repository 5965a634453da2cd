/*
 * Facts for the technician: what the outbox, the disk, the network and the clock say at this moment.
 * May hang as long as a disk does: gathered on an errand.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_FACTS_H
#define KIOSK_FACTS_H

#include "core/config.h"
#include "core/outbox.h"

#include <stdbool.h>
#include <stdint.h>

#define FACTS_NETWORK_MAX 96

struct facts {
    char outbox[CONFIG_TEXT_MAX];     /* path; given */
    char brightness[CONFIG_TEXT_MAX]; /* folder of the backlight, or empty; given */

    struct outbox_state state;
    struct error outbox_error;       /* code 0: state is filled */
    int64_t disk_free, disk_size;    /* bytes, where the outbox is; size 0: not known */
    char network[FACTS_NETWORK_MAX]; /* addresses that are up, loopback left out */
    int brightness_percent;          /* -1: not known */
};

/* Fills what is not given. */
void facts_gather(struct facts *facts);

/* Percent of the backlight; -1: it cannot be read. */
int facts_brightness(const char *folder);

/* Sets it, at least to 5 so that nobody is left in the dark. Errno of what went wrong. */
int facts_set_brightness(const char *folder, int percent, struct error *error);

#endif
