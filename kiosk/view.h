/*
 * What the screen shows at this moment, and what a finger can hit on it.
 * Plain values: made by the flow, read by the layout; neither knows the other.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_VIEW_H
#define KIOSK_VIEW_H

#include <stdbool.h>
#include <stdint.h>

enum target_kind {
    TARGET_NONE,
    TARGET_MARK,     /* value: the mark */
    TARGET_OPTION,   /* value: index of the option */
    TARGET_SUBMIT,   /* an answer of several options is complete */
    TARGET_SKIP,     /* no answer to an optional question */
    TARGET_LANGUAGE, /* value: index of the language */
};

struct target {
    enum target_kind kind;
    int value;
};

enum view_screen {
    VIEW_QUESTION, /* view.question is out */
    VIEW_PENDING,  /* the visit is over, its records are on their way to the disk; the question still shows */
    VIEW_THANKS,   /* every record of the visit is durable */
    VIEW_SORRY,    /* answers cannot be saved */
};

struct view {
    enum view_screen screen;
    int question;          /* index in the survey */
    int language;          /* index in the survey */
    struct target pressed; /* under the finger, or TARGET_NONE; VIEW_PENDING: what ended the visit */
    uint32_t chosen;       /* question of several options: bit i for option i */
};

bool target_equal(struct target a, struct target b);
bool view_equal(const struct view *a, const struct view *b);

/* "question", "pending", "thanks", "sorry" */
const char *view_screen_name(enum view_screen screen);

#endif
