/*
 * What handlers build responses with.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/http.h"

#include <stdio.h>
#include <stdlib.h>

void http_add_header(struct http_response *response, const char *name, const char *value)
{
    if (response->header_count < HTTP_HEADERS_MAX)
        response->headers[response->header_count++] = (struct http_header){name, value};
}

void http_reply(struct http_response *response, unsigned status, const char *type, char *body, size_t size)
{
    free(response->body);
    response->status = body ? status : 500;
    response->type = type;
    response->body = body;
    response->body_size = body ? size : 0;
    if (!body)
        (void)snprintf(response->note, sizeof response->note, "no memory for the reply");
}
