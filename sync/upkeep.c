/*
 * Upkeep of the outbox.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/upkeep.h"

#include "core/device_record.h"
#include "core/record.h"
#include "core/repair.h"
#include "core/version.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

void upkeep_attach(struct upkeep *upkeep, const char *path, const struct outbox_state *state, int64_t now)
{
    struct error ignored;
    int64_t first =
        upkeep->status_every_ms < UPKEEP_STATUS_FIRST_MS ? upkeep->status_every_ms : UPKEEP_STATUS_FIRST_MS;
    if (upkeep->status_at == 0)
        upkeep->status_at = now + first;
    if (state->origin.why != OUTBOX_ORIGINAL && !state->receipted && !upkeep->unheard) {
        upkeep->unheard = true;
        upkeep->forked_at = now;
    }
    (void)repair_ballast_make(path, &ignored); /* a device without one works; it only recovers later */
}

void upkeep_hear(struct upkeep *upkeep, const struct receipt *receipt, const struct clock *clock)
{
    upkeep->unheard = false;
    upkeep->offset_known = true;
    upkeep->offset_ms = clock_wall(clock) - receipt->now;
}

/* A short line is never what is too large: parking it would help nobody. */
static int upkeep_may_park(struct outbox *outbox, int64_t number, bool *may, struct error *error)
{
    struct outbox_span span;
    int result = outbox_read(outbox, number, 1, RECORD_MAX, &span, error);
    *may = result == 0 && span.count == 1 && span.lines[0].length >= DEVICE_RECORD_PARK_LEAST;
    outbox_span_free(&span);
    return result;
}

int upkeep_fork(struct upkeep *upkeep, struct outbox *outbox, const struct uploader *uploader,
                const struct clock *clock, int64_t wait_ms, struct outbox_fork *fork, struct error *error)
{
    struct outbox_fork wanted = {0};
    bool may = true;
    int result = 0;
    if (!uploader_wants_fork(uploader, &wanted))
        return 0;
    if (upkeep->unheard && clock_up(clock) - upkeep->forked_at < wait_ms)
        return 0;
    if (wanted.why == OUTBOX_PARKED)
        result = upkeep_may_park(outbox, wanted.park, &may, error);
    if (result == 0 && may)
        result = outbox_fork(outbox, &wanted, clock, error);
    if (result < 0 || !may)
        return result;
    upkeep->unheard = true;
    upkeep->forked_at = clock_up(clock);
    *fork = wanted;
    return 1;
}

static int64_t upkeep_size(const char *path)
{
    static const char *const endings[] = {"", "-wal"};
    int64_t bytes = 0;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[PATH_MAX];
        struct stat file;
        if (snprintf(name, sizeof name, "%s%s", path, endings[i]) < (int)sizeof name &&
            stat(name, &file) == 0)
            bytes += (int64_t)file.st_blocks * 512;
    }
    return bytes;
}

static int64_t upkeep_free(const char *path)
{
    struct statvfs disk;
    return statvfs(path, &disk) < 0 ? -1 : (int64_t)(disk.f_bavail * disk.f_frsize);
}

int upkeep_status(struct upkeep *upkeep, struct outbox *outbox, const char *path,
                  const struct outbox_state *state, const struct uploader *uploader,
                  const struct clock *clock, struct error *error)
{
    char text[RECORD_MAX + 1];
    struct outbox_line line = {.text = text};
    struct error ignored;
    if (clock_up(clock) < upkeep->status_at)
        return 0;
    upkeep->status_at = clock_up(clock) + upkeep->status_every_ms;
    (void)repair_ballast_make(path, &ignored);
    const struct device_record_status status = {
        .last = state->last,
        .unsent = state->last - uploader_receipted(uploader),
        .disk_free = upkeep_free(path),
        .outbox_bytes = upkeep_size(path),
        .quarantined = state->quarantined,
        .offset_known = upkeep->offset_known,
        .offset_ms = upkeep->offset_ms,
        .version = TAPLINE_VERSION,
        .trouble = uploader_trouble_name(uploader->trouble),
    };
    int result = device_record_status(text, &line.length, clock, &status, error);
    return result == 0 ? outbox_append(outbox, &line, 1, NULL, error) : result;
}

int upkeep_tell(struct outbox *outbox, const struct clock *clock)
{
    char text[RECORD_MAX + 1];
    struct outbox_line line = {.text = text};
    struct error ignored;
    int result = device_record_fault(text, &line.length, clock, "disk-full",
                                     "the ballast was given up for the purge", 0, &ignored);
    return result == 0 ? outbox_append(outbox, &line, 1, NULL, &ignored) : result;
}
