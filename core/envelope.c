/*
 * Envelopes: made, signed, opened, verified.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/envelope.h"

#include "core/chain.h"
#include "core/document.h"
#include "core/survey.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENVELOPE_NOTICES_MAX 64
#define ENVELOPE_SIGNATURE_TEXT (2 * RECEIPT_SIGNATURE_BYTES + 1)
#define ENVELOPE_MESSAGE_MAX 256

static const char *const envelope_kinds[ENVELOPE_KINDS] = {"survey", "notices", "settings"};

const char *envelope_kind_name(enum envelope_kind kind)
{
    return envelope_kinds[kind];
}

enum envelope_kind envelope_kind_find(const char *name)
{
    int kind = 0;
    while (kind < ENVELOPE_KINDS && strcmp(name, envelope_kinds[kind]) != 0)
        kind++;
    return (enum envelope_kind)kind;
}

/* --- signature --------------------------------------------------------------------------------------------------- */

/* What is signed; returns its length. */
static size_t envelope_message(const struct envelope *envelope, char message[ENVELOPE_MESSAGE_MAX])
{
    uint8_t hash[crypto_generichash_BYTES];
    char text[CHAIN_TEXT];
    (void)crypto_generichash(hash, sizeof hash, (const uint8_t *)envelope->document, envelope->length, NULL,
                             0);
    chain_to_text(text, hash);
    return (size_t)snprintf(message, ENVELOPE_MESSAGE_MAX,
                            "tapline-document-1\n%s\n%" PRId64 "\n%" PRId64 "\n%s\n",
                            envelope_kinds[envelope->kind], envelope->serial, envelope->issued, text);
}

void envelope_sign(struct envelope *envelope, const uint8_t secret[RECEIPT_SECRET_BYTES])
{
    char message[ENVELOPE_MESSAGE_MAX];
    size_t length = envelope_message(envelope, message);
    (void)crypto_sign_detached(envelope->signature, NULL, (const uint8_t *)message, length, secret);
}

static int envelope_verify(const struct envelope *envelope, const uint8_t key[RECEIPT_KEY_BYTES],
                           struct error *error)
{
    char message[ENVELOPE_MESSAGE_MAX];
    size_t length = envelope_message(envelope, message);
    if (crypto_sign_verify_detached(envelope->signature, (const uint8_t *)message, length, key) != 0)
        return error_set(error, -EBADMSG, "the document is not signed by headquarters");
    return 0;
}

/* --- JSON -------------------------------------------------------------------------------------------------------- */

int envelope_to_json(const struct envelope *envelope, char **json, struct error *error)
{
    char signature[ENVELOPE_SIGNATURE_TEXT];
    (void)sodium_bin2hex(signature, sizeof signature, envelope->signature, RECEIPT_SIGNATURE_BYTES);
    json_t *document = json_stringn(envelope->document, envelope->length);
    if (!document)
        return error_set(error, -EINVAL, "the document is not UTF-8");
    json_t *object = json_pack("{s:s, s:I, s:I, s:o, s:s}", "kind", envelope_kinds[envelope->kind], "serial",
                               (json_int_t)envelope->serial, "issued", (json_int_t)envelope->issued,
                               "document", document, "signature", signature);
    char *made = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!made)
        return error_set(error, -ENOMEM, "no memory for an envelope");
    *json = made;
    return 0;
}

/* Fills the members from an object of exactly these; false when it is none. */
static bool envelope_unpack(struct envelope *envelope, json_t *object)
{
    const char *kind = NULL, *document = NULL, *signature = NULL;
    size_t length = 0, bytes = 0;
    json_int_t serial = 0, issued = 0;
    if (json_unpack_ex(object, NULL, JSON_STRICT, "{s:s, s:I, s:I, s:s%, s:s}", "kind", &kind, "serial",
                       &serial, "issued", &issued, "document", &document, &length, "signature",
                       &signature) < 0)
        return false;
    envelope->kind = envelope_kind_find(kind);
    if (envelope->kind == ENVELOPE_KINDS || serial < 1 || issued < 0 || length > ENVELOPE_DOCUMENT_MAX ||
        strlen(signature) != ENVELOPE_SIGNATURE_TEXT - 1 ||
        sodium_hex2bin(envelope->signature, RECEIPT_SIGNATURE_BYTES, signature, strlen(signature), NULL,
                       &bytes, NULL) != 0 ||
        bytes != RECEIPT_SIGNATURE_BYTES)
        return false;
    envelope->serial = serial;
    envelope->issued = issued;
    envelope->length = length;
    envelope->document = malloc(length + 1);
    if (envelope->document) {
        memcpy(envelope->document, document, length);
        envelope->document[length] = '\0';
    }
    return true;
}

