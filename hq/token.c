/*
 * Tokens, from the kernel's random numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/token.h"

#include "core/chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define TOKEN_BYTES ((TOKEN_TEXT - 1) / 2)

_Static_assert(TOKEN_HASH_BYTES == CHAIN_BYTES, "one hash for both");

int token_make(char text[TOKEN_TEXT], struct error *error)
{
    uint8_t random[TOKEN_BYTES];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return error_set(error, -EIO, "no random numbers to make a token from");
    for (size_t i = 0; i < sizeof random; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", random[i]);
    return 0;
}

void token_hash(const char *text, uint8_t hash[TOKEN_HASH_BYTES])
{
    static const uint8_t before[CHAIN_BYTES] = "tapline-token-1"; /* no chain value of a record can be one */
    chain_next(hash, before, text, strlen(text));
}
