/*
 * Headquarters' signing key, on libsodium.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/signer.h"

#include "core/keyfile.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

int signer_make(const char *secret_path, const char *public_path, struct error *error)
{
    uint8_t secret[RECEIPT_SECRET_BYTES], public[RECEIPT_KEY_BYTES];
    if (sodium_init() < 0 || crypto_sign_keypair(public, secret) != 0)
        return error_set(error, -EIO, "no random numbers to make a key from");
    int result = keyfile_write(secret_path, secret, sizeof secret, true, error);
    if (result == 0)
        result = keyfile_write(public_path, public, sizeof public, false, error);
    sodium_memzero(secret, sizeof secret);
    return result;
}

int signer_load(struct signer *signer, const char *secret_path, struct error *error)
{
    uint8_t secret[RECEIPT_SECRET_BYTES], public[RECEIPT_KEY_BYTES], twin[RECEIPT_SECRET_BYTES];
    int result = keyfile_read(secret_path, secret, sizeof secret, true, error);
    if (result < 0)
        return result;
    /* the second half must be the public key of the first, or devices would refuse every receipt */
    if (sodium_init() < 0 || crypto_sign_seed_keypair(public, twin, secret) != 0 ||
        sodium_memcmp(twin, secret, sizeof secret) != 0)
        result =
            error_set(error, -EINVAL,
                      "%s: its halves do not belong together; put the file that tapline-hq init made back",
                      secret_path);
    else
        for (size_t i = 0; i < sizeof secret; i++)
            signer->secret[i] = secret[i];
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(twin, sizeof twin);
    return result;
}

int signer_match(const struct signer *signer, const char *public_path, struct error *error)
{
    uint8_t public[RECEIPT_KEY_BYTES];
    int result = keyfile_read(public_path, public, sizeof public, false, error);
    if (result == 0 &&
        memcmp(public, signer->secret + RECEIPT_SECRET_BYTES - RECEIPT_KEY_BYTES, sizeof public) != 0)
        result =
            error_set(error, -EINVAL,
                      "%s: not the public half of [hq] sign_key, so devices that get it would refuse every "
                      "receipt; put the file that tapline-hq init made back",
                      public_path);
    return result;
}

void signer_forget(struct signer *signer)
{
    sodium_memzero(signer->secret, sizeof signer->secret);
}
