/*
 * Publishing documents.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/publish.h"

#include "core/clock.h"
#include "core/envelope.h"
#include "core/keyfile.h"
#include "hq/file.h"
#include "hq/signer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PUBLISH_ATTEMPTS 5 /* when others publish at the same moment */

struct publish_target {
    const char *target, *name;
};

static int publish_read_target(const char *to, struct publish_target *target, struct error *error)
{
    *target = (struct publish_target){"all", ""};
    if (strcmp(to, "all") == 0)
        return 0;
    bool branch = strncmp(to, "branch:", 7) == 0;
    bool group = strncmp(to, "group:", 6) == 0;
    *target = (struct publish_target){branch ? "branch" : "group", to + (branch ? 7 : 6)};
    if ((!branch && !group) || !target->name[0] || strlen(target->name) >= RECORD_NAME_MAX)
        return error_set(error, -EINVAL, "--to %.80s: all, branch:ID or group:NAME is expected", to);
    return 0;
}

/* What an earlier document held, as a document again. */
struct publish_old {
    uint8_t key[RECEIPT_KEY_BYTES];
    struct envelope envelope;
    struct error error;
};

static int publish_take_old(void *user, const struct db_document *document)
{
    struct publish_old *old = user;
    return envelope_open(&old->envelope, document->envelope, strlen(document->envelope), old->key,
                         &old->error);
}

static int publish_earlier(struct db *db, const struct settings *settings, const char *kind,
                           const struct publish_target *target, char **text, size_t *length,
                           struct error *error)
{
    struct publish_old old = {0};
    int result = keyfile_read(settings->hq_key, old.key, sizeof old.key, false, error);
    if (result == 0)
        result = db_published(db, kind, target->target, target->name, 1, publish_take_old, &old, error);
    if (result == -EBADMSG && old.error.code)
        *error = old.error;
    *text = old.envelope.document;
    *length = old.envelope.length;
    return result;
}

static int publish_signed(struct db *db, const struct signer *signer, struct envelope *envelope,
                          const struct publish_target *target, const char *title, struct error *error)
{
    const char *kind = envelope_kind_name(envelope->kind);
    char *json = NULL;
    int result = db_next_serial(db, kind, &envelope->serial, error);
    if (result < 0)
        return result;
    envelope_sign(envelope, signer->secret);
    result = envelope_to_json(envelope, &json, error);
    if (result < 0)
        return result;
    const struct db_document document = {.kind = kind,
                                         .serial = envelope->serial,
                                         .target = target->target,
                                         .name = target->name,
                                         .issued = envelope->issued,
                                         .title = title,
                                         .envelope = json};
    result = db_publish(db, &document, error);
    free(json);
    return result;
}

static int publish_text(struct db *db, const struct settings *settings, struct envelope *envelope,
                        const struct publish_target *target, const char *name, FILE *out, struct error *error)
{
    struct signer signer;
    struct clock clock;
    char title[DB_TITLE_MAX];
    int result = envelope_check_document(envelope->kind, envelope->document, envelope->length, name, title,
                                         sizeof title, error);
    if (result == 0)
        result = signer_load(&signer, settings->sign_key, error);
    if (result < 0)
        return result;
    clock_system(&clock);
    envelope->issued = clock_wall(&clock);
    result = -EAGAIN;
    for (int i = 0; i < PUBLISH_ATTEMPTS && result == -EAGAIN; i++)
        result = publish_signed(db, &signer, envelope, target, title, error);
    signer_forget(&signer);
    if (result == 0)
        (void)fprintf(out, "%s %s is published as number %" PRId64 " to %s%s%s\n",
                      envelope_kind_name(envelope->kind), title, envelope->serial, target->target,
                      target->name[0] ? " " : "", target->name);
    return result;
}

int publish_document(const struct settings *settings, const struct publish_options *options, FILE *out,
                     struct error *error)
{
    struct db *db = NULL;
    struct publish_target target;
    struct envelope envelope = {.kind = envelope_kind_find(options->kind)};
    char *text = NULL;
    if (envelope.kind == ENVELOPE_KINDS)
        return error_set(error, -EINVAL, "--kind %.40s: survey, notices or settings is expected",
                         options->kind);
    int result = publish_read_target(options->to, &target, error);
    if (result == 0)
        result = db_open(&db, settings->database, error);
    if (result == 0)
        result = options->roll_back
                     ? publish_earlier(db, settings, options->kind, &target, &text, &envelope.length, error)
                     : file_read(options->file, ENVELOPE_DOCUMENT_MAX, &text, &envelope.length, error);
    envelope.document = text;
    if (result == 0)
        result = publish_text(db, settings, &envelope, &target,
                              options->roll_back ? "the earlier document" : options->file, out, error);
    free(text);
    db_close(db);
    return result;
}

static int publish_line(void *user, const struct db_document *document)
{
    time_t seconds = (time_t)(document->issued / 1000);
    struct tm parts;
    char when[32] = "?";
    if (gmtime_r(&seconds, &parts))
        (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
    (void)fprintf((FILE *)user, "%-9s %6" PRId64 " %-7s %-16s %-20s %5" PRId64 " %7" PRId64 "  %s\n",
                  document->kind, document->serial, document->target,
                  document->name[0] ? document->name : "-", when, document->holders, document->refusers,
                  document->title);
    return 0;
}

int publish_list(struct db *db, FILE *out, struct error *error)
{
    (void)fprintf(out, "%-9s %6s %-7s %-16s %-20s %5s %7s  %s\n", "KIND", "NUMBER", "TO", "NAME", "PUBLISHED",
                  "HELD", "REFUSED", "TITLE");
    return db_documents(db, publish_line, out, error);
}
