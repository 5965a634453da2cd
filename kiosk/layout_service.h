/*
 * The technician's screens, in English: PIN, service menu, touch test.
 * Pure; see layout.h.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_LAYOUT_SERVICE_H
#define KIOSK_LAYOUT_SERVICE_H

#include "kiosk/layout.h"

void layout_service_pin(const struct layout *layout, struct drawlist *list);
void layout_service_menu(const struct layout *layout, struct drawlist *list);
void layout_service_touch_test(const struct layout *layout, struct drawlist *list);

#endif
