/*
 * Making and taking apart record lines, on jansson. The order of members is fixed by the order of the calls.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/record.h"

#include "core/scratch.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static const char *const record_type_names[] = {"answer", "end", "status", "fault"};
static const char *const record_end_names[] = {"completed", "timeout", "abandoned", "hung_up"};

static const char *const record_flag_names[] = {"mashing"}; /* bit i of the flags */

/* years 1 to 9999: what every other program's dates can hold; a clock may be as wrong as it likes within that
 */
#define RECORD_AT_LOW (-62135596800000)
#define RECORD_AT_HIGH 253402300799999

#define RECORD_COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

const char *record_end_name(enum record_end end)
{
    return record_end_names[end];
}

void record_stamp_now(struct record_stamp *stamp, const struct clock *clock)
{
    stamp->at = clock_wall(clock);
    stamp->up = clock_up(clock);
    memcpy(stamp->boot, clock->boot, sizeof stamp->boot);
}

static bool record_is_name(const char *text, size_t length, const char *also)
{
    if (length == 0 || length >= RECORD_NAME_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    strchr("._-", c) || strchr(also, c);
        if (!good || c == '\0')
            return false;
    }
    return true;
}

bool record_name_valid(const char *name)
{
    return record_is_name(name, strnlen(name, RECORD_NAME_MAX), "");
}

bool record_ticket_valid(const char *ticket)
{
    size_t length = strnlen(ticket, RECORD_TICKET_MAX);
    return length < RECORD_TICKET_MAX && !strpbrk(ticket, "._") && record_is_name(ticket, length, "");
}

/* --- making
 * ------------------------------------------------------------------------------------------------- */

static int record_put_name(json_t *object, const char *key, const char *name, const char *also,
                           struct error *error)
{
    if (!record_is_name(name, strlen(name), also))
        return error_set(error, -EINVAL, "record: %s \"%.80s\": 1 to %d of %s are allowed", key, name,
                         RECORD_NAME_MAX - 1, RECORD_CODE_PATTERN);
    json_object_set_new_nocheck(object, key, json_string_nocheck(name));
    return 0;
}

static int record_begin(json_t **object, const struct record_stamp *stamp, enum record_type type,
                        struct error *error)
{
    if (!id_valid(stamp->visit, strnlen(stamp->visit, ID_TEXT)) || stamp->n < 1)
        return error_set(error, -EINVAL, "record: a visit UUID and a place from 1 are needed");
    json_t *line = json_pack("{s:s, s:i, s:s, s:I, s:I, s:s}", "visit", stamp->visit, "n", stamp->n, "type",
                             record_type_names[type], "at", (json_int_t)stamp->at, "up",
                             (json_int_t)stamp->up, "boot", stamp->boot);
    int result = line ? 0 : error_set(error, -ENOMEM, "record: no memory, or a boot id that is not UTF-8");
    if (result == 0 && stamp->survey[0])
        result = record_put_name(line, "survey", stamp->survey, "/", error);
    if (result == 0 && stamp->lang[0])
        result = record_put_name(line, "lang", stamp->lang, "", error);
    if (result == 0)
        result = record_put_name(line, "channel", stamp->channel, "", error);
    if (result == 0 && stamp->counter[0])
        result = record_put_name(line, "counter", stamp->counter, "", error);
    if (result == 0 && stamp->service[0])
        result = record_put_name(line, "service", stamp->service, "", error);
    if (result == 0 && stamp->ticket[0] && !record_ticket_valid(stamp->ticket))
        result = error_set(error, -EINVAL, "record: ticket \"%.40s\": 1 to %d letters, digits and '-'",
                           stamp->ticket, RECORD_TICKET_MAX - 1);
    else if (result == 0 && stamp->ticket[0])
        json_object_set_new_nocheck(line, "ticket", json_string_nocheck(stamp->ticket));
    if (result < 0) {
        json_decref(line);
        return result;
    }
    *object = line;
    return 0;
}

