/*
 * The [kiosk] section of a device's configuration.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_SETTINGS_H
#define KIOSK_SETTINGS_H

#include "core/config.h"
#include "core/device.h"
#include "core/survey.h"

#include <stdio.h>

struct settings {
    struct device_settings device;
    char language[CONFIG_TEXT_MAX]; /* empty: the survey's first */
    char icons[CONFIG_TEXT_MAX];    /* folder */
    long long answer_timeout_s, thanks_ms, lock_ms;
};

extern const struct config_option settings_options[];
extern const size_t settings_option_count;

/* Reads the [device] and [kiosk] sections of the file at path. Errors as config_load(). */
int settings_load(struct settings *settings, const char *path, struct error *error);

/* A file in which every value is the default. */
void settings_write_sample(FILE *out);

/* Index of the default language in the survey. -EINVAL: the survey is not in that language. */
int settings_language(const struct settings *settings, const struct survey *survey, struct error *error);

#endif
