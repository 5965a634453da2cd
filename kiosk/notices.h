/*
 * Notices for the idle screen ("you said, we did", apologies, opening hours), from a JSON document.
 * A document that loads is whole; its texts are owned by the notices.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_NOTICES_H
#define KIOSK_NOTICES_H

#include "core/error.h"
#include "core/survey.h"

#include <stddef.h>

#define NOTICES_MAX 64
#define NOTICES_DATE 11 /* "2026-03-01" with NUL */

struct notice {
    const char *id;
    struct survey_text title; /* all NULL when there is none; see survey_has() */
    struct survey_text text;
    char from[NOTICES_DATE], until[NOTICES_DATE]; /* local days, both included; empty: no bound */
};

struct notices {
    struct notice *items;
    size_t count;
    void *document; /* private: the parsed JSON that the texts live in */
};

/*
 * Every text needs all languages of the survey; further languages are allowed. Errors as survey_load():
 * -EBADMSG with file, JSON path and remedy. *notices is untouched on failure.
 */
int notices_load(struct notices **notices, const char *path, const struct survey *survey,
                 struct error *error);
void notices_free(struct notices *notices); /* NULL is fine */

/* The next notice after index (-1: the first) that is valid on this day ("2026-03-01"), or -1. */
int notices_next(const struct notices *notices, int after, const char *day);

#endif
