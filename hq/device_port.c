/*
 * Routing on the device port.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/device_port.h"

#include <string.h>

void device_port_handle(void *user, const struct http_request *request, struct http_response *response)
{
    struct device_port *port = user;
    if (strncmp(request->path, EST_PREFIX, strlen(EST_PREFIX)) == 0)
        est_handle(&port->est, request, response);
    else if (document_api_path(request->path))
        document_api_handle(&port->documents, request, response);
    else
        device_api_handle(&port->api, request, response);
}
