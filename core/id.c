/*
 * UUIDs through libuuid; version 7, which it does not make yet, is a random one with the time laid over it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/id.h"

#include <string.h>
#include <uuid.h>

void id_random(char text[ID_TEXT])
{
    uuid_t bytes;
    uuid_generate_random(bytes);
    uuid_unparse_lower(bytes, text);
}

void id_ordered(char text[ID_TEXT], int64_t wall)
{
    uuid_t bytes;
    uuid_generate_random(bytes); /* version and variant of RFC 9562 are set; only the version changes */
    uint64_t time = wall < 0 ? 0 : (uint64_t)wall;
    for (int i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(time >> (40 - 8 * i));
    bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0f));
    uuid_unparse_lower(bytes, text);
}

bool id_valid(const char *text, size_t length)
{
    if (length != ID_TEXT - 1)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

static uint8_t id_nibble(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* By hand: it is done for each record that headquarters takes, and the library's way is a number parser's. */
void id_bytes(const char *text, uint8_t bytes[ID_BYTES])
{
    for (size_t i = 0, at = 0; i < ID_BYTES; i++, at += 2) {
        at += text[at] == '-';
        bytes[i] = (uint8_t)(id_nibble(text[at]) << 4 | id_nibble(text[at + 1]));
    }
}
