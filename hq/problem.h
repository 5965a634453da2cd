/*
 * Problem documents (RFC 9457): how headquarters says no.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PROBLEM_H
#define HQ_PROBLEM_H

#include "hq/http.h"

#define PROBLEM_TYPE "application/problem+json"

/*
 * Makes response a problem document with this status, its standard title and a sentence about this
 * occurrence. The sentence goes to the note as well, so that the technician reads what the client read.
 */
void problem_reply(struct http_response *response, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a type (a URI of static storage) that a program can act upon. */
void problem_reply_type(struct http_response *response, unsigned status, const char *type, const char *format,
                        ...) __attribute__((format(printf, 4, 5)));

#endif
