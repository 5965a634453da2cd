/*
 * The device's own key and certificate: keys made here that never leave, requests for certificates (PKCS#10),
 * certificates taken from replies (PKCS#7). The only file that knows OpenSSL. Texts are malloc'd, NUL-terminated
 * and the caller's. SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_CERTIFICATE_OPENSSL_H
#define SYNC_CERTIFICATE_OPENSSL_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CERTIFICATE_FINGERPRINT_BYTES 32
#define CERTIFICATE_SIGNATURE_MAX 512

/* A new key, ECDSA on P-256, as PEM: a secret, to be wiped. */
int certificate_make_key(char **key, struct error *error);

/* A signing request for this key and device, as base64 of DER. */
int certificate_make_request(const char *key, const char *device, char **request, struct error *error);

/*
 * Out of a certs-only PKCS#7 in base64: the certificate of this key, as PEM. -EBADMSG when none is in it, or it
 * names another device.
 */
int certificate_take(const char *reply, const char *key, const char *device, char **certificate,
                     struct error *error);

/* Out of such a reply: the certificate with this SHA-256 fingerprint. -EACCES when none has it. */
int certificate_take_authority(const char *reply, const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_BYTES],
                               char **certificate, struct error *error);

/* 64 hexadecimal digits, in either case, with or without colons. */
bool certificate_read_fingerprint(const char *text, uint8_t fingerprint[CERTIFICATE_FINGERPRINT_BYTES]);

/* When the first certificate of a PEM file counts, UTC ms. */
struct certificate_life {
    int64_t from, until;
};
int certificate_life(const char *path, struct certificate_life *life, struct error *error);

/* Do the first certificate of a PEM text and this key belong together? */
bool certificate_fits(const char *certificate, const char *key);

/* Signs with the key (PEM): SHA-256, DER; *length gets the signature's bytes. */
int certificate_sign(const char *key, const void *data, size_t size,
                     uint8_t signature[CERTIFICATE_SIGNATURE_MAX], size_t *length, struct error *error);

#endif
