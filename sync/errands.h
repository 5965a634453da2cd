/*
 * The daemon's errands in the transport's side lane: documents fetched, the certificate renewed. They go out with
 * the turns that the daemon makes anyway, so they cost no wake-up of their own; one is out at a time.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_ERRANDS_H
#define SYNC_ERRANDS_H

#include "core/clock.h"
#include "sync/downlink.h"
#include "sync/renew.h"
#include "sync/settings.h"
#include "sync/transport_curl.h"

#include <stdbool.h>

enum errand { ERRAND_NONE, ERRAND_RENEWAL, ERRAND_DOCUMENT };

struct errands {
    const struct settings *settings; /* borrowed, as all pointers here */
    const struct clock *clock;
    struct transport *transport;
    struct downlink downlink;
    struct renew renew;
    enum errand out;
    enum envelope_kind kind;          /* ERRAND_DOCUMENT: which is out */
    int next_kind;                    /* of the round that is under way; ENVELOPE_KINDS: none is */
    int64_t documents_at, renewal_at; /* up time ms: not before */
    bool no_folder;                   /* documents cannot be kept: said once */
    char said[512];                   /* the last trouble that was logged: said once */
};

/* key: headquarters' public one. Documents that cannot be kept are no reason not to upload: they are logged. */
void errands_open(struct errands *errands, const struct settings *settings, const struct clock *clock,
                  struct transport *transport, const uint8_t key[RECEIPT_KEY_BYTES]);
void errands_close(struct errands *errands);

/* Takes the reply that has come, and sends out what is due. online: headquarters' last word was a receipt. */
void errands_turn(struct errands *errands, bool online);

#endif
