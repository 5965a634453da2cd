/*
 * Themes: two built in, others read through core's configuration tables.
 * Every colour of a loaded theme has been checked against what it stands on.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/theme.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct theme theme_light = {
    .background = 0xF3F6F8,
    .text = 0x16242F,
    .quiet = 0x4C5C68,
    .card = 0xFFFFFF,
    .border = 0x7C8C98,
    .accent = 0x0B6B75,
    .accent_text = 0xFFFFFF,
    .pressed = 0xD6EBED,
    .focus = 0x9A4A00,
    .corner = 30,
    .spacing = 100,
    .logo_ratio = 300,
};

const struct theme theme_contrast = {
    .background = 0x000000,
    .text = 0xFFFFFF,
    .quiet = 0xFFFFFF,
    .card = 0x000000,
    .border = 0xFFFFFF,
    .accent = 0xFFE600,
    .accent_text = 0x000000,
    .pressed = 0x333000,
    .focus = 0x00E5FF,
    .corner = 20,
    .spacing = 100,
    .logo_ratio = 300,
};

#define PAIR(over, under, least)                                                                             \
    {                                                                                                        \
#over, #under, offsetof(struct theme, over), offsetof(struct theme, under), least                    \
    }

const struct theme_pair theme_pairs[] = {
    PAIR(text, background, THEME_TEXT_CONTRAST),    PAIR(text, card, THEME_TEXT_CONTRAST),
    PAIR(text, pressed, THEME_TEXT_CONTRAST),       PAIR(quiet, background, THEME_TEXT_CONTRAST),
    PAIR(quiet, card, THEME_TEXT_CONTRAST),         PAIR(accent, background, THEME_TEXT_CONTRAST),
    PAIR(accent, card, THEME_TEXT_CONTRAST),        PAIR(accent, pressed, THEME_TEXT_CONTRAST),
    PAIR(accent_text, accent, THEME_TEXT_CONTRAST), PAIR(border, background, THEME_GRAPHIC_CONTRAST),
    PAIR(border, card, THEME_GRAPHIC_CONTRAST),     PAIR(focus, background, THEME_GRAPHIC_CONTRAST),
    PAIR(focus, card, THEME_GRAPHIC_CONTRAST),
};
const size_t theme_pair_count = sizeof theme_pairs / sizeof *theme_pairs;

/* As the file writes it. */
struct written {
    char background[CONFIG_TEXT_MAX], text[CONFIG_TEXT_MAX], quiet[CONFIG_TEXT_MAX], card[CONFIG_TEXT_MAX],
        border[CONFIG_TEXT_MAX], accent[CONFIG_TEXT_MAX], accent_text[CONFIG_TEXT_MAX],
        pressed[CONFIG_TEXT_MAX], focus[CONFIG_TEXT_MAX], family[CONFIG_TEXT_MAX], logo[CONFIG_TEXT_MAX];
    long long corner, spacing, logo_ratio;
};

#define OPTION(name) .section = "theme", .key = #name, .offset = offsetof(struct written, name)
#define COLOUR(name, value, words)                                                                           \
    {                                                                                                        \
        OPTION(name), .kind = CONFIG_TEXT, .fallback = (value), .help = (words)                              \
    }

