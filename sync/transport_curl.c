/*
 * HTTPS through libcurl's multi interface: the only file that knows curl.
 * One easy handle is set up once and used again, so that its connection stays open between batches.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/transport_curl.h"

#include "core/version.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRANSPORT_WATCH_MAX 4
#define TRANSPORT_FILE_MAX 65536       /* bytes of a key or certificate file that are looked at */
#define TRANSPORT_POLL_MOST_MS 3600000 /* curl counts in int */

/* One request at a time, over and over with the same easy handle. */
struct transport_lane {
    CURL *easy;
    struct curl_slist *headers;
    bool busy;  /* easy is in multi */
    bool ended; /* ... and curl has said how it went: code */
    CURLcode code;
    char message[CURL_ERROR_SIZE];
    char *body;
    size_t length, room, most;
};

struct transport {
    CURLM *multi;
    struct transport_lane main, side;
    const char *base;
    bool stale; /* the connections that are open were made with files that are no longer there */
};

static size_t transport_receive(char *data, size_t size, size_t count, void *user)
{
    struct transport_lane *lane = user;
    size_t length = size * count;
    if (length > lane->most - lane->length)
        return 0; /* curl takes this as an error and ends the transfer */
    if (lane->length + length + 1 > lane->room) {
        size_t room = lane->room ? lane->room : 4096;
        while (room < lane->length + length + 1)
            room *= 2;
        char *body = realloc(lane->body, room);
        if (!body)
            return 0;
        lane->body = body;
        lane->room = room;
    }
    memcpy(lane->body + lane->length, data, length);
    lane->length += length;
    return length;
}

/* A file of the wrong kind is told before anything is sent; what lies inside is OpenSSL's to judge. */
static int transport_check_file(const char *path, const char *mark, const char *what, struct error *error)
{
    char text[TRANSPORT_FILE_MAX + 1];
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, -EINVAL, "%s: %s; tapline-hq enroll writes it", path, strerror(errno));
    text[fread(text, 1, TRANSPORT_FILE_MAX, file)] = '\0';
    (void)fclose(file);
    bool right = strstr(text, mark) != NULL;
    explicit_bzero(text, sizeof text); /* it may be a private key */
    if (!right)
        return error_set(error, -EINVAL, "%s: holds no %s (PEM); tapline-hq enroll writes it", path, what);
    return 0;
}

static int transport_check(const struct transport_options *options, struct error *error)
{
    int result = transport_check_file(options->ca, "-----BEGIN CERTIFICATE-----", "certificate", error);
    if (result == 0 && options->certificate)
        result =
            transport_check_file(options->certificate, "-----BEGIN CERTIFICATE-----", "certificate", error);
    if (result == 0 && options->key)
        result = transport_check_file(options->key, "PRIVATE KEY-----", "private key", error);
    if (result < 0)
        return result;
    CURLU *url = curl_url();
    CURLUcode code = url ? curl_url_set(url, CURLUPART_URL, options->url, 0) : CURLUE_OUT_OF_MEMORY;
    curl_url_cleanup(url);
    if (code != CURLUE_OK)
        return error_set(error, -EINVAL, "[sync] url: '%s': %s", options->url, curl_url_strerror(code));
    return 0;
}

