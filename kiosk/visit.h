/*
 * The visit in hand: makes its record lines into jobs for the writer and knows which of them are durable yet.
 * Pure: no file, no thread; time comes from the injected clock.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_VISIT_H
#define KIOSK_VISIT_H

#include "core/clock.h"
#include "core/error.h"
#include "core/id.h"
#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VISIT_JOB_LINES 2 /* an answer, and the end of the visit that may come with it */
#define VISIT_JOBS 64     /* in one visit at most; a survey has fewer questions */

/* Records of one tap, to be appended in one transaction. */
struct visit_job {
    uint64_t ticket; /* 0: not sealed */
    char visit[ID_TEXT];
    int n;        /* place in the visit of the first line */
    size_t count; /* lines: n, n + 1 ... */
    char lines[VISIT_JOB_LINES][RECORD_MAX + 1];
    size_t lengths[VISIT_JOB_LINES];
};

/* Where a visit takes place and what it is about; each empty where not known. */
struct visit_context {
    char counter[RECORD_NAME_MAX], service[RECORD_NAME_MAX];
    char ticket[RECORD_TICKET_MAX];
};

struct visit {
    const struct clock *clock; /* borrowed */
    const char *survey;        /* version as records carry it; borrowed */
    struct visit_context context;
    char id[ID_TEXT];     /* empty until the first record */
    int records;          /* made so far */
    uint64_t ticket;      /* last one given, over all visits */
    uint64_t first;       /* ticket of this visit's first job */
    uint64_t unsaved;     /* bit i: ticket first + i is not durable yet */
    struct visit_job job; /* being made */
};

void visit_init(struct visit *visit, const struct clock *clock, const char *survey);

/* Forgets the visit; what is still on its way to the disk no longer concerns anybody. */
void visit_clear(struct visit *visit);

/* Empties the job. */
void visit_begin_job(struct visit *visit);

/* Add a line to the job. Errors as record_make_answer() and record_make_end(). */
int visit_answer(struct visit *visit, const char *language, const struct record_answer *answer,
                 struct error *error);
int visit_end(struct visit *visit, const char *language, enum record_end end, int answers, unsigned flags,
              struct error *error);

/* Gives the job its ticket, if it has lines. -E2BIG: the visit has VISIT_JOBS jobs already. */
int visit_seal_job(struct visit *visit, struct error *error);

/* True if this ticket is one of the visit's that are not durable yet. */
bool visit_awaits(const struct visit *visit, uint64_t ticket);

void visit_saved(struct visit *visit, uint64_t ticket);

/* Nothing of the visit is on its way any more. */
bool visit_durable(const struct visit *visit);

#endif
