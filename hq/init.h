/*
 * Making a headquarters: its folder with authority, keys, database and configuration.
 * The folder appears whole or not at all. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_INIT_H
#define HQ_INIT_H

#include "core/error.h"

#include <stddef.h>

#define INIT_CONFIG_NAME "hq.ini"

struct init_options {
    const char *folder;
    const char *const *hosts; /* names and addresses that devices use; none: localhost and 127.0.0.1 */
    size_t host_count;
    int device_port, people_port;
    const char *web; /* folder of the page's files; NULL: the default */
};

/* -EEXIST when the folder is there and not empty. */
int init_headquarters(const struct init_options *options, struct error *error);

#endif
