/*
 * The [hq] section of headquarters' configuration.
 * What settings_load() returned has been checked: addresses are addresses, and nothing without a login
 * listens beyond this machine. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_SETTINGS_H
#define HQ_SETTINGS_H

#include "core/config.h"
#include "core/error.h"

#include <stddef.h>

#define SETTINGS_CONFIG_PATH "/etc/tapline/hq.ini"

struct settings {
    char device_address[CONFIG_TEXT_MAX];
    long long device_port; /* 0: any free one */
    char people_address[CONFIG_TEXT_MAX];
    long long people_port; /* 0: any free one */
    char database[CONFIG_TEXT_MAX];
    char server_certificate[CONFIG_TEXT_MAX];
    char server_key[CONFIG_TEXT_MAX];
    char ca[CONFIG_TEXT_MAX];
    char ca_key[CONFIG_TEXT_MAX];
    long long certificate_hours; /* life of a device's certificate */
    char sign_key[CONFIG_TEXT_MAX];
    char hq_key[CONFIG_TEXT_MAX];
    char web[CONFIG_TEXT_MAX];
};

extern const struct config_option settings_options[];
extern const size_t settings_option_count;

/* -EINVAL (or the errno of opening) says file, key, what is wrong and what would be right. */
int settings_load(struct settings *settings, const char *path, struct error *error);

#endif
