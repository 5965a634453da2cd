/*
 * Wrapping and shrinking of text.
 * Lines break where Unicode's rules let them; only text that fits at no size is broken anywhere.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/text_fit.h"

#include "kiosk/breaks_unibreak.h"

#include <string.h>

#define BYTES_MOST 2048 /* of a text whose breaks are known; beyond, it is broken anywhere */

/* Bytes of the character at text. */
static size_t character(const char *text, const char *end)
{
    unsigned char first = (unsigned char)*text;
    size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    return length > (size_t)(end - text) ? (size_t)(end - text) : length;
}

struct wrapping {
    const struct text_measure *measure;
    int language, size, w;
    const char *start;  /* of the text */
    const bool *breaks; /* by byte, see breaks_unibreak.h */
    size_t known;       /* bytes of breaks */
    bool anywhere;      /* last resort: break between any two characters */
};

/* Whether a line may end before at. */
static bool may_break(const struct wrapping *wrapping, const char *at)
{
    size_t offset = (size_t)(at - wrapping->start);

    return wrapping->anywhere || offset > wrapping->known || wrapping->breaks[offset - 1];
}

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
        size_t kept;

        position += character(text + position, end);
        if (position >= length)
            break;
        if (!may_break(wrapping, text + position))
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

/* A request and what is found out about its text once. */
struct fitting {
    const struct text_measure *measure;
    const struct text_fit_request *request;
    size_t known;
    bool breaks[BYTES_MOST];
};

static bool fits(const struct fitting *fitting, int w, int size, int limit, bool anywhere,
                 struct text_fit *fit)
{
    const struct text_measure *measure = fitting->measure;
    const struct text_fit_request *request = fitting->request;
    struct wrapping wrapping = {measure,       request->language, size,           w,
                                request->text, fitting->breaks,   fitting->known, anywhere};
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
static void balance(const struct fitting *fitting, struct text_fit *fit)
{
    int low = fit->w / 2, high = fit->w;

    while (high - low > fit->size / 4 + 1) {
        struct text_fit trial = *fit;
        int w = (low + high) / 2;

        if (fits(fitting, w, fit->size, fit->count, false, &trial) && trial.count == fit->count) {
            *fit = trial;
            high = w;
        } else {
            low = w;
        }
    }
}

static int smaller(int size)
{
    return size - (size / 16 > 1 ? size / 16 : 1);
}

/* One line of at least four fifths the size, if that is possible. */
static bool make_single(const struct fitting *fitting, struct text_fit *fit)
{
    int smallest = fitting->request->smallest, w = fitting->request->w;
    struct text_fit single = {.tight = fit->tight};

    for (int size = fit->size; size >= fit->size * 4 / 5 && size >= smallest; size = smaller(size)) {
        if (fits(fitting, w, size, 1, false, &single)) {
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
    struct fitting fitting = {.measure = measure, .request = request, .known = strlen(request->text)};

    if (fitting.known > BYTES_MOST)
        fitting.known = BYTES_MOST;
    breaks_unibreak_find(request->text, fitting.known, fitting.breaks);
    memset(fit, 0, sizeof *fit);
    while (size > TEXT_FIT_TINY && !fits(&fitting, request->w, size, lines, false, fit))
        size = smaller(size);
    if (size <= TEXT_FIT_TINY) { /* no such text is in a survey that somebody has looked at */
        if (!fits(&fitting, request->w, TEXT_FIT_TINY, TEXT_FIT_LINES, true, fit))
            fit->count = 0;
        size = TEXT_FIT_TINY;
    }
    fit->tight = size < request->smallest;
    if (fit->count > 1 && !(request->single && make_single(&fitting, fit)))
        balance(&fitting, fit);
}
