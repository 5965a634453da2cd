/*
 * The status, collected and told, as text for a person and as JSON for a program.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/status.h"

#include "core/record.h"
#include "sync/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int64_t status_size(const char *outbox)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    int64_t bytes = 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[PATH_MAX];
        struct stat file;
        if (snprintf(path, sizeof path, "%s%s", outbox, endings[i]) < (int)sizeof path &&
            stat(path, &file) == 0)
            bytes += (int64_t)file.st_blocks * 512;
    }
    return bytes;
}

static int64_t status_receipted(const struct status *status)
{
    return status->state.receipted ? status->state.receipt.high_water : 0;
}

/* The age of the first record that is not receipted, by the record's own word. */
static int status_oldest(struct status *status, struct outbox *outbox, const struct clock *clock,
                         struct error *error)
{
    struct outbox_span span;
    struct record record;
    status->oldest_unsent_ms = -1;
    if (status->unsent == 0)
        return 0;
    int result = outbox_read(outbox, status_receipted(status) + 1, 1, RECORD_MAX, &span, error);
    if (result == 0 && span.count > 0 &&
        record_parse(span.lines[0].text, span.lines[0].length, &record, NULL) == 0) {
        int64_t age = clock_wall(clock) - record.stamp.at;
        status->oldest_unsent_ms = age > 0 ? age : 0;
    }
    outbox_span_free(&span);
    return result;
}

int status_collect(struct status *status, const struct settings *settings, const struct clock *clock,
                   struct error *error)
{
    struct outbox *outbox = NULL;
    struct status taken = {
        .device = settings->device.id,
        .branch = settings->device.branch,
        .outbox = settings->device.outbox,
    };
    if (access(taken.outbox, F_OK) < 0)
        return error_set(error, -errno, "%s: %s; the kiosk makes it when it starts", taken.outbox,
                         strerror(errno));
    int result = outbox_open(&outbox, taken.outbox, clock, error);
    if (result == 0)
        result = outbox_state(outbox, &taken.state, error);
    taken.unsent = taken.state.last - status_receipted(&taken);
    if (result == 0)
        result = status_oldest(&taken, outbox, clock, error);
    outbox_close(outbox);
    if (result < 0)
        return result;
    taken.outbox_bytes = status_size(taken.outbox);
    taken.running = lock_held(taken.outbox);
    taken.known = state_file_read(taken.outbox, &taken.state_file, NULL) == 0;
    *status = taken;
    return 0;
}

static const char *status_time(int64_t ms, char text[32])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        (void)snprintf(text, 32, "?");
    return text;
}

static const char *status_span(int64_t ms, char text[32])
{
    if (ms < INT64_C(120000))
        (void)snprintf(text, 32, "%" PRId64 " s", ms / 1000);
    else if (ms < INT64_C(7200000))
        (void)snprintf(text, 32, "%" PRId64 " min", ms / 60000);
    else if (ms < INT64_C(172800000))
        (void)snprintf(text, 32, "%" PRId64 " h", ms / 3600000);
    else
        (void)snprintf(text, 32, "%" PRId64 " days", ms / 86400000);
    return text;
}

static void status_print_daemon(FILE *out, const struct status *status, int64_t now)
{
    char text[32];
    const struct state_file *state = &status->state_file;
    (void)fprintf(out, "daemon     %s\n", status->running ? "running" : "not running");
    if (!status->known)
        return;
    (void)fprintf(out, "upload     %s since %s\n", state->trouble, status_time(state->since, text));
    if (state->why[0])
        (void)fprintf(out, "%s      %s\n", state->alarm ? "ALARM" : "error", state->why);
    if (status->running && state->next_attempt > now)
        (void)fprintf(out, "next try   in %s\n", status_span(state->next_attempt - now, text));
}

void status_print_text(FILE *out, const struct status *status, int64_t now)
{
    char text[32];
    const struct outbox_state *state = &status->state;
    (void)fprintf(out, "device     %s%s%s\n", status->device, status->branch[0] ? ", branch " : "",
                  status->branch);
    (void)fprintf(out, "outbox     %s, %" PRId64 " KiB on disk\n", status->outbox,
                  (status->outbox_bytes + 1023) / 1024);
    (void)fprintf(out, "store      %s\n", state->store);
    if (state->last == 0)
        (void)fprintf(out, "records    none yet\n");
    else if (state->first > state->last)
        (void)fprintf(out, "records    1 to %" PRId64 " made, none held any more\n", state->last);
    else
        (void)fprintf(out, "records    1 to %" PRId64 " made, %" PRId64 " to %" PRId64 " held\n", state->last,
                      state->first, state->last);
    if (state->receipted)
        (void)fprintf(out, "receipted  up to %" PRId64 ", %s, epoch %s\n", state->receipt.high_water,
                      status_time(state->receipt.now, text), state->receipt.epoch);
    else
        (void)fprintf(out, "receipted  nothing yet\n");
    if (status->oldest_unsent_ms >= 0)
        (void)fprintf(out, "unsent     %" PRId64 ", the oldest for %s\n", status->unsent,
                      status_span(status->oldest_unsent_ms, text));
    else
        (void)fprintf(out, "unsent     %" PRId64 "\n", status->unsent);
    status_print_daemon(out, status, now);
}

static json_t *status_optional(bool there, json_int_t value)
{
    return there ? json_integer(value) : json_null();
}

int status_print_json(FILE *out, const struct status *status, struct error *error)
{
    const struct outbox_state *state = &status->state;
    const struct state_file *file = &status->state_file;
    json_t *daemon = json_pack("{s:b}", "running", status->running);
    if (daemon && status->known)
        (void)json_object_set_new(daemon, "upload", json_string(file->trouble));
    if (daemon && status->known) {
        (void)json_object_set_new(daemon, "alarm", json_boolean(file->alarm));
        (void)json_object_set_new(daemon, "why", json_string(file->why));
        (void)json_object_set_new(daemon, "since", json_integer(file->since));
        (void)json_object_set_new(daemon, "next_attempt",
                                  status_optional(file->next_attempt > 0, file->next_attempt));
    }
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "device", status->device,
        "branch", status->branch, "outbox", status->outbox, "outbox_bytes", (json_int_t)status->outbox_bytes,
        "store", state->store, "first", (json_int_t)state->first, "last", (json_int_t)state->last,
        "receipted", (json_int_t)status_receipted(status), "unsent", (json_int_t)status->unsent,
        "oldest_unsent_ms", status_optional(status->oldest_unsent_ms >= 0, status->oldest_unsent_ms), "epoch",
        state->receipted ? json_string(state->receipt.epoch) : json_null(), "receipt_at",
        status_optional(state->receipted, state->receipt.now), "daemon", daemon ? daemon : json_null());
    if (!object)
        return error_set(error, -ENOMEM, "no memory for the status");
    int result = json_dumpf(object, out, JSON_COMPACT) == 0 && fputc('\n', out) != EOF ? 0 : -EIO;
    json_decref(object);
    return result < 0 ? error_set(error, result, "the status cannot be written") : 0;
}
