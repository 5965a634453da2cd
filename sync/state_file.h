/*
 * What only the running daemon knows, left beside the outbox for `tapline-sync status`.
 * A reader sees the old state or the new, never a half; losing it costs nothing but the knowledge.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_STATE_FILE_H
#define SYNC_STATE_FILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

struct state_file {
    char trouble[32];     /* uploader_trouble_name(), or "outbox" */
    bool alarm;           /* somebody has to help */
    char why[512];        /* a sentence; empty when well */
    int64_t since;        /* UTC ms: when this trouble, or its absence, began */
    int64_t next_attempt; /* UTC ms; 0: none is set */
};

/* Replaces the file beside the outbox. */
int state_file_write(const char *outbox_path, const struct state_file *state, struct error *error);

/* -ENOENT when there is none, -EBADMSG when it cannot be understood. */
int state_file_read(const char *outbox_path, struct state_file *state, struct error *error);

#endif
