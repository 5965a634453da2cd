/*
 * A survey: what is asked, in which languages, and where each answer leads. Loaded from JSON, strictly, then
 * read-only. Questions only ever lead forward, so every visit ends. All strings are owned by the survey.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SURVEY_H
#define CORE_SURVEY_H

#include "core/error.h"
#include "core/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SURVEY_FORMAT 1
#define SURVEY_LANGUAGES_MAX 16
#define SURVEY_QUESTIONS_MAX 32
#define SURVEY_OPTIONS_MAX RECORD_CODES_MAX
#define SURVEY_END (-1) /* as a target: the visit ends with thanks */

enum survey_kind {
    SURVEY_FACES,
    SURVEY_NPS,
    SURVEY_CHOICE,
    SURVEY_CALLBACK, /* a telephone number, sealed at once to headquarters; see seal.h */
};

/* One text in every language, in the order of survey.languages; all non-NULL, non-empty UTF-8. */
struct survey_text {
    const char *in[SURVEY_LANGUAGES_MAX];
};

struct survey_option {
    const char *code; /* stable id, in records */
    struct survey_text text;
};

struct survey_rule {
    uint32_t marks;   /* bit m set: mark m leads here (faces, nps) */
    uint32_t options; /* bit i set: option i chosen leads here (choice) */
    int target;       /* question index or SURVEY_END */
};

struct survey_question {
    const char *id;
    enum survey_kind kind;
    int scale;     /* faces: 4 or 5; nps: 10; choice and callback: 0 */
    bool many;     /* choice: any number of options */
    bool optional; /* may be skipped without an answer; callback: always */
    struct survey_text text;
    struct survey_text consent;    /* callback: what the customer agrees to by giving the number */
    struct survey_option *options; /* choice: the options; faces: a label for each mark, worst first */
    size_t option_count;
    struct survey_rule *rules; /* the first that matches wins */
    size_t rule_count;
    int otherwise; /* where no rule matches */
};

struct survey {
    char version[RECORD_NAME_MAX]; /* "id/version" as records carry it */
    const char *id;
    int number;                                       /* the version's number */
    const char *languages[SURVEY_LANGUAGES_MAX];      /* BCP 47; the first is the default */
    const char *language_names[SURVEY_LANGUAGES_MAX]; /* as their speakers write them, for the switch */
    size_t language_count;
    struct survey_question *questions; /* the first is the home screen */
    size_t question_count;
    struct survey_text thanks;
    struct survey_text sorry; /* out of service: an answer could not be saved */
    struct survey_text submit,
        skip; /* words on the buttons of a choice of many, and of an optional question */
    /* These may be left out of the document, and are all NULL then: survey_has() */
    struct survey_text back;        /* word on the button to the question before; left out: a bare arrow */
    struct survey_text still_there; /* the second chance before a time-out; left out: there is none */
    struct survey_text stay;        /* the word on its button; there if and only if still_there is */
    struct survey_text closed;      /* outside opening hours; left out: a sign without words */
    void *document;                 /* private: the parsed JSON that the strings live in */
};

/*
 * -ENOENT and the like when the file cannot be read; -EBADMSG with file, JSON path and remedy when it is not
 * a survey, for example: "exit.json: $.questions[1].options[0].text.en: missing; every text needs all
 * languages (zh, en)".
 */
int survey_load(struct survey **survey, const char *path, struct error *error);

/* The same from memory; name stands for the file in messages. */
int survey_parse(struct survey **survey, const char *json, size_t length, const char *name,
                 struct error *error);
void survey_free(struct survey *survey); /* NULL is fine */

/* Index of a language, or -1. */
int survey_language(const struct survey *survey, const char *tag);

/* True when the document has this text. */
bool survey_has(const struct survey_text *text);

/* "faces", "nps", "choice", "callback": the kind as documents and records write it. */
const char *survey_kind_name(enum survey_kind kind);

#endif
