/*
 * Enrolment: trust first, then the key, then the certificate, then who we are; the configuration seals it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/enroll.h"

#include "sync/certificate_openssl.h"
#include "sync/enroll_json.h"
#include "sync/file.h"
#include "sync/problem.h"
#include "sync/renew.h"
#include "sync/transport_curl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENROLL_REPLY_MAX 65536
#define ENROLL_CONNECT_S 20
#define ENROLL_TOTAL_S 120

/* Where everything lies. */
struct enroll_paths {
    char ca[FILE_PATH_MAX], certificate[FILE_PATH_MAX], key[FILE_PATH_MAX], hq_key[FILE_PATH_MAX],
        config[FILE_PATH_MAX];
};

static struct transport_options enroll_transport(const char *url, const char *proxy, const char *ca)
{
    return (struct transport_options){.url = url,
                                      .ca = ca,
                                      .proxy = proxy,
                                      .connect_timeout_s = ENROLL_CONNECT_S,
                                      .total_timeout_s = ENROLL_TOTAL_S,
                                      .low_speed = 1,
                                      .low_speed_s = 30};
}

/* A reply of 200, or what is wrong in a sentence. */
static int enroll_judge(const struct transport_reply *reply, struct error *error)
{
    char detail[200];
    if (reply->status == 200)
        return 0;
    if (reply->status <= 0)
        return error_set(error, reply->status < 0 ? -EINVAL : -EAGAIN, "%s", reply->why);
    problem_detail(reply->body, reply->length, detail, sizeof detail);
    int code = reply->status == 401 || reply->status == 403 ? -EACCES
               : reply->status >= 500                       ? -EAGAIN
                                                            : -EPROTO;
    return error_set(error, code, "headquarters answers %d%s%s", reply->status, detail[0] ? ": " : "",
                     detail);
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

static int enroll_authority(const struct enroll_options *options, const struct enroll_paths *paths,
                            struct error *error)
{
    const struct transport_options transport = enroll_transport(options->url, options->proxy, NULL);
    uint8_t fingerprint[CERTIFICATE_FINGERPRINT_BYTES];
    char *reply = NULL, *authority = NULL;
    if (!certificate_read_fingerprint(options->fingerprint, fingerprint))
        return error_set(error, -EINVAL, "--ca-fingerprint: 64 hexadecimal digits are expected (SHA-256)");
    int result =
        transport_fetch_public(&transport, "/.well-known/est/cacerts", ENROLL_REPLY_MAX, &reply, error);
    if (result == 0)
        result = certificate_take_authority(reply, fingerprint, &authority, error);
    if (result == 0)
        result = file_replace(paths->ca, authority, strlen(authority), false, error);
    free(authority);
    free(reply);
    return result;
}

/* Sends the request with the token; *certificate gets what comes back for the key. */
static int enroll_send(const struct transport_options *options, const char *device, const char *token,
                       const char *key, char **certificate, struct error *error)
{
    struct transport *transport = NULL;
    struct transport_reply reply;
    char *body = NULL;
    int result = certificate_make_request(key, device, &body, error);
    if (result == 0)
        result = transport_open(&transport, options, error);
    const struct transport_request request = {
        .path = "/.well-known/est/simpleenroll",
        .headers = {"Content-Type: application/pkcs10", "Content-Transfer-Encoding: base64"},
        .body = body,
        .user = device,
        .password = token,
        .reply_max = ENROLL_REPLY_MAX,
    };
    if (result == 0)
        result = transport_begin_side(transport, &request, error);
    if (result == 0)
        result = transport_wait_side(transport, &reply, error);
    if (result == 0)
        result = enroll_judge(&reply, error);
    if (result == 0)
        result = certificate_take(reply.body, key, device, certificate, error);
    transport_close(transport);
    free(body);
    return result;
}

static int enroll_certificate(const struct transport_options *options, const char *device, const char *token,
                              const char *certificate_path, const char *key_path, struct error *error)
{
    char *key = NULL, *certificate = NULL;
    int result = renew_recover(certificate_path, key_path, error);
    if (result == 0)
        result = renew_next_key(key_path, &key, error);
    if (result == 0)
        result = enroll_send(options, device, token, key, &certificate, error);
    if (result == 0)
        result = renew_install(certificate_path, key_path, certificate, error);
    if (key)
        explicit_bzero(key, strlen(key));
    free(key);
    free(certificate);
    return result;
}

/* Who are we, in headquarters' register, and which key are receipts verified with? */
static int enroll_ask(const struct transport_options *options, struct enroll_facts *facts,
                      struct error *error)
{
    struct transport *transport = NULL;
    struct transport_reply reply;
    const struct transport_request request = {.path = "/v1/device", .reply_max = ENROLL_REPLY_MAX};
    int result = transport_open(&transport, options, error);
    if (result == 0)
        result = transport_begin_side(transport, &request, error);
    if (result == 0)
        result = transport_wait_side(transport, &reply, error);
    if (result == 0)
        result = enroll_judge(&reply, error);
    if (result == 0)
        result = enroll_read_facts(reply.body, reply.length, facts, error);
    transport_close(transport);
    return result;
}

static int enroll_config(const struct enroll_options *options, const struct enroll_facts *facts,
                         const struct enroll_paths *paths, struct error *error)
{
    char text[4096];
    int length = snprintf(text, sizeof text,
                          "[device]\nid = %s\nbranch = %s\noutbox = outbox.db\n%s%s%s\n[sync]\nurl = %s\n"
                          "ca = ca.pem\ncertificate = device.pem\nkey = device.key\nhq_key = hq.pub\n%s%s%s",
                          options->device, facts->branch, options->survey ? "survey = " : "",
                          options->survey ? options->survey : "", options->survey ? "\n" : "", options->url,
                          options->proxy ? "proxy = " : "", options->proxy ? options->proxy : "",
                          options->proxy ? "\n" : "");
    if (length < 0 || length >= (int)sizeof text)
        return error_set(error, -EINVAL, "%s: too long", paths->config);
    /* a proxy's password may be in it */
    return file_replace(paths->config, text, (size_t)length, options->proxy != NULL, error);
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

static int enroll_paths(struct enroll_paths *paths, const char *folder, struct error *error)
{
    int result = file_path(paths->ca, folder, "ca.pem", error);
    if (result == 0)
        result = file_path(paths->certificate, folder, "device.pem", error);
    if (result == 0)
        result = file_path(paths->key, folder, "device.key", error);
    if (result == 0)
        result = file_path(paths->hq_key, folder, "hq.pub", error);
    return result == 0 ? file_path(paths->config, folder, "tapline.ini", error) : result;
}

static bool enroll_is_line(const char *text)
{
    return !text || !strpbrk(text, "\r\n");
}

int enroll_new(const struct enroll_options *options, struct error *error)
{
    struct enroll_paths paths;
    struct enroll_facts facts = {0};
    if (strncmp(options->url, "https://", 8) != 0 || !enroll_is_line(options->url) ||
        !enroll_is_line(options->proxy) || !enroll_is_line(options->survey) ||
        !enroll_is_line(options->device))
        return error_set(error, -EINVAL, "--url %.200s: https://host:port is expected, and no line breaks",
                         options->url);
    int result = enroll_paths(&paths, options->folder, error);
    if (result == 0 && access(paths.config, F_OK) == 0)
        result = error_set(error, -EEXIST,
                           "%s: a device is there already; enroll --config FILE --token TOKEN "
                           "gives it a new certificate",
                           paths.config);
    if (result == 0)
        result = file_folder(options->folder, error);
    if (result == 0)
        result = enroll_authority(options, &paths, error);
    struct transport_options transport = enroll_transport(options->url, options->proxy, paths.ca);
    if (result == 0)
        result = enroll_certificate(&transport, options->device, options->token, paths.certificate, paths.key,
                                    error);
    transport.certificate = paths.certificate;
    transport.key = paths.key;
    if (result == 0)
        result = enroll_ask(&transport, &facts, error);
    if (result == 0)
        result = file_replace(paths.hq_key, facts.hq_key, strlen(facts.hq_key), false, error);
    return result == 0 ? enroll_config(options, &facts, &paths, error) : result;
}

int enroll_again(const struct settings *settings, const char *token, struct error *error)
{
    const struct transport_options transport = enroll_transport(settings->url, settings->proxy, settings->ca);
    return enroll_certificate(&transport, settings->device.id, token, settings->certificate, settings->key,
                              error);
}