/* Writes the object as the line and lets go of it. */
static int record_finish(json_t *object, char *line, size_t *length, struct error *error)
{
    size_t size = json_dumpb(object, line, RECORD_MAX, JSON_COMPACT);
    json_decref(object);
    if (size == 0)
        return error_set(error, -ENOMEM, "record: could not be written as JSON");
    if (size > RECORD_MAX)
        return error_set(error, -E2BIG, "record: %zu bytes; %d are allowed", size, RECORD_MAX);
    line[size] = '\0';
    *length = size;
    return 0;
}

static int record_put_codes(json_t *object, const struct record_answer *answer, struct error *error)
{
    json_t *codes = json_array();
    json_object_set_new_nocheck(object, "codes", codes);
    for (int i = 0; i < answer->code_count; i++) {
        const char *code = answer->codes[i];
        if (!record_is_name(code, strlen(code), ""))
            return error_set(error, -EINVAL, "record: code \"%.80s\": 1 to %d of %s are allowed", code,
                             RECORD_NAME_MAX - 1, RECORD_CODE_PATTERN);
        json_array_append_new(codes, json_string_nocheck(code));
    }
    return 0;
}

int record_make_answer(char *line, size_t *length, const struct record_stamp *stamp,
                       const struct record_answer *answer, struct error *error)
{
    json_t *object = NULL;
    int result = record_begin(&object, stamp, RECORD_ANSWER, error);
    if (result < 0)
        return result;
    result = record_put_name(object, "question", answer->question, "", error);
    if (result == 0)
        result = record_put_name(object, "kind", answer->kind, "", error);
    if (result == 0 && strcmp(answer->kind, "choice") == 0) {
        result = record_put_codes(object, answer, error);
    } else if (result == 0 && strcmp(answer->kind, "callback") == 0) {
        if (seal_valid(answer->sealed, strnlen(answer->sealed, sizeof answer->sealed)))
            json_object_set_new_nocheck(object, "sealed", json_string_nocheck(answer->sealed));
        else
            result = error_set(error, -EINVAL, "record: a call-back number that is not sealed");
    } else if (result == 0) {
        json_object_set_new_nocheck(object, "scale", json_integer(answer->scale));
        json_object_set_new_nocheck(object, "mark", json_integer(answer->mark));
    }
    if (result < 0) {
        json_decref(object);
        return result;
    }
    return record_finish(object, line, length, error);
}

int record_make_end(char *line, size_t *length, const struct record_stamp *stamp, enum record_end end,
                    int answers, struct error *error)
{
    return record_make_flagged_end(line, length, stamp, end, answers, 0, error);
}

int record_make_flagged_end(char *line, size_t *length, const struct record_stamp *stamp, enum record_end end,
                            int answers, unsigned flags, struct error *error)
{
    json_t *object = NULL;
    int result = record_begin(&object, stamp, RECORD_END, error);
    if (result < 0)
        return result;
    json_object_set_new_nocheck(object, "end", json_string_nocheck(record_end_names[end]));
    json_object_set_new_nocheck(object, "answers", json_integer(answers));
    if (flags) {
        json_t *words = json_array();
        for (int i = 0; i < RECORD_COUNT(record_flag_names); i++)
            if (flags & 1u << i)
                json_array_append_new(words, json_string_nocheck(record_flag_names[i]));
        json_object_set_new_nocheck(object, "flags", words);
    }
    return record_finish(object, line, length, error);
}

int record_make_fault(char *line, size_t *length, const struct record_stamp *stamp, const char *fault,
                      const char *detail, int64_t unsaved, struct error *error)
{
    json_t *object = NULL;
    int result = record_begin(&object, stamp, RECORD_FAULT, error);
    if (result == 0)
        result = record_put_name(object, "fault", fault, "", error);
    if (result < 0) {
        json_decref(object);
        return result;
    }
    json_t *text = json_string(detail);
    json_object_set_new_nocheck(object, "detail", text ? text : json_string_nocheck("(not UTF-8)"));
    json_object_set_new_nocheck(object, "unsaved", json_integer(unsaved));
    return record_finish(object, line, length, error);
}

/* --- taking apart
 * --------------------------------------------------------------------------------------------- */

static int record_bad(struct error *error, const char *member, const char *why)
{
    return error_set(error, -EBADMSG, "record: \"%s\" %s", member, why);
}

