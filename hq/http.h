/*
 * Requests and responses, and the listener that carries them; no HTTP library shows through.
 * A handler is called by several threads at once, with the whole body. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_HTTP_H
#define HQ_HTTP_H

#include "core/error.h"
#include "hq/address.h"
#include "hq/identity.h"
#include "hq/pki.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADERS_MAX 8
#define HTTP_NOTE_MAX 400
#define HTTP_TEXT_MAX 80

struct http_header {
    const char *name, *value; /* of static storage, or the response's own text */
};

/* All borrowed for the call. Headers that were not sent are empty strings. */
struct http_request {
    const char *method, *path; /* path percent-decoded, without the query */
    const char *host, *content_type, *content_encoding;
    const char *body;
    size_t body_size;
    const struct identity *identity; /* of the verified peer; NULL where none is asked for, and for a guest */
    const char *user, *password;     /* of a guest's Basic authentication; NULL when it has sent none */
    const char *(*argument)(const void *context,
                            const char *name);                    /* of the query, decoded; NULL: not there */
    const char *(*header)(const void *context, const char *name); /* NULL: not there */
    const void *context;
};

/* Zeroed before the handler is called. */
struct http_response {
    unsigned status;
    const char *type; /* of static storage */
    char *body;       /* malloc'd; the listener frees it */
    size_t body_size;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    char text[HTTP_TEXT_MAX]; /* for a header's value that is made for this response */
    char note[HTTP_NOTE_MAX]; /* for the technician's log; empty: nothing worth a line */
};

typedef void (*http_handler)(void *user, const struct http_request *request, struct http_response *response);

/* Called with each response that carries a note. peer is address and port. */
typedef void (*http_reporter)(void *user, const char *peer, const char *method, const char *path,
                              unsigned status, const char *note);

struct http_options {
    struct address address; /* port 0: any free one */
    unsigned threads;
    unsigned connections;            /* at once; more wait in the kernel */
    unsigned idle_s;                 /* after which a silent connection is closed */
    unsigned deadline_s;             /* by when a request must have come whole, however busily it trickles */
    size_t body_max;                 /* bytes; more is answered with 413 */
    const struct pki_server *server; /* NULL: plain HTTP. Borrowed for the listener's life, as all below */
    const struct pki_trust *trust;   /* with server: requests need a certificate that counts here, but ... */
    bool (*guest)(const char *path); /* ... paths that this says yes to; may be NULL */
    http_handler handler;
    http_reporter reporter;
    void *user;
};

struct http;

/* Listens. -EADDRINUSE, -EACCES ... with the address in the message. */
int http_start(struct http **http, const struct http_options *options, struct error *error);
int http_port(const struct http *http);

/* Finishes the requests that are being answered and closes everything. NULL is fine. */
void http_stop(struct http *http);

/* --- for handlers: hq/http.c --- */

void http_add_header(struct http_response *response, const char *name, const char *value);

/* A body that the response takes over; NULL is answered as 500. */
void http_reply(struct http_response *response, unsigned status, const char *type, char *body, size_t size);

#endif
