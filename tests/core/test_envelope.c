/*
 * Signed documents: what is opened is what was signed, and nothing else is opened.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/envelope.h"

#include <errno.h>
#include <sodium.h>

struct keys {
    uint8_t public[RECEIPT_KEY_BYTES], secret[RECEIPT_SECRET_BYTES];
};

static struct keys make_keys(void)
{
    struct keys keys;
    assert_int_equal(crypto_sign_keypair(keys.public, keys.secret), 0);
    return keys;
}

static char *sign(const struct keys *keys, enum envelope_kind kind, int64_t serial, const char *document)
{
    struct error error = {0};
    char *json = NULL;
    struct envelope envelope = {.kind = kind,
                                .serial = serial,
                                .issued = 1000,
                                .document = (char *)document,
                                .length = strlen(document)};
    envelope_sign(&envelope, keys->secret);
    assert_int_equal(envelope_to_json(&envelope, &json, &error), 0);
    return json;
}

static void what_was_signed_is_opened(void **state)
{
    static const char document[] = "{\"words\": \"\xe6\x82\xa8\xe5\xa5\xbd \\\" \\n\"}\n";
    struct keys keys = make_keys();
    struct envelope envelope = {0};
    struct error error = {0};
    (void)state;
    char *json = sign(&keys, ENVELOPE_NOTICES, 7, document);
    assert_int_equal(envelope_open(&envelope, json, strlen(json), keys.public, &error), 0);
    assert_int_equal(envelope.kind, ENVELOPE_NOTICES);
    assert_int_equal(envelope.serial, 7);
    assert_int_equal(envelope.issued, 1000);
    assert_int_equal(envelope.length, strlen(document));
    assert_string_equal(envelope.document, document);
    envelope_free(&envelope);
    envelope_free(&envelope);
    free(json);
}

/* Each byte of an envelope changed in turn: it is opened with the same contents, or not at all. */
static void no_changed_byte_passes(void **state)
{
    static const char document[] = "{\"a\":1}";
    struct keys keys = make_keys();
    (void)state;
    char *json = sign(&keys, ENVELOPE_SETTINGS, 12, document);
    size_t length = strlen(json);
    for (size_t i = 0; i < length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct envelope envelope = {0};
            json[i] = (char)(json[i] ^ (1 << bit));
            if (envelope_open(&envelope, json, length, keys.public, NULL) == 0) {
                assert_int_equal(envelope.kind, ENVELOPE_SETTINGS);
                assert_int_equal(envelope.serial, 12);
                assert_int_equal(envelope.issued, 1000);
                assert_string_equal(envelope.document, document);
                envelope_free(&envelope);
            }
            json[i] = (char)(json[i] ^ (1 << bit));
        }
    }
    struct envelope envelope = {.serial = 99};
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(envelope_open(&envelope, json, cut, keys.public, NULL), -EBADMSG);
    struct keys strangers = make_keys();
    assert_int_equal(envelope_open(&envelope, json, length, strangers.public, NULL), -EBADMSG);
    assert_int_equal(envelope.serial, 99);
    free(json);
}

static void documents_are_what_their_kind_says(void **state)
{
    static const struct {
        enum envelope_kind kind;
        const char *text, *title; /* title NULL: refused */
    } table[] = {
        {ENVELOPE_NOTICES, "{\"format\": 1, \"notices\": []}", "0 notices"},
        {ENVELOPE_NOTICES,
         "{\"format\": 1, \"notices\": [{\"id\": \"a\", \"text\": {\"en\": \"x\"}, \"from\": 1, \"until\": "
         "2}]}",
         "1 notices"},
        {ENVELOPE_NOTICES, "{\"format\": 2, \"notices\": []}", NULL},
        {ENVELOPE_NOTICES, "{\"format\": 1}", NULL},
        {ENVELOPE_NOTICES, "{\"format\": 1, \"notices\": [{\"id\": \"a\", \"text\": {}}]}", NULL},
        {ENVELOPE_NOTICES, "{\"format\": 1, \"notices\": [{\"id\": \"a\", \"text\": \"x\"}]}", NULL},
        {ENVELOPE_NOTICES, "{\"format\": 1, \"notices\": [{\"id\": \"a b\", \"text\": {\"en\": \"x\"}}]}",
         NULL},
        {ENVELOPE_NOTICES, "{\"format\": 1, \"notices\": [], \"more\": 1}", NULL},
        {ENVELOPE_NOTICES, "[]", NULL},
        {ENVELOPE_NOTICES, "", NULL},
        {ENVELOPE_SETTINGS, "{\"format\": 1, \"settings\": {\"kiosk\": {\"idle_s\": 5, \"x\": true}}}",
         "2 settings"},
        {ENVELOPE_SETTINGS, "{\"format\": 1, \"settings\": {\"kiosk\": {\"idle_s\": [5]}}}", NULL},
        {ENVELOPE_SETTINGS, "{\"format\": 1, \"settings\": {\"kiosk\": 5}}", NULL},
        {ENVELOPE_SETTINGS, "{\"format\": 1, \"settings\": []}", NULL},
        {ENVELOPE_SURVEY, "{\"format\": 1}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char title[64] = "untouched";
        struct error error = {0};
        int result = envelope_check_document(table[i].kind, table[i].text, strlen(table[i].text), "doc",
                                             title, sizeof title, &error);
        assert_int_equal(result, table[i].title ? 0 : -EBADMSG);
        assert_string_equal(title, table[i].title ? table[i].title : "untouched");
        assert_true(result == 0 || error.text[0]);
    }
    assert_int_equal(envelope_kind_find("survey"), ENVELOPE_SURVEY);
    assert_int_equal(envelope_kind_find("surveys"), ENVELOPE_KINDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_is_opened),
        cmocka_unit_test(no_changed_byte_passes),
        cmocka_unit_test(documents_are_what_their_kind_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
