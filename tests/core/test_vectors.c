/*
 * Vectors of child batches and signed documents, made in another language from docs/PROTOCOL.md.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/batch.h"
#include "core/envelope.h"
#include "core/record.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>

#define VECTORS_MAX 65536

static char *vectors_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char *text = calloc(1, VECTORS_MAX);
    assert_non_null(text);
    *length = fread(text, 1, VECTORS_MAX - 1, file);
    assert_true(*length > 0);
    (void)fclose(file);
    return text;
}

static void a_child_names_its_parent(void **state)
{
    size_t length = 0, again_length = 0;
    char *text = vectors_read("tests/vectors/batch-child.ndjson", &length), *again = NULL;
    struct batch batch = {0};
    struct error error = {0};
    struct record record;
    (void)state;
    if (batch_unpack(text, length, &batch, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(batch.head.count, 4);
    assert_string_equal(batch.head.parent, "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e");
    assert_string_equal(batch.head.lineage, "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e");
    for (int i = 0; i < 4; i++)
        assert_int_equal(record_parse(batch.lines[i].text, batch.lines[i].length, &record, &error), 0);
    assert_int_equal(record.type, RECORD_FAULT);
    assert_string_equal(record.fault, "fork");
    assert_int_equal(batch_pack(&batch.head, batch.lines, &again, &again_length, &error), 0);
    assert_int_equal(again_length, length);
    assert_memory_equal(again, text, length);
    free(again);
    batch_free(&batch);
    free(text);
}

/* Parent and lineage stand together, and no store continues itself. */
static void half_an_origin_is_refused(void **state)
{
    static const char *const members[] = {",\"parent\":\"", ",\"lineage\":\""};
    size_t length = 0;
    char *text = vectors_read("tests/vectors/batch-child.ndjson", &length);
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct batch batch = {0};
        char *copy = strdup(text), *member = copy ? strstr(copy, members[i]) : NULL;
        assert_non_null(member);
        member[2] = 'x'; /* a member that nobody knows */
        assert_int_equal(batch_unpack(copy, length, &batch, NULL), -EBADMSG);
        free(copy);
        copy = strdup(text);
        member = strstr(copy, members[i]);
        memcpy(strchr(member, ':') + 2, strstr(text, "\"store\":\"") + 9, 36);
        assert_int_equal(batch_unpack(copy, length, &batch, NULL), -EBADMSG);
        free(copy);
    }
    free(text);
}

static void a_document_follows_the_vector(void **state)
{
    size_t length = 0;
    char *text = vectors_read("tests/vectors/envelope.json", &length), *made = NULL;
    json_t *vector = json_loadb(text, length, 0, NULL);
    const char *expected = json_string_value(json_object_get(vector, "envelope"));
    uint8_t seed[32], key[RECEIPT_KEY_BYTES], secret[RECEIPT_SECRET_BYTES];
    struct envelope envelope = {0};
    struct error error = {0};
    (void)state;
    assert_non_null(expected);
    assert_int_equal(sodium_hex2bin(seed, sizeof seed, json_string_value(json_object_get(vector, "seed")), 64,
                                    NULL, NULL, NULL),
                     0);
    assert_int_equal(crypto_sign_seed_keypair(key, secret, seed), 0);
    if (envelope_open(&envelope, expected, strlen(expected), key, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(envelope.kind, ENVELOPE_NOTICES);
    assert_int_equal(envelope.serial, 7);
    envelope_sign(&envelope, secret);
    assert_int_equal(envelope_to_json(&envelope, &made, &error), 0);
    assert_string_equal(made, expected);
    free(made);
    envelope_free(&envelope);
    char *altered = strdup(expected), *words = altered ? strstr(altered, "Two") : NULL;
    assert_non_null(words);
    words[0] = 't';
    assert_int_equal(envelope_open(&envelope, altered, strlen(altered), key, &error), -EBADMSG);
    free(altered);
    json_decref(vector);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_names_its_parent),
        cmocka_unit_test(half_an_origin_is_refused),
        cmocka_unit_test(a_document_follows_the_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
