/*
 * The downlink's documents on the disk.
 * The signed file is the truth; it is in place before the document beside it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/downlink.h"

#include "sync/problem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int downlink_file(const struct downlink *downlink, enum envelope_kind kind, const char *ending,
                         char *path, struct error *error)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s%s", envelope_kind_name(kind), ending);
    return file_path(path, downlink->folder, name, error);
}

/* Puts the document beside its envelope, unless it is there. */
static int downlink_unwrap(const struct downlink *downlink, const struct envelope *envelope,
                           struct error *error)
{
    char path[FILE_PATH_MAX], *there = NULL;
    size_t size = 0;
    int result = downlink_file(downlink, envelope->kind, ".json", path, error);
    if (result < 0)
        return result;
    bool same = file_read(path, ENVELOPE_DOCUMENT_MAX, &there, &size, NULL) == 0 &&
                size == envelope->length && memcmp(there, envelope->document, size) == 0;
    free(there);
    return same ? 0 : file_replace(path, envelope->document, envelope->length, false, error);
}

static int downlink_look(struct downlink *downlink, enum envelope_kind kind, struct error *error)
{
    char path[FILE_PATH_MAX], *json = NULL;
    size_t size = 0;
    struct envelope envelope = {0};
    int result = downlink_file(downlink, kind, ".signed", path, error);
    if (result < 0 || file_read(path, ENVELOPE_JSON_MAX, &json, &size, NULL) < 0)
        return result;
    if (envelope_open(&envelope, json, size, downlink->key, NULL) == 0 && envelope.kind == kind) {
        downlink->documents[kind].serial = envelope.serial;
        result = downlink_unwrap(downlink, &envelope, error);
    }
    envelope_free(&envelope);
    free(json);
    return result;
}

int downlink_open(struct downlink *downlink, const char *folder, const uint8_t key[RECEIPT_KEY_BYTES],
                  struct error *error)
{
    struct downlink made = {0};
    if (snprintf(made.folder, sizeof made.folder, "%s", folder) >= (int)sizeof made.folder)
        return error_set(error, -ENAMETOOLONG, "%s: path too long", folder);
    memcpy(made.key, key, sizeof made.key);
    int result = file_folder(folder, error);
    for (int kind = 0; kind < ENVELOPE_KINDS && result == 0; kind++)
        result = downlink_look(&made, (enum envelope_kind)kind, error);
    if (result == 0)
        *downlink = made;
    return result;
}

void downlink_ask(struct downlink *downlink, enum envelope_kind kind, struct transport_request *request)
{
    const struct downlink_document *document = &downlink->documents[kind];
    *request = (struct transport_request){.path = downlink->path, .reply_max = ENVELOPE_JSON_MAX};
    size_t count = 0;
    request->headers[count++] = "Accept: application/json";
    (void)snprintf(downlink->path, sizeof downlink->path, "/v1/documents/%s", envelope_kind_name(kind));
    if (document->serial > 0) {
        (void)snprintf(downlink->held, sizeof downlink->held, "If-None-Match: \"%" PRId64 "\"",
                       document->serial);
        request->headers[count++] = downlink->held;
    }
    if (document->refused > 0) {
        (void)snprintf(downlink->refused, sizeof downlink->refused, "Tapline-Refused: %" PRId64 "; %s",
                       document->refused, document->reason);
        request->headers[count++] = downlink->refused;
    }
}

/* A header's value: printable ASCII. */
static void downlink_refuse(struct downlink_document *document, int64_t serial, const struct error *why)
{
    document->refused = serial;
    (void)snprintf(document->reason, sizeof document->reason, "%.159s", why->text);
    for (char *c = document->reason; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
            *c = '?';
}

/* Is it one to be taken? 1, 0 (the one that is here), or -EBADMSG. */
static int downlink_judge(const struct downlink *downlink, enum envelope_kind kind,
                          const struct envelope *envelope, struct error *error)
{
    int64_t held = downlink->documents[kind].serial;
    char title[128];
    if (envelope->kind != kind)
        return error_set(error, -EBADMSG, "a document of another kind: %s",
                         envelope_kind_name(envelope->kind));
    if (envelope->serial == held)
        return 0;
    if (envelope->serial < held)
        return error_set(error, -EBADMSG, "number %" PRId64 " is older than number %" PRId64 " that is here",
                         envelope->serial, held);
    int result = envelope_check_document(kind, envelope->document, envelope->length, envelope_kind_name(kind),
                                         title, sizeof title, error);
    return result < 0 ? result : 1;
}

static int downlink_keep(struct downlink *downlink, const struct envelope *envelope, const char *json,
                         size_t length, struct error *error)
{
    char path[FILE_PATH_MAX];
    int result = downlink_file(downlink, envelope->kind, ".signed", path, error);
    if (result == 0)
        result = file_replace(path, json, length, false, error);
    if (result < 0)
        return result;
    downlink->documents[envelope->kind] = (struct downlink_document){.serial = envelope->serial};
    result = downlink_unwrap(downlink, envelope, error);
    return result < 0 ? result : 1;
}

int downlink_take(struct downlink *downlink, enum envelope_kind kind, const struct transport_reply *reply,
                  struct error *error)
{
    struct envelope envelope = {0};
    char detail[160];
    if (reply->status == 304 || reply->status == 404)
        return 0;
    if (reply->status <= 0)
        return error_set(error, -EAGAIN, "%s", reply->why);
    if (reply->status != 200) {
        problem_detail(reply->body, reply->length, detail, sizeof detail);
        return error_set(error, -EAGAIN, "headquarters answers %d%s%s", reply->status, detail[0] ? ": " : "",
                         detail);
    }
    struct error why = {0};
    int result = envelope_open(&envelope, reply->body, reply->length, downlink->key, &why);
    bool signed_there = result == 0;
    if (result == 0)
        result = downlink_judge(downlink, kind, &envelope, &why);
    /* what was spoiled on the way may come whole the next time: only what was signed is refused for good */
    if (result == -EBADMSG && signed_there)
        downlink_refuse(&downlink->documents[kind], envelope.serial, &why);
    if (result == 1)
        result = downlink_keep(downlink, &envelope, reply->body, reply->length, &why);
    envelope_free(&envelope);
    if (result < 0)
        return error_set(error, result, "%s", why.text);
    return result;
}
