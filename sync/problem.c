/*
 * Reading problem documents: words for a person; only the type is acted upon, and never to lose anything.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/problem.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

void problem_detail(const char *body, size_t length, char *text, size_t size)
{
    json_t *document = json_loadb(body ? body : "", body ? length : 0, 0, NULL);
    const char *detail = json_string_value(json_object_get(document, "detail"));
    if (!detail)
        detail = json_string_value(json_object_get(document, "title"));
    int used = snprintf(text, size, "%s", detail ? detail : "");
    if (used >= (int)size) { /* cut: not within a character */
        size_t end = size - 1;
        while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
            end--;
        text[end > 0 && (unsigned char)text[end - 1] >= 0xc0 ? end - 1 : end] = '\0';
    }
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    json_decref(document);
}

bool problem_is(const char *body, size_t length, const char *type)
{
    json_t *document = json_loadb(body ? body : "", body ? length : 0, 0, NULL);
    const char *is = json_string_value(json_object_get(document, "type"));
    bool same = is && strcmp(is, type) == 0;
    json_decref(document);
    return same;
}
