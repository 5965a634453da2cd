/*
 * The listener, on libmicrohttpd: a pool of threads, each with its own poll().
 * A request is refused only after its body has been read, so that the refusal reaches the client before the
 * connection is closed under it. SPDX-License-Identifier: Apache-2.0
 */
#include "hq/http.h"

#include "hq/problem.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HTTP_DRAIN_MAX (16u << 20) /* read and thrown away of a body that is too large, before hanging up */
#define HTTP_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

struct http {
    struct MHD_Daemon *daemon;
    struct http_options options;
};

/* One request while its body comes in. */
struct http_exchange {
    char *body;
    size_t size, room, drained;
    int64_t started; /* CLOCK_MONOTONIC, s */
    bool no_memory;
    struct identity identity;
    int identified; /* of pki_identify_session() */
    bool guest;     /* may do without */
    struct error refusal;
};

static int64_t http_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* --- a request comes in -------------------------------------------------------------------------------------- */

static struct http_exchange *http_begin(const struct http *http, struct MHD_Connection *connection,
                                        const char *path)
{
    struct http_exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->started = http_now();
    exchange->guest = http->options.guest && http->options.guest(path);
    if (http->options.trust) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        exchange->identified = info ? pki_identify_session(http->options.trust, info->tls_session,
                                                           &exchange->identity, &exchange->refusal)
                                    : error_set(&exchange->refusal, -ENODATA, "no TLS session");
    }
    return exchange;
}

/* Keeps what fits; counts the rest. False: hang up. */
static bool http_receive(const struct http *http, struct http_exchange *exchange, const char *data,
                         size_t size)
{
    if (http_now() - exchange->started > (int64_t)http->options.deadline_s)
        return false;
    bool refused =
        (exchange->identified < 0 && !exchange->guest) || exchange->no_memory || exchange->drained > 0;
    if (refused || size > http->options.body_max - exchange->size) {
        exchange->drained += size;
        return exchange->drained <= HTTP_DRAIN_MAX;
    }
    if (exchange->size + size > exchange->room) {
        size_t room = exchange->room ? exchange->room : 4096;
        while (room < exchange->size + size)
            room *= 2;
        char *body = realloc(exchange->body, room);
        if (!body) {
            exchange->no_memory = true;
            exchange->drained += size;
            return true;
        }
        exchange->body = body;
        exchange->room = room;
    }
    memcpy(exchange->body + exchange->size, data, size);
    exchange->size += size;
    return true;
}

static void http_completed(void *user, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode code)
{
    (void)user, (void)connection, (void)code;
    struct http_exchange *exchange = *context;
    if (exchange)
        free(exchange->body);
    free(exchange);
    *context = NULL;
}

/* --- and is answered ------------------------------------------------------------------------------------------ */

static const char *http_argument(const void *context, const char *name)
{
    return MHD_lookup_connection_value((struct MHD_Connection *)context, MHD_GET_ARGUMENT_KIND, name);
}

static const char *http_header_or_null(const void *context, const char *name)
{
    return MHD_lookup_connection_value((struct MHD_Connection *)context, MHD_HEADER_KIND, name);
}

static const char *http_header_of(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

static void http_hand(const struct http *http, struct MHD_Connection *connection, const char *method,
                      const char *path, const struct http_exchange *exchange, struct http_response *response)
{
    char *password = NULL, *user = NULL;
    bool identified = http->options.trust && exchange->identified == 0;
    if (!identified && http->options.guest)
        user = MHD_basic_auth_get_username_password(connection, &password);
    const struct http_request request = {
        .method = method,
        .path = path,
        .host = http_header_of(connection, MHD_HTTP_HEADER_HOST),
        .content_type = http_header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
        .content_encoding = http_header_of(connection, MHD_HTTP_HEADER_CONTENT_ENCODING),
        .body = exchange->body ? exchange->body : "",
        .body_size = exchange->size,
        .identity = identified ? &exchange->identity : NULL,
        .user = user,
        .password = password,
        .argument = http_argument,
        .header = http_header_or_null,
        .context = connection,
    };
    http->options.handler(http->options.user, &request, response);
    if (password)
        explicit_bzero(password, strlen(password));
    MHD_free(password);
    MHD_free(user);
}

static void http_answer(const struct http *http, struct MHD_Connection *connection, const char *method,
                        const char *path, const struct http_exchange *exchange,
                        struct http_response *response)
{
    if (exchange->identified == -ENODATA && !exchange->guest) {
        http_add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "TLS-Client-Certificate");
        problem_reply(response, 401, "%s", exchange->refusal.text);
    } else if (exchange->identified < 0 && !exchange->guest) {
        problem_reply(response, 403, "%s", exchange->refusal.text);
    } else if (exchange->no_memory) {
        http_add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "30");
        problem_reply(response, 503, "no memory for the body");
    } else if (exchange->drained > 0) {
        problem_reply(response, 413, "the body is larger than %zu bytes", http->options.body_max);
    } else {
        http_hand(http, connection, method, path, exchange, response);
    }
}

