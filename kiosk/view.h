/*
 * What the screen shows at this moment, and what a finger can hit on it.
 * Plain values: made by the flow, read by the layout; neither knows the other.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_VIEW_H
#define KIOSK_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_NUMBER_MAX 21  /* digits of a call-back number, with NUL */
#define VIEW_ROWS 24        /* of the service menu */
#define VIEW_POINTS 1024    /* of the touch test */
#define VIEW_REMAINING 1000 /* view.remaining when the second chance begins */
#define VIEW_MARGIN_SHIFT                                                                                    \
    12 /* |view.shift_x|, |view.shift_y| at most, px at 1080 lines: burn-in protection */

enum target_kind {
    TARGET_NONE,
    TARGET_MARK,      /* value: the mark */
    TARGET_OPTION,    /* value: index of the option */
    TARGET_SUBMIT,    /* an answer of several options, or a number, is complete; VIEW_PIN: the PIN is */
    TARGET_SKIP,      /* no answer to an optional question */
    TARGET_LANGUAGE,  /* value: index of the language */
    TARGET_BACK,      /* to the question before */
    TARGET_DIGIT,     /* value: 0..9 */
    TARGET_ERASE,     /* the last digit */
    TARGET_AGREE,     /* the consent sentence with its box; on and off */
    TARGET_STAY,      /* "yes, still here" */
    TARGET_WAKE,      /* the whole screen */
    TARGET_CORNER,    /* hidden; held, it leads to the PIN. On every screen but those of the service menu */
    TARGET_ITEM,      /* value: row of the service menu that is a button */
    TARGET_CLOSE,     /* leaves the service menu, the PIN, or the touch test */
    TARGET_TEXT_SIZE, /* large text, on and off */
    TARGET_CONTRAST,  /* high contrast, on and off */
    TARGET_REACH,     /* controls in the lower half, on and off */
    TARGET_CANVAS,    /* VIEW_TOUCH_TEST: where fingers draw */
};

struct target {
    enum target_kind kind;
    int value;
};

enum view_screen {
    VIEW_QUESTION, /* view.question is out */
    VIEW_PENDING,  /* the visit is over, its records are on their way to the disk; the question shows still */
    VIEW_THANKS,   /* every record of the visit is durable */
    VIEW_SORRY,    /* answers cannot be saved */
    VIEW_STILL_THERE, /* the question, dimmed, and over it a second chance with a countdown */
    VIEW_NOTICE,      /* attract mode: view.notice; one touch anywhere (TARGET_WAKE) leads to the question */
    VIEW_CLOSED,      /* outside opening hours; TARGET_WAKE leads to the question */
    VIEW_PIN,         /* keypad before the service menu */
    VIEW_SERVICE,     /* the service menu: view.rows */
    VIEW_TOUCH_TEST,  /* a field to draw on: view.points */
};

/* A line of the service menu: English, for technicians. */
struct view_row {
    char label[48];
    char value[96];
    bool button; /* TARGET_ITEM */
};

struct view_point {
    int16_t x, y; /* px */
    bool start;   /* a line begins here, rather than leading here from the point before */
};

struct view {
    enum view_screen screen;
    int question;          /* index in the survey */
    int language;          /* index in the survey */
    struct target pressed; /* under the finger, or TARGET_NONE; VIEW_PENDING: what ended the visit */
    uint32_t chosen;       /* question of several options: bit i for option i */

    struct target focus;         /* what the tactile keypad stands on, or TARGET_NONE */
    bool large, contrast, reach; /* what the customer switched on, for this visit */
    bool back;                   /* TARGET_BACK makes sense */
    int remaining;               /* VIEW_STILL_THERE: of the second chance, VIEW_REMAINING..0 */
    int notice;                  /* VIEW_NOTICE: index in the notices */
    int shift_x, shift_y;        /* of the whole picture, px at 1080 lines: nothing burns in */
    char number
        [VIEW_NUMBER_MAX]; /* SURVEY_CALLBACK: digits so far. Drawn digit by digit: no cache may keep it */
    bool agreed;           /* SURVEY_CALLBACK: consent is given */
    bool ready;            /* SURVEY_CALLBACK, VIEW_PIN: TARGET_SUBMIT does something */
    bool ticket;           /* a queue ticket was read and goes with the visit: a small sign says so */
    int typed;             /* VIEW_PIN: digits so far, never which */
    int wait_s;            /* VIEW_PIN: after a wrong one, seconds until the next is taken; 0: none */
    struct view_row rows[VIEW_ROWS];
    size_t row_count;
    struct view_point points[VIEW_POINTS];
    size_t point_count;
};

bool target_equal(struct target a, struct target b);
bool view_equal(const struct view *a, const struct view *b);

/* "question", "pending", "thanks", "sorry", "still_there", "notice", "closed", "pin", "service", "touch_test" */
const char *view_screen_name(enum view_screen screen);

#endif
