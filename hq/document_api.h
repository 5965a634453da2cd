/*
 * What a device asks headquarters for: GET /v1/documents/{kind} and GET /v1/device.
 * A document goes out as it was signed when it was published. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DOCUMENT_API_H
#define HQ_DOCUMENT_API_H

#include "core/clock.h"
#include "core/receipt.h"
#include "hq/db_fleet.h"
#include "hq/http.h"

#define DOCUMENT_API_PREFIX "/v1/documents/"
#define DOCUMENT_API_DEVICE "/v1/device"

/* Borrowed. */
struct document_api {
    struct db *db;
    const struct clock *clock;
    uint8_t hq_key[RECEIPT_KEY_BYTES]; /* public; devices verify receipts and documents with it */
};

/* Is this a path that document_api_handle() answers? */
bool document_api_path(const char *path);
void document_api_handle(const struct document_api *api, const struct http_request *request,
                         struct http_response *response);

#endif
