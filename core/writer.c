/*
 * The writer thread. Two states: in service (jobs are appended) and down (jobs are refused, the disk is
 * probed). A job is reported saved only after outbox_append() or outbox_settle() said that it is durable.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/writer.h"

#include "core/device_record.h"
#include "core/record.h"
#include "core/repair.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WRITER_JOBS 64
#define WRITER_PATIENCE_MS 3000
#define WRITER_RETRY_MS 50 /* first pause between attempts at one job, doubled up to ... */
#define WRITER_RETRY_MOST_MS 400
#define WRITER_PROBE_MS 500 /* first pause between probes while down, doubled up to ... */
#define WRITER_PROBE_MOST_MS 4000

struct writer_job {
    uint64_t ticket;
    struct outbox_line *lines; /* one block: the array, then the bytes */
    size_t count;
};

struct writer {
    struct writer_options options;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows, up to the next comment */
    pthread_cond_t changed;
    struct writer_job jobs[WRITER_JOBS]; /* a ring */
    size_t first, count;
    bool stopping, down;
    int64_t unsaved; /* records refused since the last one saved */
    /* the thread's own */
    struct outbox *outbox; /* NULL between a failure and the next attempt */
    bool doubtful;         /* the last append failed: settle before the next one */
    bool moved;            /* the file was replaced under us; headquarters is to be told */
    bool full;             /* the ballast went; headquarters is to be told */
    int broken;            /* complaints in a row that the database is damaged */
    int probe_ms;
    struct error cause; /* of the present or last outage */
};

static int64_t writer_now(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void writer_tell(struct writer *writer, enum writer_event_type type, uint64_t ticket, int64_t first)
{
    struct writer_event event = {.type = type, .ticket = ticket, .first = first};
    if (type == WRITER_SAVED)
        event.committed = writer_now();
    else
        event.error = writer->cause;
    writer->options.notify(writer->options.user, &event);
}

/* Waits with the mutex held until something changes or ms have passed; ms 0: without limit. */
static void writer_wait(struct writer *writer, int ms)
{
    if (ms == 0) {
        (void)pthread_cond_wait(&writer->changed, &writer->mutex);
        return;
    }
    int64_t until = writer_now() + (int64_t)ms * 1000000;
    struct timespec at = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
    (void)pthread_cond_timedwait(&writer->changed, &writer->mutex, &at);
}

/* A pause that ends early when the program stops. New jobs do not shorten it. */
static void writer_pause(struct writer *writer, int ms)
{
    int64_t until = writer_now() + (int64_t)ms * 1000000;
    (void)pthread_mutex_lock(&writer->mutex);
    for (int64_t left = ms; !writer->stopping && left > 0; left = (until - writer_now()) / 1000000)
        writer_wait(writer, (int)left);
    (void)pthread_mutex_unlock(&writer->mutex);
}

static void writer_let_go(struct writer *writer, int why)
{
    outbox_close(writer->outbox);
    writer->outbox = NULL;
    writer->doubtful = true;
    writer->moved = writer->moved || why == -ESTALE;
}

/* One attempt. After a failure the handle is never used again: what it believes about its pages may be wrong.
 */
static int writer_attempt(struct writer *writer, const struct outbox_line *lines, size_t count,
                          int64_t *first, struct error *error)
{
    int result = 0;
    bool present = false;
    if (!writer->outbox)
        result = outbox_open(&writer->outbox, writer->options.path, writer->options.clock, error);
    if (result == 0 && writer->doubtful)
        result = outbox_settle(writer->outbox, &lines[0], &present, error);
    if (result == 0)
        writer->doubtful = false;
    if (result == 0 && !present)
        result = outbox_append(writer->outbox, lines, count, first, error);
    if (result < 0 && result != -EINVAL)
        writer_let_go(writer, result);
    return result;
}

static int writer_append_fault(struct writer *writer, const char *fault, const char *detail, int64_t unsaved,
                               struct error *error)
{
    char text[RECORD_MAX + 1];
    struct outbox_line line = {.text = text};
    int64_t first = 0;
    int result =
        device_record_fault(text, &line.length, writer->options.clock, fault, detail, unsaved, error);
    return result < 0 ? result : writer_attempt(writer, &line, 1, &first, error);
}

/* What happened on the way to a record that was saved all the same: headquarters should hear of it. */
static void writer_tell_headquarters(struct writer *writer)
{
    struct error ignored;
    bool moved = writer->moved, full = writer->full;
    writer->moved = writer->full = false;
    if (moved)
        (void)writer_append_fault(writer, "outbox-moved", "the database was moved, removed or replaced", 0,
                                  &ignored);
    if (full)
        (void)writer_append_fault(writer, "disk-full", "the ballast was given up for answers", 0, &ignored);
}

/*
 * What can be done before the next attempt. A complaint of damage counts from the second on, on a fresh handle:
 * a handle that met an I/O error may say so of a database that is fine.
 */
static void writer_mend(struct writer *writer, int why)
{
    struct repair_report report;
    struct error error = {0};
    writer->broken = why == -EBADMSG ? writer->broken + 1 : 0;
    if ((why == -ENOSPC || (why == -EIO && repair_disk_full(writer->options.path))) &&
        repair_ballast_free(writer->options.path))
        writer->full = true;
    if (writer->broken < 2)
        return;
    writer->broken = 0;
    (void)repair_outbox(writer->options.path, writer->options.clock, "found damaged by the writer", &report,
                        &error);
}

static void writer_go_down(struct writer *writer, const struct error *error, size_t refused)
{
    writer->cause = *error;
    writer->probe_ms = WRITER_PROBE_MS;
    (void)pthread_mutex_lock(&writer->mutex);
    writer->down = true;
    writer->unsaved += (int64_t)refused;
    (void)pthread_mutex_unlock(&writer->mutex);
    writer_tell(writer, WRITER_DOWN, 0, 0);
}

static bool writer_is_stopping(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->mutex);
    bool stopping = writer->stopping;
    (void)pthread_mutex_unlock(&writer->mutex);
    return stopping;
}

