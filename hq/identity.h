/*
 * Who a device is: what its verified certificate says, and nothing that a request says.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_IDENTITY_H
#define HQ_IDENTITY_H

#include "core/record.h"

#include <stdint.h>

#define IDENTITY_FINGERPRINT_BYTES 32

struct identity {
    char device[RECORD_NAME_MAX];                    /* the certificate's common name */
    uint8_t fingerprint[IDENTITY_FINGERPRINT_BYTES]; /* SHA-256 over the certificate (DER) */
};

#endif
