/*
 * Sealing a call-back number, on libsodium.
 * No plain number stays on the stack of a function that has returned.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/seal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define SEAL_BYTES (SEAL_PLAIN + crypto_box_SEALBYTES)

_Static_assert(SEAL_TEXT == sodium_base64_ENCODED_LEN(SEAL_BYTES, sodium_base64_VARIANT_ORIGINAL),
               "the text of a sealed number");
_Static_assert(SEAL_KEY_BYTES == crypto_box_PUBLICKEYBYTES, "the size of keys");
_Static_assert(SEAL_DIGITS_MAX < SEAL_PLAIN, "digits and a NUL");

bool seal_plausible(const char *number)
{
    size_t length = strnlen(number, SEAL_DIGITS_MAX + 1);
    bool differ = false;

    if (length < SEAL_DIGITS_MIN || length > SEAL_DIGITS_MAX || strspn(number, "0123456789") != length)
        return false;
    for (size_t i = 1; i < length; i++)
        differ = differ || number[i] != number[0];
    return differ;
}

int seal_number(char sealed[SEAL_TEXT], const char *number, const uint8_t public_key[SEAL_KEY_BYTES],
                struct error *error)
{
    uint8_t plain[SEAL_PLAIN] = {0}, bytes[SEAL_BYTES];
    int result;

    if (!seal_plausible(number))
        return error_set(error, -EINVAL, "a number of %d to %d digits is expected", SEAL_DIGITS_MIN,
                         SEAL_DIGITS_MAX);
    if (sodium_init() < 0)
        return error_set(error, -EIO, "libsodium finds no randomness");
    for (size_t i = 0; number[i]; i++)
        plain[i] = (uint8_t)number[i];
    result = crypto_box_seal(bytes, plain, sizeof plain, public_key);
    sodium_memzero(plain, sizeof plain);
    if (result != 0)
        return error_set(error, -EINVAL, "the public key for call-back numbers is no key");
    (void)sodium_bin2base64(sealed, SEAL_TEXT, bytes, sizeof bytes, sodium_base64_VARIANT_ORIGINAL);
    return 0;
}

static bool seal_decode(uint8_t bytes[SEAL_BYTES], const char *sealed, size_t length)
{
    size_t got = 0;

    return length == SEAL_TEXT - 1 &&
           sodium_base642bin(bytes, SEAL_BYTES, sealed, length, NULL, &got, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 &&
           got == SEAL_BYTES;
}

bool seal_valid(const char *sealed, size_t length)
{
    uint8_t bytes[SEAL_BYTES];

    return seal_decode(bytes, sealed, length);
}

int seal_open(char number[SEAL_DIGITS_MAX + 1], const char *sealed, const uint8_t public_key[SEAL_KEY_BYTES],
              const uint8_t secret_key[SEAL_KEY_BYTES], struct error *error)
{
    uint8_t bytes[SEAL_BYTES];
    char plain[SEAL_PLAIN];
    int result = 0;

    if (sodium_init() < 0 || !seal_decode(bytes, sealed, strnlen(sealed, SEAL_TEXT)) ||
        crypto_box_seal_open((unsigned char *)plain, bytes, sizeof bytes, public_key, secret_key) != 0)
        result = error_set(error, -EBADMSG, "a number that was altered, or sealed to another key");
    else if (plain[SEAL_PLAIN - 1] != '\0' || !seal_plausible(plain))
        result = error_set(error, -EBADMSG, "what was sealed is not a number");
    else
        memcpy(number, plain, SEAL_DIGITS_MAX + 1);
    sodium_memzero(plain, sizeof plain);
    return result;
}

void seal_keys(uint8_t public_key[SEAL_KEY_BYTES], uint8_t secret_key[SEAL_KEY_BYTES])
{
    (void)crypto_box_keypair(public_key, secret_key);
}

void seal_wipe(void *memory, size_t size)
{
    sodium_memzero(memory, size);
}
