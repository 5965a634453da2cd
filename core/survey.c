/*
 * Loading survey documents. A survey that loads is whole: every text in every language, every target there
 * and ahead. SPDX-License-Identifier: Apache-2.0
 */
#include "core/survey.h"

#include "core/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SURVEY_BYTES_MAX (256u << 10)
#define SURVEY_KINDS (sizeof survey_kind_names / sizeof *survey_kind_names)

static const char *const survey_kind_names[] = {"faces", "nps", "choice", "callback"};

const char *survey_kind_name(enum survey_kind kind)
{
    return survey_kind_names[kind];
}

bool survey_has(const struct survey_text *text)
{
    return text->in[0] != NULL;
}

int survey_language(const struct survey *survey, const char *tag)
{
    for (size_t i = 0; i < survey->language_count; i++)
        if (strcmp(survey->languages[i], tag) == 0)
            return (int)i;
    return -1;
}

static void survey_take_languages(struct survey *survey, const struct document_node *root)
{
    static const char *const members[] = {"tag", "name", NULL};
    struct document_node list = document_member(root, "languages", true);
    size_t count = document_length(&list, 1, SURVEY_LANGUAGES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct document_node language = document_item(&list, i);
        document_allow(&language, members);
        struct document_node tag = document_member(&language, "tag", true);
        struct document_node name = document_member(&language, "name", true);
        const char *text = document_code(&tag);
        if (survey_language(survey, text) >= 0)
            (void)document_complain(&tag, "\"%s\" is there twice", text);
        survey->languages[i] = text;
        survey->language_names[i] = document_text(&name);
        survey->language_count = i + 1;
    }
}

static void survey_take_text(const struct survey *survey, const struct document_node *object, const char *key,
                             struct survey_text *text)
{
    struct document_node node = key ? document_member(object, key, true) : *object;
    if (!node.value)
        return;
    const char *members[SURVEY_LANGUAGES_MAX + 1] = {NULL};
    memcpy(members, survey->languages, survey->language_count * sizeof *members);
    document_allow(&node, members);
    for (size_t i = 0; i < survey->language_count; i++) {
        struct document_node in = document_member(&node, survey->languages[i], false);
        if (!in.value)
            (void)document_complain(&in, "missing; every text needs all %zu languages of $.languages",
                                    survey->language_count);
        text->in[i] = document_text(&in);
    }
}

/* A text that may be left out; true when it is there. */
static bool survey_take_optional(const struct survey *survey, const struct document_node *object,
                                 const char *key, struct survey_text *text)
{
    struct document_node node = document_member(object, key, false);
    if (node.value)
        survey_take_text(survey, &node, NULL, text);
    return node.value != NULL;
}

static int survey_find_question(const struct survey *survey, const char *id)
{
    for (size_t i = 0; i < survey->question_count; i++)
        if (survey->questions[i].id && strcmp(survey->questions[i].id, id) == 0)
            return (int)i;
    return -1;
}

static int survey_find_option(const struct survey_question *question, const char *code)
{
    for (size_t i = 0; i < question->option_count; i++)
        if (question->options[i].code && strcmp(question->options[i].code, code) == 0)
            return (int)i;
    return -1;
}

/* Options of a choice (with codes), or the labels of faces (without). */
static void survey_take_options(const struct survey *survey, struct survey_question *question,
                                const struct document_node *object)
{
    static const char *const members[] = {"code", "text", NULL};
    bool faces = question->kind == SURVEY_FACES;
    struct document_node list = document_member(object, faces ? "labels" : "options", true);
    size_t count = document_length(&list, faces ? (size_t)question->scale : 2,
                                   faces ? (size_t)question->scale : SURVEY_OPTIONS_MAX);
    question->options = calloc(count + 1, sizeof *question->options);
    if (!question->options) {
        object->document->result = error_set(object->document->error, -ENOMEM, "no memory for a survey");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct document_node item = document_item(&list, i);
        if (faces) {
            survey_take_text(survey, &item, NULL, &question->options[i].text);
        } else {
            document_allow(&item, members);
            struct document_node code = document_member(&item, "code", true);
            const char *name = document_code(&code);
            if (survey_find_option(question, name) >= 0)
                (void)document_complain(&code, "\"%s\" is there twice", name);
            question->options[i].code = name;
            survey_take_text(survey, &item, "text", &question->options[i].text);
        }
        question->option_count = i + 1;
    }
}

