/*
 * Strict reading of JSON documents: every complaint bears the file and the JSON path, no unknown member goes unseen.
 * The first complaint stays in document.result; after it, readers return harmless values.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_DOCUMENT_H
#define CORE_DOCUMENT_H

#include "core/error.h"

#include <jansson.h>
#include <stdbool.h>

#define DOCUMENT_PATH_MAX 160

struct document {
    const char *name; /* file, for messages */
    struct error *error;
    int result; /* 0, or the first complaint's code */
};

/* A value and where it stands, for example "$.questions[1].options". */
struct document_node {
    struct document *document;
    const json_t *value; /* NULL after a complaint */
    char path[DOCUMENT_PATH_MAX];
};

/* Reads a file whole, up to max bytes; malloc'd, NUL-terminated, the caller's. */
int document_read_file(const char *path, size_t max, char **text, size_t *length, struct error *error);

/* Parses text; the caller owns *root (json_decref). -EBADMSG with line and column. */
int document_parse(struct document *document, const char *text, size_t length, json_t **root);

struct document_node document_root(struct document *document, const json_t *root);

/* Complains at node ("file: path: words") and returns -EBADMSG. */
int document_complain(const struct document_node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Members an object may have; anything else is a complaint. NULL-terminated. */
void document_allow(const struct document_node *object, const char *const *members);

/* A member; absent and required is a complaint, absent and optional gives a NULL value. */
struct document_node document_member(const struct document_node *object, const char *key, bool required);
struct document_node document_item(const struct document_node *array, size_t index);

/* Length of an array within low..high; 0 after a complaint. */
size_t document_length(const struct document_node *array, size_t low, size_t high);

long long document_integer(const struct document_node *node, long long low, long long high);
bool document_boolean(const struct document_node *node);     /* false for a NULL value */
const char *document_text(const struct document_node *node); /* not empty; "" after a complaint */
const char *document_code(const struct document_node *node); /* fit for a record: see RECORD_CODE_PATTERN */

#endif
