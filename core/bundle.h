/*
 * A bundle: batches of one store in a file, for a stick where there is no network. Line 1: the manifest, a JSON
 * object that names the store, when it was made, the device's certificate and each batch by size and hash.
 * Line 2: the signature over line 1 (without its LF) by the certificate's key, SHA-256, DER, in hexadecimal.
 * Then the batches, compressed as on the wire, one after the other. Pure functions.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BUNDLE_H
#define CORE_BUNDLE_H

#include "core/chain.h"
#include "core/error.h"
#include "core/id.h"

#include <stddef.h>
#include <stdint.h>

#define BUNDLE_FORMAT 1
#define BUNDLE_BYTES_MAX (64u << 20) /* of a file */
#define BUNDLE_BATCHES_MAX 4096
#define BUNDLE_SIGNATURE_MAX 1024 /* bytes */
#define BUNDLE_ENDING ".bundle"
#define BUNDLE_RECEIPT_ENDING ".receipt" /* headquarters' receipt (core/receipt.h) beside it */

struct bundle_batch {
    size_t size;
    uint8_t hash[CHAIN_BYTES]; /* BLAKE2b-256 of the compressed bytes */
};

struct bundle {
    char store[ID_TEXT];
    int64_t made;                 /* the device's clock, UTC ms */
    char *certificate;            /* PEM; owned by a bundle that was read */
    struct bundle_batch *batches; /* likewise */
    size_t count;
};

/* A bundle's file taken apart; pointers lead into the file's bytes. */
struct bundle_file {
    struct bundle bundle;
    const char *manifest;
    size_t manifest_length;
    uint8_t signature[BUNDLE_SIGNATURE_MAX];
    size_t signature_length;
    const char *bodies; /* their sizes add up to what the file holds */
};

/* The manifest's line, without LF; malloc'd. */
int bundle_make(const struct bundle *bundle, char **manifest, size_t *length, struct error *error);

/*
 * Takes a file apart: -EBADMSG when it is not a bundle, is cut short, or a batch's hash does not fit. Says nothing
 * about who signed it.
 */
int bundle_open(struct bundle_file *file, const char *data, size_t size, struct error *error);
void bundle_close(struct bundle_file *file); /* a zeroed one is fine */

/* "tapline-STORE-000000000042.bundle": in the order of names is in the order of records. */
#define BUNDLE_NAME_MAX 80
void bundle_name(char name[BUNDLE_NAME_MAX], const char *store, int64_t first);

#endif
