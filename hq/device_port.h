/*
 * The device port: hands each request to the one that answers its path.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DEVICE_PORT_H
#define HQ_DEVICE_PORT_H

#include "hq/device_api.h"
#include "hq/document_api.h"
#include "hq/est.h"

struct device_port {
    struct device_api api;
    struct document_api documents;
    struct est est;
};

/* An http_handler; user is a struct device_port. */
void device_port_handle(void *user, const struct http_request *request, struct http_response *response);

#endif
