/*
 * JSON that goes to devices beside receipts and documents.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PUBLISH_JSON_H
#define HQ_PUBLISH_JSON_H

#include "core/receipt.h"
#include "hq/db_fleet.h"

/* {"device","branch","branch_name","counter","hq_key"}; malloc'd, NULL without memory. */
char *publish_json_device(const struct db_device *device, const uint8_t hq_key[RECEIPT_KEY_BYTES]);

#endif