static void survey_take_question(struct survey *survey, struct survey_question *question,
                                 const struct document_node *object)
{
    static const char *const faces[] = {"id",     "kind", "scale",     "optional", "text",
                                        "labels", "next", "otherwise", NULL};
    static const char *const nps[] = {"id", "kind", "optional", "text", "next", "otherwise", NULL};
    static const char *const choice[] = {"id",      "kind", "many",      "optional", "text",
                                         "options", "next", "otherwise", NULL};
    static const char *const callback[] = {"id", "kind", "text", "consent", "otherwise", NULL};
    static const char *const *const members[] = {faces, nps, choice, callback};

    struct document_node id = document_member(object, "id", true);
    const char *name = document_code(&id);
    if (survey_find_question(survey, name) >= 0)
        (void)document_complain(&id, "\"%s\" is there twice", name);
    if (strcmp(name, "end") == 0)
        (void)document_complain(&id, "\"end\" means the end of the visit; choose another id");
    question->id = name;

    struct document_node kind = document_member(object, "kind", true);
    const char *word = document_text(&kind);
    size_t k = 0;
    while (k < SURVEY_KINDS && strcmp(word, survey_kind_names[k]) != 0)
        k++;
    if (k == SURVEY_KINDS) {
        (void)document_complain(&kind, "\"%.40s\": faces, nps, choice or callback is expected", word);
        return;
    }
    question->kind = (enum survey_kind)k;
    document_allow(object, members[k]);

    struct document_node many = document_member(object, "many", false);
    struct document_node optional = document_member(object, "optional", false);
    question->many = document_boolean(&many);
    question->optional = document_boolean(&optional) || question->kind == SURVEY_CALLBACK;
    if (question->kind == SURVEY_FACES) {
        struct document_node scale = document_member(object, "scale", true);
        question->scale = (int)document_integer(&scale, 4, 5);
    } else if (question->kind == SURVEY_NPS) {
        question->scale = 10;
    }
    survey_take_text(survey, object, "text", &question->text);
    if (question->kind == SURVEY_CALLBACK)
        survey_take_text(survey, object, "consent", &question->consent);
    if (question->kind == SURVEY_FACES || question->kind == SURVEY_CHOICE)
        survey_take_options(survey, question, object);
}

/* Where an answer leads: "end" or the id of a later question, so that every visit ends. */
static int survey_take_target(const struct survey *survey, const struct document_node *node, int from)
{
    const char *id = document_text(node);
    if (strcmp(id, "end") == 0)
        return SURVEY_END;
    int target = survey_find_question(survey, id);
    if (target < 0)
        (void)document_complain(node, "\"%.60s\" is neither \"end\" nor the id of a question", id);
    else if (target <= from)
        (void)document_complain(node, "\"%.60s\" does not lie ahead; questions may only lead forward", id);
    return target;
}

static uint32_t survey_take_marks(const struct survey_question *question, const struct document_node *list)
{
    uint32_t marks = 0;
    size_t count = document_length(list, 1, 11);
    for (size_t i = 0; i < count; i++) {
        struct document_node mark = document_item(list, i);
        marks |=
            UINT32_C(1) << document_integer(&mark, question->kind == SURVEY_NPS ? 0 : 1, question->scale);
    }
    return marks;
}

static uint32_t survey_take_chosen(const struct survey_question *question, const struct document_node *list)
{
    uint32_t options = 0;
    size_t count = document_length(list, 1, question->option_count);
    for (size_t i = 0; i < count; i++) {
        struct document_node code = document_item(list, i);
        int option = survey_find_option(question, document_code(&code));
        if (option < 0)
            (void)document_complain(&code, "not the code of an option of this question");
        else
            options |= UINT32_C(1) << option;
    }
    return options;
}

static void survey_take_rules(struct survey *survey, int index, const struct document_node *object)
{
    static const char *const by_mark[] = {"marks", "go", NULL};
    static const char *const by_option[] = {"options", "go", NULL};
    struct survey_question *question = &survey->questions[index];
    bool choice = question->kind == SURVEY_CHOICE;

    struct document_node otherwise = document_member(object, "otherwise", false);
    question->otherwise = otherwise.value ? survey_take_target(survey, &otherwise, index) : SURVEY_END;

    struct document_node list = document_member(object, "next", false);
    size_t count = document_length(&list, 1, SURVEY_OPTIONS_MAX);
    question->rules = calloc(count + 1, sizeof *question->rules);
    if (!question->rules) {
        object->document->result = error_set(object->document->error, -ENOMEM, "no memory for a survey");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct document_node rule = document_item(&list, i);
        document_allow(&rule, choice ? by_option : by_mark);
        struct document_node when = document_member(&rule, choice ? "options" : "marks", true);
        struct document_node go = document_member(&rule, "go", true);
        if (choice)
            question->rules[i].options = survey_take_chosen(question, &when);
        else
            question->rules[i].marks = survey_take_marks(question, &when);
        question->rules[i].target = survey_take_target(survey, &go, index);
        question->rule_count = i + 1;
    }
}

