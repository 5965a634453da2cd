/*
 * The scenes of a survey: a view for every screen that customers and technicians can come to see.
 * Pure samples, the same in every run.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_RENDER_SCENES_H
#define KIOSK_RENDER_SCENES_H

#include "core/survey.h"
#include "kiosk/notices.h"
#include "kiosk/view.h"

#include <stddef.h>

#define RENDER_SCENES_MAX 96
#define RENDER_SCENES_NAME 64

struct render_scenes_item {
    char name[RENDER_SCENES_NAME]; /* [a-z0-9_-]: screen, question, state */
    struct view view;
    int unfinished; /* see struct layout */
};

/* Fills at most RENDER_SCENES_MAX items; notices may be NULL. Returns how many there are. */
size_t render_scenes(struct render_scenes_item *items, const struct survey *survey,
                     const struct notices *notices, int language);

#endif
