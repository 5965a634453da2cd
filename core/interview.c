/*
 * The interview as a pure step function: what an event means depends on the question that is out and nothing
 * else. SPDX-License-Identifier: Apache-2.0
 */
#include "core/interview.h"

#include <stdio.h>
#include <string.h>

void interview_start(struct interview *interview, const struct survey *survey, enum record_end leave_as)
{
    *interview = (struct interview){.survey = survey, .leave_as = leave_as};
}

bool interview_can_go_back(const struct interview *interview)
{
    return interview->depth > 0;
}

static bool interview_fits(const struct interview *interview, const struct survey_question *question,
                           const struct interview_event *event)
{
    bool marks = question->kind == SURVEY_FACES || question->kind == SURVEY_NPS;
    int lowest = question->kind == SURVEY_NPS ? 0 : 1;

    switch (event->type) {
    case INTERVIEW_MARK:
        return marks && event->mark >= lowest && event->mark <= question->scale;
    case INTERVIEW_OPTIONS:
        if (question->kind != SURVEY_CHOICE || event->options == 0 ||
            (question->option_count < 32 && event->options >> question->option_count))
            return false;
        return question->many || (event->options & (event->options - 1)) == 0;
    case INTERVIEW_NUMBER:
        return question->kind == SURVEY_CALLBACK && event->sealed &&
               seal_valid(event->sealed, strnlen(event->sealed, SEAL_TEXT));
    case INTERVIEW_BACK:
        return interview_can_go_back(interview);
    case INTERVIEW_SKIP:
        return question->optional;
    case INTERVIEW_TIMEOUT:
    case INTERVIEW_LEAVE:
        return true;
    }
    return false;
}

static void interview_fill(const struct survey_question *question, const struct interview_event *event,
                           struct record_answer *answer)
{
    *answer = (struct record_answer){.scale = question->scale};
    if (event->type == INTERVIEW_MARK)
        answer->mark = event->mark;
    (void)snprintf(answer->question, sizeof answer->question, "%s", question->id);
    (void)snprintf(answer->kind, sizeof answer->kind, "%s", survey_kind_name(question->kind));
    for (size_t i = 0; question->kind == SURVEY_CHOICE && i < question->option_count; i++)
        if (event->options & (UINT32_C(1) << i))
            (void)snprintf(answer->codes[answer->code_count++], RECORD_NAME_MAX, "%s",
                           question->options[i].code);
    if (event->type == INTERVIEW_NUMBER)
        (void)snprintf(answer->sealed, sizeof answer->sealed, "%s", event->sealed);
}

/* Where the answer leads. What cannot be asked here is passed over as if it were skipped. */
static int interview_follow(const struct interview *interview, int target)
{
    const struct survey_question *questions = interview->survey->questions;

    while (!interview->callback && target != SURVEY_END && questions[target].kind == SURVEY_CALLBACK)
        target = questions[target].otherwise; /* always ahead */
    return target;
}

static int interview_target(const struct survey_question *question, const struct interview_event *event)
{
    for (size_t i = 0; i < question->rule_count; i++) {
        const struct survey_rule *rule = &question->rules[i];
        if (event->type == INTERVIEW_MARK && (rule->marks & (UINT32_C(1) << event->mark)))
            return rule->target;
        if (event->type == INTERVIEW_OPTIONS && (rule->options & event->options))
            return rule->target;
    }
    return question->otherwise;
}

/* The visit is over: a visit without an answer never was one. */
static void interview_finish(struct interview *interview, struct interview_step *step, enum record_end end)
{
    bool left = end == interview->leave_as;
    step->answers = interview->answers;
    step->ended = interview->answers > 0;
    step->end = end;
    step->command = step->ended && !left ? INTERVIEW_THANK : INTERVIEW_FORGET;
    interview->question = 0;
    interview->answers = 0;
    interview->depth = 0;
}

struct interview_step interview_next(struct interview *interview, const struct interview_event *event)
{
    struct interview_step step = {.command = INTERVIEW_REFUSE, .question = interview->question};
    const struct survey_question *question = &interview->survey->questions[interview->question];
    if (!interview_fits(interview, question, event))
        return step;
    if (event->type == INTERVIEW_TIMEOUT || event->type == INTERVIEW_LEAVE) {
        interview_finish(interview, &step,
                         event->type == INTERVIEW_LEAVE ? interview->leave_as : RECORD_TIMEOUT);
        return step;
    }
    if (event->type == INTERVIEW_BACK) {
        interview->question = interview->path[--interview->depth];
        step.command = INTERVIEW_ASK;
        step.question = interview->question;
        step.answers = interview->answers;
        return step;
    }
    step.answered = event->type != INTERVIEW_SKIP;
    if (step.answered) {
        interview_fill(question, event, &step.answer);
        interview->answers++;
    }
    step.answers = interview->answers;
    int target = interview_follow(interview, interview_target(question, event));
    if (target == SURVEY_END) {
        interview_finish(interview, &step, RECORD_COMPLETED);
    } else {
        interview->path[interview->depth++] = (uint8_t)interview->question;
        interview->question = target;
        step.command = INTERVIEW_ASK;
        step.question = target;
    }
    return step;
}
