/*
 * The writer: a thread that appends to the outbox, so that neither screen nor call ever waits for the disk.
 * It owns repair: reopen, re-read, re-append, and after failure it proves the disk well with a durable fault
 * record. SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_WRITER_H
#define CORE_WRITER_H

#include "core/clock.h"
#include "core/error.h"
#include "core/outbox.h"

#include <stdbool.h>
#include <stdint.h>

enum writer_event_type {
    WRITER_SAVED,    /* the job with this ticket is durable */
    WRITER_REFUSED,  /* the job is not saved and never will be; WRITER_DOWN has come or comes with it */
    WRITER_DOWN,     /* answers cannot be saved: out of service. error says why */
    WRITER_RESTORED, /* answers can be saved again */
};

struct writer_event {
    enum writer_event_type type;
    uint64_t ticket;    /* SAVED, REFUSED */
    int64_t first;      /* SAVED: number of the job's first record */
    int64_t committed;  /* SAVED: CLOCK_MONOTONIC ns right after the commit */
    struct error error; /* REFUSED, DOWN */
};

/* Called on the writer's thread (a first WRITER_DOWN from writer_start()); must not block: push into a loop.
 */
typedef void (*writer_notify)(void *user, const struct writer_event *event);

struct writer_options {
    const char *path;          /* of the outbox */
    const struct clock *clock; /* borrowed for the writer's life */
    writer_notify notify;
    void *user;
    int patience_ms; /* how long one job is tried again before it is refused; 0: 3000 */
};

struct writer;

/*
 * Opens the outbox and starts the thread. A broken outbox (-EBADMSG) or a path that cannot be (-ENOENT,
 * -EACCES) is an error here; a full or read-only disk is not: the writer starts, says WRITER_DOWN and
 * recovers by itself.
 */
int writer_start(struct writer **writer, const struct writer_options *options, struct error *error);

/* Copies the lines; they become one transaction. Never blocks; -EAGAIN when down or 64 jobs are waiting. */
int writer_submit(struct writer *writer, uint64_t ticket, const struct outbox_line *lines, size_t count,
                  struct error *error);

/* Finishes the jobs that wait, ends the thread, frees. NULL is fine. */
void writer_stop(struct writer *writer);

#endif
