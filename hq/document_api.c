/*
 * Documents for devices.
 * The entity tag is the serial in quotes, so that If-None-Match tells headquarters what the device holds.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/document_api.h"

#include "core/chain.h"
#include "core/envelope.h"
#include "hq/problem.h"
#include "hq/publish_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool document_api_path(const char *path)
{
    return strncmp(path, DOCUMENT_API_PREFIX, strlen(DOCUMENT_API_PREFIX)) == 0 ||
           strcmp(path, DOCUMENT_API_DEVICE) == 0;
}

static void document_api_unavailable(struct http_response *response, const struct error *error)
{
    http_add_header(response, "Retry-After", error->code == -EAGAIN ? "5" : "30");
    problem_reply(response, 503, "%s", error->text);
}

static void document_api_forbid(struct http_response *response, const struct identity *identity)
{
    problem_reply(response, 403, "the certificate of device %s counts no longer, or it is not enrolled here",
                  identity->device);
}

/* --- a document ----------------------------------------------------------------------------------------------- */

/* "12" within quotes, with or without W/ before them; 0 for anything else. */
static int64_t document_api_serial(const char *tag)
{
    if (!tag)
        return 0;
    if (strncmp(tag, "W/", 2) == 0)
        tag += 2;
    char *end = NULL;
    errno = 0;
    long long serial = *tag == '"' ? strtoll(tag + 1, &end, 10) : 0;
    return errno == 0 && end && end > tag + 1 && strcmp(end, "\"") == 0 && serial > 0 ? serial : 0;
}

/* "12; why": what the device would not take, and the sentence; both are the device's word and shown as such. */
static void document_api_refusal(const char *header, struct db_document_state *state, char *reason,
                                 size_t size)
{
    char *end = NULL;
    reason[0] = '\0';
    if (!header)
        return;
    errno = 0;
    long long serial = strtoll(header, &end, 10);
    if (errno || end == header || serial < 1 || *end != ';')
        return;
    state->refused = serial;
    (void)snprintf(reason, size, "%s", end + 1 + strspn(end + 1, " "));
    for (char *c = reason; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
            *c = '?';
}

/* What is taken out of the database's row. */
struct document_api_found {
    int64_t serial;
    char *envelope;
};

static int document_api_take(void *user, const struct db_document *document)
{
    struct document_api_found *found = user;
    found->serial = document->serial;
    found->envelope = strdup(document->envelope);
    return found->envelope ? 0 : -ENOMEM;
}

static void document_api_document(const struct document_api *api, const struct http_request *request,
                                  const char *kind, struct http_response *response)
{
    char reason[200];
    struct document_api_found found = {0};
    struct db_document_state state = {
        .held = document_api_serial(request->header(request->context, "If-None-Match")), .reason = reason};
    struct error error = {0};
    enum db_verdict verdict = DB_HELD;
    document_api_refusal(request->header(request->context, "Tapline-Refused"), &state, reason, sizeof reason);
    int result = db_document(api->db, request->identity, kind, &state, clock_wall(api->clock), &verdict,
                             document_api_take, &found, &error);
    if (result == 0 && verdict == DB_HELD && found.envelope) {
        (void)snprintf(response->text, sizeof response->text, "\"%" PRId64 "\"", found.serial);
        http_add_header(response, "ETag", response->text);
        http_add_header(response, "Cache-Control", "no-cache");
    }
    if (result < 0) {
        document_api_unavailable(response, &error);
    } else if (verdict != DB_HELD) {
        document_api_forbid(response, request->identity);
    } else if (!found.envelope) {
        problem_reply(response, 404, "no %s is published for device %s", kind, request->identity->device);
        response->note[0] = '\0'; /* nothing is wrong with that */
    } else if (found.serial == state.held || found.serial == state.refused) {
        response->status = 304;
    } else {
        http_reply(response, 200, "application/json", found.envelope, strlen(found.envelope));
        found.envelope = NULL;
    }
    if (result == 0 && verdict == DB_HELD && state.refused > 0)
        (void)snprintf(response->note, sizeof response->note, "device %s refuses %s %" PRId64 ": %s",
                       request->identity->device, kind, state.refused, reason);
    free(found.envelope);
}

/* --- who am I? ---------------------------------------------------------------------------------------------------- */

static void document_api_device(const struct document_api *api, const struct http_request *request,
                                struct http_response *response)
{
    struct db_device device;
    struct error error = {0};
    enum db_verdict verdict = DB_HELD;
    if (db_authenticate(api->db, request->identity, clock_wall(api->clock), &verdict, &device, &error) < 0) {
        document_api_unavailable(response, &error);
    } else if (verdict != DB_HELD) {
        document_api_forbid(response, request->identity);
    } else {
        char *json = publish_json_device(&device, api->hq_key);
        http_reply(response, 200, "application/json", json, json ? strlen(json) : 0);
    }
}

void document_api_handle(const struct document_api *api, const struct http_request *request,
                         struct http_response *response)
{
    if (strcmp(request->method, "GET") != 0) {
        http_add_header(response, "Allow", "GET");
        problem_reply(response, 405, "%.20s: documents are fetched with GET", request->method);
    } else if (strcmp(request->path, DOCUMENT_API_DEVICE) == 0) {
        document_api_device(api, request, response);
    } else {
        const char *kind = request->path + strlen(DOCUMENT_API_PREFIX);
        if (envelope_kind_find(kind) == ENVELOPE_KINDS)
            problem_reply(response, 404, "there are survey, notices and settings");
        else
            document_api_document(api, request, kind, response);
    }
}
