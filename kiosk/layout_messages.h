/*
 * Screens that tell rather than ask: thanks, out of service, still there, notice, closed.
 * Pure; see layout.h.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_MESSAGES_H
#define KIOSK_LAYOUT_MESSAGES_H

#include "kiosk/layout.h"

void layout_messages_thanks(const struct layout *layout, struct drawlist *list);
void layout_messages_sorry(const struct layout *layout, struct drawlist *list);
void layout_messages_notice(const struct layout *layout, struct drawlist *list);
void layout_messages_closed(const struct layout *layout, struct drawlist *list);

/* Over the question that is drawn already. */
void layout_messages_still_there(const struct layout *layout, struct drawlist *list);

#endif
