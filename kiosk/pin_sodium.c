/*
 * The PIN's hash, on libsodium. The only file of the kiosk that knows libsodium.
 * Memory is kept at 16 MiB, so that a small device can check a PIN beside its screen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/pin_sodium.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define PIN_MIN 4
#define PIN_MAX 16
#define PASSES 4
#define MEMORY (16u << 20)

_Static_assert(PIN_SODIUM_TEXT >= crypto_pwhash_STRBYTES, "the text of a hash");

bool pin_sodium_valid(const char *digits)
{
    size_t length = strnlen(digits, PIN_MAX + 1);

    return length >= PIN_MIN && length <= PIN_MAX && strspn(digits, "0123456789") == length;
}

int pin_sodium_hash(char hash[PIN_SODIUM_TEXT], const char *digits, struct error *error)
{
    if (!pin_sodium_valid(digits))
        return error_set(error, -EINVAL, "a PIN of %d to %d digits is expected", PIN_MIN, PIN_MAX);
    if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, digits, strlen(digits), PASSES, MEMORY,
                                                   crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_set(error, -ENOMEM, "no memory to hash a PIN");
    return 0;
}

bool pin_sodium_matches(const char *hash, const char *digits)
{
    char text[crypto_pwhash_STRBYTES] = {0};

    if (sodium_init() < 0 || strlen(hash) >= sizeof text)
        return false;
    memcpy(text, hash, strlen(hash));
    return crypto_pwhash_str_verify(text, digits, strlen(digits)) == 0;
}

bool pin_sodium_is_hash(const char *hash)
{
    char text[crypto_pwhash_STRBYTES] = {0};

    if (sodium_init() < 0 || strlen(hash) >= sizeof text || strncmp(hash, "$argon2id$", 10) != 0)
        return false;
    memcpy(text, hash, strlen(hash));
    return crypto_pwhash_str_needs_rehash(text, PASSES, MEMORY) >= 0;
}

void pin_sodium_wipe(void *memory, size_t size)
{
    sodium_memzero(memory, size);
}
