/*
 * The [kiosk] section.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#define OPTION(name) .section = "kiosk", .key = #name, .offset = offsetof(struct settings, name)

const struct config_option settings_options[] = {
    {OPTION(language), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Language that the screen starts in and returns to after a visit, as the survey tags it; empty: "
             "the survey's first."},
    {OPTION(answer_timeout_s), .kind = CONFIG_INTEGER, .fallback = "20", .low = 1, .high = 600,
     .help = "Seconds without a touch after which a visit ends; what was answered counts."},
    {OPTION(thanks_ms), .kind = CONFIG_INTEGER, .fallback = "2500", .low = 100, .high = 30000,
     .help = "Milliseconds that thanks stay on the screen."},
    {OPTION(lock_ms), .kind = CONFIG_INTEGER, .fallback = "400", .low = 0, .high = 5000,
     .help = "Milliseconds after a tap in which further taps are ignored."},
    {OPTION(icons), .kind = CONFIG_PATH, .fallback = "/usr/share/tapline/icons",
     .help = "Folder of the faces and signs, SVG files."},
};
const size_t settings_option_count = sizeof settings_options / sizeof *settings_options;

int settings_load(struct settings *settings, const char *path, struct error *error)
{
    const struct config_group groups[] = {
        {device_options, device_option_count, &settings->device},
        {settings_options, settings_option_count, settings},
    };

    return config_load(path, groups, sizeof groups / sizeof *groups, device_sections, error);
}

void settings_write_sample(FILE *out)
{
    const struct config_group groups[] = {
        {device_options, device_option_count, NULL},
        {settings_options, settings_option_count, NULL},
    };

    config_write_sample(out, groups, sizeof groups / sizeof *groups);
}

int settings_language(const struct settings *settings, const struct survey *survey, struct error *error)
{
    char tags[256] = "";
    size_t used = 0;
    int index = settings->language[0] ? survey_language(survey, settings->language) : 0;

    if (index >= 0)
        return index;
    for (size_t i = 0; i < survey->language_count && used < sizeof tags; i++) {
        int length = snprintf(tags + used, sizeof tags - used, "%s%s", i ? ", " : "", survey->languages[i]);

        used += length > 0 ? (size_t)length : 0;
    }
    return error_set(error, -EINVAL, "[kiosk] language = %s: the survey %s speaks only %s",
                     settings->language, survey->version, tags);
}
