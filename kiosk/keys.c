/*
 * Keys.
 * A scanner is told from a keypad by its keys alone, never by how fast it types.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/keys.h"

static void begin(struct keys *keys)
{
    keys->length = 0;
    keys->spoiled = false;
}

static void type(struct keys *keys, int c, int64_t now)
{
    if (now - keys->at > KEYS_PAUSE_MS)
        begin(keys);
    keys->at = now;
    if (keys->length + 1 < sizeof keys->typed)
        keys->typed[keys->length++] = (char)c;
    else
        keys->spoiled = true;
}

static enum keys_meaning end(struct keys *keys)
{
    bool whole = keys->length && !keys->spoiled;

    keys->typed[keys->length] = '\0';
    begin(keys);
    return whole ? KEYS_TYPED : KEYS_NOTHING;
}

enum keys_meaning keys_take(struct keys *keys, enum keys_key key, int value, bool mirrored, int64_t now,
                            enum flow_key *walk, int *digit)
{
    bool keypad = keys->numpad || keys->all;

    switch (key) {
    case KEYS_UP:
        *walk = FLOW_KEY_PREVIOUS;
        return keypad ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_DOWN:
        *walk = FLOW_KEY_NEXT;
        return keypad ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_LEFT:
        *walk = mirrored ? FLOW_KEY_NEXT : FLOW_KEY_PREVIOUS;
        return keypad ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_RIGHT:
        *walk = mirrored ? FLOW_KEY_PREVIOUS : FLOW_KEY_NEXT;
        return keypad ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_PAD_ENTER:
        *walk = FLOW_KEY_ENTER;
        return keypad ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_PAD_DIGIT:
        *walk = FLOW_KEY_DIGIT;
        *digit = value;
        return keypad ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_ENTER:
        if (keys->scanner)
            return end(keys);
        *walk = FLOW_KEY_ENTER;
        return keys->all ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_CHARACTER:
        if (keys->scanner) {
            type(keys, value, now);
            return KEYS_NOTHING;
        }
        *walk = FLOW_KEY_DIGIT;
        *digit = value - '0';
        return keys->all && value >= '0' && value <= '9' ? KEYS_WALK : KEYS_NOTHING;
    case KEYS_OTHER:
        break;
    }
    return KEYS_NOTHING;
}
