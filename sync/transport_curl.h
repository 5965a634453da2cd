/*
 * The way to headquarters: kept-alive HTTPS, mutual TLS; batches in one lane, everything else in a side lane, so
 * that a document on a slow link never holds an answer up. What always holds: TLS 1.2 or newer, the peer and its
 * name verified against the given certificates alone, no redirect followed, no proxy of the environment used;
 * there is no switch to turn any of this off.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_TRANSPORT_CURL_H
#define SYNC_TRANSPORT_CURL_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_REPLY_MAX 65536 /* bytes of a reply's body; a longer one is an error */

/* All strings are borrowed for the transport's life. */
struct transport_options {
    const char *url;                    /* https://host[:port][/prefix] */
    const char *ca, *certificate, *key; /* certificate and key NULL: none is shown (enrolment) */
    const char *proxy;                  /* http://[user:password@]host:port; NULL or empty: none */
    long connect_timeout_s, total_timeout_s;
    long low_speed, low_speed_s; /* an attempt with fewer bytes a second for so long ends */
};

struct transport_reply {
    int status;       /* of HTTP; 0: no complete reply */
    const char *body; /* NUL added; the transport's, until the lane's next request */
    size_t length;
    int64_t retry_after_ms; /* 0: headquarters did not ask for a wait */
    int64_t took_ms;        /* from the request's beginning */
    bool slow;              /* status 0: it was under way and took too long */
    char why[256];          /* status <= 0: what happened */
};

#define TRANSPORT_HEADERS_MAX 6

/* A request of the side lane. All borrowed until its reply, or transport_cancel_side(). */
struct transport_request {
    const char *path;                           /* after the url */
    const char *headers[TRANSPORT_HEADERS_MAX]; /* "Name: value", up to the first NULL */
    const char *body;                           /* NULL: GET, else POST */
    const char *user, *password;                /* Basic authentication; NULL: none */
    size_t reply_max;                           /* bytes of the reply's body */
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
void transport_close(struct transport *transport); /* NULL is fine; requests that are out are dropped */

/* Begins POST url/v1/stores/{store}/records with a zstd batch; body is borrowed until the reply or cancel. */
int transport_post(struct transport *transport, const char *store, const void *body, size_t size,
                   struct error *error);

/* Drops the request that is out, if one is; whether it arrived is unknown. */
void transport_cancel(struct transport *transport);

/* Begins a request in the side lane, which must be free. */
int transport_begin_side(struct transport *transport, const struct transport_request *request,
                         struct error *error);
bool transport_side_busy(const struct transport *transport);

/* True, once, with reply filled, when the side lane's request has ended. */
bool transport_take_side(struct transport *transport, struct transport_reply *reply);
void transport_cancel_side(struct transport *transport);

/* Waits until the side lane's request has ended: for programs that have nothing else to do. */
int transport_wait_side(struct transport *transport, struct transport_reply *reply, struct error *error);

/* The files of certificate and key were replaced: requests from now on go over connections made with them. */
void transport_renew(struct transport *transport);

/*
 * Fetches url/path without verifying who answers, for the one thing that is public and verified by its hash
 * afterwards: the authority's certificate, by which everything else is verified. Nothing is sent but the path.
 * *body is malloc'd, NUL-terminated.
 */
int transport_fetch_public(const struct transport_options *options, const char *path, size_t reply_max,
                           char **body, struct error *error);

/*
 * Works on both lanes until a reply is there, a watched descriptor is readable, or timeout_ms have passed.
 * May return earlier. *replied says whether reply (filled only then) is the end of transport_post()'s request.
 */
int transport_wait(struct transport *transport, struct transport_watch *watches, size_t count,
                   int64_t timeout_ms, bool *replied, struct transport_reply *reply, struct error *error);

#endif
