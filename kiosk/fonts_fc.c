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
    {"", NULL, "Noto Sans"},
};

static const struct script *script_of(const char *tag)
{
    const struct script *script = scripts;

    while (strncasecmp(tag, script->tag, strlen(script->tag)) != 0)
        script++;
    return script;
}

static FcPattern *make_pattern(const char *tag)
{
    const struct script *script = script_of(tag);
    FcPattern *pattern = FcPatternCreate();
    char language[16];

    if (!pattern)
        return NULL;
    snprintf(language, sizeof language, "%.*s", (int)strcspn(tag, "-"), tag);
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)script->family);
    FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)"sans-serif");
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

static int find_one(FcConfig *config, const char *tag, struct fonts_fc_font *font, struct error *error)
{
    FcPattern *pattern = make_pattern(tag), *found = NULL;
    FcResult status = FcResultNoMatch;
    FcChar8 *path;
    int face, result = 0;

    if (pattern) {
        FcConfigSubstitute(config, pattern, FcMatchPattern);
        FcDefaultSubstitute(pattern);
        found = FcFontMatch(config, pattern, &status);
    }
    if (!found || !writes(pattern, found) || FcPatternGetString(found, FC_FILE, 0, &path) != FcResultMatch ||
        FcPatternGetInteger(found, FC_INDEX, 0, &face) != FcResultMatch) {
        result = error_set(error, -ENOENT,
                           "no font that can write language '%s'; install one (on Debian: fonts-noto-core, "
                           "and fonts-noto-cjk for Chinese, Japanese and Korean)",
                           tag);
    } else if (snprintf(font->path, sizeof font->path, "%s", (const char *)path) >= FONTS_FC_PATH_MAX) {
        result = error_set(error, -ENAMETOOLONG, "%s: path too long", (const char *)path);
    } else {
        font->face = face;
    }
    if (found)
        FcPatternDestroy(found);
    if (pattern)
        FcPatternDestroy(pattern);
    return result;
}

int fonts_fc_find(const char *const *tags, size_t count, struct fonts_fc_font *fonts, struct error *error)
{
    FcConfig *config = FcInitLoadConfigAndFonts();
    int result = 0;

    if (!config)
        return error_set(error, -ENOENT, "fontconfig cannot be read; check /etc/fonts");
    for (size_t i = 0; result == 0 && i < count; i++)
        result = find_one(config, tags[i], &fonts[i], error);
    FcConfigDestroy(config);
    FcFini();
    return result;
}