static void writer_do(struct writer *writer, const struct writer_job *job)
{
    struct error error = {0};
    int64_t first = 0;
    int patience = writer->options.patience_ms ? writer->options.patience_ms : WRITER_PATIENCE_MS;
    int64_t until = writer_now() + (int64_t)patience * 1000000;
    int pause = WRITER_RETRY_MS;
    for (;;) {
        int result = writer_attempt(writer, job->lines, job->count, &first, &error);
        if (result == 0) {
            writer_tell(writer, WRITER_SAVED, job->ticket, first);
            writer_tell_headquarters(writer);
            return;
        }
        if (result == -EINVAL || writer_now() >= until || writer_is_stopping(writer))
            break;
        writer_mend(writer, result);
        writer_pause(writer, pause);
        pause = pause * 2 < WRITER_RETRY_MOST_MS ? pause * 2 : WRITER_RETRY_MOST_MS;
    }
    writer->cause = error;
    writer_tell(writer, WRITER_REFUSED, job->ticket, 0);
    if (error.code != -EINVAL) /* a line that is no line says nothing about the disk */
        writer_go_down(writer, &error, job->count);
}

/* Only a record that is durable proves that records can be made durable. */
static void writer_probe(struct writer *writer)
{
    struct error error = {0};
    (void)pthread_mutex_lock(&writer->mutex);
    int64_t unsaved = writer->unsaved;
    (void)pthread_mutex_unlock(&writer->mutex);
    if (writer_append_fault(writer, "storage", writer->cause.text, unsaved, &error) < 0) {
        writer_mend(writer, error.code);
        writer->probe_ms =
            writer->probe_ms * 2 < WRITER_PROBE_MOST_MS ? writer->probe_ms * 2 : WRITER_PROBE_MOST_MS;
        return;
    }
    (void)pthread_mutex_lock(&writer->mutex);
    writer->unsaved -= unsaved;
    writer->down = false;
    (void)pthread_mutex_unlock(&writer->mutex);
    writer_tell(writer, WRITER_RESTORED, 0, 0);
}

