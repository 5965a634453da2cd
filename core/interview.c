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

/* A lower bound of 0 for NPS, 1 for faces. */
static bool interview_fits(const struct survey_question *question, const struct interview_event *event)
{
    int lowest = question->kind == SURVEY_NPS ? 0 : 1;
    switch (event->type) {
    case INTERVIEW_MARK:
        return question->kind != SURVEY_CHOICE && event->mark >= lowest && event->mark <= question->scale;
    case INTERVIEW_OPTIONS:
        if (question->kind != SURVEY_CHOICE || event->options == 0 ||
            (question->option_count < 32 && event->options >> question->option_count))
            return false;
        return question->many || (event->options & (event->options - 1)) == 0;
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
    *answer = (struct record_answer){.scale = question->scale, .mark = event->mark};
    (void)snprintf(answer->question, sizeof answer->question, "%s", question->id);
    (void)snprintf(answer->kind, sizeof answer->kind, "%s", survey_kind_name(question->kind));
    for (size_t i = 0; question->kind == SURVEY_CHOICE && i < question->option_count; i++)
        if (event->options & (UINT32_C(1) << i))
            (void)snprintf(answer->codes[answer->code_count++], RECORD_NAME_MAX, "%s",
                           question->options[i].code);
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
}

struct interview_step interview_next(struct interview *interview, const struct interview_event *event)
{
    struct interview_step step = {.command = INTERVIEW_REFUSE, .question = interview->question};
    const struct survey_question *question = &interview->survey->questions[interview->question];
    if (!interview_fits(question, event))
        return step;
    if (event->type == INTERVIEW_TIMEOUT || event->type == INTERVIEW_LEAVE) {
        interview_finish(interview, &step,
                         event->type == INTERVIEW_LEAVE ? interview->leave_as : RECORD_TIMEOUT);
        return step;
    }
    step.answered = event->type != INTERVIEW_SKIP;
    if (step.answered) {
        interview_fill(question, event, &step.answer);
        interview->answers++;
    }
    step.answers = interview->answers;
    int target = interview_target(question, event);
    if (target == SURVEY_END) {
        interview_finish(interview, &step, RECORD_COMPLETED);
    } else {
        interview->question = target;
        step.command = INTERVIEW_ASK;
        step.question = target;
    }
    return step;
}
