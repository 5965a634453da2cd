/*
 * The [device] section that all programs of a device share, and the words every one of them understands.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "core/config.h"

struct device_settings {
    char id[CONFIG_TEXT_MAX];     /* as in the device's certificate */
    char branch[CONFIG_TEXT_MAX]; /* shown to technicians; headquarters has its own register */
    char outbox[CONFIG_TEXT_MAX]; /* path of the outbox database */
    char survey[CONFIG_TEXT_MAX]; /* path of the survey document */
};

extern const struct config_option device_options[];
extern const size_t device_option_count;

/* Sections of a device's configuration file; pass it as others to config_load(). */
extern const char *const device_sections[];

#define DEVICE_CONFIG_PATH "/etc/tapline/tapline.ini"

#endif
