/*
 * Packing and unpacking batches. A batch that unpacks has been checked against itself: counts, sizes and
 * chain. SPDX-License-Identifier: Apache-2.0
 */
#include "core/batch.h"

#include "core/record.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_NUMBER_MAX (INT64_C(1) << 53) /* exact in every JSON reader, and sums of it do not overflow */

static int batch_head_to_json(const struct batch_head *head, char json[BATCH_HEAD_MAX], size_t *length)
{
    char before[CHAIN_TEXT], after[CHAIN_TEXT];
    chain_to_text(before, head->before);
    chain_to_text(after, head->after);
    json_t *object =
        json_pack("{s:i, s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:s}", "tapline", BATCH_FORMAT, "store",
                  head->store, "first", (json_int_t)head->first, "count", (json_int_t)head->count, "before",
                  before, "after", after, "last", (json_int_t)head->last, "at", (json_int_t)head->at, "up",
                  (json_int_t)head->up, "boot", head->boot, "version", head->version);
    if (!object)
        return -ENOMEM;
    if (head->parent[0]) {
        json_object_set_new_nocheck(object, "parent", json_string_nocheck(head->parent));
        json_object_set_new_nocheck(object, "lineage", json_string_nocheck(head->lineage));
    }
    *length = json_dumpb(object, json, BATCH_HEAD_MAX, JSON_COMPACT);
    json_decref(object);
    return *length > 0 && *length <= BATCH_HEAD_MAX ? 0 : -E2BIG;
}

int batch_pack(const struct batch_head *head, const struct outbox_line *lines, char **text, size_t *length,
               struct error *error)
{
    char json[BATCH_HEAD_MAX];
    size_t size = 0;
    int result = batch_head_to_json(head, json, &size);
    if (result < 0)
        return error_set(error, result, "batch: the head could not be written as JSON");
    size_t total = size + 1;
    for (int64_t i = 0; i < head->count; i++)
        total += lines[i].length + 1;
    char *bytes = malloc(total + 1);
    if (!bytes)
        return error_set(error, -ENOMEM, "batch: no memory for %zu bytes", total);
    char *to = bytes;
    memcpy(to, json, size);
    to += size;
    *to++ = '\n';
    for (int64_t i = 0; i < head->count; i++) {
        memcpy(to, lines[i].text, lines[i].length);
        to += lines[i].length;
        *to++ = '\n';
    }
    *to = '\0';
    *text = bytes;
    *length = total;
    return 0;
}

static int batch_take_head(json_t *object, struct batch_head *head)
{
    int format = 0;
    json_int_t first = 0, count = -1, last = 0, at = 0, up = 0;
    const char *store = NULL, *before = NULL, *after = NULL, *boot = NULL, *version = NULL;
    size_t version_length = 0;
    if (json_unpack_ex(object, NULL, 0, "{s:i, s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:s%}", "tapline",
                       &format, "store", &store, "first", &first, "count", &count, "before", &before, "after",
                       &after, "last", &last, "at", &at, "up", &up, "boot", &boot, "version", &version,
                       &version_length) < 0)
        return -EBADMSG;
    if (format != BATCH_FORMAT)
        return -EPROTONOSUPPORT;
    if (!id_valid(store, strlen(store)) || !id_valid(boot, strlen(boot)) || first < 1 || count < 0 ||
        count > BATCH_RECORDS_MAX || first > BATCH_NUMBER_MAX || last < first + count - 1 ||
        last > BATCH_NUMBER_MAX || at < -BATCH_NUMBER_MAX || at > BATCH_NUMBER_MAX || up < 0 ||
        up > BATCH_NUMBER_MAX || version_length >= sizeof head->version ||
        !chain_from_text(head->before, before) || !chain_from_text(head->after, after))
        return -EBADMSG;
    memcpy(head->store, store, ID_TEXT);
    memcpy(head->boot, boot, ID_TEXT);
    memcpy(head->version, version, version_length + 1);
    head->first = first;
    head->count = count;
    head->last = last;
    head->at = at;
    head->up = up;
    return 0;
}

/* Both or neither, and no store continues itself. */
static int batch_take_origin(const json_t *object, struct batch_head *head)
{
    const json_t *parent = json_object_get(object, "parent"), *lineage = json_object_get(object, "lineage");
    if (!parent && !lineage)
        return 0;
    if (!json_is_string(parent) || !json_is_string(lineage) ||
        !id_valid(json_string_value(parent), json_string_length(parent)) ||
        !id_valid(json_string_value(lineage), json_string_length(lineage)) ||
        strcmp(json_string_value(parent), head->store) == 0 ||
        strcmp(json_string_value(lineage), head->store) == 0)
        return -EBADMSG;
    memcpy(head->parent, json_string_value(parent), ID_TEXT);
    memcpy(head->lineage, json_string_value(lineage), ID_TEXT);
    return 0;
}

static int batch_head_from_json(const char *json, size_t length, struct batch_head *head, struct error *error)
{
    json_t *object = length <= BATCH_HEAD_MAX ? json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int result = object ? batch_take_head(object, head) : -EBADMSG;
    if (result == 0)
        result = batch_take_origin(object, head);
    json_decref(object);
    if (result == -EPROTONOSUPPORT)
        return error_set(error, -EBADMSG, "batch: line 1: a format that is not %d", BATCH_FORMAT);
    if (result < 0)
        return error_set(error, result, "batch: line 1: not a batch head");
    return 0;
}

/* Finds the lines and runs the chain over them; at points behind the head's line break. */
static int batch_take_lines(struct batch *batch, const char *at, const char *end, struct error *error)
{
    uint8_t chain[CHAIN_BYTES];
    memcpy(chain, batch->head.before, CHAIN_BYTES);
    for (int64_t i = 0; i < batch->head.count; i++) {
        const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (!stop)
            return error_set(error, -EBADMSG, "batch: line %lld: missing; the head announces %lld records",
                             (long long)i + 2, (long long)batch->head.count);
        size_t length = (size_t)(stop - at);
        if (length == 0 || length > RECORD_MAX)
            return error_set(error, -EBADMSG, "batch: line %lld: %zu bytes; 1 to %d are allowed",
                             (long long)i + 2, length, RECORD_MAX);
        batch->lines[i] = (struct outbox_line){at, length};
        chain_next(chain, chain, at, length);
        at = stop + 1;
    }
    if (at != end)
        return error_set(error, -EBADMSG, "batch: more follows the %lld records that the head announces",
                         (long long)batch->head.count);
    if (!chain_equal(chain, batch->head.after))
        return error_set(error, -EBADMSG,
                         "batch: the chain over the records is not the head's: altered on the way");
    return 0;
}

int batch_unpack(const char *text, size_t length, struct batch *batch, struct error *error)
{
    struct batch taken = {0};
    const char *end = text + length;
    const char *stop = memchr(text, '\n', length);
    if (!stop)
        return error_set(error, -EBADMSG,
                         "batch: line 1: no line break; a head and its records are expected");
    int result = batch_head_from_json(text, (size_t)(stop - text), &taken.head, error);
    if (result < 0)
        return result;
    taken.lines = calloc((size_t)taken.head.count + 1, sizeof *taken.lines);
    if (!taken.lines)
        return error_set(error, -ENOMEM, "batch: no memory for %lld lines", (long long)taken.head.count);
    result = batch_take_lines(&taken, stop + 1, end, error);
    if (result < 0) {
        batch_free(&taken);
        return result;
    }
    *batch = taken;
    return 0;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    free(batch->lines);
    batch->lines = NULL;
}
