/*
 * What headquarters says about a device: the reply of GET /v1/device.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_ENROLL_JSON_H
#define SYNC_ENROLL_JSON_H

#include "core/error.h"
#include "core/record.h"

#include <stddef.h>

struct enroll_facts {
    char branch[RECORD_NAME_MAX];
    char hq_key[66]; /* 64 hexadecimal digits and a line break, as a key file has them */
};

/* -EBADMSG when it is not such a reply; *facts is untouched then. */
int enroll_read_facts(const char *json, size_t length, struct enroll_facts *facts, struct error *error);

#endif
