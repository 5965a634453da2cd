/*
 * JSON for devices, on jansson.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/publish_json.h"

#include "core/chain.h"

#include <jansson.h>

_Static_assert(RECEIPT_KEY_BYTES == CHAIN_BYTES, "one text form for both");

char *publish_json_device(const struct db_device *device, const uint8_t hq_key[RECEIPT_KEY_BYTES])
{
    char key[CHAIN_TEXT];
    chain_to_text(key, hq_key);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "device", device->device, "branch", device->branch,
                  "branch_name", device->branch_name, "counter", device->counter, "hq_key", key);
    char *json = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return json;
}
