/*
 * The way to headquarters: one kept-alive HTTPS connection, one request at a time, mutual TLS.
 * What always holds: TLS 1.2 or newer, the peer and its name verified against the given certificates alone,
 * no redirect followed, no proxy of the environment used; there is no switch to turn any of this off.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_TRANSPORT_CURL_H
#define SYNC_TRANSPORT_CURL_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_REPLY_MAX 65536 /* bytes of a reply's body; a longer one is an error */
#define TRANSPORT_LOW_SPEED_S 30  /* an attempt slower than low_speed for so long ends */

/* All strings are borrowed for the transport's life. */
struct transport_options {
    const char *url; /* https://host[:port][/prefix] */
    const char *ca, *certificate, *key;
    long connect_timeout_s, total_timeout_s, low_speed;
};

struct transport_reply {
    int status;       /* of HTTP; 0: no complete reply */
    const char *body; /* NUL added; the transport's, until the next transport_post() */
    size_t length;
    int64_t retry_after_ms; /* 0: headquarters did not ask for a wait */
    char why[256];          /* status <= 0: what happened */
};

/* A descriptor of the caller's to wait for as well. */
struct transport_watch {
    int fd;
    bool ready; /* set by transport_wait(): readable */
};

struct transport;

/* -EINVAL when the url or a file cannot be used. No connection is made yet. */
int transport_open(struct transport **transport, const struct transport_options *options,
                   struct error *error);
void transport_close(struct transport *transport); /* NULL is fine; a request that is out is dropped */

/* Begins POST url/v1/stores/{store}/records with a zstd batch; body is borrowed until the reply or cancel. */
int transport_post(struct transport *transport, const char *store, const void *body, size_t size,
                   struct error *error);

/* Drops the request that is out, if one is; whether it arrived is unknown. */
void transport_cancel(struct transport *transport);

/*
 * Works on the request until its reply is there, a watched descriptor is readable, or timeout_ms have passed.
 * May return earlier. *replied says whether reply (filled only then) is the request's end.
 */
int transport_wait(struct transport *transport, struct transport_watch *watches, size_t count,
                   int64_t timeout_ms, bool *replied, struct transport_reply *reply, struct error *error);

#endif
