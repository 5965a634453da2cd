/*
 * Loading notices, strictly: {"format":1,"notices":[{"id","title","text","from","until"}]}.
 * Title, from and until may be left out.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/notices.h"

#include "core/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (256u << 10)

static void take_text(const struct survey *survey, const struct document_node *node, struct survey_text *text)
{
    for (size_t i = 0; node->value && i < survey->language_count; i++) {
        struct document_node in = document_member(node, survey->languages[i], false);

        if (!in.value)
            (void)document_complain(&in, "missing; every text needs all %zu languages of the survey",
                                    survey->language_count);
        text->in[i] = document_text(&in);
    }
}

/* "2026-02-30" is no day. */
static bool is_day(const char *text)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || strspn(text, "0123456789-") != 10)
        return false;
    for (size_t i = 0; i < 10; i++)
        if (i != 4 && i != 7 && text[i] == '-')
            return false;
    year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
    month = (text[5] - '0') * 10 + text[6] - '0';
    day = (text[8] - '0') * 10 + text[9] - '0';
    if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1])
        return false;
    return month != 2 || day < 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static void take_day(const struct document_node *object, const char *key, char day[NOTICES_DATE])
{
    struct document_node node = document_member(object, key, false);
    const char *text = document_text(&node);

    if (node.value && *text && !is_day(text))
        (void)document_complain(&node, "\"%.20s\": a day such as \"2026-03-01\" is expected", text);
    else
        snprintf(day, NOTICES_DATE, "%s", text);
}

static void take_notice(const struct survey *survey, const struct document_node *object,
                        struct notice *notice)
{
    static const char *const members[] = {"id", "title", "text", "from", "until", NULL};
    struct document_node id, title, text;

    document_allow(object, members);
    id = document_member(object, "id", true);
    title = document_member(object, "title", false);
    text = document_member(object, "text", true);
    notice->id = document_code(&id);
    take_text(survey, &title, &notice->title);
    take_text(survey, &text, &notice->text);
    take_day(object, "from", notice->from);
    take_day(object, "until", notice->until);
    if (notice->from[0] && notice->until[0] && strcmp(notice->from, notice->until) > 0)
        (void)document_complain(object, "\"until\" lies before \"from\"");
}

static void take(struct notices *notices, const struct survey *survey, const struct document_node *root)
{
    static const char *const members[] = {"format", "notices", NULL};
    struct document_node format, list;
    size_t count;

    document_allow(root, members);
    format = document_member(root, "format", true);
    (void)document_integer(&format, 1, 1);
    list = document_member(root, "notices", true);
    count = document_length(&list, 0, NOTICES_MAX);
    notices->items = calloc(count + 1, sizeof *notices->items);
    if (!notices->items) {
        root->document->result = error_set(root->document->error, -ENOMEM, "no memory for notices");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct document_node item = document_item(&list, i);

        take_notice(survey, &item, &notices->items[i]);
    }
    notices->count = count;
}

int notices_load(struct notices **out, const char *path, const struct survey *survey, struct error *error)
{
    struct document document = {.name = path, .error = error};
    struct document_node node;
    struct notices *notices;
    char *text = NULL;
    size_t length = 0;
    json_t *root = NULL;
    int result = document_read_file(path, BYTES_MAX, &text, &length, error);

    if (result < 0)
        return result;
    result = document_parse(&document, text, length, &root);
    free(text);
    if (result < 0)
        return result;
    notices = calloc(1, sizeof *notices);
    if (!notices) {
        json_decref(root);
        return error_set(error, -ENOMEM, "%s: no memory", path);
    }
    notices->document = root;
    node = document_root(&document, root);
    take(notices, survey, &node);
    if (document.result < 0) {
        notices_free(notices);
        return document.result;
    }
    *out = notices;
    return 0;
}

void notices_free(struct notices *notices)
{
    if (!notices)
        return;
    free(notices->items);
    json_decref(notices->document);
    free(notices);
}

int notices_next(const struct notices *notices, int after, const char *day)
{
    for (size_t i = after < 0 ? 0 : (size_t)after + 1; i < notices->count; i++) {
        const struct notice *notice = &notices->items[i];

        if ((!notice->from[0] || strcmp(notice->from, day) <= 0) &&
            (!notice->until[0] || strcmp(day, notice->until) <= 0))
            return (int)i;
    }
    return -1;
}
