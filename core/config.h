/*
 * Configuration: INI files read against a table of options, so that every key is known, checked and
 * documented once. Precedence: environment TAPLINE_<SECTION>_<KEY>, then file, then the option's default.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONFIG_TEXT_MAX 512 /* bytes of a text or path setting, with NUL */

enum config_kind {
    CONFIG_TEXT,    /* char[CONFIG_TEXT_MAX] */
    CONFIG_PATH,    /* char[CONFIG_TEXT_MAX]; a relative one is taken from the configuration file's folder */
    CONFIG_INTEGER, /* long long, within low..high */
    CONFIG_BOOLEAN, /* bool: yes or no */
    CONFIG_CHOICE,  /* int: index into choices */
};

struct config_option {
    const char *section, *key;
    enum config_kind kind;
    size_t offset;              /* of the member in the settings structure */
    const char *fallback;       /* default, written as in a file; NULL: the file must give one */
    long long low, high;        /* CONFIG_INTEGER */
    const char *const *choices; /* CONFIG_CHOICE: NULL-terminated */
    const char *help;           /* one sentence with the unit */
};

/* One section's options and the structure they fill. */
struct config_group {
    const struct config_option *options;
    size_t count;
    void *settings;
};

/*
 * Fills every group's settings. others names sections that belong to sister programs and are passed over
 * (NULL-ended; may be NULL). path NULL: defaults and environment only. Error -EINVAL (or errno of opening)
 * says file, line, what is wrong and what would be right; settings are then unspecified.
 */
int config_load(const char *path, const struct config_group *groups, size_t count, const char *const *others,
                struct error *error);

/* Writes a sample file in which every value is the default and every option is explained. */
void config_write_sample(FILE *out, const struct config_group *groups, size_t count);

#endif
