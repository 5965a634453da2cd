/*
 * What is said to a customer who walks the survey with the tactile keypad: names of prompts.
 * Pure; the files lie in PROMPTS/LANGUAGE/NAME.wav, and the telephone uses the same.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_SPEECH_H
#define KIOSK_SPEECH_H

#include "core/survey.h"
#include "kiosk/view.h"

#include <stddef.h>

#define SPEECH_MAX 3 /* prompts at once */
#define SPEECH_NAME_MAX (2 * RECORD_NAME_MAX + 2)

struct speech {
    char names[SPEECH_MAX][SPEECH_NAME_MAX];
    size_t count;
};

/*
 * What to say when before becomes after: the question and where one stands, or the answer walked to, or that one
 * is on or off; "thanks", "sorry", "still_there". Count 0: nothing. Question and answers are QUESTION,
 * QUESTION-MARK, QUESTION-CODE, and QUESTION-consent; buttons are "submit", "skip", "back", "erase", "stay";
 * languages "language"; digits "digit-0" to "digit-9".
 */
void speech_between(const struct survey *survey, const struct view *before, const struct view *after,
                    struct speech *speech);

#endif
