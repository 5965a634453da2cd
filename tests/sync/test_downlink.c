/*
 * Documents on the device: newer, whole and signed ones only; the last good one stays.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/envelope.h"
#include "sync/downlink.h"

#include <errno.h>
#include <sodium.h>

static uint8_t key[RECEIPT_KEY_BYTES], secret[RECEIPT_SECRET_BYTES];

static int begin(void **state)
{
    return crypto_sign_keypair(key, secret) == 0 ? testing_folder(state) : -1;
}

static char *made(int64_t serial, const char *document)
{
    char *json = NULL;
    struct envelope envelope = {.kind = ENVELOPE_NOTICES,
                                .serial = serial,
                                .issued = 5,
                                .document = (char *)document,
                                .length = strlen(document)};
    envelope_sign(&envelope, secret);
    assert_int_equal(envelope_to_json(&envelope, &json, NULL), 0);
    return json;
}

static void open_folder(struct downlink *downlink, void **state)
{
    struct error error = {0};
    if (downlink_open(downlink, *state, key, &error) < 0)
        fail_msg("%s", error.text);
}

static int take(struct downlink *downlink, int status, const char *body)
{
    struct error error = {0};
    const struct transport_reply reply = {.status = status, .body = body, .length = strlen(body)};
    return downlink_take(downlink, ENVELOPE_NOTICES, &reply, &error);
}

static void assert_document(void **state, const char *wanted)
{
    char path[FILE_PATH_MAX], *text = NULL;
    size_t size = 0;
    (void)snprintf(path, sizeof path, "%s/notices.json", (const char *)*state);
    assert_int_equal(file_read(path, 1000, &text, &size, NULL), 0);
    assert_string_equal(text, wanted);
    free(text);
}

#define ONE "{\"format\": 1, \"notices\": []}"
#define TWO "{\"format\": 1, \"notices\": [{\"id\": \"a\", \"text\": {\"en\": \"x\"}}]}"
#define NONE "{\"format\": 1, \"notices\": 5}"

static void only_newer_documents_are_taken(void **state)
{
    struct downlink downlink;
    char *one = made(1, ONE), *two = made(2, TWO), *three = made(3, NONE);
    open_folder(&downlink, state);
    assert_int_equal(take(&downlink, 404, ""), 0);
    assert_int_equal(take(&downlink, 200, two), 1);
    assert_document(state, TWO);
    assert_int_equal(take(&downlink, 200, two), 0);
    assert_int_equal(take(&downlink, 304, ""), 0);
    assert_int_equal(take(&downlink, 200, one), -EBADMSG); /* older */
    assert_int_equal(take(&downlink, 0, ""), -EAGAIN);
    assert_int_equal(take(&downlink, 500, ""), -EAGAIN);
    assert_int_equal(take(&downlink, 200, "<html>"), -EBADMSG);
    assert_int_equal(downlink.documents[ENVELOPE_NOTICES].refused, 1);
    assert_int_equal(take(&downlink, 200, three), -EBADMSG); /* signed, but no notices */
    assert_int_equal(downlink.documents[ENVELOPE_NOTICES].refused, 3);
    assert_document(state, TWO);
    struct transport_request request;
    downlink_ask(&downlink, ENVELOPE_NOTICES, &request);
    assert_string_equal(request.path, "/v1/documents/notices");
    assert_string_equal(request.headers[1], "If-None-Match: \"2\"");
    assert_memory_equal(request.headers[2], "Tapline-Refused: 3; ", 20);
    free(one);
    free(two);
    free(three);
}

/* At the next start the signed file is the truth: the document beside it is put right, a false one is none. */
static void what_lies_there_is_looked_at(void **state)
{
    struct downlink downlink;
    struct error error = {0};
    char *two = made(2, TWO), path[FILE_PATH_MAX];
    open_folder(&downlink, state);
    assert_int_equal(take(&downlink, 200, two), 1);
    (void)snprintf(path, sizeof path, "%s/notices.json", (const char *)*state);
    assert_int_equal(file_replace(path, "{}", 2, false, &error), 0);
    open_folder(&downlink, state);
    assert_document(state, TWO);
    assert_int_equal(downlink.documents[ENVELOPE_NOTICES].serial, 2);
    (void)snprintf(path, sizeof path, "%s/notices.signed", (const char *)*state);
    two[20] = '9';
    assert_int_equal(file_replace(path, two, strlen(two), false, &error), 0);
    open_folder(&downlink, state);
    assert_int_equal(downlink.documents[ENVELOPE_NOTICES].serial, 0);
    free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_newer_documents_are_taken, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(what_lies_there_is_looked_at, begin, testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