static CURLcode transport_set_up(struct transport_lane *lane, const struct transport_options *options)
{
    CURL *easy = lane->easy = curl_easy_init();
    CURLcode code = easy ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    /* the first failure stays in code; what follows it is skipped */
#define SET(option, value) (code == CURLE_OK ? (code = curl_easy_setopt(easy, option, value)) : code)
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, options->proxy ? options->proxy : "");
    SET(CURLOPT_NOPROXY, ""); /* the environment's list has no say either */
    SET(CURLOPT_PROXYAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS); /* where headquarters offers it */
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAINFO, options->ca);
    SET(CURLOPT_CAPATH, NULL); /* Debian's curl would trust the system's store as well */
    if (options->certificate) {
        SET(CURLOPT_SSLCERT, options->certificate);
        SET(CURLOPT_SSLKEY, options->key);
    }
    SET(CURLOPT_CONNECTTIMEOUT, options->connect_timeout_s);
    SET(CURLOPT_TIMEOUT, options->total_timeout_s);
    SET(CURLOPT_LOW_SPEED_LIMIT, options->low_speed);
    SET(CURLOPT_LOW_SPEED_TIME, options->low_speed_s);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* never wait for a name server while ending */
    SET(CURLOPT_USERAGENT, "tapline-sync/" TAPLINE_VERSION);
    SET(CURLOPT_ERRORBUFFER, lane->message);
    SET(CURLOPT_WRITEFUNCTION, transport_receive);
    SET(CURLOPT_WRITEDATA, lane);
    SET(CURLOPT_PRIVATE, lane);
#undef SET
    return code;
}

static bool transport_header(struct transport_lane *lane, const char *header)
{
    struct curl_slist *longer = curl_slist_append(lane->headers, header);
    if (!longer)
        return false;
    lane->headers = longer;
    return true;
}

int transport_open(struct transport **out, const struct transport_options *options, struct error *error)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, -ENOMEM, "libcurl does not start");
    int result = transport_check(options, error);
    if (result < 0)
        return result;
    struct transport *transport = calloc(1, sizeof *transport);
    if (!transport)
        return error_set(error, -ENOMEM, "no memory for the connection");
    transport->base = options->url;
    transport->multi = curl_multi_init();
    transport->main.most = TRANSPORT_REPLY_MAX;
    CURLcode code = transport->multi ? transport_set_up(&transport->main, options) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = transport_set_up(&transport->side, options);
    if (code == CURLE_OK && !(transport_header(&transport->main, "Content-Type: application/x-ndjson") &&
                              transport_header(&transport->main, "Content-Encoding: zstd") &&
                              transport_header(&transport->main, "Accept: application/json") &&
                              transport_header(&transport->main, "Expect:")))
        code = CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = curl_easy_setopt(transport->main.easy, CURLOPT_HTTPHEADER, transport->main.headers);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transport->main.easy, CURLOPT_POST, 1L);
    if (code != CURLE_OK) {
        transport_close(transport);
        return error_set(error, code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL,
                         "libcurl refuses its settings: %s", curl_easy_strerror(code));
    }
    *out = transport;
    return 0;
}

static void transport_drop(struct transport *transport, struct transport_lane *lane)
{
    if (lane->busy)
        (void)curl_multi_remove_handle(transport->multi, lane->easy);
    lane->busy = lane->ended = false;
}

static void transport_end_lane(struct transport *transport, struct transport_lane *lane)
{
    transport_drop(transport, lane);
    curl_easy_cleanup(lane->easy);
    curl_slist_free_all(lane->headers);
    free(lane->body);
}

void transport_close(struct transport *transport)
{
    if (!transport)
        return;
    transport_end_lane(transport, &transport->main);
    transport_end_lane(transport, &transport->side);
    (void)curl_multi_cleanup(transport->multi);
    free(transport);
}

void transport_cancel(struct transport *transport)
{
    transport_drop(transport, &transport->main);
}

void transport_cancel_side(struct transport *transport)
{
    transport_drop(transport, &transport->side);
}

bool transport_side_busy(const struct transport *transport)
{
    return transport->side.busy;
}

void transport_renew(struct transport *transport)
{
    transport->stale = true;
}

/* --- requests -------------------------------------------------------------------------------------------------- */

/* Puts a lane whose options are set on its way. */
static int transport_begin(struct transport *transport, struct transport_lane *lane, struct error *error)
{
    int running = 0;
    if (transport->stale && !transport->main.busy && !transport->side.busy) {
        CURLM *fresh = curl_multi_init();
        if (!fresh)
            return error_set(error, -ENOMEM, "no memory for the connection");
        (void)curl_multi_cleanup(transport->multi);
        transport->multi = fresh;
        transport->stale = false;
    }
    lane->length = 0;
    lane->message[0] = '\0';
    CURLMcode added = curl_multi_add_handle(transport->multi, lane->easy);
    if (added != CURLM_OK)
        return error_set(error, -ENOMEM, "libcurl: %s", curl_multi_strerror(added));
    lane->busy = true;
    (void)curl_multi_perform(transport->multi, &running); /* on its way before the caller goes on working */
    return 0;
}

