/*
 * Errands: one after the other, each in its own time.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/errands.h"

#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ERRANDS_RENEWAL_EVERY_MS 3600000
#define ERRANDS_RETRY_MS 30000

void errands_open(struct errands *errands, const struct settings *settings, const struct clock *clock,
                  struct transport *transport, const uint8_t key[RECEIPT_KEY_BYTES])
{
    char folder[FILE_PATH_MAX];
    struct error error = {0};
    *errands = (struct errands){
        .settings = settings,
        .clock = clock,
        .transport = transport,
        .renew = {.device = settings->device.id,
                  .certificate_path = settings->certificate,
                  .key_path = settings->key},
        .next_kind = ENVELOPE_KINDS,
    };
    if (settings_documents(settings, folder, &error) < 0 ||
        downlink_open(&errands->downlink, folder, key, &error) < 0) {
        log_warning("documents from headquarters cannot be kept: %s", error.text);
        errands->no_folder = true;
    }
}

void errands_close(struct errands *errands)
{
    renew_forget(&errands->renew);
}

/* Says a trouble once, until another one comes or all is well. */
static void errands_say(struct errands *errands, const char *what, const struct error *error)
{
    char line[sizeof errands->said];
    (void)snprintf(line, sizeof line, "%s: %.400s", what, error->text);
    if (strcmp(line, errands->said) != 0)
        log_warning("%s", line);
    memcpy(errands->said, line, sizeof line);
}

/* --- replies ----------------------------------------------------------------------------------------------------- */

static void errands_renewed(struct errands *errands, const struct transport_reply *reply)
{
    struct error error = {0};
    int result = renew_take(&errands->renew, reply, &error);
    if (result == 0) {
        transport_renew(errands->transport);
        log_info("the certificate was renewed");
    } else {
        errands_say(errands, "the certificate cannot be renewed", &error);
        if (result == -EAGAIN)
            errands->renewal_at = clock_up(errands->clock) + ERRANDS_RETRY_MS;
    }
}

static void errands_document(struct errands *errands, const struct transport_reply *reply)
{
    struct error error = {0};
    const char *kind = envelope_kind_name(errands->kind);
    int result = downlink_take(&errands->downlink, errands->kind, reply, &error);
    if (result == 1)
        log_info("%s number %lld is here", kind,
                 (long long)errands->downlink.documents[errands->kind].serial);
    else if (result == -EBADMSG)
        errands_say(errands, kind, &error);
    if (result != -EAGAIN)
        return;
    errands->next_kind = ENVELOPE_KINDS; /* the others would fare no better now */
    int64_t soon = clock_up(errands->clock) + ERRANDS_RETRY_MS;
    if (errands->documents_at > soon)
        errands->documents_at = soon;
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

/* Is it time for another certificate? An hour passes between two looks. */
static bool errands_renewal_due(struct errands *errands, int64_t now)
{
    struct certificate_life life;
    struct error error = {0};
    if (now < errands->renewal_at)
        return false;
    errands->renewal_at = now + ERRANDS_RENEWAL_EVERY_MS;
    if (certificate_life(errands->settings->certificate, &life, &error) < 0)
        return false; /* the transport says what is wrong with the file */
    int64_t wall = clock_wall(errands->clock);
    if (wall >= life.until) {
        (void)error_set(
            &error, -EACCES,
            "expired, or this device's clock is wrong; tapline-sync enroll --token brings a new one");
        errands_say(errands, errands->settings->certificate, &error);
    }
    return renew_due(&life, wall);
}

static void errands_send(struct errands *errands, enum errand errand, const struct transport_request *request)
{
    struct error error = {0};
    if (transport_begin_side(errands->transport, request, &error) < 0)
        errands_say(errands, "an errand", &error);
    else
        errands->out = errand;
}

static bool errands_next_document(struct errands *errands, int64_t now)
{
    if (errands->no_folder)
        return false;
    if (errands->next_kind == ENVELOPE_KINDS && now >= errands->documents_at) {
        errands->next_kind = 0;
        errands->documents_at = now + errands->settings->documents_s * 1000;
    }
    if (errands->next_kind == ENVELOPE_KINDS)
        return false;
    errands->kind = (enum envelope_kind)errands->next_kind++;
    return true;
}

void errands_turn(struct errands *errands, bool online)
{
    struct transport_reply reply;
    struct transport_request request;
    struct error error = {0};
    enum errand out = errands->out;
    if (out != ERRAND_NONE && transport_take_side(errands->transport, &reply)) {
        errands->out = ERRAND_NONE;
        if (out == ERRAND_RENEWAL)
            errands_renewed(errands, &reply);
        else
            errands_document(errands, &reply);
    }
    int64_t now = clock_up(errands->clock);
    if (errands->out != ERRAND_NONE || !online)
        return;
    if (errands_renewal_due(errands, now)) {
        if (renew_ask(&errands->renew, &request, &error) < 0)
            errands_say(errands, "the certificate cannot be renewed", &error);
        else
            errands_send(errands, ERRAND_RENEWAL, &request);
    } else if (errands_next_document(errands, now)) {
        downlink_ask(&errands->downlink, errands->kind, &request);
        errands_send(errands, ERRAND_DOCUMENT, &request);
    }
}
