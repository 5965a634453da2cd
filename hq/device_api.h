/*
 * The device port: what a device with a verified certificate may ask.
 * Every answered batch, accepted or not, gets the same document: the signed receipt of hq's present state.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DEVICE_API_H
#define HQ_DEVICE_API_H

#include "core/clock.h"
#include "hq/db.h"
#include "hq/http.h"
#include "hq/signer.h"

#define DEVICE_API_BODY_MAX (1u << 20) /* of a batch as it comes, compressed */

/* The problem's type by which a device knows that it must go on under another name. */
#define DEVICE_API_FOREIGN_STORE "urn:tapline:problem:foreign-store"

/* All borrowed. */
struct device_api {
    struct db *db;
    const struct signer *signer;
    const struct clock *clock;
};

/* An http_handler; user is a struct device_api. */
void device_api_handle(void *user, const struct http_request *request, struct http_response *response);

#endif
