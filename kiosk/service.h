/*
 * The rows of the service menu, in English, and what tapping a row means.
 * Pure: made of facts that were gathered elsewhere.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_SERVICE_H
#define KIOSK_SERVICE_H

#include "kiosk/facts.h"
#include "kiosk/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum service_action {
    SERVICE_NOTHING,
    SERVICE_TOUCH_TEST,
    SERVICE_EXPORT,
    SERVICE_BRIGHTER,
    SERVICE_DARKER,
    SERVICE_LOUDER,
    SERVICE_QUIETER,
    SERVICE_RESTART,
};

struct service_source {
    const char *version, *device, *branch, *survey, *theme;
    int64_t now;               /* UTC ms */
    const struct facts *facts; /* NULL: not gathered yet */
    const char *problem;       /* of themes, fonts, notices; NULL: none */
    const char *exported;      /* what became of copying the outbox; NULL: not asked for */
    bool can_export;
    int volume; /* percent; -1: nothing is spoken */
    unsigned ignored, mashings;
};

struct service_menu {
    struct view_row rows[VIEW_ROWS];
    enum service_action actions[VIEW_ROWS];
    size_t count;
};

void service_menu(struct service_menu *menu, const struct service_source *source);

#endif