static void http_report(const struct http *http, struct MHD_Connection *connection, const char *method,
                        const char *path, const struct http_response *response)
{
    char peer[ADDRESS_TEXT];
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!response->note[0] || !http->options.reporter)
        return;
    address_to_text(info ? info->client_addr : NULL, peer);
    http->options.reporter(http->options.user, peer, method, path, response->status, response->note);
}

/* Hands the response over; its body goes with it. */
static enum MHD_Result http_send(struct MHD_Connection *connection, struct http_response *response)
{
    struct MHD_Response *reply = MHD_create_response_from_buffer(
        response->body_size, response->body, response->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!reply) {
        free(response->body);
        return MHD_NO;
    }
    if (response->type)
        (void)MHD_add_response_header(reply, MHD_HTTP_HEADER_CONTENT_TYPE, response->type);
    for (size_t i = 0; i < response->header_count; i++)
        (void)MHD_add_response_header(reply, response->headers[i].name, response->headers[i].value);
    enum MHD_Result result = MHD_queue_response(connection, response->status, reply);
    MHD_destroy_response(reply);
    return result;
}

/* libmicrohttpd calls this once for the headers, then for each piece of the body, then for its end. */
static enum MHD_Result http_access(void *user, struct MHD_Connection *connection, const char *url,
                                   const char *method, const char *version, const char *data, size_t *size,
                                   void **context)
{
    (void)version;
    const struct http *http = user;
    struct http_exchange *exchange = *context;
    if (!exchange) {
        *context = http_begin(http, connection, url);
        return *context ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        bool going_on = http_receive(http, exchange, data, *size);
        *size = 0;
        return going_on ? MHD_YES : MHD_NO;
    }
    struct http_response response = {0};
    http_answer(http, connection, method, url, exchange, &response);
    http_report(http, connection, method, url, &response);
    return http_send(connection, &response);
}

/* --- listening -------------------------------------------------------------------------------------------------- */

static struct MHD_Daemon *http_listen(struct http *http)
{
    const struct http_options *options = &http->options;
    const struct pki_server *server = options->server;
    struct MHD_OptionItem items[16];
    size_t count = 0;
    items[count++] = (struct MHD_OptionItem){MHD_OPTION_SOCK_ADDR, 0, (void *)&options->address.storage};
    items[count++] = (struct MHD_OptionItem){MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_completed, NULL};
    items[count++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)options->threads, NULL};
    items[count++] =
        (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT, (intptr_t)options->connections, NULL};
    items[count++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)options->idle_s, NULL};
    if (server) {
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, server->key};
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, server->certificate};
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)HTTP_PRIORITIES};
    }
    if (server && options->trust) /* asks for a certificate; what counts is decided by http_begin() */
        items[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, server->authority};
    items[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    /* 0.9.75 with epoll spins while a TLS handshake is unfinished: five bytes of a stranger would cost a CPU */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD;
    flags |= server ? MHD_USE_TLS : 0;
    flags |= options->address.storage.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    return MHD_start_daemon(flags, 0, NULL, NULL, http_access, http, MHD_OPTION_ARRAY, items, MHD_OPTION_END);
}

int http_start(struct http **http, const struct http_options *options, struct error *error)
{
    char place[ADDRESS_TEXT];
    address_to_text((const struct sockaddr *)&options->address.storage, place);
    struct http *made = calloc(1, sizeof *made);
    if (!made)
        return error_set(error, -ENOMEM, "%s: no memory to listen", place);
    made->options = *options;
    errno = 0;
    made->daemon = http_listen(made);
    if (!made->daemon) {
        int code = errno ? -errno : -EIO;
        free(made);
        return error_set(error, code, "cannot listen on %s: %s", place, strerror(-code));
    }
    *http = made;
    return 0;
}

int http_port(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void http_stop(struct http *http)
{
    if (!http)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}
