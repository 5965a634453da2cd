/*
 * Bundles on a stick.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/bundle.h"

#include "core/bundle.h"
#include "core/keyfile.h"
#include "core/outbox.h"
#include "sync/certificate_openssl.h"
#include "sync/file.h"
#include "sync/lock.h"
#include "sync/parcel.h"
#include "sync/uploader.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUNDLE_FILE_MAX 65536
#define BUNDLE_BODIES_MAX (32u << 20) /* in one file */

/* What a bundle is made of while it grows. */
struct bundle_making {
    struct bundle bundle;
    struct bundle_batch batches[BUNDLE_BATCHES_MAX];
    char *bodies;
    size_t size, room;
    int64_t first; /* record that it begins with */
};

static int bundle_append(struct bundle_making *making, const struct parcel *parcel, struct error *error)
{
    size_t wanted = making->size + parcel->size;
    if (wanted > making->room) {
        char *bodies = realloc(making->bodies, wanted * 2);
        if (!bodies)
            return error_set(error, -ENOMEM, "no memory for a bundle");
        making->bodies = bodies;
        making->room = wanted * 2;
    }
    if (parcel->size > 0)
        memcpy(making->bodies + making->size, parcel->body, parcel->size);
    making->size = wanted;
    struct bundle_batch *batch = &making->batches[making->bundle.count++];
    batch->size = parcel->size;
    chain_hash(batch->hash, parcel->body, parcel->size);
    return 0;
}

/* --- one file ------------------------------------------------------------------------------------------------------ */

static int bundle_sign(const char *key, const char *manifest, size_t length, char *text, size_t room,
                       struct error *error)
{
    uint8_t signature[CERTIFICATE_SIGNATURE_MAX];
    size_t size = 0;
    int result = certificate_sign(key, manifest, length, signature, &size, error);
    if (result < 0)
        return result;
    if (size * 2 + 1 > room)
        return error_set(error, -EINVAL, "the device's key signs with too many bytes");
    for (size_t i = 0; i < size; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", signature[i]);
    return 0;
}

static int bundle_write(const struct bundle_making *making, const char *folder, const char *key,
                        struct error *error)
{
    char path[FILE_PATH_MAX], name[BUNDLE_NAME_MAX], signature[2 * CERTIFICATE_SIGNATURE_MAX + 1];
    char *manifest = NULL, *whole = NULL;
    size_t length = 0, size = 0;
    bundle_name(name, making->bundle.store, making->first);
    int result = file_path(path, folder, name, error);
    if (result == 0)
        result = bundle_make(&making->bundle, &manifest, &length, error);
    if (result == 0)
        result = bundle_sign(key, manifest, length, signature, sizeof signature, error);
    if (result == 0 && manifest) {
        size = length + strlen(signature) + 2 + making->size;
        whole = malloc(size + 1);
        if (!whole)
            result = error_set(error, -ENOMEM, "no memory for a bundle of %zu bytes", size);
    }
    if (result == 0 && whole) {
        int head = snprintf(whole, size + 1, "%s\n%s\n", manifest, signature);
        if (making->bodies)
            memcpy(whole + head, making->bodies, making->size);
        result = file_replace(path, whole, size, false, error);
    }
    free(whole);
    free(manifest);
    return result;
}

/* --- everything that is not receipted -------------------------------------------------------------------------- */

/* Fills making from number on; *next gets the number after the last that went in. */
static int bundle_fill(struct bundle_making *making, struct outbox *outbox, const struct outbox_state *state,
                       const struct clock *clock, size_t limit, int64_t *next, struct error *error)
{
    making->first = *next;
    making->size = making->bundle.count = 0;
    while (*next <= state->last && making->size < BUNDLE_BODIES_MAX &&
           making->bundle.count < BUNDLE_BATCHES_MAX) {
        struct parcel parcel = {0};
        int result = parcel_make(&parcel, outbox, state, clock, *next, limit, error);
        if (result == 0)
            result = bundle_append(making, &parcel, error);
        *next += parcel.count;
        parcel_free(&parcel);
        if (result < 0)
            return result;
    }
    return 0;
}

static int bundle_write_all(struct bundle_making *making, struct outbox *outbox,
                            const struct settings *settings, const struct clock *clock, const char *folder,
                            const char *key, int64_t *records, struct error *error)
{
    struct outbox_state state = {0};
    int result = outbox_state(outbox, &state, error);
    if (result < 0)
        return result;
    int64_t first = (state.receipted ? state.receipt.high_water : 0) + 1, next = first;
    memcpy(making->bundle.store, state.store, ID_TEXT);
    making->bundle.made = clock_wall(clock);
    making->bundle.batches = making->batches;
    while (next <= state.last && result == 0) {
        result = bundle_fill(making, outbox, &state, clock, (size_t)settings->batch_records, &next, error);
        if (result == 0)
            result = bundle_write(making, folder, key, error);
    }
    if (result == 0)
        *records = next - first;
    return result;
}

int bundle_export(const struct settings *settings, const struct clock *clock, const char *folder,
                  int64_t *records, struct error *error)
{
    struct bundle_making *making = calloc(1, sizeof *making);
    struct outbox *outbox = NULL;
    char *key = NULL;
    size_t size = 0;
    int result = 0;
    if (!making)
        return error_set(error, -ENOMEM, "no memory for a bundle");
    if (access(settings->device.outbox, F_OK) < 0)
        result = error_set(error, -ENOENT, "%s: no outbox is there", settings->device.outbox);
    if (result == 0)
        result = file_read(settings->certificate, BUNDLE_FILE_MAX, &making->bundle.certificate, &size, error);
    if (result == 0)
        result = file_read(settings->key, BUNDLE_FILE_MAX, &key, &size, error);
    if (result == 0)
        result = outbox_open(&outbox, settings->device.outbox, clock, error);
    if (result == 0)
        result = bundle_write_all(making, outbox, settings, clock, folder, key, records, error);
    outbox_close(outbox);
    if (key)
        explicit_bzero(key, strlen(key));
    free(key);
    free(making->bundle.certificate);
    free(making->bodies);
    free(making);
    return result;
}

/* --- receipts ------------------------------------------------------------------------------------------------------ */

static int bundle_chain_at(void *user, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error)
{
    return outbox_chain_at(user, number, chain, error);
}

/* A receipt from a stick is judged as one from the wire. 1: kept, 0: of another store or nothing new. */
static int bundle_take_receipt(struct outbox *outbox, const uint8_t key[RECEIPT_KEY_BYTES], const char *text,
                               size_t length, struct error *error)
{
    const struct uploader_limits limits = {.heartbeat_ms = 1, .batch_records = 1};
    struct uploader_reply reply = {.status = 200, .body = text, .length = length};
    struct outbox_state state = {0};
    struct uploader uploader;
    struct receipt receipt = {0};
    bool fresh = false;
    int result = outbox_state(outbox, &state, error);
    if (result == 0)
        result = receipt_from_json(&receipt, text, length, error);
    if (result < 0)
        return result;
    bool other = strcmp(receipt.store, state.store) != 0;
    bool stale = state.receipted && strcmp(receipt.epoch, state.receipt.epoch) == 0 &&
                 receipt.high_water <= state.receipt.high_water;
    if (other || stale)
        return 0;
    const struct uploader_view view = {state.first, state.last, bundle_chain_at, outbox};
    uploader_start(&uploader, &limits, key, &state);
    uploader_sent(&uploader, receipt.high_water, 0);
    result = uploader_take(&uploader, &reply, &view, 0, 0, &fresh, error);
    if (result == 0 && !fresh)
        result = error_set(error, -EBADMSG, "%s", uploader.why);
    if (result == 0)
        result = outbox_keep_receipt(outbox, &receipt, error);
    return result == 0 ? 1 : result;
}

static int bundle_is_receipt(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), ending = strlen(BUNDLE_RECEIPT_ENDING);
    return entry->d_name[0] != '.' && length > ending &&
           strcmp(entry->d_name + length - ending, BUNDLE_RECEIPT_ENDING) == 0;
}

