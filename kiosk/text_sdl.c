/*
 * Texts with SDL_ttf.
 * A font has one size at a time; widths that were measured are remembered, for layout asks for the same
 * again. SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/text_sdl.h"

#include "core/survey.h"
#include "kiosk/runs_fribidi.h"

#include <SDL_ttf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FONTS (SURVEY_LANGUAGES_MAX + 1)
#define RUNS 24     /* in a line, at most; what is more joins the last */
#define WIDTHS 1024 /* remembered; a power of two */

struct script {
    const char *tag;  /* beginning of the BCP 47 tag; the first that matches wins */
    const char *name; /* ISO 15924, for shaping */
    bool rtl;
};

static const struct script scripts[] = {
    {"ar", "Arab", true},  {"fa", "Arab", true},  {"ur", "Arab", true},  {"he", "Hebr", true},
    {"hi", "Deva", false}, {"mr", "Deva", false}, {"ne", "Deva", false}, {"bn", "Beng", false},
    {"ta", "Taml", false}, {"th", "Thai", false}, {"zh", "Hani", false}, {"ja", "Jpan", false},
    {"ko", "Kore", false}, {"ru", "Cyrl", false}, {"el", "Grek", false}, {"", "Latn", false},
};

struct width {
    uint64_t key; /* hash of language, size and text; 0: free */
    int pixels;
};

struct text_sdl {
    size_t count;
    struct fonts_fc_font found[FONTS];
    const struct script *scripts[FONTS];
    TTF_Font *fonts[FONTS];
    int sizes[FONTS];
    bool failed[FONTS];
    struct width widths[WIDTHS];
    char *buffer; /* for a text with its NUL */
    size_t room;
};

static const struct script *script_of(const char *tag)
{
    const struct script *script = scripts;

    while (strncasecmp(tag, script->tag, strlen(script->tag)) != 0)
        script++;
    return script;
}

int text_sdl_open(struct text_sdl **text, const struct fonts_fc_font *fonts, const char *const *tags,
                  size_t count, struct error *error)
{
    struct text_sdl *made = calloc(1, sizeof *made);

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    if (TTF_Init() < 0) {
        free(made);
        return error_set(error, -EIO, "SDL_ttf: %s", TTF_GetError());
    }
    made->count = count < FONTS ? count : FONTS;
    memcpy(made->found, fonts, made->count * sizeof *fonts);
    for (size_t i = 0; i < made->count; i++)
        made->scripts[i] = script_of(tags[i]);
    *text = made;
    return 0;
}

void text_sdl_close(struct text_sdl *text)
{
    if (!text)
        return;
    for (size_t i = 0; i < text->count; i++) {
        if (text->fonts[i])
            TTF_CloseFont(text->fonts[i]);
    }
    TTF_Quit();
    free(text->buffer);
    free(text);
}

static TTF_Font *font_at(struct text_sdl *text, int language, int size)
{
    if (language < 0 || (size_t)language >= text->count || text->failed[language])
        return NULL;
    if (!text->fonts[language]) {
        const struct fonts_fc_font *found = &text->found[language];

        text->fonts[language] = TTF_OpenFontIndex(found->path, size, found->face);
        text->failed[language] = !text->fonts[language];
        if (text->failed[language])
            return NULL;
        text->sizes[language] = size;
        TTF_SetFontHinting(text->fonts[language], TTF_HINTING_LIGHT_SUBPIXEL);
    }
    if (text->sizes[language] != size) {
        if (TTF_SetFontSize(text->fonts[language], size) < 0)
            return NULL;
        text->sizes[language] = size;
    }
    return text->fonts[language];
}

static uint64_t hash(int language, int size, const char *string, size_t length)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (size_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)string[i]) * UINT64_C(0x100000001b3);
    value = (value ^ (unsigned)language) * UINT64_C(0x100000001b3);
    value = (value ^ (unsigned)size) * UINT64_C(0x100000001b3);
    return value ? value : 1;
}

static const char *terminated(struct text_sdl *text, const char *string, size_t length)
{
    if (length >= text->room) {
        char *larger = realloc(text->buffer, length + 256);

        if (!larger)
            return NULL;
        text->buffer = larger;
        text->room = length + 256;
    }
    memcpy(text->buffer, string, length);
    text->buffer[length] = '\0';
    return text->buffer;
}

/* --- runs: what one font writes in one direction --- */

struct run {
    const char *text; /* not NUL-terminated */
    size_t length;
    int font; /* language whose font it is */
    bool rtl;
};

static size_t character_at(const char *text, size_t left, uint32_t *character)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    if (length > left)
        length = left;
    *character = length == 1 ? p[0] : p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        *character = *character << 6 | (p[i] & 0x3Fu);
    return length;
}

static bool invisible(uint32_t c)
{
    return c == ' ' || c == 0xA0 || (c >= 0x200B && c <= 0x200F) || c == 0x2060;
}

/* The font of now where it can, else the language's own, else the first that can. */
static int font_for(struct text_sdl *text, uint32_t c, int now, int language, int size)
{
    TTF_Font *font = font_at(text, now, size);

    if (invisible(c) || (font && TTF_GlyphIsProvided32(font, c)))
        return now;
    font = font_at(text, language, size);
    if (font && TTF_GlyphIsProvided32(font, c))
        return language;
    for (int i = (int)text->count - 1; i >= 0; i--) {
        font = font_at(text, i, size);
        if (font && TTF_GlyphIsProvided32(font, c))
            return i;
    }
    return language;
}

