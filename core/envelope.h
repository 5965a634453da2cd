/*
 * A signed document on its way to devices: survey, notices or settings, with headquarters' signature.
 * Signature: Ed25519 (RFC 8032) over "tapline-document-1\n" kind "\n" serial "\n" issued "\n" hash "\n", where
 * hash is BLAKE2b-256 of the document's bytes in lower-case hexadecimal. Serials of a kind only rise.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_ENVELOPE_H
#define CORE_ENVELOPE_H

#include "core/error.h"
#include "core/receipt.h"

#include <stddef.h>
#include <stdint.h>

#define ENVELOPE_DOCUMENT_MAX (256u << 10) /* bytes of a document */
#define ENVELOPE_JSON_MAX (2u << 20)       /* bytes of an envelope: a document may be escaped throughout */

enum envelope_kind { ENVELOPE_SURVEY, ENVELOPE_NOTICES, ENVELOPE_SETTINGS, ENVELOPE_KINDS };

struct envelope {
    enum envelope_kind kind;
    int64_t serial; /* from 1 */
    int64_t issued; /* UTC ms */
    char *document; /* UTF-8, NUL added; owned by an envelope that was read, borrowed by one to be made */
    size_t length;
    uint8_t signature[RECEIPT_SIGNATURE_BYTES];
};

/* "survey", "notices", "settings" */
const char *envelope_kind_name(enum envelope_kind kind);

/* ENVELOPE_KINDS for a name that is none. */
enum envelope_kind envelope_kind_find(const char *name);

void envelope_sign(struct envelope *envelope, const uint8_t secret[RECEIPT_SECRET_BYTES]);

/* {"kind","serial","issued","document","signature"}; malloc'd, NUL-terminated. -EINVAL: no UTF-8, -ENOMEM. */
int envelope_to_json(const struct envelope *envelope, char **json, struct error *error);

/* Strict, and with a signature that verifies: -EBADMSG else. *envelope is untouched on error. */
int envelope_open(struct envelope *envelope, const char *json, size_t length,
                  const uint8_t key[RECEIPT_KEY_BYTES], struct error *error);
void envelope_free(struct envelope *envelope); /* of one that was opened; zeroed is fine */

/*
 * Is it a document of its kind? A survey by core/survey.h; notices: {"format": 1, "notices": [{"id", "text":
 * {language: words}, "from", "until"}]}; settings: {"format": 1, "settings": {section: {key: value}}}.
 * -EBADMSG with place and remedy. title[title_size] gets what people know it by: a survey's "id/version", "3
 * notices", "2 settings".
 */
int envelope_check_document(enum envelope_kind kind, const char *document, size_t length, const char *name,
                            char *title, size_t title_size, struct error *error);

#endif
