/*
 * Queue tickets.
 * What was rated is a ring of tickets, emptied when another day begins.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/ticket.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 10

struct ticket_reader {
    regex_t pattern;
    struct ticket_groups groups;
    char day[TICKET_DAY];
    size_t rated; /* today, forgotten ones included */
    char tickets[TICKET_RATED_MAX][RECORD_TICKET_MAX];
};

int ticket_open(struct ticket_reader **reader, const char *pattern, const struct ticket_groups *groups,
                struct error *error)
{
    const int wanted[] = {groups->ticket, groups->counter, groups->service};
    struct ticket_reader *made = calloc(1, sizeof *made);
    char reason[128];
    int result;

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    result = regcomp(&made->pattern, pattern, REG_EXTENDED);
    if (result != 0) {
        regerror(result, &made->pattern, reason, sizeof reason);
        free(made);
        return error_set(error, -EINVAL, "ticket = %s: %s", pattern, reason);
    }
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (wanted[i] <= (int)made->pattern.re_nsub && wanted[i] < GROUPS)
            continue;
        error_set(error, -EINVAL, "ticket = %s: it has %zu groups (...), and group %d is asked for", pattern,
                  made->pattern.re_nsub, wanted[i]);
        ticket_close(made);
        return -EINVAL;
    }
    made->groups = *groups;
    *reader = made;
    return 0;
}

void ticket_close(struct ticket_reader *reader)
{
    if (!reader)
        return;
    regfree(&reader->pattern);
    free(reader);
}

/* False when the group holds something that does not fit. An absent group leaves out as it is. */
static bool take_group(const char *typed, const regmatch_t *matches, int group, char *out, size_t size)
{
    if (group < 0 || matches[group].rm_so < 0 || matches[group].rm_so == matches[group].rm_eo)
        return true;
    return snprintf(out, size, "%.*s", (int)(matches[group].rm_eo - matches[group].rm_so),
                    typed + matches[group].rm_so) < (int)size;
}

bool ticket_read(const struct ticket_reader *reader, const char *typed, struct visit_context *context)
{
    struct visit_context made = *context;
    regmatch_t matches[GROUPS];

    made.ticket[0] = '\0';
    if (regexec(&reader->pattern, typed, GROUPS, matches, 0) != 0 || matches[0].rm_so != 0 ||
        typed[matches[0].rm_eo] != '\0')
        return false;
    if (!take_group(typed, matches, reader->groups.ticket, made.ticket, sizeof made.ticket) ||
        !take_group(typed, matches, reader->groups.counter, made.counter, sizeof made.counter) ||
        !take_group(typed, matches, reader->groups.service, made.service, sizeof made.service))
        return false;
    if (!record_ticket_valid(made.ticket) || (made.counter[0] && !record_name_valid(made.counter)) ||
        (made.service[0] && !record_name_valid(made.service)))
        return false;
    *context = made;
    return true;
}

bool ticket_was_rated(const struct ticket_reader *reader, const char *ticket, const char *day)
{
    size_t count = reader->rated < TICKET_RATED_MAX ? reader->rated : TICKET_RATED_MAX;

    if (strcmp(reader->day, day) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(reader->tickets[i], ticket) == 0)
            return true;
    return false;
}

void ticket_rated(struct ticket_reader *reader, const char *ticket, const char *day)
{
    if (!ticket[0] || ticket_was_rated(reader, ticket, day))
        return;
    if (strcmp(reader->day, day) != 0) {
        reader->rated = 0;
        snprintf(reader->day, sizeof reader->day, "%s", day);
    }
    snprintf(reader->tickets[reader->rated++ % TICKET_RATED_MAX], RECORD_TICKET_MAX, "%s", ticket);
}