/* Splits a directional run by font; in visual order. */
static size_t split_by_font(struct text_sdl *text, int language, int size, const char *string, size_t length,
                            bool rtl, struct run *runs, size_t most)
{
    size_t count = 0, at = 0;

    while (at < length) {
        uint32_t c;
        size_t bytes = character_at(string + at, length - at, &c);
        int font = font_for(text, c, count ? runs[count - 1].font : language, language, size);

        if (count && (runs[count - 1].font == font || count == most))
            runs[count - 1].length += bytes;
        else
            runs[count++] = (struct run){string + at, bytes, font, rtl};
        at += bytes;
    }
    for (size_t a = 0, b = count; rtl && a + 1 < b; a++) {
        struct run run = runs[a];

        runs[a] = runs[--b];
        runs[b] = run;
    }
    return count;
}

static size_t split(struct text_sdl *text, int language, int size, const char *string, size_t length,
                    struct run runs[RUNS])
{
    struct runs_fribidi_run directions[RUNS_FRIBIDI_MAX];
    bool rtl = language >= 0 && (size_t)language < text->count && text->scripts[language]->rtl;
    size_t count = 0, direction_count = runs_fribidi_split(string, length, rtl, directions);

    for (size_t i = 0; i < direction_count && count < RUNS; i++)
        count += split_by_font(text, language, size, string + directions[i].start, directions[i].length,
                               directions[i].rtl, runs + count, RUNS - count);
    return count;
}

/* The run's font, told which way and in which script it writes now. */
static TTF_Font *font_of(struct text_sdl *text, const struct run *run, int size)
{
    TTF_Font *font = font_at(text, run->font, size);

    if (!font)
        return NULL;
    TTF_SetFontDirection(font, run->rtl ? TTF_DIRECTION_RTL : TTF_DIRECTION_LTR);
    TTF_SetFontScriptName(font, run->rtl || !text->scripts[run->font]->rtl ? text->scripts[run->font]->name
                                                                           : "Latn");
    return font;
}

/* --- measuring and rendering --- */

static int measure_width(void *user, int language, int size, const char *string, size_t length)
{
    struct text_sdl *text = user;
    uint64_t key = hash(language, size, string, length);
    struct width *width = &text->widths[(key ^ key >> 32) % WIDTHS];
    struct run runs[RUNS];
    size_t count;
    int pixels = 0;

    if (width->key == key)
        return width->pixels;
    count = split(text, language, size, string, length, runs);
    for (size_t i = 0; i < count; i++) {
        TTF_Font *font = font_of(text, &runs[i], size);
        const char *copy = terminated(text, runs[i].text, runs[i].length);
        int part = 0;

        if (!font || !copy || TTF_SizeUTF8(font, copy, &part, NULL) < 0)
            return 0;
        pixels += part;
    }
    *width = (struct width){key, pixels};
    return pixels;
}

static int measure_line_height(void *user, int language, int size)
{
    TTF_Font *font = font_at(user, language, size);

    return font ? TTF_FontHeight(font) : size;
}

struct text_measure text_sdl_measure(struct text_sdl *text)
{
    return (struct text_measure){measure_width, measure_line_height, text};
}

static SDL_Surface *render_run(struct text_sdl *text, const struct run *run, int size, SDL_Color ink)
{
    TTF_Font *font = font_of(text, run, size);
    const char *copy = terminated(text, run->text, run->length);

    return font && copy ? TTF_RenderUTF8_Blended(font, copy, ink) : NULL;
}

SDL_Surface *text_sdl_render(struct text_sdl *text, int language, int size, uint32_t colour,
                             const char *string)
{
    SDL_Color ink = {(Uint8)(colour >> 16), (Uint8)(colour >> 8), (Uint8)colour, 255};
    TTF_Font *font = font_at(text, language, size);
    size_t length = strlen(string), count;
    struct run runs[RUNS];
    SDL_Surface *whole;
    int x = 0;

    if (!font)
        return NULL;
    count = split(text, language, size, string, length, runs);
    if (count == 1 && runs[0].font == language)
        return render_run(text, &runs[0], size, ink);
    whole = SDL_CreateRGBSurfaceWithFormat(0, measure_width(text, language, size, string, length),
                                           TTF_FontHeight(font), 32, SDL_PIXELFORMAT_ARGB8888);
    for (size_t i = 0; whole && i < count; i++) {
        SDL_Surface *part = render_run(text, &runs[i], size, ink);
        TTF_Font *other = font_at(text, runs[i].font, size);
        SDL_Rect to = {x, other ? TTF_FontAscent(font) - TTF_FontAscent(other) : 0, 0, 0};

        if (!part)
            continue;
        SDL_SetSurfaceBlendMode(part, SDL_BLENDMODE_NONE);
        x += part->w;
        SDL_BlitSurface(part, NULL, whole, &to);
        SDL_FreeSurface(part);
    }
    return whole;
}
