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

struct transport {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    bool busy; /* easy is in multi */
    const char *base;
    char message[CURL_ERROR_SIZE];
    char body[TRANSPORT_REPLY_MAX + 1];
    size_t length;
};

static size_t transport_receive(char *data, size_t size, size_t count, void *user)
{
    struct transport *transport = user;
    size_t length = size * count;
    if (length > TRANSPORT_REPLY_MAX - transport->length)
        return 0; /* curl takes this as an error and ends the transfer */
    memcpy(transport->body + transport->length, data, length);
    transport->length += length;
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
    if (result == 0)
        result =
            transport_check_file(options->certificate, "-----BEGIN CERTIFICATE-----", "certificate", error);
    if (result == 0)
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

static bool transport_header(struct transport *transport, const char *header)
{
    struct curl_slist *longer = curl_slist_append(transport->headers, header);
    if (!longer)
        return false;
    transport->headers = longer;
    return true;
}

static CURLcode transport_set_up(struct transport *transport, const struct transport_options *options)
{
    CURL *easy = transport->easy;
    CURLcode code = CURLE_OK;
    /* the first failure stays in code; what follows it is skipped */
#define SET(option, value) (code == CURLE_OK ? (code = curl_easy_setopt(easy, option, value)) : code)
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAINFO, options->ca);
    SET(CURLOPT_CAPATH, NULL); /* Debian's curl would trust the system's store as well */
    SET(CURLOPT_SSLCERT, options->certificate);
    SET(CURLOPT_SSLKEY, options->key);
    SET(CURLOPT_CONNECTTIMEOUT, options->connect_timeout_s);
    SET(CURLOPT_TIMEOUT, options->total_timeout_s);
    SET(CURLOPT_LOW_SPEED_LIMIT, options->low_speed);
    SET(CURLOPT_LOW_SPEED_TIME, (long)TRANSPORT_LOW_SPEED_S);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* never wait for a name server while ending */
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_HTTPHEADER, transport->headers);
    SET(CURLOPT_USERAGENT, "tapline-sync/" TAPLINE_VERSION);
    SET(CURLOPT_ERRORBUFFER, transport->message);
    SET(CURLOPT_WRITEFUNCTION, transport_receive);
    SET(CURLOPT_WRITEDATA, transport);
#undef SET
    return code;
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
    transport->easy = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (transport->multi && transport->easy &&
        transport_header(transport, "Content-Type: application/x-ndjson") &&
        transport_header(transport, "Content-Encoding: zstd") &&
        transport_header(transport, "Accept: application/json") && transport_header(transport, "Expect:"))
        code = transport_set_up(transport, options);
    if (code != CURLE_OK) {
        transport_close(transport);
        return error_set(error, code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL,
                         "libcurl refuses its settings: %s", curl_easy_strerror(code));
    }
    *out = transport;
    return 0;
}

void transport_close(struct transport *transport)
{
    if (!transport)
        return;
    transport_cancel(transport);
    curl_easy_cleanup(transport->easy);
    (void)curl_multi_cleanup(transport->multi);
    curl_slist_free_all(transport->headers);
    free(transport);
}

void transport_cancel(struct transport *transport)
{
    if (transport->busy)
        (void)curl_multi_remove_handle(transport->multi, transport->easy);
    transport->busy = false;
}

int transport_post(struct transport *transport, const char *store, const void *body, size_t size,
                   struct error *error)
{
    char url[1024];
    if (snprintf(url, sizeof url, "%s/v1/stores/%s/records", transport->base, store) >= (int)sizeof url)
        return error_set(error, -EINVAL, "[sync] url: too long");
    transport->length = 0;
    transport->message[0] = '\0';
    CURLcode code = curl_easy_setopt(transport->easy, CURLOPT_URL, url);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transport->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
    if (code == CURLE_OK)
        code = curl_easy_setopt(transport->easy, CURLOPT_POSTFIELDS, body);
    if (code != CURLE_OK)
        return error_set(error, -ENOMEM, "libcurl: %s", curl_easy_strerror(code));
    CURLMcode added = curl_multi_add_handle(transport->multi, transport->easy);
    if (added != CURLM_OK)
        return error_set(error, -ENOMEM, "libcurl: %s", curl_multi_strerror(added));
    transport->busy = true;
    int running = 0;
    (void)curl_multi_perform(transport->multi, &running); /* on its way before the caller goes on working */
    return 0;
}

/* True, with reply filled, when the request has ended. */
static bool transport_finish(struct transport *transport, struct transport_reply *reply)
{
    int left = 0;
    CURLMsg *message = transport->busy ? curl_multi_info_read(transport->multi, &left) : NULL;
    if (!message || message->msg != CURLMSG_DONE)
        return false;
    CURLcode code = message->data.result;
    long status = 0;
    curl_off_t retry_after = 0;
    *reply = (struct transport_reply){.body = transport->body, .length = transport->length};
    transport->body[transport->length] = '\0';
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(transport->easy, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(transport->easy, CURLINFO_RETRY_AFTER, &retry_after);
        reply->status = (int)status;
        reply->retry_after_ms = retry_after <= 0                 ? 0
                                : retry_after > INT64_MAX / 1000 ? INT64_MAX
                                                                 : (int64_t)retry_after * 1000;
    } else {
        reply->status = code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE ? -1 : 0;
        (void)snprintf(reply->why, sizeof reply->why, "%s",
                       transport->message[0] ? transport->message : curl_easy_strerror(code));
    }
    transport_cancel(transport);
    return true;
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
    *replied = transport_finish(transport, reply);
    if (*replied)
        return 0;
    result = transport_poll(transport, watches, count, timeout_ms, error);
    if (result < 0 || !transport->busy)
        return result;
    CURLMcode code = curl_multi_perform(transport->multi, &running);
    if (code != CURLM_OK)
        return error_set(error, code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO, "sending: %s",
                         curl_multi_strerror(code));
    *replied = transport_finish(transport, reply);
    return 0;
}