static const struct config_option options[] = {
    COLOUR(background, "#F3F6F8", "Colour behind everything."),
    COLOUR(text, "#16242F", "Colour of texts."),
    COLOUR(quiet, "#4C5C68", "Colour of lesser texts."),
    COLOUR(card, "#FFFFFF", "Colour of what can be tapped."),
    COLOUR(border, "#7C8C98", "Colour of the edge of what can be tapped."),
    COLOUR(accent, "#0B6B75", "Colour of the main button, and of signs and words to tap."),
    COLOUR(accent_text, "#FFFFFF", "Colour of texts on the main button."),
    COLOUR(pressed, "#D6EBED", "Colour of what is under the finger, or chosen."),
    COLOUR(focus, "#9A4A00", "Colour of the ring around what the tactile keypad stands on."),
    {OPTION(corner), .kind = CONFIG_INTEGER, .fallback = "30", .low = 0, .high = 100,
     .help = "Radius of corners, thousandths of the screen's shorter side."},
    {OPTION(spacing), .kind = CONFIG_INTEGER, .fallback = "100", .low = 50, .high = 150,
     .help = "Size of the gaps between what can be tapped, percent."},
    {OPTION(family), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Font family for every language that it can write; empty: Noto Sans."},
    {OPTION(logo), .kind = CONFIG_PATH, .fallback = "", .help = "The bank's logo, an SVG file; empty: none."},
    {OPTION(logo_ratio), .kind = CONFIG_INTEGER, .fallback = "300", .low = 25, .high = 600,
     .help = "Width of the logo, percent of its height."},
};

uint32_t theme_colour(const struct theme *theme, size_t offset)
{
    uint32_t colour;

    memcpy(&colour, (const char *)theme + offset, sizeof colour);
    return colour;
}

/* --- contrast --- */

static double channel(uint32_t colour, int shift)
{
    double value = (double)(colour >> shift & 0xFF) / 255;

    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t colour)
{
    return 0.2126 * channel(colour, 16) + 0.7152 * channel(colour, 8) + 0.0722 * channel(colour, 0);
}

int theme_contrast_of(uint32_t a, uint32_t b)
{
    double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

    return (int)((la > lb ? la / lb : lb / la) * 100);
}

static int check_contrast(const struct theme *theme, const char *path, struct error *error)
{
    for (size_t i = 0; i < theme_pair_count; i++) {
        const struct theme_pair *pair = &theme_pairs[i];
        int contrast =
            theme_contrast_of(theme_colour(theme, pair->over_at), theme_colour(theme, pair->under_at));

        if (contrast < pair->least)
            return error_set(
                error, -EINVAL,
                "%s: %s on %s has a contrast of %d.%02d; at least %d.%02d is needed to be seen by all", path,
                pair->over, pair->under, contrast / 100, contrast % 100, pair->least / 100,
                pair->least % 100);
    }
    return 0;
}

/* --- reading --- */

static int read_colour(uint32_t *colour, const char *written, const char *key, const char *path,
                       struct error *error)
{
    bool hex =
        strlen(written) == 7 && written[0] == '#' && strspn(written + 1, "0123456789abcdefABCDEF") == 6;

    if (!hex)
        return error_set(error, -EINVAL, "%s: [theme] %s = %.40s: a colour such as #16242F is expected", path,
                         key, written);
    *colour = (uint32_t)strtoul(written + 1, NULL, 16);
    return 0;
}

static int read_colours(struct theme *theme, const struct written *written, const char *path,
                        struct error *error)
{
    const struct {
        uint32_t *colour;
        const char *written, *key;
    } colours[] = {
        {&theme->background, written->background, "background"},
        {&theme->text, written->text, "text"},
        {&theme->quiet, written->quiet, "quiet"},
        {&theme->card, written->card, "card"},
        {&theme->border, written->border, "border"},
        {&theme->accent, written->accent, "accent"},
        {&theme->accent_text, written->accent_text, "accent_text"},
        {&theme->pressed, written->pressed, "pressed"},
        {&theme->focus, written->focus, "focus"},
    };

    for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
        int result = read_colour(colours[i].colour, colours[i].written, colours[i].key, path, error);

        if (result < 0)
            return result;
    }
    return 0;
}

int theme_load(struct theme *theme, const char *path, struct error *error)
{
    struct written written = {0};
    const struct config_group group = {options, sizeof options / sizeof *options, &written};
    struct theme made = {0};
    int result = config_load(path, &group, 1, NULL, error);

    if (result == 0)
        result = read_colours(&made, &written, path, error);
    if (result == 0)
        result = check_contrast(&made, path, error);
    if (result < 0)
        return result;
    if (snprintf(made.family, sizeof made.family, "%s", written.family) >= (int)sizeof made.family)
        return error_set(error, -EINVAL, "%s: [theme] family: longer than %d bytes", path,
                         THEME_FAMILY_MAX - 1);
    memcpy(made.logo, written.logo, sizeof made.logo);
    made.corner = (int)written.corner;
    made.spacing = (int)written.spacing;
    made.logo_ratio = (int)written.logo_ratio;
    *theme = made;
    return 0;
}