static void *writer_run(void *user)
{
    struct writer *writer = user;
    (void)pthread_mutex_lock(&writer->mutex);
    while (!writer->stopping || writer->count > 0) {
        if (writer->count > 0) {
            struct writer_job job = writer->jobs[writer->first];
            writer->first = (writer->first + 1) % WRITER_JOBS;
            writer->count--;
            bool down = writer->down;
            (void)pthread_mutex_unlock(&writer->mutex);
            if (down) { /* it was waiting behind the one that failed */
                writer_tell(writer, WRITER_REFUSED, job.ticket, 0);
                (void)pthread_mutex_lock(&writer->mutex);
                writer->unsaved += (int64_t)job.count;
                (void)pthread_mutex_unlock(&writer->mutex);
            } else {
                writer_do(writer, &job);
            }
            free(job.lines);
            (void)pthread_mutex_lock(&writer->mutex);
        } else if (writer->down) {
            (void)pthread_mutex_unlock(&writer->mutex);
            writer_pause(writer, writer->probe_ms);
            if (!writer_is_stopping(writer))
                writer_probe(writer);
            (void)pthread_mutex_lock(&writer->mutex);
        } else {
            writer_wait(writer, 0);
        }
    }
    (void)pthread_mutex_unlock(&writer->mutex);
    return NULL;
}

static bool writer_can_wait_for(int code)
{
    return code == -ENOSPC || code == -EROFS || code == -EAGAIN || code == -EIO || code == -EMFILE ||
           code == -ENFILE;
}

static void writer_free(struct writer *writer)
{
    outbox_close(writer->outbox);
    (void)pthread_cond_destroy(&writer->changed);
    (void)pthread_mutex_destroy(&writer->mutex);
    free(writer);
}

int writer_start(struct writer **out, const struct writer_options *options, struct error *error)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return error_set(error, -ENOMEM, "%s: no memory for the writer", options->path);
    writer->options = *options;
    writer->doubtful = true; /* of what a run before this one may have left in the log */
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&writer->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);

    struct error opening = {0};
    struct repair_report report;
    (void)repair_finish(options->path, NULL);
    int result = outbox_open(&writer->outbox, options->path, options->clock, &opening);
    if (result == -EBADMSG &&
        repair_outbox(options->path, options->clock, opening.text, &report, &opening) == 0)
        result = outbox_open(&writer->outbox, options->path, options->clock, &opening);
    if (result < 0 && !writer_can_wait_for(result)) {
        writer_free(writer);
        return error_set(error, result, "%s", opening.text);
    }
    if (result < 0)
        writer_go_down(writer, &opening, 0);
    result = pthread_create(&writer->thread, NULL, writer_run, writer);
    if (result != 0) {
        writer_free(writer);
        return error_set(error, -result, "the writer's thread: %s", strerror(result));
    }
    *out = writer;
    return 0;
}

static int writer_copy(struct writer_job *job, const struct outbox_line *lines, size_t count)
{
    size_t size = count * sizeof *lines;
    for (size_t i = 0; i < count; i++)
        size += lines[i].length;
    job->lines = malloc(size);
    if (!job->lines)
        return -ENOMEM;
    char *to = (char *)(job->lines + count);
    for (size_t i = 0; i < count; i++) {
        memcpy(to, lines[i].text, lines[i].length);
        job->lines[i] = (struct outbox_line){to, lines[i].length};
        to += lines[i].length;
    }
    job->count = count;
    return 0;
}

int writer_submit(struct writer *writer, uint64_t ticket, const struct outbox_line *lines, size_t count,
                  struct error *error)
{
    struct writer_job job = {.ticket = ticket};
    if (count == 0)
        return error_set(error, -EINVAL, "writer: a job without a record");
    if (writer_copy(&job, lines, count) < 0)
        return error_set(error, -ENOMEM, "writer: no memory for a job");
    (void)pthread_mutex_lock(&writer->mutex);
    bool taken = !writer->down && writer->count < WRITER_JOBS;
    if (taken) {
        writer->jobs[(writer->first + writer->count) % WRITER_JOBS] = job;
        writer->count++;
        (void)pthread_cond_signal(&writer->changed);
    } else {
        writer->unsaved += (int64_t)count;
    }
    (void)pthread_mutex_unlock(&writer->mutex);
    if (taken)
        return 0;
    free(job.lines);
    return error_set(error, -EAGAIN, "answers cannot be saved just now");
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    (void)pthread_mutex_lock(&writer->mutex);
    writer->stopping = true;
    (void)pthread_cond_signal(&writer->changed);
    (void)pthread_mutex_unlock(&writer->mutex);
    (void)pthread_join(writer->thread, NULL);
    writer_free(writer);
}