int envelope_open(struct envelope *envelope, const char *json, size_t length,
                  const uint8_t key[RECEIPT_KEY_BYTES], struct error *error)
{
    struct envelope made = {0};
    json_t *object =
        length <= ENVELOPE_JSON_MAX ? json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool right = object && envelope_unpack(&made, object);
    json_decref(object);
    if (!right)
        return error_set(error, -EBADMSG, "not a signed document");
    if (!made.document)
        return error_set(error, -ENOMEM, "no memory for a document of %zu bytes", made.length);
    int result = envelope_verify(&made, key, error);
    if (result < 0)
        envelope_free(&made);
    else
        *envelope = made;
    return result;
}

void envelope_free(struct envelope *envelope)
{
    free(envelope->document);
    *envelope = (struct envelope){0};
}

/* --- what is inside ---------------------------------------------------------------------------------------------- */

static void envelope_check_format(const struct document_node *root)
{
    const struct document_node format = document_member(root, "format", true);
    (void)document_integer(&format, 1, 1);
}

/* Words in at least one language. */
static void envelope_check_words(const struct document_node *text)
{
    const char *language = NULL;
    json_t *value = NULL;
    if (text->value && !json_is_object(text->value))
        (void)document_complain(text, "an object of language: words is expected");
    else if (text->value && json_object_size(text->value) == 0)
        (void)document_complain(text, "words in one language at least are expected");
    json_object_foreach((json_t *)text->value, language, value)
    {
        const struct document_node words = document_member(text, language, true);
        (void)document_text(&words);
    }
}

static size_t envelope_check_notices(const struct document_node *root)
{
    static const char *const members[] = {"format", "notices", NULL};
    static const char *const parts[] = {"id", "text", "from", "until", NULL};
    document_allow(root, members);
    envelope_check_format(root);
    const struct document_node list = document_member(root, "notices", true);
    size_t count = document_length(&list, 0, ENVELOPE_NOTICES_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct document_node notice = document_item(&list, i);
        document_allow(&notice, parts);
        const struct document_node id = document_member(&notice, "id", true);
        const struct document_node text = document_member(&notice, "text", true);
        const struct document_node from = document_member(&notice, "from", false);
        const struct document_node until = document_member(&notice, "until", false);
        (void)document_code(&id);
        envelope_check_words(&text);
        if (from.value)
            (void)document_integer(&from, 0, INT64_MAX);
        if (until.value)
            (void)document_integer(&until, 0, INT64_MAX);
    }
    return count;
}

static size_t envelope_check_section(const struct document_node *section)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t count = 0;
    if (section->value && !json_is_object(section->value))
        (void)document_complain(section, "an object of key: value is expected");
    json_object_foreach((json_t *)section->value, key, value)
    {
        const struct document_node setting = document_member(section, key, true);
        if (!json_is_string(value) && !json_is_integer(value) && !json_is_boolean(value))
            (void)document_complain(&setting, "a text, a whole number, true or false is expected");
        count++;
    }
    return count;
}

static size_t envelope_check_settings(const struct document_node *root)
{
    static const char *const members[] = {"format", "settings", NULL};
    const char *name = NULL;
    json_t *value = NULL;
    size_t count = 0;
    document_allow(root, members);
    envelope_check_format(root);
    const struct document_node sections = document_member(root, "settings", true);
    if (sections.value && !json_is_object(sections.value))
        (void)document_complain(&sections, "an object of section: {key: value} is expected");
    json_object_foreach((json_t *)sections.value, name, value)
    {
        const struct document_node section = document_member(&sections, name, true);
        count += envelope_check_section(&section);
    }
    return count;
}

static int envelope_check_survey(const char *text, size_t length, const char *name, char *title,
                                 size_t title_size, struct error *error)
{
    struct survey *survey = NULL;
    int result = survey_parse(&survey, text, length, name, error);
    if (result == 0)
        (void)snprintf(title, title_size, "%s", survey->version);
    survey_free(survey);
    return result;
}

int envelope_check_document(enum envelope_kind kind, const char *document, size_t length, const char *name,
                            char *title, size_t title_size, struct error *error)
{
    struct document reading = {.name = name, .error = error};
    json_t *json = NULL;
    if (length > ENVELOPE_DOCUMENT_MAX)
        return error_set(error, -EBADMSG, "%s: longer than %u bytes", name, ENVELOPE_DOCUMENT_MAX);
    if (kind == ENVELOPE_SURVEY)
        return envelope_check_survey(document, length, name, title, title_size, error);
    int result = document_parse(&reading, document, length, &json);
    if (result < 0)
        return result;
    const struct document_node root = document_root(&reading, json);
    size_t count = kind == ENVELOPE_NOTICES ? envelope_check_notices(&root) : envelope_check_settings(&root);
    json_decref(json);
    if (reading.result == 0)
        (void)snprintf(title, title_size, "%zu %s", count, envelope_kinds[kind]);
    return reading.result;
}
