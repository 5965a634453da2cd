/*
 * What a device's fault record says beyond its code.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_FAULT_JSON_H
#define HQ_FAULT_JSON_H

#include "core/id.h"
#include "core/outbox.h"
#include "core/record.h"

#include <stdbool.h>
#include <stdint.h>

struct fault_json {
    char code[RECORD_NAME_MAX];
    char detail[400];    /* empty where there is none */
    char store[ID_TEXT]; /* the store that it is about; empty where none is named */
    int64_t first, last; /* "gap", "damaged", "parked": numbers of that store; 0: none */
    char why[16];        /* "fork" */
    int64_t carried;     /* "fork": highest number of that store that was carried over or buried */
};

/* False when the line is no fault record. What is missing or of another type is left empty. */
bool fault_json_read(struct fault_json *fault, const struct outbox_line *line);

#endif
