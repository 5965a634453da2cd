/*
 * Reading INI files against option tables, on inih. inih knows lines; we know what belongs on them.
 * The first mistake ends the reading and is told with its place.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_LINE_MAX 1024
#define CONFIG_OPTIONS_MAX 128
#define CONFIG_NAME_MAX 128

/* One reading in progress. */
struct config_reading {
    const char *path;
    char folder[CONFIG_TEXT_MAX]; /* of the file, for relative paths; empty: the current one */
    const struct config_group *groups;
    size_t group_count;
    const char *const *others;
    FILE *file;
    int line;
    int line_of[CONFIG_OPTIONS_MAX]; /* where each option was set; 0: not yet */
    struct error *error;
    int result;
    int complaint; /* line of the first complaint */
};

/* Finds an option; *index counts through all groups. */
static const struct config_option *config_find(const struct config_group *groups, size_t group_count,
                                               const char *section, const char *key, void **settings,
                                               size_t *index)
{
    size_t at = 0;
    for (size_t g = 0; g < group_count; g++)
        for (size_t i = 0; i < groups[g].count; i++, at++) {
            const struct config_option *option = &groups[g].options[i];
            if (strcmp(option->section, section) == 0 && (!key || strcmp(option->key, key) == 0)) {
                *settings = groups[g].settings;
                *index = at;
                return option;
            }
        }
    return NULL;
}

static int config_set_integer(const struct config_option *option, long long *to, const char *value,
                              const char *place, struct error *error)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < option->low || number > option->high)
        return error_set(error, -EINVAL, "%s: %s = %s: a whole number from %lld to %lld is expected", place,
                         option->key, value, option->low, option->high);
    *to = number;
    return 0;
}

static int config_set_choice(const struct config_option *option, int *to, const char *value,
                             const char *place, struct error *error)
{
    char names[256] = "";
    size_t used = 0;
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *to = i;
            return 0;
        }
        int wrote = snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", option->choices[i]);
        if (wrote > 0 && used + (size_t)wrote < sizeof names)
            used += (size_t)wrote;
    }
    return error_set(error, -EINVAL, "%s: %s = %s: one of these is expected: %s", place, option->key, value,
                     names);
}

static int config_set_text(const struct config_option *option, char *to, const char *value,
                           const char *folder, const char *place, struct error *error)
{
    bool relative = option->kind == CONFIG_PATH && value[0] && value[0] != '/' && folder[0];
    int length = snprintf(to, CONFIG_TEXT_MAX, "%s%s%s", relative ? folder : "", relative ? "/" : "", value);
    if (length >= CONFIG_TEXT_MAX)
        return error_set(error, -EINVAL, "%s: %s: longer than %d bytes", place, option->key,
                         CONFIG_TEXT_MAX - 1);
    return 0;
}

static int config_set(const struct config_option *option, void *settings, const char *value,
                      const char *folder, const char *place, struct error *error)
{
    void *to = (char *)settings + option->offset;
    switch (option->kind) {
    case CONFIG_TEXT:
    case CONFIG_PATH:
        return config_set_text(option, to, value, folder, place, error);
    case CONFIG_INTEGER:
        return config_set_integer(option, to, value, place, error);
    case CONFIG_CHOICE:
        return config_set_choice(option, to, value, place, error);
    case CONFIG_BOOLEAN:
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
            return error_set(error, -EINVAL, "%s: %s = %s: yes or no is expected", place, option->key, value);
        *(bool *)to = value[0] == 'y';
        return 0;
    }
    return error_set(error, -EINVAL, "%s: %s: an option of no known kind", place, option->key);
}

static bool config_is_other(const struct config_reading *reading, const char *section)
{
    for (size_t i = 0; reading->others && reading->others[i]; i++)
        if (strcmp(reading->others[i], section) == 0)
            return true;
    return false;
}

/* inih calls this for each key; 0 means a mistake. */
static int config_take(void *user, const char *section, const char *key, const char *value)
{
    struct config_reading *reading = user;
    char place[CONFIG_TEXT_MAX + 128];
    void *settings = NULL;
    size_t index = 0;
    if (reading->result < 0)
        return 0;
    (void)snprintf(place, sizeof place, "%s:%d: [%s]", reading->path, reading->line, section);
    const struct config_option *option =
        config_find(reading->groups, reading->group_count, section, key, &settings, &index);
    if (!option && config_find(reading->groups, reading->group_count, section, NULL, &settings, &index)) {
        reading->result =
            error_set(reading->error, -EINVAL, "%s: %s: no such key; see the sample file", place, key);
    } else if (!option) {
        if (!config_is_other(reading, section))
            reading->result =
                error_set(reading->error, -EINVAL, "%s: no such section; see the sample file", place);
    } else if (reading->line_of[index]) {
        reading->result = error_set(reading->error, -EINVAL, "%s: %s: set already in line %d; keep one",
                                    place, key, reading->line_of[index]);
    } else {
        reading->line_of[index] = reading->line;
        reading->result = config_set(option, settings, value, reading->folder, place, reading->error);
    }
    if (reading->result < 0)
        reading->complaint = reading->line;
    return reading->result == 0;
}

