/*
 * The people port: the page, and the figures that it shows, as JSON.
 * It has no login yet, so it answers only to names of this machine. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PEOPLE_API_H
#define HQ_PEOPLE_API_H

#include "core/clock.h"
#include "core/error.h"
#include "hq/db.h"
#include "hq/http.h"

#define PEOPLE_API_FILES 4

struct people_api {
    struct db *db;             /* borrowed */
    const struct clock *clock; /* borrowed */
    char *files[PEOPLE_API_FILES];
    size_t sizes[PEOPLE_API_FILES];
};

/* Reads the page's files from the folder web. -EINVAL when one is missing: which, and the remedy. */
int people_api_open(struct people_api *api, struct db *db, const struct clock *clock, const char *web,
                    struct error *error);
void people_api_close(struct people_api *api); /* a zeroed one is fine */

/* An http_handler; user is a struct people_api. */
void people_api_handle(void *user, const struct http_request *request, struct http_response *response);

#endif
