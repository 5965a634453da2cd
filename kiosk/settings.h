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

enum settings_keypad { SETTINGS_KEYPAD_NONE, SETTINGS_KEYPAD_NUMPAD, SETTINGS_KEYPAD_KEYS };

struct settings {
    struct device_settings device;
    char language[CONFIG_TEXT_MAX]; /* empty: the survey's first */
    char icons[CONFIG_TEXT_MAX];    /* folder */
    char themes[CONFIG_TEXT_MAX];   /* folder */
    char theme[CONFIG_TEXT_MAX];    /* name or path */
    long long dpi;                  /* 0: as the display says */
    bool motion;
    bool large_text, high_contrast, reach;
    long long answer_timeout_s, second_chance_s, thanks_ms, lock_ms;

    char counter[CONFIG_TEXT_MAX], service[CONFIG_TEXT_MAX];
    char ticket[CONFIG_TEXT_MAX]; /* pattern; empty: no scanner */
    long long ticket_group, ticket_counter_group, ticket_service_group;
    char case_key[CONFIG_TEXT_MAX]; /* path; empty: nobody is asked for a number */

    char notices[CONFIG_TEXT_MAX]; /* path; empty: no attract mode */
    long long attract_s, notice_s;
    char hours[CONFIG_TEXT_MAX]; /* empty: always open */

    int keypad; /* enum settings_keypad */
    char prompts[CONFIG_TEXT_MAX];
    long long volume; /* percent */

    char pin_hash[CONFIG_TEXT_MAX];   /* empty: no service menu */
    char export_dir[CONFIG_TEXT_MAX]; /* empty: no export */
    char brightness_path[CONFIG_TEXT_MAX];
};

extern const struct config_option settings_options[];
extern const size_t settings_option_count;

/*
 * Reads the [device] and [kiosk] sections of the file at path, and checks what a table cannot. Errors as
 * config_load().
 */
int settings_load(struct settings *settings, const char *path, struct error *error);

/* A file in which every value is the default. */
void settings_write_sample(FILE *out);

/* Index of the default language in the survey. -EINVAL: the survey is not in that language. */
int settings_language(const struct settings *settings, const struct survey *survey, struct error *error);

#endif