int transport_post(struct transport *transport, const char *store, const void *body, size_t size,
                   struct error *error)
{
    char url[1024];
    CURL *easy = transport->main.easy;
    if (snprintf(url, sizeof url, "%s/v1/stores/%s/records", transport->base, store) >= (int)sizeof url)
        return error_set(error, -EINVAL, "[sync] url: too long");
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    if (code != CURLE_OK)
        return error_set(error, -ENOMEM, "libcurl: %s", curl_easy_strerror(code));
    return transport_begin(transport, &transport->main, error);
}

static CURLcode transport_describe(struct transport_lane *lane, const struct transport_request *request)
{
    CURL *easy = lane->easy;
    curl_slist_free_all(lane->headers);
    lane->headers = NULL;
    lane->most = request->reply_max;
    bool fits = transport_header(lane, "Expect:");
    for (size_t i = 0; i < TRANSPORT_HEADERS_MAX && request->headers[i] && fits; i++)
        fits = transport_header(lane, request->headers[i]);
    CURLcode code = fits ? curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lane->headers) : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password);
    if (code == CURLE_OK && !request->body)
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
    return code == CURLE_OK ? curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) : code;
}

int transport_begin_side(struct transport *transport, const struct transport_request *request,
                         struct error *error)
{
    char url[1024];
    if (snprintf(url, sizeof url, "%s%s", transport->base, request->path) >= (int)sizeof url)
        return error_set(error, -EINVAL, "[sync] url: too long");
    CURLcode code = transport_describe(&transport->side, request);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transport->side.easy, CURLOPT_URL, url);
    if (code != CURLE_OK)
        return error_set(error, -ENOMEM, "libcurl: %s", curl_easy_strerror(code));
    return transport_begin(transport, &transport->side, error);
}

/* --- replies --------------------------------------------------------------------------------------------------- */

/* Was it under way and took too long? Then less of it may get through. */
static bool transport_was_slow(CURL *easy, CURLcode code)
{
    curl_off_t sent = 0, secured = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    (void)curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &secured);
    return code == CURLE_OPERATION_TIMEDOUT && (sent > 0 || secured > 0);
}

/* Takes in what curl has to say about requests that have ended. */
static void transport_listen(struct transport *transport)
{
    int left = 0;
    CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(transport->multi, &left))) {
        struct transport_lane *lane =
            message->easy_handle == transport->main.easy ? &transport->main : &transport->side;
        lane->code = message->data.result;
        lane->ended = true;
    }
}

/* True, with reply filled, when the lane's request has ended. */
static bool transport_finish(struct transport *transport, struct transport_lane *lane,
                             struct transport_reply *reply)
{
    transport_listen(transport);
    if (!lane->busy || !lane->ended)
        return false;
    CURL *easy = lane->easy;
    CURLcode code = lane->code;
    long status = 0;
    curl_off_t retry_after = 0, took = 0;
    *reply = (struct transport_reply){.body = lane->body ? lane->body : "", .length = lane->length};
    if (lane->body)
        lane->body[lane->length] = '\0';
    (void)curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &took);
    reply->took_ms = took / 1000;
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
        reply->status = (int)status;
        reply->retry_after_ms = retry_after <= 0                 ? 0
                                : retry_after > INT64_MAX / 1000 ? INT64_MAX
                                                                 : (int64_t)retry_after * 1000;
    } else {
        reply->status = code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE ? -1 : 0;
        reply->slow = transport_was_slow(easy, code);
        (void)snprintf(reply->why, sizeof reply->why, "%s",
                       lane->message[0] ? lane->message : curl_easy_strerror(code));
    }
    transport_drop(transport, lane);
    return true;
}

