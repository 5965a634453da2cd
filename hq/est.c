/*
 * EST: who may have a certificate for which key.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/est.h"

#include "hq/file.h"
#include "hq/problem.h"
#include "hq/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define EST_AUTHORITY_MAX 65536
#define EST_TYPE "application/pkcs7-mime; smime-type=certs-only"

_Static_assert(TOKEN_HASH_BYTES == DB_TOKEN_HASH_BYTES && PKI_KEY_ID_BYTES == DB_KEY_ID_BYTES, "hashes fit");

int est_open(struct est *est, struct db *db, const struct clock *clock, const char *ca, const char *ca_key,
             int hours, struct error *error)
{
    struct est made = {.db = db, .clock = clock, .hours = hours};
    char *pem = NULL;
    size_t size = 0;
    int result = file_read(ca, EST_AUTHORITY_MAX, &pem, &size, error);
    if (result == 0)
        result = pki_bundle(pem, &made.cacerts, error);
    free(pem);
    if (result == 0 && access(ca_key, F_OK) == 0)
        result = pki_open_authority(&made.authority, ca_key, ca, error);
    if (result < 0) {
        est_close(&made);
        return result;
    }
    *est = made;
    return 0;
}

void est_close(struct est *est)
{
    free(est->cacerts);
    pki_close_authority(est->authority);
    *est = (struct est){0};
}

bool est_guest(const char *path)
{
    return strcmp(path, EST_PREFIX "cacerts") == 0 || strcmp(path, EST_PREFIX "simpleenroll") == 0;
}

static void est_send(struct http_response *response, char *text)
{
    http_add_header(response, "Content-Transfer-Encoding",
                    "base64"); /* RFC 7030 wants it, RFC 8951 does not */
    http_reply(response, 200, EST_TYPE, text, text ? strlen(text) : 0);
}

static void est_unavailable(struct http_response *response, const char *why)
{
    http_add_header(response, "Retry-After", "30");
    problem_reply(response, 503, "no certificate was made: %s", why);
}

/* The request's facts, when it can be signed for this device; false when it was answered. */
static bool est_read(const struct est *est, const struct http_request *request, const char *device,
                     struct pki_request_facts *facts, struct http_response *response)
{
    struct error error = {0};
    if (strncasecmp(request->content_type, "application/pkcs10", 18) != 0) {
        problem_reply(response, 415, "Content-Type must be application/pkcs10");
    } else if (!est->authority) {
        problem_reply(response, 501, "certificates are not made here; ask the authority that makes them");
    } else if (pki_read_request(request->body, request->body_size, facts, &error) < 0) {
        problem_reply(response, 400, "%s", error.text);
    } else if (facts->name[0] && strcmp(facts->name, device) != 0) {
        problem_reply(response, 403, "the request is for %s, not for %s", facts->name, device);
    } else {
        return true;
    }
    return false;
}

/* Makes the certificate; NULL when it was answered. */
static char *est_sign(const struct est *est, const struct http_request *request, const char *device,
                      struct identity *identity, struct http_response *response)
{
    struct error error = {0};
    char *reply = NULL;
    if (pki_sign_request(est->authority, request->body, request->body_size, device, est->hours, &reply,
                         identity, &error) < 0)
        est_unavailable(response, error.text);
    return reply;
}

/* --- with a token ------------------------------------------------------------------------------------------------ */

static void est_refuse_token(struct http_response *response, const char *device,
                             enum db_token_verdict verdict)
{
    static const char *const words[] = {
        [DB_TOKEN_UNKNOWN] = "is not one for this device, or a newer one was made",
        [DB_TOKEN_EXPIRED] = "has expired",
        [DB_TOKEN_USED] = "was used already, with another key",
    };
    http_add_header(response, "WWW-Authenticate", "Basic realm=\"Tapline enrolment\"");
    problem_reply(response, 401, "the token of device %.63s %s; tapline-hq enroll --token makes a new one",
                  device, words[verdict]);
}

static void est_enroll(const struct est *est, const struct http_request *request,
                       struct http_response *response)
{
    struct pki_request_facts facts;
    struct identity identity;
    struct error error = {0};
    enum db_token_verdict verdict = DB_TOKEN_UNKNOWN;
    if (!request->user || !request->password) {
        http_add_header(response, "WWW-Authenticate", "Basic realm=\"Tapline enrolment\"");
        problem_reply(response, 401, "a device id and its token are expected (Basic)");
        return;
    }
    if (!est_read(est, request, request->user, &facts, response))
        return;
    struct db_token_use use = {.device = request->user};
    token_hash(request->password, use.hash);
    memcpy(use.key, facts.key, sizeof use.key);
    int64_t now = clock_wall(est->clock);
    int result = db_check_token(est->db, &use, now, &verdict, &error);
    char *reply = result == 0 && verdict == DB_TOKEN_GOOD
                      ? est_sign(est, request, request->user, &identity, response)
                      : NULL;
    if (reply)
        result = db_use_token(est->db, &use, identity.fingerprint, now, &verdict, &error);
    if (result < 0)
        est_unavailable(response, error.text);
    else if (verdict != DB_TOKEN_GOOD)
        est_refuse_token(response, request->user, verdict);
    else if (reply) {
        est_send(response, reply);
        (void)snprintf(response->note, sizeof response->note, "device %s has enrolled", request->user);
        return;
    }
    free(reply);
}

/* --- with the certificate that is there ---------------------------------------------------------------------- */

static void est_renew(const struct est *est, const struct http_request *request,
                      struct http_response *response)
{
    const char *device = request->identity->device;
    struct pki_request_facts facts;
    struct identity identity;
    struct error error = {0};
    struct db_device row;
    enum db_verdict verdict = DB_HELD;
    if (!est_read(est, request, device, &facts, response))
        return;
    int64_t now = clock_wall(est->clock);
    int result = db_authenticate(est->db, request->identity, now, &verdict, &row, &error);
    char *reply =
        result == 0 && verdict == DB_HELD ? est_sign(est, request, device, &identity, response) : NULL;
    if (reply)
        result = db_renew(est->db, request->identity, identity.fingerprint, now, &verdict, &error);
    if (result < 0)
        est_unavailable(response, error.text);
    else if (verdict != DB_HELD)
        problem_reply(response, 403, "the certificate of device %s counts no longer; it needs a new token",
                      device);
    else if (reply) {
        est_send(response, reply);
        (void)snprintf(response->note, sizeof response->note, "device %s has renewed its certificate",
                       device);
        return;
    }
    free(reply);
}

/* --- the paths --------------------------------------------------------------------------------------------------- */

static bool est_is(const struct http_request *request, const char *method, struct http_response *response)
{
    if (strcmp(request->method, method) == 0)
        return true;
    http_add_header(response, "Allow", method);
    problem_reply(response, 405, "%.20s: %s is expected here", request->method, method);
    return false;
}

void est_handle(const struct est *est, const struct http_request *request, struct http_response *response)
{
    const char *name = request->path + strlen(EST_PREFIX);
    if (strcmp(name, "cacerts") == 0) {
        if (est_is(request, "GET", response))
            est_send(response, strdup(est->cacerts));
    } else if (strcmp(name, "simpleenroll") == 0) {
        if (est_is(request, "POST", response))
            est_enroll(est, request, response);
    } else if (strcmp(name, "simplereenroll") == 0) {
        if (est_is(request, "POST", response))
            est_renew(est, request, response);
    } else {
        problem_reply(response, 404, "there are cacerts, simpleenroll and simplereenroll");
    }
}