static int bundle_take_file(struct outbox *outbox, const uint8_t key[RECEIPT_KEY_BYTES], const char *folder,
                            const char *name, struct error *error)
{
    char path[FILE_PATH_MAX], *text = NULL;
    size_t size = 0;
    int result = file_path(path, folder, name, error);
    if (result == 0)
        result = file_read(path, RECEIPT_JSON_MAX, &text, &size, error);
    if (result == 0)
        result = bundle_take_receipt(outbox, key, text, size, error);
    free(text);
    return result < 0 ? error_prefix(error, "%s", path) : result;
}

/* The names are in the order of records, so the highest receipt is the last. */
static int bundle_take_folder(struct outbox *outbox, const uint8_t key[RECEIPT_KEY_BYTES], const char *folder,
                              struct error *error)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, bundle_is_receipt, alphasort), result = 0;
    if (count < 0)
        return error_set(error, -errno, "%s: %s", folder, strerror(errno));
    if (count == 0)
        result = error_set(error, -ENOENT, "%s: no receipt is here; tapline-hq import writes them", folder);
    for (int i = 0; i < count; i++) {
        if (result >= 0)
            result = bundle_take_file(outbox, key, folder, entries[i]->d_name, error);
        free(entries[i]);
    }
    free(entries);
    return result < 0 ? result : 0;
}

int bundle_import_receipts(const struct settings *settings, const struct clock *clock, const char *folder,
                           int64_t *receipted, struct error *error)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    struct outbox *outbox = NULL;
    struct outbox_state state = {0};
    int lock = -1;
    int result = keyfile_read(settings->hq_key, key, sizeof key, false, error);
    if (result == 0)
        result = lock_take(settings->device.outbox, &lock, error);
    if (result == 0)
        result = outbox_open(&outbox, settings->device.outbox, clock, error);
    if (result == 0)
        result = bundle_take_folder(outbox, key, folder, error);
    if (result == 0)
        result = outbox_state(outbox, &state, error);
    if (result == 0)
        *receipted = state.receipted ? state.receipt.high_water : 0;
    outbox_close(outbox);
    if (lock >= 0)
        (void)close(lock);
    return result;
}