static void survey_take_questions(struct survey *survey, const struct document_node *root)
{
    struct document_node list = document_member(root, "questions", true);
    size_t count = document_length(&list, 1, SURVEY_QUESTIONS_MAX);
    survey->questions = calloc(count + 1, sizeof *survey->questions);
    if (!survey->questions) {
        root->document->result = error_set(root->document->error, -ENOMEM, "no memory for a survey");
        return;
    }
    for (size_t i = 0; i < count && root->document->result == 0; i++) {
        struct document_node item = document_item(&list, i);
        survey_take_question(survey, &survey->questions[i], &item);
        survey->question_count = i + 1;
    }
    if (survey->questions[0].kind == SURVEY_CALLBACK)
        (void)document_complain(&list, "nobody is asked for a number first; begin with another question");
    for (size_t i = 0; i < count && root->document->result == 0; i++) {
        struct document_node item = document_item(&list, i);
        survey_take_rules(survey, (int)i, &item);
    }
}

static void survey_take(struct survey *survey, const struct document_node *root)
{
    static const char *const members[] = {"format",      "id",    "version", "languages", "questions",
                                          "thanks",      "sorry", "submit",  "skip",      "back",
                                          "still_there", "stay",  "closed",  NULL};
    document_allow(root, members);
    struct document_node format = document_member(root, "format", true);
    struct document_node id = document_member(root, "id", true);
    struct document_node version = document_member(root, "version", true);
    (void)document_integer(&format, SURVEY_FORMAT, SURVEY_FORMAT);
    survey->id = document_code(&id);
    survey->number = (int)document_integer(&version, 1, 999999999);
    int length = snprintf(survey->version, sizeof survey->version, "%s/%d", survey->id, survey->number);
    if (length >= (int)sizeof survey->version)
        (void)document_complain(&id, "too long: with its version it must fit %zu bytes",
                                sizeof survey->version - 1);
    survey_take_languages(survey, root);
    if (root->document->result < 0)
        return; /* without languages every text would seem wrong */
    survey_take_questions(survey, root);
    survey_take_text(survey, root, "thanks", &survey->thanks);
    survey_take_text(survey, root, "sorry", &survey->sorry);
    survey_take_text(survey, root, "submit", &survey->submit);
    survey_take_text(survey, root, "skip", &survey->skip);
    (void)survey_take_optional(survey, root, "back", &survey->back);
    (void)survey_take_optional(survey, root, "closed", &survey->closed);
    bool asks = survey_take_optional(survey, root, "still_there", &survey->still_there);
    if (survey_take_optional(survey, root, "stay", &survey->stay) != asks)
        (void)document_complain(root, "\"still_there\" and \"stay\" go together: give both or neither");
}

int survey_parse(struct survey **out, const char *json, size_t length, const char *name, struct error *error)
{
    struct document document = {.name = name, .error = error};
    json_t *root = NULL;
    int result = document_parse(&document, json, length, &root);
    if (result < 0)
        return result;
    struct survey *survey = calloc(1, sizeof *survey);
    if (!survey) {
        json_decref(root);
        return error_set(error, -ENOMEM, "%s: no memory", name);
    }
    survey->document = root;
    struct document_node node = document_root(&document, root);
    survey_take(survey, &node);
    if (document.result < 0) {
        survey_free(survey);
        return document.result;
    }
    *out = survey;
    return 0;
}

int survey_load(struct survey **survey, const char *path, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    int result = document_read_file(path, SURVEY_BYTES_MAX, &text, &length, error);
    if (result < 0)
        return result;
    result = survey_parse(survey, text, length, path, error);
    free(text);
    return result;
}

void survey_free(struct survey *survey)
{
    if (!survey)
        return;
    for (size_t i = 0; survey->questions && i < survey->question_count; i++) {
        free(survey->questions[i].options);
        free(survey->questions[i].rules);
    }
    free(survey->questions);
    json_decref(survey->document);
    free(survey);
}