static int record_take_name(const json_t *object, const char *key, const char *also, bool required,
                            char name[RECORD_NAME_MAX], struct error *error)
{
    const json_t *value = json_object_get(object, key);
    if (!value && !required) {
        name[0] = '\0';
        return 0;
    }
    if (!json_is_string(value))
        return record_bad(error, key, value ? "is not a string" : "is missing");
    size_t length = json_string_length(value);
    if (!record_is_name(json_string_value(value), length, also))
        return record_bad(error, key, "is empty, too long or has characters that names may not have");
    memcpy(name, json_string_value(value), length + 1);
    return 0;
}

static int record_take_integer(const json_t *object, const char *key, int64_t low, int64_t high,
                               int64_t *number, struct error *error)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value))
        return record_bad(error, key, value ? "is not a whole number" : "is missing");
    int64_t is = json_integer_value(value);
    if (is < low || is > high)
        return record_bad(error, key, "is out of range");
    *number = is;
    return 0;
}

static int record_take_id(const json_t *object, const char *key, char id[ID_TEXT], struct error *error)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value) || !id_valid(json_string_value(value), json_string_length(value)))
        return record_bad(error, key, value ? "is not a UUID in lower case" : "is missing");
    memcpy(id, json_string_value(value), ID_TEXT);
    return 0;
}

/* Index of the member's word in a list of names, or -EBADMSG. */
static int record_take_word(const json_t *object, const char *key, const char *const *names, int count,
                            struct error *error)
{
    const char *word = json_string_value(json_object_get(object, key));
    for (int i = 0; word && i < count; i++)
        if (strcmp(word, names[i]) == 0)
            return i;
    return record_bad(error, key, word ? "is not a word known here" : "is missing or not a string");
}

static int record_take_ticket(const json_t *object, char ticket[RECORD_TICKET_MAX], struct error *error)
{
    const json_t *value = json_object_get(object, "ticket");
    ticket[0] = '\0';
    if (!value)
        return 0;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value) ||
        !record_ticket_valid(json_string_value(value)))
        return record_bad(error, "ticket", "is not a ticket: 1 to 32 letters, digits and '-'");
    memcpy(ticket, json_string_value(value), json_string_length(value) + 1);
    return 0;
}

static int record_take_stamp(const json_t *object, struct record_stamp *stamp, struct error *error)
{
    int64_t n = 0;
    int result = record_take_id(object, "visit", stamp->visit, error);
    if (result == 0 && stamp->visit[14] != '7')
        result = record_bad(error, "visit", "is not a UUID of version 7");
    if (result == 0)
        result = record_take_integer(object, "n", 1, INT32_MAX, &n, error);
    if (result == 0)
        result = record_take_integer(object, "at", RECORD_AT_LOW, RECORD_AT_HIGH, &stamp->at, error);
    if (result == 0)
        result = record_take_integer(object, "up", 0, INT64_MAX, &stamp->up, error);
    if (result == 0)
        result = record_take_id(object, "boot", stamp->boot, error);
    if (result == 0)
        result = record_take_name(object, "survey", "/", false, stamp->survey, error);
    if (result == 0)
        result = record_take_name(object, "lang", "", false, stamp->lang, error);
    if (result == 0)
        result = record_take_name(object, "channel", "", true, stamp->channel, error);
    if (result == 0)
        result = record_take_name(object, "counter", "", false, stamp->counter, error);
    if (result == 0)
        result = record_take_name(object, "service", "", false, stamp->service, error);
    if (result == 0)
        result = record_take_ticket(object, stamp->ticket, error);
    stamp->n = (int)n;
    return result;
}

static int record_take_codes(const json_t *object, struct record_answer *answer, struct error *error)
{
    const json_t *codes = json_object_get(object, "codes");
    if (!json_is_array(codes) || json_array_size(codes) > RECORD_CODES_MAX)
        return record_bad(error, "codes", codes ? "is not a list, or too long a one" : "is missing");
    answer->code_count = (int)json_array_size(codes);
    for (int i = 0; i < answer->code_count; i++) {
        const json_t *code = json_array_get(codes, (size_t)i);
        if (!json_is_string(code) || !record_is_name(json_string_value(code), json_string_length(code), ""))
            return record_bad(error, "codes", "holds something that is not a code");
        memcpy(answer->codes[i], json_string_value(code), json_string_length(code) + 1);
    }
    return 0;
}

