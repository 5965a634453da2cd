/*
 * The reply of GET /v1/device, on jansson.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/enroll_json.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool enroll_is_code(const char *text)
{
    return strlen(text) < RECORD_NAME_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(text);
}

int enroll_read_facts(const char *json, size_t length, struct enroll_facts *facts, struct error *error)
{
    const char *branch = NULL, *key = NULL;
    json_t *object = json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL);
    bool good = object && json_unpack(object, "{s:s, s:s}", "branch", &branch, "hq_key", &key) == 0 &&
                enroll_is_code(branch) && strlen(key) == 64 && strspn(key, "0123456789abcdef") == 64;
    if (good) {
        (void)snprintf(facts->branch, sizeof facts->branch, "%s", branch);
        (void)snprintf(facts->hq_key, sizeof facts->hq_key, "%s\n", key);
    }
    json_decref(object);
    return good ? 0
                : error_set(error, -EBADMSG, "what headquarters says about this device is not understood");
}
