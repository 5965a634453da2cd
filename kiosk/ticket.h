/*
 * Queue tickets: what a scanner typed, taken apart by a pattern, and which of them were rated today.
 * The only file that knows regular expressions (POSIX, extended).
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_TICKET_H
#define KIOSK_TICKET_H

#include "core/error.h"
#include "kiosk/visit.h"

#include <stdbool.h>
#include <stddef.h>

#define TICKET_RATED_MAX 4096 /* remembered of one day; beyond that the oldest go */
#define TICKET_DAY 11         /* "2026-03-01" with NUL */

/* Which group of the pattern holds what: 0 is the whole, -1 none. */
struct ticket_groups {
    int ticket, counter, service;
};

struct ticket_reader;

/* -EINVAL: not a pattern, or it has not so many groups. */
int ticket_open(struct ticket_reader **reader, const char *pattern, const struct ticket_groups *groups,
                struct error *error);
void ticket_close(struct ticket_reader *reader); /* NULL is fine */

/*
 * False, and *context untouched, when typed is no ticket. The pattern must fit the whole of it. What the pattern
 * does not give stays as it is in *context.
 */
bool ticket_read(const struct ticket_reader *reader, const char *typed, struct visit_context *context);

/* One ticket, one rating a day. day as of the local clock. */
bool ticket_was_rated(const struct ticket_reader *reader, const char *ticket, const char *day);
void ticket_rated(struct ticket_reader *reader, const char *ticket, const char *day);

#endif