/* inih's reader: counts the lines, since inih does not tell the handler, and refuses one too long to be read
 * whole. */
static char *config_line(char *text, int room, void *user)
{
    struct config_reading *reading = user;
    if (reading->result < 0 || !fgets(text, room, reading->file))
        return NULL;
    reading->line++;
    if (!strchr(text, '\n') && !feof(reading->file)) {
        reading->result = error_set(reading->error, -EINVAL, "%s:%d: a line of more than %d bytes",
                                    reading->path, reading->line, CONFIG_LINE_MAX - 4);
        return NULL;
    }
    return text;
}

static int config_read_file(struct config_reading *reading)
{
    reading->file = fopen(reading->path, "re");
    if (!reading->file)
        return error_set(reading->error, -errno, "%s: %s; name another with --config FILE", reading->path,
                         strerror(errno));
    ini_max_line = CONFIG_LINE_MAX;
    ini_use_stack = true;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false; /* a URL or a text may hold a semicolon */
    int line = ini_parse_stream(config_line, reading, config_take, reading);
    if (reading->result == 0 && ferror(reading->file))
        reading->result = error_set(reading->error, -EIO, "%s: could not be read", reading->path);
    else if (line > 0 &&
             (reading->result == 0 || line < reading->complaint)) /* the first mistake is the cause */
        reading->result =
            error_set(reading->error, -EINVAL, "%s:%d: neither a [section], a key = value nor a # comment",
                      reading->path, line);
    (void)fclose(reading->file);
    return reading->result;
}

static int config_take_environment(const struct config_option *option, size_t index, void *settings,
                                   struct config_reading *reading)
{
    char name[CONFIG_NAME_MAX];
    (void)snprintf(name, sizeof name, "TAPLINE_%s_%s", option->section, option->key);
    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    const char *value = getenv(name);
    if (!value)
        return 0;
    reading->line_of[index] = -1; /* set, though in no line */
    char place[CONFIG_NAME_MAX + 32];
    (void)snprintf(place, sizeof place, "environment %s", name);
    return config_set(option, settings, value, "", place, reading->error);
}

/* Defaults before the file, environment after it, and what must be given but was not. */
static int config_fill(struct config_reading *reading, bool before)
{
    size_t index = 0;
    int result = 0;
    for (size_t g = 0; g < reading->group_count; g++)
        for (size_t i = 0; result == 0 && i < reading->groups[g].count; i++, index++) {
            const struct config_option *option = &reading->groups[g].options[i];
            void *settings = reading->groups[g].settings;
            if (index >= CONFIG_OPTIONS_MAX)
                return error_set(reading->error, -EINVAL, "more than %d options", CONFIG_OPTIONS_MAX);
            if (before) {
                result = config_set(option, settings, option->fallback ? option->fallback : "", "", "default",
                                    reading->error);
                continue;
            }
            result = config_take_environment(option, index, settings, reading);
            if (result == 0 && !option->fallback && !reading->line_of[index])
                result = error_set(reading->error, -EINVAL, "%s: [%s] %s is missing: %s", reading->path,
                                   option->section, option->key, option->help);
        }
    return result;
}

int config_load(const char *path, const struct config_group *groups, size_t count, const char *const *others,
                struct error *error)
{
    struct config_reading reading = {.path = path ? path : "configuration",
                                     .groups = groups,
                                     .group_count = count,
                                     .others = others,
                                     .error = error};
    int result = config_fill(&reading, true);
    if (result == 0 && path) {
        char copy[CONFIG_TEXT_MAX];
        if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy)
            return error_set(error, -EINVAL, "%s: path too long", path);
        (void)snprintf(reading.folder, sizeof reading.folder, "%s", dirname(copy));
        result = config_read_file(&reading);
    }
    return result == 0 ? config_fill(&reading, false) : result;
}

void config_write_sample(FILE *out, const struct config_group *groups, size_t count)
{
    const char *section = "";
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < groups[g].count; i++) {
            const struct config_option *option = &groups[g].options[i];
            if (strcmp(section, option->section) != 0) {
                (void)fprintf(out, "%s[%s]\n", *section ? "\n" : "", option->section);
                section = option->section;
            }
            (void)fprintf(out, "# %s\n%s%s = %s\n", option->help,
                          option->fallback ? "" : "# required: ", option->key,
                          option->fallback ? option->fallback : "");
        }
}
