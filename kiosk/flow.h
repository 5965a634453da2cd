/*
 * The flow of the touch screen: fingers, deadlines and the writer's word go in; a view and jobs for the
 * writer come out. Pure: no display, no thread, no file; time comes from the injected clock. A customer is
 * thanked only when every record of the visit is durable. SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_FLOW_H
#define KIOSK_FLOW_H

#include "core/clock.h"
#include "core/error.h"
#include "core/interview.h"
#include "core/survey.h"
#include "kiosk/view.h"
#include "kiosk/visit.h"

#include <stdbool.h>
#include <stdint.h>

#define FLOW_NEVER (-1)

/* How long things last that no bank needs to tune, ms. */
#define FLOW_PENDING_MS 10000 /* a disk that is silent for longer is out of service */
#define FLOW_SORRY_MS 5000    /* one refused answer, while the writer works */
#define FLOW_HOLD_MS 10000    /* a finger that never leaves (a bag, a lost release) is let go of */

struct flow_options {
    const struct survey *survey; /* borrowed for the flow's life, as is the clock */
    const struct clock *clock;
    int language; /* index of the default */
    int64_t answer_timeout_ms, thanks_ms, lock_ms;
};

/* Members are private; read through the functions below. */
struct flow {
    struct flow_options options;
    struct interview interview;
    struct view view;
    struct visit visit;
    bool job_ready;       /* visit.job waits to be taken */
    struct error error;   /* why a record could not be made; code 0 if none */
    bool down;            /* the writer said so */
    bool stuck;           /* the writer says nothing at all */
    int64_t touched;      /* up ms of the last sign of life of a customer */
    int64_t since;        /* up ms when the screen came up */
    int64_t locked_until; /* up ms */

    bool held;          /* a finger is down */
    int64_t finger;     /* its id */
    int64_t held_since; /* up ms */
    struct target aim;  /* what it went down on */
    struct target last; /* option toggled last, against a bouncing panel */
    unsigned ignored;   /* presses within the lock time or by a further finger */
};

void flow_start(struct flow *flow, const struct flow_options *options);

/* A finger (or the mouse) goes down, moves, goes up; target is what lies under it then. */
void flow_press(struct flow *flow, int64_t finger, struct target target);
void flow_move(struct flow *flow, int64_t finger, struct target target);
void flow_release(struct flow *flow, int64_t finger, struct target target);

/* Deadlines that have passed take effect. */
void flow_tick(struct flow *flow);

/* The writer's word. A job that could not even be submitted is refused too. */
void flow_saved(struct flow *flow, uint64_t ticket);
void flow_refused(struct flow *flow, uint64_t ticket);
void flow_down(struct flow *flow);
void flow_restored(struct flow *flow);

/* The program ends: an open visit is abandoned. */
void flow_leave(struct flow *flow);

/* The job that the last input made, once; NULL if there is none. Valid until the next input. */
const struct visit_job *flow_take_job(struct flow *flow);

/* Up ms at which flow_tick() has something to do, or FLOW_NEVER. */
int64_t flow_deadline(const struct flow *flow);

const struct view *flow_view(const struct flow *flow);

/* The visit that is being thanked, with the number of its records. */
const char *flow_visit(const struct flow *flow, int *records);

/* Presses passed over so far. */
unsigned flow_ignored(const struct flow *flow);

/* Why a record could not be made, once: false when there is nothing to say. */
bool flow_take_error(struct flow *flow, struct error *error);

#endif
