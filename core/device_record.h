/*
 * What a device says of itself, as record lines: its state by the hour, faults, and the tombstones of records
 * that could not go on. Pure but for the clock; each line is a record of its own visit.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_DEVICE_RECORD_H
#define CORE_DEVICE_RECORD_H

#include "core/clock.h"
#include "core/error.h"
#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_RECORD_PARK_LEAST 512 /* bytes; a shorter line is never the reason why it is too large */

/* The hourly status. Unknown figures are left out of the line. */
struct device_record_status {
    int64_t last;         /* highest number given before this record */
    int64_t unsent;       /* of them not receipted */
    int64_t disk_free;    /* bytes; < 0: unknown */
    int64_t outbox_bytes; /* on disk; < 0: unknown */
    int64_t quarantined;  /* rows that are kept aside on the device */
    bool offset_known;    /* headquarters has been heard in this boot */
    int64_t offset_ms;    /* device's wall clock minus headquarters' */
    const char *version;  /* of the software */
    const char *trouble;  /* how the upload stands, one word */
    const char *survey;   /* version that runs, or NULL */
};

/* line has room for RECORD_MAX + 1 bytes; *length gets its bytes. Errors as record_make_fault(). */
int device_record_status(char *line, size_t *length, const struct clock *clock,
                         const struct device_record_status *status, struct error *error);

int device_record_fault(char *line, size_t *length, const struct clock *clock, const char *fault,
                        const char *detail, int64_t unsaved, struct error *error);

/* In the place of records first..last of a store that are damaged or missing. */
int device_record_damaged(char *line, size_t *length, const struct clock *clock, const char *store,
                          int64_t first, int64_t last, struct error *error);

/* In the place of a record that headquarters cannot take; parked are the bytes that are kept aside. */
int device_record_parked(char *line, size_t *length, const struct clock *clock, const char *store,
                         int64_t number, const char *parked, size_t parked_length, struct error *error);

/* Headquarters was restored: first..last of a store were receipted before and are purged here. */
int device_record_gap(char *line, size_t *length, const struct clock *clock, const char *store, int64_t first,
                      int64_t last, struct error *error);

/* A new store continues this one, whose numbers purged + 1 to carried are in it. */
int device_record_fork(char *line, size_t *length, const struct clock *clock, const char *store,
                       const char *why, const char *reason, int64_t purged, int64_t carried,
                       struct error *error);

#endif
