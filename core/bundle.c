/*
 * Bundles, on jansson.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bundle_name(char name[BUNDLE_NAME_MAX], const char *store, int64_t first)
{
    (void)snprintf(name, BUNDLE_NAME_MAX, "tapline-%s-%012" PRId64 BUNDLE_ENDING, store, first);
}

/* --- making ------------------------------------------------------------------------------------------------------ */

static json_t *bundle_pack_batches(const struct bundle *bundle)
{
    json_t *list = json_array();
    for (size_t i = 0; i < bundle->count; i++) {
        char hash[CHAIN_TEXT];
        chain_to_text(hash, bundle->batches[i].hash);
        (void)json_array_append_new(
            list, json_pack("{s:I, s:s}", "size", (json_int_t)bundle->batches[i].size, "hash", hash));
    }
    if (list && json_array_size(list) == bundle->count)
        return list;
    json_decref(list);
    return NULL;
}

int bundle_make(const struct bundle *bundle, char **manifest, size_t *length, struct error *error)
{
    json_t *batches = bundle_pack_batches(bundle);
    json_t *object = batches ? json_pack("{s:i, s:s, s:I, s:s, s:o}", "bundle", BUNDLE_FORMAT, "store",
                                         bundle->store, "made", (json_int_t)bundle->made, "certificate",
                                         bundle->certificate, "batches", batches)
                             : NULL;
    char *made = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!made)
        return error_set(error, -ENOMEM, "no memory for a bundle of %zu batches", bundle->count);
    *manifest = made;
    *length = strlen(made);
    return 0;
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static bool bundle_unpack_batches(struct bundle *bundle, json_t *list)
{
    bundle->count = json_array_size(list);
    if (bundle->count > BUNDLE_BATCHES_MAX)
        return false;
    bundle->batches = calloc(bundle->count + 1, sizeof *bundle->batches);
    for (size_t i = 0; bundle->batches && i < bundle->count; i++) {
        json_int_t size = 0;
        const char *hash = NULL;
        if (json_unpack_ex(json_array_get(list, i), NULL, JSON_STRICT, "{s:I, s:s}", "size", &size, "hash",
                           &hash) < 0 ||
            size < 1 || size > (json_int_t)BUNDLE_BYTES_MAX ||
            !chain_from_text(bundle->batches[i].hash, hash))
            return false;
        bundle->batches[i].size = (size_t)size;
    }
    return true;
}

static bool bundle_unpack(struct bundle *bundle, json_t *object)
{
    int format = 0;
    const char *store = NULL, *certificate = NULL;
    json_int_t made = 0;
    json_t *batches = NULL;
    if (json_unpack_ex(object, NULL, JSON_STRICT, "{s:i, s:s, s:I, s:s, s:o}", "bundle", &format, "store",
                       &store, "made", &made, "certificate", &certificate, "batches", &batches) < 0 ||
        format != BUNDLE_FORMAT || !id_valid(store, strlen(store)) || !json_is_array(batches))
        return false;
    memcpy(bundle->store, store, ID_TEXT);
    bundle->made = made;
    bundle->certificate = strdup(certificate);
    return bundle_unpack_batches(bundle, batches);
}

static int bundle_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool bundle_read_signature(struct bundle_file *file, const char *text, size_t length)
{
    if (length == 0 || length % 2 || length / 2 > BUNDLE_SIGNATURE_MAX)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = bundle_digit(text[i]), low = bundle_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        file->signature[i / 2] = (uint8_t)(high << 4 | low);
    }
    file->signature_length = length / 2;
    return true;
}

static int bundle_check_bodies(const struct bundle_file *file, size_t size, struct error *error)
{
    size_t at = 0;
    for (size_t i = 0; i < file->bundle.count; i++) {
        const struct bundle_batch *batch = &file->bundle.batches[i];
        uint8_t hash[CHAIN_BYTES];
        if (batch->size > size - at)
            return error_set(error, -EBADMSG, "batch %zu is cut short; copy the file again", i + 1);
        chain_hash(hash, file->bodies + at, batch->size);
        if (!chain_equal(hash, batch->hash))
            return error_set(error, -EBADMSG, "batch %zu is not what was signed; copy the file again", i + 1);
        at += batch->size;
    }
    return at == size ? 0 : error_set(error, -EBADMSG, "%zu bytes too many at its end", size - at);
}

int bundle_open(struct bundle_file *file, const char *data, size_t size, struct error *error)
{
    struct bundle_file made = {.manifest = data};
    const char *first = memchr(data, '\n', size);
    const char *second = first ? memchr(first + 1, '\n', size - (size_t)(first + 1 - data)) : NULL;
    if (!second)
        return error_set(error, -EBADMSG, "not a bundle, or cut short");
    made.manifest_length = (size_t)(first - data);
    made.bodies = second + 1;
    json_t *object = json_loadb(data, made.manifest_length, JSON_REJECT_DUPLICATES, NULL);
    bool right = object && bundle_unpack(&made.bundle, object) &&
                 bundle_read_signature(&made, first + 1, (size_t)(second - first - 1));
    json_decref(object);
    int result = 0;
    if (!right)
        result = error_set(error, -EBADMSG, "not a bundle");
    else if (!made.bundle.certificate || !made.bundle.batches)
        result = error_set(error, -ENOMEM, "no memory for a bundle");
    else
        result = bundle_check_bodies(&made, size - (size_t)(made.bodies - data), error);
    if (result < 0)
        bundle_close(&made);
    else
        *file = made;
    return result;
}

void bundle_close(struct bundle_file *file)
{
    free(file->bundle.certificate);
    free(file->bundle.batches);
    *file = (struct bundle_file){0};
}
