/*
 * Strict reading of JSON documents, on jansson.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/document.h"

#include "core/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int document_read_file(const char *path, size_t max, char **text, size_t *length, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    char *bytes = malloc(max + 2);
    size_t got = bytes ? fread(bytes, 1, max + 1, file) : 0;
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (bytes && !failed && got <= max) {
        bytes[got] = '\0';
        *text = bytes;
        *length = got;
        return 0;
    }
    free(bytes);
    if (!bytes)
        return error_set(error, -ENOMEM, "%s: no memory", path);
    if (failed)
        return error_set(error, -EIO, "%s: could not be read", path);
    return error_set(error, -EBADMSG, "%s: larger than %zu bytes", path, max);
}

int document_parse(struct document *document, const char *text, size_t length, json_t **root)
{
    json_error_t where;
    *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
    if (!*root)
        document->result = error_set(document->error, -EBADMSG, "%s:%d:%d: not JSON: %s", document->name,
                                     where.line, where.column, where.text);
    return document->result;
}

struct document_node document_root(struct document *document, const json_t *root)
{
    return (struct document_node){.document = document, .value = root, .path = "$"};
}

int document_complain(const struct document_node *node, const char *format, ...)
{
    struct document *document = node->document;
    if (document->result < 0)
        return document->result;
    char words[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    document->result = error_set(document->error, -EBADMSG, "%s: %s: %s", document->name, node->path, words);
    return document->result;
}

void document_allow(const struct document_node *object, const char *const *members)
{
    if (!object->value)
        return;
    if (!json_is_object(object->value)) {
        (void)document_complain(object, "an object {...} is expected");
        return;
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object->value, key, value)
    {
        bool known = false;
        for (size_t i = 0; members[i]; i++)
            known = known || strcmp(members[i], key) == 0;
        if (!known)
            (void)document_complain(object, "\"%.60s\" is not a member known here; mind its spelling", key);
    }
}

struct document_node document_member(const struct document_node *object, const char *key, bool required)
{
    struct document_node node = {.document = object->document};
    (void)snprintf(node.path, sizeof node.path, "%.120s.%.38s", object->path, key);
    node.value = json_object_get(object->value, key);
    if (!node.value && object->value && required)
        (void)document_complain(&node, "missing");
    return node;
}

struct document_node document_item(const struct document_node *array, size_t index)
{
    struct document_node node = {.document = array->document, .value = json_array_get(array->value, index)};
    (void)snprintf(node.path, sizeof node.path, "%.120s[%zu]", array->path, index);
    return node;
}

size_t document_length(const struct document_node *array, size_t low, size_t high)
{
    if (!array->value)
        return 0;
    size_t length = json_array_size(array->value);
    if (json_is_array(array->value) && length >= low && length <= high)
        return length;
    (void)document_complain(array, "a list [...] of %zu to %zu is expected", low, high);
    return 0;
}

long long document_integer(const struct document_node *node, long long low, long long high)
{
    if (!node->value)
        return low;
    long long number = json_integer_value(node->value);
    if (json_is_integer(node->value) && number >= low && number <= high)
        return number;
    (void)document_complain(node, "a whole number from %lld to %lld is expected", low, high);
    return low;
}

bool document_boolean(const struct document_node *node)
{
    if (node->value && !json_is_boolean(node->value))
        (void)document_complain(node, "true or false is expected");
    return json_is_true(node->value);
}

const char *document_text(const struct document_node *node)
{
    if (!node->value)
        return "";
    const char *text = json_string_value(node->value);
    if (text && *text)
        return text;
    (void)document_complain(node, "a text that is not empty is expected");
    return "";
}

const char *document_code(const struct document_node *node)
{
    const char *text = document_text(node);
    size_t length = strlen(text);
    size_t good = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    if (length > 0 && (good != length || length >= RECORD_NAME_MAX))
        (void)document_complain(node, "\"%.60s\": a code of up to %d %s is expected", text,
                                RECORD_NAME_MAX - 1, RECORD_CODE_PATTERN);
    return text;
}
