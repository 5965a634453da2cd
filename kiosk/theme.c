/*
 * The themes that are built in.
 * Constants only.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/theme.h"

const struct theme theme_light = {
    .background = 0xF3F6F8,
    .text = 0x16242F,
    .quiet = 0x4C5C68,
    .card = 0xFFFFFF,
    .border = 0xD3DDE4,
    .accent = 0x0B6B75,
    .accent_text = 0xFFFFFF,
    .pressed = 0xD6EBED,
    .corner = 30,
};
