/*
 * Documents from headquarters: survey, notices, settings. In the folder lies KIND.signed, as headquarters signed
 * it, and KIND.json, the document inside, for the programs that use it. What always holds: a document that is not
 * signed by headquarters, not of its kind, or older than the one here changes nothing; files are replaced whole.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_DOWNLINK_H
#define SYNC_DOWNLINK_H

#include "core/envelope.h"
#include "core/error.h"
#include "sync/file.h"
#include "sync/transport_curl.h"

#include <stdint.h>

struct downlink_document {
    int64_t serial;   /* held; 0: none */
    int64_t refused;  /* the last that was not taken; 0: none */
    char reason[160]; /* why */
};

struct downlink {
    char folder[FILE_PATH_MAX];
    uint8_t key[RECEIPT_KEY_BYTES];
    struct downlink_document documents[ENVELOPE_KINDS];
    char path[64], held[64], refused[240]; /* of the request that is out */
};

/*
 * Makes the folder and looks at what is in it: a signed file that does not verify counts as none; a document that
 * is not what was signed is put right.
 */
int downlink_open(struct downlink *downlink, const char *folder, const uint8_t key[RECEIPT_KEY_BYTES],
                  struct error *error);

/* Fills *request for the transport's side lane: what is there for this kind? */
void downlink_ask(struct downlink *downlink, enum envelope_kind kind, struct transport_request *request);

/*
 * The reply. 1: a new document is in place; 0: nothing new; -EBADMSG: refused, and why (headquarters is told with
 * the next question); other errors: of the network or the disk, the document here stays.
 */
int downlink_take(struct downlink *downlink, enum envelope_kind kind, const struct transport_reply *reply,
                  struct error *error);

#endif
