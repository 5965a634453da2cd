/*
 * The state file: a small JSON object, replaced by rename.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/state_file.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int state_file_path(const char *outbox_path, const char *ending, char path[PATH_MAX],
                           struct error *error)
{
    if (snprintf(path, PATH_MAX, "%s.sync-state%s", outbox_path, ending) >= PATH_MAX)
        return error_set(error, -EINVAL, "%s: path too long", outbox_path);
    return 0;
}

int state_file_write(const char *outbox_path, const struct state_file *state, struct error *error)
{
    char path[PATH_MAX], aside[PATH_MAX];
    if (state_file_path(outbox_path, "", path, error) < 0 ||
        state_file_path(outbox_path, ".new", aside, error) < 0)
        return -EINVAL;
    /* a message of a library may be in any encoding */
    json_t *why = json_string(state->why);
    json_t *object = json_pack("{s:s, s:b, s:o, s:I, s:I}", "trouble", state->trouble, "alarm", state->alarm,
                               "why", why ? why : json_string("(unreadable message)"), "since",
                               (json_int_t)state->since, "next_attempt", (json_int_t)state->next_attempt);
    if (!object)
        return error_set(error, -ENOMEM, "no memory for %s", path);
    int result = json_dump_file(object, aside, JSON_COMPACT) == 0 ? 0 : -EIO;
    json_decref(object);
    if (result == 0 && rename(aside, path) < 0)
        result = -errno;
    return result < 0 ? error_set(error, result, "%s: cannot be written: %s", path, strerror(-result)) : 0;
}

int state_file_read(const char *outbox_path, struct state_file *state, struct error *error)
{
    char path[PATH_MAX];
    struct state_file taken = {0};
    int result = state_file_path(outbox_path, "", path, error);
    if (result < 0)
        return result;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    json_t *object = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
    (void)fclose(file);
    const char *trouble = NULL, *why = NULL;
    int alarm = 0;
    json_int_t since = 0, next_attempt = 0;
    if (json_unpack(object, "{s:s, s:b, s:s, s:I, s:I}", "trouble", &trouble, "alarm", &alarm, "why", &why,
                    "since", &since, "next_attempt", &next_attempt) < 0) {
        json_decref(object);
        return error_set(error, -EBADMSG, "%s: not understood", path);
    }
    (void)snprintf(taken.trouble, sizeof taken.trouble, "%s", trouble);
    (void)snprintf(taken.why, sizeof taken.why, "%s", why);
    taken.alarm = alarm != 0;
    taken.since = since;
    taken.next_attempt = next_attempt;
    json_decref(object);
    *state = taken;
    return 0;
}
