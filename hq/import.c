/*
 * Importing bundles from a folder.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/import.h"

#include "core/batch.h"
#include "core/bundle.h"
#include "core/clock.h"
#include "core/compress.h"
#include "core/receipt.h"
#include "hq/db.h"
#include "hq/file.h"
#include "hq/pki.h"
#include "hq/signer.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct import {
    struct db *db;
    struct pki_trust *trust;
    struct signer signer;
    struct clock clock;
    FILE *out;
};

/* --- one batch, the way of the wire ---------------------------------------------------------------------------- */

static int import_text(struct import *import, const struct identity *identity, const char *store,
                       const char *text, size_t size, struct db_outcome *outcome, struct error *error)
{
    struct batch batch = {0};
    struct ingest ingest = {0};
    int result = batch_unpack(text, size, &batch, error);
    if (result == 0 && strcmp(batch.head.store, store) != 0)
        result = error_set(error, -EBADMSG, "a batch of store %s in a bundle of store %s", batch.head.store,
                           store);
    if (result == 0)
        result = ingest_prepare(&ingest, &batch, error);
    ingest.late = true;
    if (result == 0)
        result = db_ingest(import->db, identity, &ingest, clock_wall(&import->clock), outcome, error);
    ingest_free(&ingest);
    batch_free(&batch);
    if (result == 0 && outcome->verdict != DB_HELD)
        result =
            error_set(error, -EACCES, "store %s and the certificate of device %s do not count here together",
                      store, identity->device);
    return result;
}

static int import_batches(struct import *import, const struct identity *identity,
                          const struct bundle_file *file, struct db_outcome *outcome, int64_t *accepted,
                          struct error *error)
{
    const char *body = file->bodies;
    for (size_t i = 0; i < file->bundle.count; i++) {
        void *text = NULL;
        size_t size = 0;
        int result =
            compress_unpack(body, file->bundle.batches[i].size, BATCH_BYTES_MAX, &text, &size, error);
        if (result == 0)
            result = import_text(import, identity, file->bundle.store, text, size, outcome, error);
        free(text);
        if (result < 0)
            return result;
        *accepted += outcome->accepted;
        body += file->bundle.batches[i].size;
    }
    return 0;
}

/* --- one bundle ---------------------------------------------------------------------------------------------------- */

/* The receipt lies beside the bundle, under the bundle's name with another ending. */
static int import_receipt(struct import *import, const char *path, const char *store,
                          const struct db_outcome *outcome, struct error *error)
{
    char beside[FILE_PATH_MAX], json[RECEIPT_JSON_MAX];
    struct receipt receipt = {.high_water = outcome->high_water, .now = clock_wall(&import->clock)};
    memcpy(receipt.store, store, ID_TEXT);
    memcpy(receipt.epoch, outcome->epoch, ID_TEXT);
    memcpy(receipt.chain, outcome->chain, CHAIN_BYTES);
    receipt_sign(&receipt, import->signer.secret);
    size_t length = receipt_to_json(&receipt, json);
    int stem = (int)(strlen(path) - strlen(BUNDLE_ENDING));
    if (snprintf(beside, sizeof beside, "%.*s" BUNDLE_RECEIPT_ENDING, stem, path) >= (int)sizeof beside)
        return error_set(error, -EINVAL, "%s: path too long", path);
    return file_replace(beside, json, length, error);
}

static int import_data(struct import *import, const char *path, const char *data, size_t size,
                       struct error *error)
{
    struct bundle_file file = {0};
    struct identity identity;
    struct db_outcome outcome = {0};
    int64_t accepted = 0;
    int result = bundle_open(&file, data, size, error);
    if (result == 0 && file.bundle.count == 0)
        result = error_set(error, -EBADMSG, "it holds no batch");
    if (result == 0)
        result =
            pki_identify_pem(import->trust, file.bundle.certificate, "its certificate", &identity, error);
    if (result == 0)
        result = pki_verify_data(file.bundle.certificate, file.manifest, file.manifest_length, file.signature,
                                 file.signature_length, error);
    if (result == 0)
        result = import_batches(import, &identity, &file, &outcome, &accepted, error);
    if (result == 0)
        result = import_receipt(import, path, file.bundle.store, &outcome, error);
    if (result == 0)
        (void)fprintf(import->out,
                      "%s: device %s: %" PRId64 " records were new; store %s is held up to %" PRId64 "\n",
                      path, identity.device, accepted, file.bundle.store, outcome.high_water);
    bundle_close(&file);
    return result;
}

static int import_file(struct import *import, const char *folder, const char *name, struct error *error)
{
    char path[FILE_PATH_MAX], *data = NULL;
    size_t size = 0;
    int result = file_path(path, folder, name, error);
    if (result == 0)
        result = file_read(path, BUNDLE_BYTES_MAX, &data, &size, error);
    if (result < 0)
        return result;
    result = import_data(import, path, data, size, error);
    free(data);
    return result < 0 ? error_prefix(error, "%s", path) : 0;
}

/* --- a folder ----------------------------------------------------------------------------------------------------- */

static int import_is_bundle(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), ending = strlen(BUNDLE_ENDING);
    return entry->d_name[0] != '.' && length > ending &&
           strcmp(entry->d_name + length - ending, BUNDLE_ENDING) == 0;
}

static int import_all(struct import *import, const char *folder, struct error *error)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, import_is_bundle, alphasort), result = 0;
    if (count < 0)
        return error_set(error, -errno, "%s: %s", folder, strerror(errno));
    if (count == 0)
        result = error_set(error, -ENOENT, "%s: no bundle is here; tapline-sync export writes them", folder);
    for (int i = 0; i < count; i++) {
        struct error why = {0};
        int code = import_file(import, folder, entries[i]->d_name, &why);
        free(entries[i]);
        if (code < 0)
            (void)fprintf(import->out, "REFUSED %s\n", why.text);
        if (code < 0 && result == 0) {
            result = code;
            if (error)
                *error = why;
        }
    }
    free(entries);
    return result;
}

int import_folder(const struct settings *settings, const char *folder, FILE *out, struct error *error)
{
    struct import import = {.out = out};
    clock_system(&import.clock);
    int result = pki_open_trust(&import.trust, settings->ca, error);
    if (result == 0)
        result = signer_load(&import.signer, settings->sign_key, error);
    if (result == 0)
        result = db_open(&import.db, settings->database, error);
    if (result == 0)
        result = import_all(&import, folder, error);
    db_close(import.db);
    signer_forget(&import.signer);
    pki_close_trust(import.trust);
    return result;
}
