/*
 * A trace for measuring and testing from outside: one line of JSON for each thing that happened, times in ns
 * of CLOCK_MONOTONIC. Every line is one write(), so that a reader never sees half of one.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_TRACE_H
#define KIOSK_TRACE_H

#include "core/error.h"
#include "core/survey.h"
#include "kiosk/drawlist.h"
#include "kiosk/view.h"
#include "kiosk/visit.h"

#include <stdint.h>

/* NULL everywhere below: nothing is traced. */
struct trace;

/* Appends to path. */
int trace_open(struct trace **trace, const char *path, struct error *error);
void trace_close(struct trace *trace);

int64_t trace_now(void);

/* {"event":"first_frame","ns":...} */
void trace_first_frame(struct trace *trace, int64_t ns);

/* {"event":"tap","visit":...,"n":1,"count":2,"input_ns":...}: records n .. n + count - 1 come of this tap */
void trace_tap(struct trace *trace, const struct visit_job *job, int64_t input);

/* {"event":"saved","visit":...,"n":1,"count":2,"first":17,"committed_ns":...}: first is the store's number */
void trace_saved(struct trace *trace, const char *visit, int n, size_t count, int64_t first,
                 int64_t committed);

/* {"event":"pressed","input_ns":...,"presented_ns":...}: a finger came down and the button shows it */
void trace_pressed(struct trace *trace, int64_t input, int64_t presented);

/* {"event":"frame","ns":...,"took_us":...}: a picture of a movement was presented; took: laying out and painting */
void trace_frame(struct trace *trace, int64_t presented, int64_t took);

/* {"event":"ticket","taken":true}: a scanner typed a ticket; false: rated already, or not now */
void trace_ticket(struct trace *trace, bool taken);

/* {"event":"mashing","count":1}: times that touches came faster than anybody answers */
void trace_mashing(struct trace *trace, unsigned count);

/* {"event":"refused","visit":...,"n":1,"count":2} */
void trace_refused(struct trace *trace, const char *visit, int n, size_t count);

/* {"event":"ignored","count":3}: presses passed over since the start, by the lock time or a further finger */
void trace_ignored(struct trace *trace, unsigned count);

/* {"event":"screen","name":"question","question":"overall","language":"zh","presented_ns":...} */
void trace_screen(struct trace *trace, const struct survey *survey, const struct view *view,
                  int64_t presented);

/* {"event":"thanked","visit":...,"records":[{"n":1},{"n":2}],"presented_ns":...} */
void trace_thanked(struct trace *trace, const char *visit, int records, int64_t presented);

/* {"event":"targets","screen":"question","list":[{"id":"overall:5","x":...,"y":...,"w":...,"h":...}]} */
void trace_targets(struct trace *trace, const struct survey *survey, const struct view *view,
                   const struct drawlist *list);

#endif
