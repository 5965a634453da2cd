/*
 * Keys: which of them are a tactile keypad's, and which a ticket scanner types.
 * Pure. Whatever else a keyboard sends means nothing here.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_KEYS_H
#define KIOSK_KEYS_H

#include "kiosk/flow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYS_TYPED_MAX 64  /* of a ticket, with NUL */
#define KEYS_PAUSE_MS 1000 /* a scanner never hesitates so long within a ticket */

enum keys_key {
    KEYS_OTHER,
    KEYS_UP,
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_ENTER,     /* of the main block */
    KEYS_PAD_ENTER, /* of the number pad */
    KEYS_PAD_DIGIT, /* value 0..9 */
    KEYS_CHARACTER, /* value: what it types, a printable ASCII character */
};

enum keys_meaning {
    KEYS_NOTHING,
    KEYS_WALK,  /* key, digit for flow_key() */
    KEYS_TYPED, /* keys->typed is whole */
};

/* Members but typed are private. */
struct keys {
    bool numpad, all; /* the keypad is the number pad and arrows; and the main block too */
    bool scanner;
    char typed[KEYS_TYPED_MAX];
    size_t length;
    bool spoiled; /* what is being typed is no ticket */
    int64_t at;   /* up ms of the last character */
};

/* mirrored: the screen runs from right to left, so the right arrow leads back. */
enum keys_meaning keys_take(struct keys *keys, enum keys_key key, int value, bool mirrored, int64_t now,
                            enum flow_key *walk, int *digit);

#endif
