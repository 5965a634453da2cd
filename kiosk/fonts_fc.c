/*
 * The font of a language: Noto Sans first, then whatever fontconfig prefers that can write it.
 * fontconfig is opened, asked and closed again here, so that its tables take no room while the screen runs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/fonts_fc.h"

#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FONTS_FC_MOST 64 /* languages in one search */

/* Where one script is written with different glyphs, fontconfig wants a territory and Noto has families. */
struct script {
    const char *tag;      /* beginning of the BCP 47 tag; the first that matches wins */
    const char *language; /* for fontconfig; NULL: the tag's own language */
    const char *family;
};

static const struct script scripts[] = {
    {"zh-hant-hk", "zh-hk", "Noto Sans CJK HK"},
    {"zh-hk", "zh-hk", "Noto Sans CJK HK"},
    {"zh-hant", "zh-tw", "Noto Sans CJK TC"},
    {"zh-tw", "zh-tw", "Noto Sans CJK TC"},
    {"zh", "zh-cn", "Noto Sans CJK SC"},
    {"ja", "ja", "Noto Sans CJK JP"},
    {"ko", "ko", "Noto Sans CJK KR"},
    {"ar", NULL, "Noto Sans Arabic"},
    {"fa", NULL, "Noto Sans Arabic"},
    {"ur", NULL, "Noto Sans Arabic"},
    {"he", NULL, "Noto Sans Hebrew"},
    {"hi", NULL, "Noto Sans Devanagari"},
    {"mr", NULL, "Noto Sans Devanagari"},
    {"ne", NULL, "Noto Sans Devanagari"},
    {"bn", NULL, "Noto Sans Bengali"},
    {"ta", NULL, "Noto Sans Tamil"},
    {"th", NULL, "Noto Sans Thai"},
    {"", NULL, "Noto Sans"},
};

static const struct script *script_of(const char *tag)
{
    const struct script *script = scripts;

    while (strncasecmp(tag, script->tag, strlen(script->tag)) != 0)
        script++;
    return script;
}

/* family: to be asked for, or NULL for whatever there is. */
static FcPattern *make_pattern(const char *tag, const char *family)
{
    const struct script *script = script_of(tag);
    FcPattern *pattern = FcPatternCreate();
    char language[16];

    if (!pattern)
        return NULL;
    snprintf(language, sizeof language, "%.*s", (int)strcspn(tag, "-"), tag);
    if (family)
        FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)family);
    FcPatternAddString(pattern, FC_LANG, (const FcChar8 *)(script->language ? script->language : language));
    FcPatternAddInteger(pattern, FC_WEIGHT, FC_WEIGHT_REGULAR);
    FcPatternAddInteger(pattern, FC_SLANT, FC_SLANT_ROMAN);
    FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
    return pattern;
}

/* Whether the matched font can write the language that was asked for. */
static bool writes(FcPattern *asked, FcPattern *found)
{
    FcChar8 *language;
    FcLangSet *set;

    if (FcPatternGetString(asked, FC_LANG, 0, &language) != FcResultMatch ||
        FcPatternGetLangSet(found, FC_LANG, 0, &set) != FcResultMatch)
        return false;
    return FcLangSetHasLang(set, language) != FcLangDifferentLang;
}

static bool is_of(FcPattern *found, const char *family)
{
    FcChar8 *name;

    for (int i = 0; FcPatternGetString(found, FC_FAMILY, i, &name) == FcResultMatch; i++) {
        if (!strcasecmp((const char *)name, family))
            return true;
    }
    return false;
}

/* 0, or -ENOENT: the family is not there or cannot write the language; family NULL: nothing can. */
static int match(FcConfig *config, const char *tag, const char *family, struct fonts_fc_font *font)
{
    FcPattern *pattern = make_pattern(tag, family), *found = NULL;
    FcResult status = FcResultNoMatch;
    FcChar8 *path;
    int face, result = -ENOENT;

    if (pattern) {
        FcConfigSubstitute(config, pattern, FcMatchPattern);
        FcDefaultSubstitute(pattern);
        found = FcFontMatch(config, pattern, &status);
    }
    if (found && (!family || is_of(found, family)) && writes(pattern, found) &&
        FcPatternGetString(found, FC_FILE, 0, &path) == FcResultMatch &&
        FcPatternGetInteger(found, FC_INDEX, 0, &face) == FcResultMatch &&
        strlen((const char *)path) < sizeof font->path) {
        snprintf(font->path, sizeof font->path, "%s", (const char *)path);
        font->face = face;
        result = 0;
    }
    if (found)
        FcPatternDestroy(found);
    if (pattern)
        FcPatternDestroy(pattern);
    return result;
}

/* The family asked for, else Noto for the script, else whatever can write the language. */
static int find_one(FcConfig *config, const char *family, const char *tag, struct fonts_fc_font *font,
                    bool *of_family, struct error *error)
{
    if (*family && match(config, tag, family, font) == 0) {
        *of_family = true;
        return 0;
    }
    if (match(config, tag, script_of(tag)->family, font) == 0 || match(config, tag, NULL, font) == 0)
        return 0;
    return error_set(error, -ENOENT,
                     "no font that can write language '%s'; install one (on Debian: fonts-noto-core, "
                     "and fonts-noto-cjk for Chinese, Japanese and Korean)",
                     tag);
}

int fonts_fc_find_most(const char *family, const char *const *tags, size_t count, struct fonts_fc_font *fonts,
                       struct error *error)
{
    FcConfig *config = FcInitLoadConfigAndFonts();
    bool missing[FONTS_FC_MOST] = {false}, of_family = false;
    size_t some = count;
    int lost = 0;

    if (!config)
        return error_set(error, -ENOENT, "fontconfig cannot be read; check /etc/fonts");
    for (size_t i = 0; i < count && i < FONTS_FC_MOST; i++) {
        missing[i] = find_one(config, family, tags[i], &fonts[i], &of_family, error) < 0;
        lost += missing[i];
        if (!missing[i] && some == count)
            some = i;
    }
    for (size_t i = 0; some < count && i < count && i < FONTS_FC_MOST; i++) {
        if (missing[i])
            fonts[i] = fonts[some];
    }
    FcConfigDestroy(config);
    FcFini();
    if (some == count)
        return -ENOENT;
    if (!lost && *family && !of_family) {
        error_set(error, -ENOENT, "font family '%s' is not installed, or can write none of the languages",
                  family);
        lost = 1;
    }
    return lost;
}

int fonts_fc_find(const char *const *tags, size_t count, struct fonts_fc_font *fonts, struct error *error)
{
    return fonts_fc_find_most("", tags, count, fonts, error) == 0 ? 0 : -ENOENT;
}
