/*
 * Texts with SDL_ttf.
 * A font has one size at a time; widths that were measured are remembered, for layout asks for the same
 * again. SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/text_sdl.h"

#include "core/survey.h"

#include <SDL_ttf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WIDTHS 512 /* remembered; a power of two */

struct width {
    uint64_t key; /* hash of language, size and text; 0: free */
    int pixels;
};

struct text_sdl {
    size_t count;
    struct fonts_fc_font found[SURVEY_LANGUAGES_MAX];
    TTF_Font *fonts[SURVEY_LANGUAGES_MAX];
    int sizes[SURVEY_LANGUAGES_MAX];
    bool failed[SURVEY_LANGUAGES_MAX];
    struct width widths[WIDTHS];
    char *buffer; /* for a text with its NUL */
    size_t room;
};

int text_sdl_open(struct text_sdl **text, const struct fonts_fc_font *fonts, size_t count,
                  struct error *error)
{
    struct text_sdl *made = calloc(1, sizeof *made);

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    if (TTF_Init() < 0) {
        free(made);
        return error_set(error, -EIO, "SDL_ttf: %s", TTF_GetError());
    }
    made->count = count < SURVEY_LANGUAGES_MAX ? count : SURVEY_LANGUAGES_MAX;
    memcpy(made->found, fonts, made->count * sizeof *fonts);
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

static int measure_width(void *user, int language, int size, const char *string, size_t length)
{
    struct text_sdl *text = user;
    uint64_t key = hash(language, size, string, length);
    struct width *width = &text->widths[(key ^ key >> 32) % WIDTHS];
    const char *copy;
    TTF_Font *font;
    int pixels = 0;

    if (width->key == key)
        return width->pixels;
    font = font_at(text, language, size);
    copy = terminated(text, string, length);
    if (!font || !copy || TTF_SizeUTF8(font, copy, &pixels, NULL) < 0)
        return 0;
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

SDL_Surface *text_sdl_render(struct text_sdl *text, int language, int size, uint32_t colour,
                             const char *string)
{
    TTF_Font *font = font_at(text, language, size);
    SDL_Color ink = {(Uint8)(colour >> 16), (Uint8)(colour >> 8), (Uint8)colour, 255};

    return font ? TTF_RenderUTF8_Blended(font, string, ink) : NULL;
}
