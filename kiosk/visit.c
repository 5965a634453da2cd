/*
 * The visit in hand.
 * Its tickets are a window of bits from visit->first on, so a late word about an earlier visit never counts
 * for this one. SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/visit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void visit_init(struct visit *visit, const struct clock *clock, const char *survey)
{
    memset(visit, 0, sizeof *visit);
    visit->clock = clock;
    visit->survey = survey;
}

void visit_clear(struct visit *visit)
{
    visit->id[0] = '\0';
    visit->records = 0;
    visit->unsaved = 0;
}

void visit_begin_job(struct visit *visit)
{
    visit->job.ticket = 0;
    visit->job.count = 0;
}

static struct record_stamp next_stamp(struct visit *visit, const char *language)
{
    struct visit_job *job = &visit->job;
    struct record_stamp stamp = {.n = visit->records + 1, .channel = "touch"};

    record_stamp_now(&stamp, visit->clock);
    if (!visit->id[0])
        id_ordered(visit->id, stamp.at);
    memcpy(stamp.visit, visit->id, sizeof stamp.visit);
    snprintf(stamp.survey, sizeof stamp.survey, "%s", visit->survey);
    snprintf(stamp.lang, sizeof stamp.lang, "%s", language);
    memcpy(stamp.counter, visit->context.counter, sizeof stamp.counter);
    memcpy(stamp.service, visit->context.service, sizeof stamp.service);
    memcpy(stamp.ticket, visit->context.ticket, sizeof stamp.ticket);
    if (!job->count) {
        job->n = stamp.n;
        memcpy(job->visit, visit->id, sizeof job->visit);
    }
    return stamp;
}

static int count_line(struct visit *visit, int result)
{
    if (result < 0)
        return result;
    visit->job.count++;
    visit->records++;
    return 0;
}

int visit_answer(struct visit *visit, const char *language, const struct record_answer *answer,
                 struct error *error)
{
    struct visit_job *job = &visit->job;
    struct record_stamp stamp = next_stamp(visit, language);

    return count_line(
        visit, record_make_answer(job->lines[job->count], &job->lengths[job->count], &stamp, answer, error));
}

int visit_end(struct visit *visit, const char *language, enum record_end end, int answers, unsigned flags,
              struct error *error)
{
    struct visit_job *job = &visit->job;
    struct record_stamp stamp = next_stamp(visit, language);

    return count_line(visit, record_make_flagged_end(job->lines[job->count], &job->lengths[job->count],
                                                     &stamp, end, answers, flags, error));
}

int visit_seal_job(struct visit *visit, struct error *error)
{
    if (!visit->job.count)
        return 0;
    if (visit->job.n == 1) {
        visit->first = visit->ticket + 1;
        visit->unsaved = 0;
    }
    if (visit->ticket + 1 - visit->first >= VISIT_JOBS)
        return error_set(error, -E2BIG, "a visit of more than %d answers", VISIT_JOBS);
    visit->job.ticket = ++visit->ticket;
    visit->unsaved |= UINT64_C(1) << (visit->job.ticket - visit->first);
    return 0;
}

bool visit_awaits(const struct visit *visit, uint64_t ticket)
{
    return visit->unsaved && ticket >= visit->first && ticket - visit->first < VISIT_JOBS &&
           visit->unsaved & UINT64_C(1) << (ticket - visit->first);
}

void visit_saved(struct visit *visit, uint64_t ticket)
{
    if (visit_awaits(visit, ticket))
        visit->unsaved &= ~(UINT64_C(1) << (ticket - visit->first));
}

bool visit_durable(const struct visit *visit)
{
    return !visit->unsaved;
}