static int record_take_sealed(const json_t *object, struct record_answer *answer, struct error *error)
{
    const json_t *value = json_object_get(object, "sealed");
    if (!json_is_string(value) || !seal_valid(json_string_value(value), json_string_length(value)))
        return record_bad(error, "sealed", value ? "is not a sealed number" : "is missing");
    memcpy(answer->sealed, json_string_value(value), sizeof answer->sealed);
    return 0;
}

/* A list of words; those of a newer device are no complaint. */
static int record_take_flags(const json_t *object, unsigned *flags, struct error *error)
{
    const json_t *words = json_object_get(object, "flags");
    *flags = 0;
    if (words && !json_is_array(words))
        return record_bad(error, "flags", "is not a list");
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (!word)
            return record_bad(error, "flags", "holds something that is not a word");
        for (int k = 0; k < RECORD_COUNT(record_flag_names); k++)
            if (strcmp(word, record_flag_names[k]) == 0)
                *flags |= 1u << k;
    }
    return 0;
}

static int record_take_answer(const json_t *object, struct record_answer *answer, struct error *error)
{
    int64_t scale = 0, mark = 0;
    answer->code_count = 0;
    answer->sealed[0] = '\0';
    int result = record_take_name(object, "question", "", true, answer->question, error);
    if (result == 0)
        result = record_take_name(object, "kind", "", true, answer->kind, error);
    if (result == 0 && strcmp(answer->kind, "choice") == 0) {
        result = record_take_codes(object, answer, error);
    } else if (result == 0 && strcmp(answer->kind, "callback") == 0) {
        result = record_take_sealed(object, answer, error);
    } else if (result == 0) {
        result = record_take_integer(object, "scale", 2, 100, &scale, error);
        if (result == 0)
            result = record_take_integer(object, "mark", strcmp(answer->kind, "nps") == 0 ? 0 : 1, scale,
                                         &mark, error);
    }
    answer->scale = (int)scale;
    answer->mark = (int)mark;
    return result;
}

static int record_take(const json_t *object, struct record *record, struct error *error)
{
    int type = record_take_word(object, "type", record_type_names, RECORD_COUNT(record_type_names), error);
    if (type < 0)
        return type;
    record->type = (enum record_type)type;
    int result = record_take_stamp(object, &record->stamp, error);
    if (result < 0)
        return result;
    switch (record->type) {
    case RECORD_ANSWER:
        return record_take_answer(object, &record->answer, error);
    case RECORD_END:
        result = record_take_word(object, "end", record_end_names, RECORD_COUNT(record_end_names), error);
        if (result >= 0)
            record->end = (enum record_end)result;
        return result < 0 ? result : record_take_flags(object, &record->flags, error);
    case RECORD_FAULT:
        return record_take_name(object, "fault", "", true, record->fault, error);
    case RECORD_STATUS:
        break;
    }
    return 0;
}

static int record_load(const char *line, size_t length, struct record *record, struct error *error)
{
    json_error_t where;
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &where);
    if (!object && json_error_code(&where) == json_error_out_of_memory)
        return error_set(error, -ENOMEM, "record: no memory to read it"); /* says nothing about the record */
    if (!json_is_object(object)) {
        json_decref(object);
        return error_set(error, -EBADMSG, "record: not a JSON object: %s (byte %d)",
                         object ? "another value" : where.text, where.position);
    }
    int result = record_take(object, record, error);
    json_decref(object);
    return result;
}

int record_parse(const char *line, size_t length, struct record *record, struct error *error)
{
    if (length > RECORD_MAX)
        return error_set(error, -EBADMSG, "record: %zu bytes; %d are allowed", length, RECORD_MAX);
    scratch_begin();
    int result = record_load(line, length, record, error);
    scratch_end();
    return result;
}
