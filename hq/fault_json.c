/*
 * Reading fault records, on jansson. The line was judged a record before: here nothing more is demanded.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/fault_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Cut to size between characters. */
static void fault_json_text(const json_t *object, const char *key, char *text, size_t room)
{
    const char *value = json_string_value(json_object_get(object, key));
    size_t length = value ? strlen(value) : 0;
    if (length >= room)
        for (length = room - 1; length > 0 && ((unsigned char)value[length] & 0xc0) == 0x80;)
            length--;
    memcpy(text, value ? value : "", length);
    text[length] = '\0';
}

static int64_t fault_json_number(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? number : 0;
}

bool fault_json_read(struct fault_json *fault, const struct outbox_line *line)
{
    struct fault_json taken = {0};
    json_t *object = json_loadb(line->text, line->length, 0, NULL);
    fault_json_text(object, "fault", taken.code, sizeof taken.code);
    fault_json_text(object, "detail", taken.detail, sizeof taken.detail);
    fault_json_text(object, "why", taken.why, sizeof taken.why);
    const char *store = json_string_value(json_object_get(object, "store"));
    if (store && id_valid(store, strlen(store)))
        memcpy(taken.store, store, ID_TEXT);
    taken.first = fault_json_number(object, strcmp(taken.code, "parked") == 0 ? "number" : "first");
    taken.last = strcmp(taken.code, "parked") == 0 ? taken.first : fault_json_number(object, "last");
    taken.carried = fault_json_number(object, "carried");
    json_decref(object);
    if (!taken.code[0])
        return false;
    *fault = taken;
    return true;
}
