/*
 * The [kiosk] section.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/settings.h"

#include "kiosk/hours.h"
#include "kiosk/pin_sodium.h"
#include "kiosk/ticket.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#define OPTION(name) .section = "kiosk", .key = #name, .offset = offsetof(struct settings, name)

static const char *const keypads[] = {"none", "numpad", "keys", NULL};

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
    {OPTION(second_chance_s), .kind = CONFIG_INTEGER, .fallback = "10", .low = 0, .high = 120,
     .help = "Seconds that the screen then asks whether the customer is still there; 0: it does not ask."},
    {OPTION(icons), .kind = CONFIG_PATH, .fallback = "/usr/share/tapline/icons",
     .help = "Folder of the faces and signs, SVG files."},
    {OPTION(themes), .kind = CONFIG_PATH, .fallback = "/usr/share/tapline/themes",
     .help = "Folder of the themes; contrast.ini in it is what customers switch to."},
    {OPTION(theme), .kind = CONFIG_TEXT, .fallback = "light",
     .help = "Theme: the name of a file in themes without its .ini, or a path that ends in .ini."},
    {OPTION(dpi), .kind = CONFIG_INTEGER, .fallback = "0", .low = 0, .high = 1200,
     .help =
         "Dots per inch of the screen, so that buttons are no smaller than 20 mm; 0: as the display says."},
    {OPTION(motion), .kind = CONFIG_BOOLEAN, .fallback = "yes",
     .help = "Whether screens move gently into each other; no: they change at once."},
    {OPTION(large_text), .kind = CONFIG_BOOLEAN, .fallback = "no",
     .help = "Whether each visit begins with large text."},
    {OPTION(high_contrast), .kind = CONFIG_BOOLEAN, .fallback = "no",
     .help = "Whether each visit begins in high contrast."},
    {OPTION(reach), .kind = CONFIG_BOOLEAN, .fallback = "no",
     .help = "Whether each visit begins with all controls in the lower half of the screen."},
    {OPTION(counter), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Counter that the answers are about, where the screen stands at one."},
    {OPTION(service), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Service that the answers are about, where the screen stands for one."},
    {OPTION(ticket), .kind = CONFIG_TEXT, .fallback = "",
     .help =
         "Pattern (POSIX extended regular expression) of the queue tickets that a scanner types, for example "
         "([A-Z])-?([0-9]{3}); empty: no scanner."},
    {OPTION(ticket_group), .kind = CONFIG_INTEGER, .fallback = "0", .low = 0, .high = 9,
     .help = "Group (...) of the pattern that is the ticket itself; 0: the whole."},
    {OPTION(ticket_counter_group), .kind = CONFIG_INTEGER, .fallback = "-1", .low = -1, .high = 9,
     .help = "Group of the pattern that names the counter; -1: none does."},
    {OPTION(ticket_service_group), .kind = CONFIG_INTEGER, .fallback = "-1", .low = -1, .high = 9,
     .help = "Group of the pattern that names the service; -1: none does."},
    {OPTION(case_key), .kind = CONFIG_PATH, .fallback = "",
     .help =
         "Headquarters' public key that call-back numbers are sealed to; empty: nobody is asked for one."},
    {OPTION(notices), .kind = CONFIG_PATH, .fallback = "",
     .help =
         "Document of the notices that take turns with the question while nobody is there; empty: none do."},
    {OPTION(attract_s), .kind = CONFIG_INTEGER, .fallback = "60", .low = 5, .high = 86400,
     .help = "Seconds without a touch after which notices begin."},
    {OPTION(notice_s), .kind = CONFIG_INTEGER, .fallback = "12", .low = 1, .high = 3600,
     .help = "Seconds that a notice stays, and the question between two."},
    {OPTION(hours), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Opening hours in local time, such as Mo-Fr 09:00-17:00, Sa 09:00-12:00; empty: always open."},
    {OPTION(keypad), .kind = CONFIG_CHOICE, .fallback = "none", .choices = keypads,
     .help = "Tactile keypad: none; numpad (arrows and the number pad of a keyboard); keys (arrows and all "
             "digits: not beside a ticket scanner)."},
    {OPTION(prompts), .kind = CONFIG_PATH, .fallback = "/usr/share/tapline/prompts",
     .help = "Folder of the spoken prompts that go with the keypad, LANGUAGE/NAME.wav."},
    {OPTION(volume), .kind = CONFIG_INTEGER, .fallback = "80", .low = 0, .high = 100,
     .help = "Loudness of spoken prompts, percent."},
    {OPTION(pin_hash), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Hash of the service menu's PIN, made by tapline-kiosk --hash-pin; empty: no service menu."},
    {OPTION(export_dir), .kind = CONFIG_PATH, .fallback = "",
     .help = "Folder that the service menu copies the outbox to, such as a USB stick's; empty: no copying."},
    {OPTION(brightness_path), .kind = CONFIG_PATH, .fallback = "",
     .help = "Backlight that the service menu sets, such as /sys/class/backlight/panel; empty: none."},
};
const size_t settings_option_count = sizeof settings_options / sizeof *settings_options;

/* What the table cannot check: each in the words of what will use it. */
static int check(const struct settings *settings, struct error *error)
{
    const struct ticket_groups groups = {(int)settings->ticket_group, (int)settings->ticket_counter_group,
                                         (int)settings->ticket_service_group};
    struct ticket_reader *reader = NULL;
    struct hours hours;
    int result = hours_parse(&hours, settings->hours, error);

    if (result == 0 && settings->ticket[0])
        result = ticket_open(&reader, settings->ticket, &groups, error);
    ticket_close(reader);
    if (result < 0)
        return result;
    if (settings->counter[0] && !record_name_valid(settings->counter))
        return error_set(error, -EINVAL, "counter = %s: up to %d %s are allowed", settings->counter,
                         RECORD_NAME_MAX - 1, RECORD_CODE_PATTERN);
    if (settings->service[0] && !record_name_valid(settings->service))
        return error_set(error, -EINVAL, "service = %s: up to %d %s are allowed", settings->service,
                         RECORD_NAME_MAX - 1, RECORD_CODE_PATTERN);
    if (settings->ticket[0] && settings->keypad == SETTINGS_KEYPAD_KEYS)
        return error_set(error, -EINVAL,
                         "keypad = keys: a scanner types on the same keys; use numpad, or no ticket");
    if (settings->pin_hash[0] && !pin_sodium_is_hash(settings->pin_hash))
        return error_set(error, -EINVAL, "pin_hash: not a hash; make one with tapline-kiosk --hash-pin");
    return 0;
}

int settings_load(struct settings *settings, const char *path, struct error *error)
{
    const struct config_group groups[] = {
        {device_options, device_option_count, &settings->device},
        {settings_options, settings_option_count, settings},
    };
    int result = config_load(path, groups, sizeof groups / sizeof *groups, device_sections, error);

    if (result == 0) {
        result = check(settings, error);
        if (result < 0)
            error_prefix(error, "%s: [kiosk]", path);
    }
    return result;
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
