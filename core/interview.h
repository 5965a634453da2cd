/*
 * The interview: what is asked next, what an answer means, when a visit ends. Walked by screen and telephone alike.
 * Pure: an event goes in, a step comes out; no clock, no file, no allocation.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_INTERVIEW_H
#define CORE_INTERVIEW_H

#include "core/record.h"
#include "core/survey.h"

#include <stdbool.h>
#include <stdint.h>

enum interview_event_type {
    INTERVIEW_MARK,    /* a face or an NPS number: event.mark */
    INTERVIEW_OPTIONS, /* a choice: event.options, bit i for option i */
    INTERVIEW_NUMBER,  /* a call-back number, sealed already: event.sealed */
    INTERVIEW_BACK,    /* to the question before, to answer it again */
    INTERVIEW_SKIP,    /* an optional question left out */
    INTERVIEW_TIMEOUT, /* the customer has gone quiet */
    INTERVIEW_LEAVE,   /* the customer has gone: hung up, or the screen was taken away */
};

struct interview_event {
    enum interview_event_type type;
    int mark;
    uint32_t options;
    const char *sealed; /* see seal.h */
};

enum interview_command {
    INTERVIEW_REFUSE, /* the event makes no sense here (out of range, wrong kind): nothing changed */
    INTERVIEW_ASK,    /* ask question step.question */
    INTERVIEW_THANK,  /* the visit is over: thank, once everything recorded is durable */
    INTERVIEW_FORGET, /* the visit is over or never began: back to the first question without thanks */
};

/* What happened. The caller records the answer (if answered), then the end (if ended), then obeys command. */
struct interview_step {
    enum interview_command command;
    int question; /* INTERVIEW_ASK: index of the question to ask */
    bool answered;
    struct record_answer answer;
    bool ended;
    enum record_end end;
    int answers; /* records of answers in this visit, this one included: one given again counts again */
};

struct interview {
    const struct survey *survey; /* borrowed */
    int question;                /* index of the question that is out */
    int answers;                 /* given in this visit; 0: the visit has not begun */
    bool callback; /* numbers can be sealed; false, as after the start: nobody is asked for one */
    int depth;     /* questions that INTERVIEW_BACK can lead to */
    uint8_t path[SURVEY_QUESTIONS_MAX]; /* their indexes, the oldest first */
    enum record_end leave_as;           /* what INTERVIEW_LEAVE means on this channel */
};

/* leave_as: RECORD_ABANDONED for the screen, RECORD_HUNG_UP for the telephone. The first question is out. */
void interview_start(struct interview *interview, const struct survey *survey, enum record_end leave_as);

/* Whether INTERVIEW_BACK leads anywhere. */
bool interview_can_go_back(const struct interview *interview);

/* After THANK or FORGET the interview stands at the first question again, ready for the next customer. */
struct interview_step interview_next(struct interview *interview, const struct interview_event *event);

#endif
