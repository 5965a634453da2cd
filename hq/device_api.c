/*
 * The device port: POST /v1/stores/{store}/records.
 * A receipt is signed only after the commit that it speaks of. SPDX-License-Identifier: Apache-2.0
 */
#include "hq/device_api.h"

#include "core/batch.h"
#include "core/compress.h"
#include "core/receipt.h"
#include "hq/ingest.h"
#include "hq/problem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEVICE_API_BEFORE "/v1/stores/"
#define DEVICE_API_AFTER "/records"

/* --- the request ------------------------------------------------------------------------------------------- */

/* The store that a path names. */
static bool device_api_route(const char *path, char store[ID_TEXT])
{
    size_t before = strlen(DEVICE_API_BEFORE);
    if (strncmp(path, DEVICE_API_BEFORE, before) != 0 ||
        !id_valid(path + before, strnlen(path + before, 36)) ||
        strcmp(path + before + ID_TEXT - 1, DEVICE_API_AFTER) != 0)
        return false;
    memcpy(store, path + before, ID_TEXT - 1);
    store[ID_TEXT - 1] = '\0';
    return true;
}

/* Is this the media type, whatever its parameters? */
static bool device_api_is_type(const char *header, const char *type)
{
    size_t length = strlen(type);
    return strncasecmp(header, type, length) == 0 && strchr("; \t", header[length]);
}

/* *text gets the batch's text; *owned what must be freed, NULL when text is the body itself. */
static int device_api_unpack(const struct http_request *request, const char **text, size_t *size,
                             void **owned, struct error *error)
{
    if (strcasecmp(request->content_encoding, "zstd") != 0) {
        *text = request->body;
        *size = request->body_size;
        return 0;
    }
    int result = compress_unpack(request->body, request->body_size, BATCH_BYTES_MAX, owned, size, error);
    *text = *owned;
    return result;
}

/* The answer to a batch that cannot be taken apart or made ready. */
static void device_api_refuse(struct http_response *response, int code, const char *why)
{
    switch (code) {
    case -EBADMSG:
        problem_reply(response, 400, "%s", why);
        break;
    case -E2BIG:
        problem_reply(response, 413, "%s", why);
        break;
    default:
        http_add_header(response, "Retry-After", "30");
        problem_reply(response, 503, "%s", why);
    }
}

/* --- the transaction and its receipt --------------------------------------------------------------------------- */

static void device_api_receipt(const struct device_api *api, const char *store,
                               const struct db_outcome *outcome, struct http_response *response)
{
    struct receipt receipt = {.high_water = outcome->high_water, .now = clock_wall(api->clock)};
    memcpy(receipt.store, store, ID_TEXT);
    memcpy(receipt.epoch, outcome->epoch, ID_TEXT);
    memcpy(receipt.chain, outcome->chain, CHAIN_BYTES);
    receipt_sign(&receipt, api->signer->secret);
    char *json = malloc(RECEIPT_JSON_MAX);
    size_t length = json ? receipt_to_json(&receipt, json) : 0;
    if (json && length == 0) {
        free(json);
        json = NULL;
    }
    http_reply(response, 200, "application/json", json, length);
    if (json && outcome->quarantined > 0)
        (void)snprintf(response->note, sizeof response->note,
                       "store %s: %lld of %lld records went to quarantine", store,
                       (long long)outcome->quarantined, (long long)outcome->accepted);
}

static void device_api_forbid(struct http_response *response, const struct identity *identity,
                              const char *store, enum db_verdict verdict)
{
    switch (verdict) {
    case DB_UNKNOWN_DEVICE:
        problem_reply(response, 403, "device %s is not enrolled here", identity->device);
        break;
    case DB_REVOKED:
        problem_reply(response, 403, "the certificate of device %s was revoked; it needs a new token",
                      identity->device);
        break;
    case DB_OLD_CERTIFICATE:
        problem_reply(response, 403, "device %s has been enrolled again; this certificate counts no longer",
                      identity->device);
        break;
    case DB_FOREIGN_STORE:
    case DB_HELD:
        problem_reply_type(response, 403, DEVICE_API_FOREIGN_STORE,
                           "store %s belongs to another device than %s", store, identity->device);
    }
}

static void device_api_ingest(const struct device_api *api, const struct http_request *request,
                              const struct batch *batch, struct http_response *response)
{
    struct ingest ingest = {0};
    struct db_outcome outcome = {0};
    struct error error = {0};
    int result = ingest_prepare(&ingest, batch, &error);
    if (result == 0)
        result = db_ingest(api->db, request->identity, &ingest, clock_wall(api->clock), &outcome, &error);
    ingest_free(&ingest);
    if (result < 0) {
        http_add_header(response, "Retry-After", result == -EAGAIN ? "5" : "30");
        problem_reply(response, 503, "nothing was accepted: %s", error.text);
    } else if (outcome.verdict != DB_HELD) {
        device_api_forbid(response, request->identity, batch->head.store, outcome.verdict);
    } else {
        device_api_receipt(api, batch->head.store, &outcome, response);
    }
}

static void device_api_post(const struct device_api *api, const struct http_request *request,
                            const char *store, struct http_response *response)
{
    const char *text = NULL;
    void *owned = NULL;
    size_t size = 0;
    struct batch batch = {0};
    struct error error = {0};
    int result = device_api_unpack(request, &text, &size, &owned, &error);
    if (result == 0)
        result = batch_unpack(text, size, &batch, &error);
    if (result < 0)
        device_api_refuse(response, result, error.text);
    else if (strcmp(batch.head.store, store) != 0)
        problem_reply(response, 400, "the head names store %s, the path %s", batch.head.store, store);
    else
        device_api_ingest(api, request, &batch, response);
    batch_free(&batch);
    free(owned);
}

void device_api_handle(void *user, const struct http_request *request, struct http_response *response)
{
    const struct device_api *api = user;
    char store[ID_TEXT];
    if (!device_api_route(request->path, store)) {
        problem_reply(response, 404, "nothing is here; records go to /v1/stores/{store}/records");
    } else if (strcmp(request->method, "POST") != 0) {
        http_add_header(response, "Allow", "POST");
        problem_reply(response, 405, "%.20s: records are sent with POST", request->method);
    } else if (!device_api_is_type(request->content_type, "application/x-ndjson")) {
        problem_reply(response, 415, "Content-Type must be application/x-ndjson");
    } else if (request->content_encoding[0] && strcasecmp(request->content_encoding, "identity") != 0 &&
               strcasecmp(request->content_encoding, "zstd") != 0) {
        http_add_header(response, "Accept-Encoding", "zstd");
        problem_reply(response, 415, "Content-Encoding must be zstd or identity");
    } else {
        device_api_post(api, request, store, response);
    }
}
