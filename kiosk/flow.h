/*
 * The flow of the touch screen: fingers, keys, deadlines and the writer's word go in; a view and jobs for the
 * writer come out. Pure: no display, no thread, no file; time comes from the injected clock. A customer is
 * thanked only when every record of the visit is durable. SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_FLOW_H
#define KIOSK_FLOW_H

#include "core/clock.h"
#include "core/error.h"
#include "core/interview.h"
#include "core/survey.h"
#include "kiosk/hours.h"
#include "kiosk/view.h"
#include "kiosk/visit.h"

#include <stdbool.h>
#include <stdint.h>

#define FLOW_NEVER (-1)

/* How long things last that no bank needs to tune, ms. */
#define FLOW_PENDING_MS 10000 /* a disk that is silent for longer is out of service */
#define FLOW_SORRY_MS 5000    /* one refused answer, while the writer works */
#define FLOW_HOLD_MS 10000    /* a finger that never leaves (a bag, a lost release) is let go of */
#define FLOW_CORNER_MS 3000   /* the hidden corner, held, leads to the PIN */
#define FLOW_SERVICE_MS 60000 /* PIN and service menu leave by themselves */
#define FLOW_COUNT_MS 250     /* between two steps of a countdown */
#define FLOW_HOURS_MS 600000  /* between two looks at the clock, at most: it may have been set */
#define FLOW_PIN_WAIT_S 900   /* after wrong PINs, at most */
#define FLOW_PIN_MIN 4        /* digits */
#define FLOW_PIN_MAX 16

/*
 * Mashing: every touch that is no answer adds one, every FLOW_MASH_DRAIN_MS take one away. Above FLOW_MASH_FULL
 * nobody is
 * answering: the visit is flagged, and no new one begins until less than half is left.
 */
#define FLOW_MASH_FULL 12
#define FLOW_MASH_MOST 15
#define FLOW_MASH_DRAIN_MS 500
#define FLOW_RECORDS_BACK 40 /* a visit with more records offers no way back */

enum flow_key {
    FLOW_KEY_NEXT,
    FLOW_KEY_PREVIOUS,
    FLOW_KEY_ENTER,
    FLOW_KEY_DIGIT, /* 0..9 */
};

struct flow_options {
    const struct survey *survey; /* borrowed for the flow's life, as is all that follows as a pointer */
    const struct clock *clock;
    int language; /* index of the default */
    int64_t answer_timeout_ms, thanks_ms, lock_ms;
    int64_t second_chance_ms; /* 0, or a survey without the words: none */
    int64_t attract_ms;       /* at rest for so long: attract mode; 0: none */
    int64_t notice_ms;        /* each notice, and each time of the question between two */
    bool large, contrast, reach;
    struct visit_context context; /* of every visit, unless a ticket says otherwise */
    const struct hours *hours;    /* NULL: always open */
    const uint8_t *case_key;      /* of SEAL_KEY_BYTES; NULL: nobody is asked for a call-back number */
    void *user;
    int (*next_notice)(void *user, int after);           /* -1: none; NULL: none ever */
    bool (*pin_matches)(void *user, const char *digits); /* NULL: no service menu */
};

/* Members are private; read through the functions below. */
struct flow {
    struct flow_options options;
    struct interview interview;
    struct view view;
    struct visit visit;
    struct visit_context ticket; /* of the next visit; its ticket is empty when none was read */
    struct error error;          /* why a record could not be made; code 0 if none */
    int64_t touched;             /* up ms of the last sign of life of a customer */
    int64_t since;               /* up ms when the screen came up */
    int64_t locked_until;        /* up ms */
    int64_t finger, held_since;  /* the finger that is down: its id, up ms */
    int64_t mash, mash_at;       /* thousandths of a touch; up ms when that was true */
    int64_t hours_at;            /* up ms of the next look at the clock */
    int64_t attract_at;          /* up ms of the next change in attract mode */
    int64_t pin_after;           /* up ms */
    struct target aim;           /* what the finger went down on */
    struct target last;          /* option toggled last, against a bouncing panel */
    unsigned ignored;            /* presses passed over */
    unsigned mashings;           /* times that it became too much */
    unsigned wrong;              /* PINs in a row */
    int notice, shifted;         /* shown last; steps of burn-in protection */
    int item;                    /* row of the service menu that was tapped, or -1 */
    char pin[FLOW_PIN_MAX + 1];
    bool job_ready;      /* visit.job waits to be taken */
    bool down, stuck;    /* the writer said so; the writer says nothing at all */
    bool held;           /* a finger is down */
    bool mashed, barred; /* in this visit; until it is quiet again */
    bool woken;          /* outside opening hours, by a touch */
    bool tactile;        /* this visit is walked with the keypad */
};

void flow_start(struct flow *flow, const struct flow_options *options);

/* A finger (or the mouse) goes down, moves, goes up; target is what lies under it then, at x, y in px. */
void flow_press(struct flow *flow, int64_t finger, struct target target);
void flow_move(struct flow *flow, int64_t finger, struct target target);
void flow_release(struct flow *flow, int64_t finger, struct target target);

/* Touch test: after flow_press() or flow_move() of the finger that counts. */
void flow_draw(struct flow *flow, int64_t finger, int x, int y, bool start);

/*
 * A key of the tactile keypad. targets are those on the screen, in the order they are drawn in; the first key of
 * a visit only shows where one stands.
 */
void flow_key(struct flow *flow, enum flow_key key, int digit, const struct target *targets, size_t count);

/* After a new screen was laid out: with the keypad one stands on its first answer. */
void flow_settle_focus(struct flow *flow, const struct target *targets, size_t count);

/*
 * A queue ticket was read: counter, service and ticket are all to be filled. It goes with the visit that begins
 * next, or with what is still to come of one that has begun without a ticket. False: not now.
 */
bool flow_ticket(struct flow *flow, const struct visit_context *ticket);

/* Deadlines that have passed take effect. */
void flow_tick(struct flow *flow);

/* The notices are others now. */
void flow_notices_changed(struct flow *flow);

/* The writer's word. A job that could not even be submitted is refused too. */
void flow_saved(struct flow *flow, uint64_t ticket);
void flow_refused(struct flow *flow, uint64_t ticket);
void flow_down(struct flow *flow);
void flow_restored(struct flow *flow);

/* Service menu: what it shows, the row that was tapped (once; -1: none), and the touch test. */
void flow_set_rows(struct flow *flow, const struct view_row *rows, size_t count);
int flow_take_item(struct flow *flow);
void flow_test_touch(struct flow *flow);

/* The program ends: an open visit is abandoned. */
void flow_leave(struct flow *flow);

/* The job that the last input made, once; NULL if there is none. Valid until the next input. */
const struct visit_job *flow_take_job(struct flow *flow);

/* Up ms at which flow_tick() has something to do, or FLOW_NEVER. */
int64_t flow_deadline(const struct flow *flow);

const struct view *flow_view(const struct flow *flow);

/* The visit that is being thanked, with the number of its records. */
const char *flow_visit(const struct flow *flow, int *records);

/* The ticket of the visit in hand, empty if none. */
const char *flow_visit_ticket(const struct flow *flow);

/* Nobody is in the middle of anything: documents may be exchanged. */
bool flow_at_rest(const struct flow *flow);

/* Presses passed over so far, and how often it was mashing. */
unsigned flow_ignored(const struct flow *flow);
unsigned flow_mashings(const struct flow *flow);

/* Why a record could not be made, once: false when there is nothing to say. */
bool flow_take_error(struct flow *flow, struct error *error);

#endif