bool transport_take_side(struct transport *transport, struct transport_reply *reply)
{
    return transport_finish(transport, &transport->side, reply);
}

static int transport_poll(struct transport *transport, struct transport_watch *watches, size_t count,
                          int64_t timeout_ms, struct error *error)
{
    struct curl_waitfd fds[TRANSPORT_WATCH_MAX];
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct curl_waitfd){watches[i].fd, CURL_WAIT_POLLIN, 0};
    int timeout = timeout_ms > TRANSPORT_POLL_MOST_MS ? TRANSPORT_POLL_MOST_MS
                  : timeout_ms < 0                    ? 0
                                                      : (int)timeout_ms;
    CURLMcode code = curl_multi_poll(transport->multi, fds, (unsigned)count, timeout, NULL);
    if (code != CURLM_OK)
        return error_set(error, code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO, "waiting: %s",
                         curl_multi_strerror(code));
    for (size_t i = 0; i < count; i++)
        watches[i].ready = fds[i].revents != 0;
    return 0;
}

int transport_wait(struct transport *transport, struct transport_watch *watches, size_t count,
                   int64_t timeout_ms, bool *replied, struct transport_reply *reply, struct error *error)
{
    int running = 0, result = 0;
    if (count > TRANSPORT_WATCH_MAX)
        return error_set(error, -EINVAL, "more than %d descriptors to wait for", TRANSPORT_WATCH_MAX);
    for (size_t i = 0; i < count; i++)
        watches[i].ready = false;
    *replied = transport_finish(transport, &transport->main, reply);
    if (*replied || transport->side.ended)
        return 0;
    result = transport_poll(transport, watches, count, timeout_ms, error);
    if (result < 0 || !(transport->main.busy || transport->side.busy))
        return result;
    CURLMcode code = curl_multi_perform(transport->multi, &running);
    if (code != CURLM_OK)
        return error_set(error, code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO, "sending: %s",
                         curl_multi_strerror(code));
    *replied = transport_finish(transport, &transport->main, reply);
    return 0;
}

int transport_wait_side(struct transport *transport, struct transport_reply *reply, struct error *error)
{
    struct transport_reply other;
    bool replied = false;
    while (!transport_take_side(transport, reply)) {
        if (!transport->side.busy)
            return error_set(error, -EINVAL, "no request is out");
        int result = transport_wait(transport, NULL, 0, TRANSPORT_POLL_MOST_MS, &replied, &other, error);
        if (result < 0)
            return result;
    }
    return 0;
}

/* --- the one thing that is verified afterwards ---------------------------------------------------------------- */

int transport_fetch_public(const struct transport_options *options, const char *path, size_t reply_max,
                           char **body, struct error *error)
{
    struct transport_lane lane = {.most = reply_max};
    char url[1024];
    long status = 0;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, -ENOMEM, "libcurl does not start");
    if (snprintf(url, sizeof url, "%s%s", options->url, path) >= (int)sizeof url)
        return error_set(error, -EINVAL, "%s: too long", options->url);
    CURLcode code = transport_set_up(&lane, options);
    if (code == CURLE_OK)
        code = curl_easy_setopt(lane.easy, CURLOPT_SSL_VERIFYPEER, 0L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(lane.easy, CURLOPT_SSL_VERIFYHOST, 0L);
    if (code == CURLE_OK)
        code = curl_easy_setopt(lane.easy, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_perform(lane.easy);
    (void)curl_easy_getinfo(lane.easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(lane.easy);
    if (code == CURLE_OK && status == 200 && lane.body) {
        lane.body[lane.length] = '\0';
        *body = lane.body;
        return 0;
    }
    free(lane.body);
    return code == CURLE_OK ? error_set(error, -EPROTO, "%s: answers %ld", url, status)
                            : error_set(error, -EAGAIN, "%s: %s", url,
                                        lane.message[0] ? lane.message : curl_easy_strerror(code));
}
