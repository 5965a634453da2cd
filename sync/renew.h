/*
 * The device's certificate: asked for anew at half of its life, and put in place so that a power cut at any
 * moment leaves a key and a certificate that fit. SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_RENEW_H
#define SYNC_RENEW_H

#include "core/error.h"
#include "sync/certificate_openssl.h"
#include "sync/transport_curl.h"

#include <stdbool.h>
#include <stdint.h>

#define RENEW_REPLY_MAX 65536

/* --- the two files --- */

/* Finishes what a power cut left half done; called before the files are used. */
int renew_recover(const char *certificate_path, const char *key_path, struct error *error);

/*
 * The next key (PEM; malloc'd, to be wiped): the one that lies beside key_path from an attempt whose reply never
 * came, or a new one, now on the disk.
 */
int renew_next_key(const char *key_path, char **key, struct error *error);

/* The certificate that was given for the next key takes its place, and the key with it. */
int renew_install(const char *certificate_path, const char *key_path, const char *certificate,
                  struct error *error);

/* --- asking --- */

struct renew {
    const char *device, *certificate_path, *key_path; /* borrowed */
    char *key, *request;                              /* of the request that is out */
};

/* Is half of the life over, and not yet all of it? Pure. */
bool renew_due(const struct certificate_life *life, int64_t now);

/* Fills *request for the transport's side lane. */
int renew_ask(struct renew *renew, struct transport_request *request, struct error *error);

/* The reply: a new certificate is in place when this returns 0. -EPROTO: refused, with what was said. */
int renew_take(struct renew *renew, const struct transport_reply *reply, struct error *error);

/* Wipes what a request left. */
void renew_forget(struct renew *renew);

#endif
