/*
 * Problem documents, on jansson.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/problem.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    unsigned status;
    const char *title;
} problem_titles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const char *problem_title(unsigned status)
{
    for (size_t i = 0; i < sizeof problem_titles / sizeof *problem_titles; i++)
        if (problem_titles[i].status == status)
            return problem_titles[i].title;
    return "Error";
}

/* The note of the response is the detail. */
static void problem_make(struct http_response *response, unsigned status, const char *type)
{
    /* a detail that repeats a client's bytes may be no UTF-8; then the title has to do (s* leaves it out) */
    json_t *detail = json_string(response->note);
    json_t *object = json_pack("{s:s, s:s, s:i, s:o*}", "type", type, "title", problem_title(status),
                               "status", (int)status, "detail", detail);
    char *body = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    http_reply(response, status, PROBLEM_TYPE, body, body ? strlen(body) : 0);
}

void problem_reply(struct http_response *response, unsigned status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(response->note, sizeof response->note, format, arguments);
    va_end(arguments);
    problem_make(response, status, "about:blank");
}

void problem_reply_type(struct http_response *response, unsigned status, const char *type, const char *format,
                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(response->note, sizeof response->note, format, arguments);
    va_end(arguments);
    problem_make(response, status, type);
}
