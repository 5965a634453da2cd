/*
 * What is said.
 * Every name is made of the survey's stable ids, so a prompt is recorded once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/speech.h"

#include <stdio.h>
#include <string.h>

static void say(struct speech *speech, const char *name)
{
    if (speech->count < SPEECH_MAX)
        snprintf(speech->names[speech->count++], SPEECH_NAME_MAX, "%s", name);
}

static void say_target(struct speech *speech, const struct survey_question *question, struct target target)
{
    char name[SPEECH_NAME_MAX];

    switch (target.kind) {
    case TARGET_MARK:
        snprintf(name, sizeof name, "%s-%d", question->id, target.value);
        break;
    case TARGET_OPTION:
        snprintf(name, sizeof name, "%s-%s", question->id, question->options[target.value].code);
        break;
    case TARGET_AGREE:
        snprintf(name, sizeof name, "%s-consent", question->id);
        break;
    case TARGET_SUBMIT:
        snprintf(name, sizeof name, "submit");
        break;
    case TARGET_SKIP:
        snprintf(name, sizeof name, "skip");
        break;
    case TARGET_BACK:
        snprintf(name, sizeof name, "back");
        break;
    case TARGET_ERASE:
        snprintf(name, sizeof name, "erase");
        break;
    case TARGET_STAY:
        snprintf(name, sizeof name, "stay");
        break;
    case TARGET_LANGUAGE:
        snprintf(name, sizeof name, "language");
        break;
    default:
        return;
    }
    say(speech, name);
}

/* One digit more, or a box that changed. */
static void say_change(struct speech *speech, const struct view *before, const struct view *after)
{
    size_t length = strlen(after->number);

    if (length == strlen(before->number) + 1) {
        char name[] = "digit-0";

        name[6] = after->number[length - 1];
        say(speech, name);
    }
    if (before->chosen != after->chosen)
        say(speech, (after->chosen & ~before->chosen) ? "on" : "off");
    if (before->agreed != after->agreed)
        say(speech, after->agreed ? "on" : "off");
}

void speech_between(const struct survey *survey, const struct view *before, const struct view *after,
                    struct speech *speech)
{
    const struct survey_question *question = &survey->questions[after->question];
    bool began = before->focus.kind == TARGET_NONE;
    bool other = before->screen != after->screen || before->question != after->question ||
                 before->language != after->language || began;

    speech->count = 0;
    switch (after->screen) {
    case VIEW_QUESTION:
        if (after->focus.kind == TARGET_NONE)
            return;
        if (other)
            say(speech, question->id);
        else
            say_change(speech, before, after);
        if (other || !target_equal(before->focus, after->focus))
            say_target(speech, question, after->focus);
        break;
    case VIEW_STILL_THERE:
        if (other)
            say(speech, "still_there");
        break;
    case VIEW_THANKS:
        if (before->screen != VIEW_THANKS)
            say(speech, "thanks");
        break;
    case VIEW_SORRY:
        if (before->screen != VIEW_SORRY)
            say(speech, "sorry");
        break;
    default:
        break;
    }
}
