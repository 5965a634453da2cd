/*
 * The looks: what is read at the start, and its fall-backs.
 * The built-in themes stand behind the files; a font that is missing is replaced by one that is there.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/looks.h"

#include "kiosk/fonts_fc.h"
#include "kiosk/text_sdl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH_MOST 1200

static void note_problem(struct looks *looks, const struct error *error)
{
    if (looks->problem_count < LOOKS_PROBLEMS)
        looks->problems[looks->problem_count++] = *error;
}

static bool is_path(const char *theme)
{
    size_t length = strlen(theme);

    return length > 4 && !strcmp(theme + length - 4, ".ini");
}

/* Keeps what *theme held where the file is no good. */
static void take_theme(struct looks *looks, struct theme *theme, const char *folder, const char *name)
{
    struct error error = {0};
    char path[PATH_MOST];

    if (is_path(name))
        snprintf(path, sizeof path, "%s", name);
    else
        snprintf(path, sizeof path, "%s/%s.ini", folder, name);
    if (theme_load(theme, path, &error) < 0)
        note_problem(looks, &error);
}

void looks_reload(struct looks *looks, const struct looks_options *options)
{
    looks->problem_count = 0;
    take_theme(looks, &looks->theme, options->themes, options->theme);
    take_theme(looks, &looks->contrast, options->themes, "contrast");
}

static int open_fonts(struct looks *looks, const struct survey *survey, struct error *error)
{
    struct fonts_fc_font fonts[SURVEY_LANGUAGES_MAX + 1];
    const char *tags[SURVEY_LANGUAGES_MAX + 1];
    size_t count = survey->language_count;
    struct error missing = {0};
    int result;

    memcpy(tags, survey->languages, count * sizeof *tags);
    tags[count] = "en";
    result = fonts_fc_find_most(looks->theme.family, tags, count + 1, fonts, &missing);
    if (result < 0) {
        *error = missing;
        return result;
    }
    if (result > 0)
        note_problem(looks, &missing);
    looks->plain = (int)count;
    return text_sdl_open(&looks->text, fonts, tags, count + 1, error);
}

int looks_open(struct looks *looks, const struct looks_options *options, struct error *error)
{
    struct looks made = {.theme = theme_light, .contrast = theme_contrast};
    int result;

    looks_reload(&made, options);
    result = open_fonts(&made, options->survey, error);
    if (result < 0)
        return result;
    made.measure = text_sdl_measure(made.text);
    *looks = made;
    return 0;
}

void looks_close(struct looks *looks)
{
    text_sdl_close(looks->text);
    looks->text = NULL;
}

struct layout looks_layout(const struct looks *looks)
{
    return (struct layout){.theme = &looks->theme,
                           .contrast = &looks->contrast,
                           .measure = &looks->measure,
                           .plain = looks->plain};
}
