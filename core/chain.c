/*
 * The hash chain, on libsodium's BLAKE2b.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/chain.h"

#include "core/id.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(CHAIN_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");

/* libsodium asks to be set up once before use; every program that records or receives links this file. */
__attribute__((constructor)) static void chain_set_up(void)
{
    if (sodium_init() < 0)
        abort(); /* no randomness: nothing could be signed or named */
}

void chain_start(uint8_t chain[CHAIN_BYTES], const char *store)
{
    (void)crypto_generichash(chain, CHAIN_BYTES, (const uint8_t *)store, ID_TEXT - 1, NULL, 0);
}

void chain_hash(uint8_t hash[CHAIN_BYTES], const char *bytes, size_t length)
{
    (void)crypto_generichash(hash, CHAIN_BYTES, (const uint8_t *)bytes, length, NULL, 0);
}

void chain_next(uint8_t next[CHAIN_BYTES], const uint8_t previous[CHAIN_BYTES], const char *line,
                size_t length)
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, CHAIN_BYTES);
    (void)crypto_generichash_update(&state, previous, CHAIN_BYTES);
    (void)crypto_generichash_update(&state, (const uint8_t *)line, length);
    (void)crypto_generichash_final(&state, next, CHAIN_BYTES);
}

bool chain_equal(const uint8_t a[CHAIN_BYTES], const uint8_t b[CHAIN_BYTES])
{
    return memcmp(a, b, CHAIN_BYTES) == 0;
}

void chain_to_text(char text[CHAIN_TEXT], const uint8_t chain[CHAIN_BYTES])
{
    (void)sodium_bin2hex(text, CHAIN_TEXT, chain, CHAIN_BYTES);
}

bool chain_from_text(uint8_t chain[CHAIN_BYTES], const char *text)
{
    uint8_t bytes[CHAIN_BYTES];
    char again[CHAIN_TEXT];
    size_t length = 0;
    if (sodium_hex2bin(bytes, sizeof bytes, text, strnlen(text, CHAIN_TEXT), NULL, &length, NULL) != 0 ||
        length != sizeof bytes)
        return false;
    chain_to_text(again, bytes); /* one spelling only: lower case */
    if (strcmp(again, text) != 0)
        return false;
    memcpy(chain, bytes, sizeof bytes);
    return true;
}
