/*
 * Wrapping and shrinking of text.
 * Lines break at spaces, after hyphens and between East Asian wide characters, but never before closing nor
 * after opening punctuation; only text that fits at no size is broken anywhere.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/text_fit.h"

#include <stdint.h>
#include <string.h>

/* Decodes one character of valid UTF-8; returns its bytes. */
static size_t decode(const char *text, const char *end, uint32_t *character)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t length = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    if (length > (size_t)(end - text))
        length = (size_t)(end - text);
    *character = length == 1 ? p[0] : p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        *character = *character << 6 | (p[i] & 0x3Fu);
    return length;
}

static bool wide(uint32_t c)
{
    return (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFF01 && c <= 0xFF60) || (c >= 0x20000 && c <= 0x3FFFD);
}

static bool among(uint32_t c, const uint32_t *set, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (set[i] == c)
            return true;
    }
    return false;
}

static bool closing(uint32_t c)
{
    static const uint32_t set[] = {'!',    ',',    '.',    ':',    ';',    '?',    ')',    ']',
                                   '%',    0x2019, 0x201D, 0x2026, 0x3001, 0x3002, 0x3009, 0x300B,
                                   0x300D, 0x300F, 0x3011, 0x3015, 0xFF01, 0xFF05, 0xFF09, 0xFF0C,
                                   0xFF0E, 0xFF1A, 0xFF1B, 0xFF1F, 0xFF3D, 0xFF5D, 0x30FC};

    return among(c, set, sizeof set / sizeof set[0]);
}

static bool opening(uint32_t c)
{
    static const uint32_t set[] = {'(',    '[',    0x2018, 0x201C, 0x3008, 0x300A, 0x300C,
                                   0x300E, 0x3010, 0x3014, 0xFF08, 0xFF3B, 0xFF5B};

    return among(c, set, sizeof set / sizeof set[0]);
}

static bool break_between(uint32_t a, uint32_t b)
{
    if (b == ' ')
        return false; /* the space ends the line, and the break comes after it */
    if (a == ' ' || a == '-')
        return true;
    return (wide(a) || wide(b)) && !closing(b) && !opening(a);
}

struct wrapping {
    const struct text_measure *measure;
    int language, size, w;
    bool anywhere; /* last resort: break between any two characters */
};

static size_t trim(const char *text, size_t length)
{
    while (length && text[length - 1] == ' ')
        length--;
    return length;
}

static int width_of(const struct wrapping *wrapping, const char *text, size_t length)
{
    return wrapping->measure->width(wrapping->measure->user, wrapping->language, wrapping->size, text,
                                    length);
}

/* Takes the longest line from text; returns the bytes it uses up, 0 when not even its first word fits. */
static size_t take_line(const struct wrapping *wrapping, const char *text, const char *end,
                        struct text_line *line)
{
    size_t position = 0, used = 0, length = (size_t)(end - text), whole = trim(text, length);
    int width = width_of(wrapping, text, whole);

    *line = (struct text_line){text, whole, width};
    if (width <= wrapping->w)
        return length;
    while (position < length) {
        uint32_t here, next;
        size_t kept;

        position += decode(text + position, end, &here);
        if (position >= length)
            break;
        decode(text + position, end, &next);
        if (!wrapping->anywhere && !break_between(here, next))
            continue;
        kept = trim(text, position);
        width = width_of(wrapping, text, kept);
        if (width > wrapping->w)
            break;
        *line = (struct text_line){text, kept, width};
        used = position;
    }
    return used;
}

/* False, and fit partly filled, when the text needs more than limit lines or a word is too wide. */
static bool wrap(const struct wrapping *wrapping, const char *text, int limit, struct text_fit *fit)
{
    const char *end = text + strlen(text);

    fit->count = 0;
    fit->w = 0;
    while (text < end) {
        struct text_line *line = &fit->lines[fit->count];
        size_t used;

        if (fit->count == limit)
            return false;
        used = take_line(wrapping, text, end, line);
        if (!used)
            return false;
        fit->count++;
        if (line->width > fit->w)
            fit->w = line->width;
        text += used;
    }
    return true;
}

static bool fits(const struct text_measure *measure, const struct text_fit_request *request, int size,
                 int limit, bool anywhere, struct text_fit *fit)
{
    struct wrapping wrapping = {measure, request->language, size, request->w, anywhere};
    int height = measure->line_height(measure->user, request->language, size);
    int most = request->h / (height > 0 ? height : 1);

    if (most > limit)
        most = limit;
    if (!wrap(&wrapping, request->text, most, fit))
        return false;
    fit->language = request->language;
    fit->size = size;
    fit->line_height = height;
    fit->h = height * fit->count;
    return true;
}

/* Makes the lines about equally long: the narrowest box that needs no further line. */
static void balance(const struct text_measure *measure, const struct text_fit_request *request,
                    struct text_fit *fit)
{
    struct text_fit_request narrow = *request;
    int low = fit->w / 2, high = fit->w;

    while (high - low > fit->size / 4 + 1) {
        struct text_fit trial;

        narrow.w = (low + high) / 2;
        trial = *fit;
        if (fits(measure, &narrow, fit->size, fit->count, false, &trial) && trial.count == fit->count) {
            *fit = trial;
            high = narrow.w;
        } else {
            low = narrow.w;
        }
    }
}

static int smaller(int size)
{
    return size - (size / 16 > 1 ? size / 16 : 1);
}

/* One line of at least four fifths the size, if that is possible. */
static bool make_single(const struct text_measure *measure, const struct text_fit_request *request,
                        struct text_fit *fit)
{
    struct text_fit single = {.tight = fit->tight};

    for (int size = fit->size; size >= fit->size * 4 / 5 && size >= request->smallest; size = smaller(size)) {
        if (fits(measure, request, size, 1, false, &single)) {
            *fit = single;
            return true;
        }
    }
    return false;
}

void text_fit(struct text_fit *fit, const struct text_measure *measure,
              const struct text_fit_request *request)
{
    int size = request->largest > TEXT_FIT_TINY ? request->largest : TEXT_FIT_TINY;
    int lines = request->lines < TEXT_FIT_LINES ? request->lines : TEXT_FIT_LINES;

    memset(fit, 0, sizeof *fit);
    while (size > TEXT_FIT_TINY && !fits(measure, request, size, lines, false, fit))
        size = smaller(size);
    if (size <= TEXT_FIT_TINY) { /* no such text is in a survey that somebody has looked at */
        if (!fits(measure, request, TEXT_FIT_TINY, TEXT_FIT_LINES, true, fit))
            fit->count = 0;
        size = TEXT_FIT_TINY;
    }
    fit->tight = size < request->smallest;
    if (fit->count > 1 && !(request->single && make_single(measure, request, fit)))
        balance(measure, request, fit);
}
