/*
 * A device's own records, on jansson. The order of members is fixed by the order of the calls.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/device_record.h"

#include "core/chain.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void device_record_stamp(struct record_stamp *stamp, const struct clock *clock)
{
    *stamp = (struct record_stamp){.n = 1, .channel = "device"};
    record_stamp_now(stamp, clock);
    id_ordered(stamp->visit, stamp->at);
}

static void device_record_number(json_t *object, const char *key, bool known, int64_t value)
{
    if (known)
        (void)json_object_set_new_nocheck(object, key, json_integer(value));
}

static void device_record_text(json_t *object, const char *key, const char *value)
{
    if (value && value[0])
        (void)json_object_set_new_nocheck(object, key, json_string(value));
}

int device_record_status(char *line, size_t *length, const struct clock *clock,
                         const struct device_record_status *status, struct error *error)
{
    struct record_stamp stamp;
    device_record_stamp(&stamp, clock);
    json_t *object = json_pack("{s:s, s:i, s:s, s:I, s:I, s:s, s:s, s:I, s:I}", "visit", stamp.visit, "n", 1,
                               "type", "status", "at", (json_int_t)stamp.at, "up", (json_int_t)stamp.up,
                               "boot", stamp.boot, "channel", stamp.channel, "last", (json_int_t)status->last,
                               "unsent", (json_int_t)status->unsent);
    if (!object)
        return error_set(error, -ENOMEM, "record: no memory for a status");
    device_record_number(object, "quarantined", true, status->quarantined);
    device_record_number(object, "disk_free", status->disk_free >= 0, status->disk_free);
    device_record_number(object, "outbox_bytes", status->outbox_bytes >= 0, status->outbox_bytes);
    device_record_number(object, "clock_offset", status->offset_known, status->offset_ms);
    device_record_text(object, "version", status->version);
    device_record_text(object, "upload", status->trouble);
    device_record_text(object, "runs", status->survey);
    size_t size = json_dumpb(object, line, RECORD_MAX, JSON_COMPACT);
    json_decref(object);
    if (size == 0 || size > RECORD_MAX)
        return error_set(error, size ? -E2BIG : -ENOMEM, "record: a status of %zu bytes", size);
    line[size] = '\0';
    *length = size;
    return 0;
}

int device_record_fault(char *line, size_t *length, const struct clock *clock, const char *fault,
                        const char *detail, int64_t unsaved, struct error *error)
{
    struct record_stamp stamp;
    device_record_stamp(&stamp, clock);
    return record_make_fault(line, length, &stamp, fault, detail, unsaved, error);
}

/* A fault with members of its own behind those that every fault has; more is taken over. */
static int device_record_about(char *line, size_t *length, const struct clock *clock, const char *fault,
                               const char *detail, json_t *more, struct error *error)
{
    int result = device_record_fault(line, length, clock, fault, detail, 0, error);
    json_t *object = result == 0 ? json_loadb(line, *length, 0, NULL) : NULL;
    size_t size = 0;
    if (object && more && json_object_update(object, more) == 0)
        size = json_dumpb(object, line, RECORD_MAX, JSON_COMPACT);
    json_decref(object);
    json_decref(more);
    if (result < 0)
        return result;
    if (size == 0 || size > RECORD_MAX)
        return error_set(error, size ? -E2BIG : -ENOMEM, "record: a fault of %zu bytes", size);
    line[size] = '\0';
    *length = size;
    return 0;
}

int device_record_damaged(char *line, size_t *length, const struct clock *clock, const char *store,
                          int64_t first, int64_t last, struct error *error)
{
    return device_record_about(
        line, length, clock, "damaged", "did not survive on the device",
        json_pack("{s:s, s:I, s:I}", "store", store, "first", (json_int_t)first, "last", (json_int_t)last),
        error);
}

int device_record_parked(char *line, size_t *length, const struct clock *clock, const char *store,
                         int64_t number, const char *parked, size_t parked_length, struct error *error)
{
    uint8_t hash[CHAIN_BYTES];
    char text[CHAIN_TEXT];
    chain_hash(hash, parked, parked_length);
    chain_to_text(text, hash);
    return device_record_about(
        line, length, clock, "parked", "headquarters could not take it; it is kept on the device",
        json_pack("{s:s, s:I, s:s}", "store", store, "number", (json_int_t)number, "hash", text), error);
}

int device_record_gap(char *line, size_t *length, const struct clock *clock, const char *store, int64_t first,
                      int64_t last, struct error *error)
{
    return device_record_about(
        line, length, clock, "gap", "headquarters was restored, and these are purged on the device",
        json_pack("{s:s, s:I, s:I}", "store", store, "first", (json_int_t)first, "last", (json_int_t)last),
        error);
}

int device_record_fork(char *line, size_t *length, const struct clock *clock, const char *store,
                       const char *why, const char *reason, int64_t purged, int64_t carried,
                       struct error *error)
{
    return device_record_about(line, length, clock, "fork", reason,
                               json_pack("{s:s, s:s, s:I, s:I}", "store", store, "why", why, "purged",
                                         (json_int_t)purged, "carried", (json_int_t)carried),
                               error);
}
