/*
 * Headquarters' signing key (Ed25519): what makes a receipt a receipt.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_SIGNER_H
#define HQ_SIGNER_H

#include "core/error.h"
#include "core/receipt.h"

#include <stdint.h>

struct signer {
    uint8_t secret[RECEIPT_SECRET_BYTES];
};

/* Makes a pair and writes both halves; -EEXIST when one is there. */
int signer_make(const char *secret_path, const char *public_path, struct error *error);

/* -EINVAL when it is not a key, or readable by others. */
int signer_load(struct signer *signer, const char *secret_path, struct error *error);

/* -EINVAL when the file is not the public half: devices that were given it would refuse every receipt. */
int signer_match(const struct signer *signer, const char *public_path, struct error *error);
void signer_forget(struct signer *signer);

#endif
