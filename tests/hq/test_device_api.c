/*
 * The device port without a network: what is answered to what.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/compress.h"
#include "core/keyfile.h"
#include "hq/device_api.h"
#include "hq/sender.h"

#include <jansson.h>

#define PATH "/v1/stores/" SENDER_STORE "/records"

static struct sender sender;
static int64_t now = SENDER_NOW;

struct fixture {
    char *folder;
    struct db *db;
    struct clock clock;
    struct signer signer;
    uint8_t key[RECEIPT_KEY_BYTES];
    struct device_api api;
};

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f || testing_folder((void **)&f->folder) < 0)
        return -1;
    void *folder = f->folder;
    f->db = sender_database(testing_path(&folder, "hq.db"));
    f->clock = testing_clock(&now);
    assert_int_equal(signer_make(testing_path(&folder, "s.key"), testing_path(&folder, "s.pub"), NULL), 0);
    assert_int_equal(signer_load(&f->signer, testing_path(&folder, "s.key"), NULL), 0);
    assert_int_equal(keyfile_read(testing_path(&folder, "s.pub"), f->key, sizeof f->key, false, NULL), 0);
    f->api = (struct device_api){f->db, &f->signer, &f->clock};
    sender_start(&sender, "kiosk-1", SENDER_STORE);
    sender_enroll(f->db, &sender, "b-1");
    for (int i = 0; i < 5; i++)
        sender_face(&sender, i, 1, 5, SENDER_NOW, "touch");
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    db_close(f->db);
    int result = testing_folder_end((void **)&f->folder);
    free(f);
    return result;
}

static struct http_request request(const char *body, size_t size)
{
    return (struct http_request){.method = "POST",
                                 .path = PATH,
                                 .host = "hq",
                                 .content_type = "application/x-ndjson",
                                 .content_encoding = "",
                                 .body = body,
                                 .body_size = size,
                                 .identity = &sender.identity};
}

static char *packed(int from, int count, size_t *size)
{
    const struct batch batch = sender_batch(&sender, from, count);
    char *text = NULL;
    assert_int_equal(batch_pack(&batch.head, batch.lines, &text, size, NULL), 0);
    return text;
}

/* The receipt of a 200, its signature checked. */
static struct receipt receipt(struct fixture *f, struct http_response *response)
{
    struct receipt made = {0};
    assert_int_equal(response->status, 200);
    assert_string_equal(response->type, "application/json");
    assert_int_equal(receipt_from_json(&made, response->body, response->body_size, NULL), 0);
    assert_int_equal(receipt_verify(&made, f->key, NULL), 0);
    assert_string_equal(made.store, SENDER_STORE);
    assert_int_equal(made.now, SENDER_NOW);
    free(response->body);
    return made;
}

static void assert_refused(struct fixture *f, const struct http_request *with, unsigned status)
{
    struct http_response response = {0};
    device_api_handle(&f->api, with, &response);
    assert_int_equal(response.status, status);
    assert_string_equal(response.type, "application/problem+json");
    assert_true(response.note[0]);
    free(response.body);
}

static void a_batch_gets_a_receipt_however_it_is_packed(void **state)
{
    struct fixture *f = *state;
    static const char *const encodings[] = {"", "identity", "zstd", "ZSTD"};
    for (int i = 0; i < 4; i++) {
        struct http_response response = {0};
        size_t size = 0, small_size = 0;
        void *small = NULL;
        char *text = packed(i, 1, &size);
        assert_int_equal(compress_pack(text, size, &small, &small_size, NULL), 0);
        struct http_request with = i < 2 ? request(text, size) : request(small, small_size);
        with.content_encoding = encodings[i];
        with.content_type = i % 2 ? "application/x-ndjson; charset=utf-8" : "Application/X-NDJSON";
        device_api_handle(&f->api, &with, &response);
        struct receipt got = receipt(f, &response);
        assert_int_equal(got.high_water, i + 1);
        assert_true(chain_equal(got.chain, sender.chains[i + 1]));
        free(text);
        free(small);
    }
}

/* An overlapping, stale, early or repeated batch gets the same document: the present state. */
static void what_does_not_fit_gets_the_present_state(void **state)
{
    struct fixture *f = *state;
    static const int spans[][2] = {{0, 2}, {0, 2}, {1, 3}, {3, 2}, {2, 0}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct http_response response = {0};
        size_t size = 0;
        char *text = packed(spans[i][0], spans[i][1], &size);
        const struct http_request with = request(text, size);
        device_api_handle(&f->api, &with, &response);
        struct receipt got = receipt(f, &response);
        assert_int_equal(got.high_water, 2);
        assert_true(chain_equal(got.chain, sender.chains[2]));
        free(text);
    }
}

static void quarantine_is_told_to_the_technician(void **state)
{
    struct fixture *f = *state;
    struct http_response response = {0};
    size_t size = 0;
    sender_add(&sender, "poison");
    char *text = packed(0, 6, &size);
    const struct http_request with = request(text, size);
    device_api_handle(&f->api, &with, &response);
    assert_non_null(strstr(response.note, "quarantine"));
    assert_int_equal(receipt(f, &response).high_water, 6);
    free(text);
}

static void requests_that_are_not_for_it(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *method, *path, *type, *encoding;
        unsigned status;
    } bad[] = {
        {"POST", "/", "application/x-ndjson", "", 404},
        {"POST", "/v1/stores/x/records", "application/x-ndjson", "", 404},
        {"POST", PATH "/", "application/x-ndjson", "", 404},
        {"POST", "/v1/stores/" SENDER_STORE, "application/x-ndjson", "", 404},
        {"POST", "/v1/stores/0B6E4A57-7D0F-4C39-9D0A-3F6F4B1C2D5E/records", "application/x-ndjson", "", 404},
        {"GET", PATH, "application/x-ndjson", "", 405},
        {"POST", PATH, "", "", 415},
        {"POST", PATH, "application/json", "", 415},
        {"POST", PATH, "application/x-ndjsonx", "", 415},
        {"POST", PATH, "application/x-ndjson", "gzip", 415},
        {"POST", PATH, "application/x-ndjson", "zstd", 400},
        {"POST", "/v1/stores/" SENDER_OTHER_STORE "/records", "application/x-ndjson", "", 400},
    };
    size_t size = 0;
    char *text = packed(0, 2, &size);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct http_request with = request(text, size);
        with.method = bad[i].method;
        with.path = bad[i].path;
        with.content_type = bad[i].type;
        with.content_encoding = bad[i].encoding;
        assert_refused(f, &with, bad[i].status);
    }
    free(text);
}

/* F56, F67, F68: a body that was altered, cut or is no batch leaves everything as it was. */
static void broken_bodies_are_400_and_change_nothing(void **state)
{
    struct fixture *f = *state;
    struct http_response response = {0};
    size_t size = 0;
    char *text = packed(0, 3, &size);
    for (size_t cut = 0; cut < size; cut += 37) {
        const struct http_request with = request(text, cut);
        assert_refused(f, &with, 400);
    }
    char *mark = strstr(text, "\"mark\":5");
    assert_non_null(mark);
    mark[7] = '1';
    const struct http_request altered = request(text, size);
    assert_refused(f, &altered, 400);
    mark[7] = '5';
    const struct http_request nul = request("\0\n\0", 3);
    assert_refused(f, &nul, 400);
    char *empty = packed(0, 0, &size);
    const struct http_request where = request(empty, size);
    device_api_handle(&f->api, &where, &response);
    assert_int_equal(receipt(f, &response).high_water, 0);
    free(empty);
    free(text);
}

/* F69: a small body that would become a large one. */
static void a_bomb_is_413(void **state)
{
    struct fixture *f = *state;
    size_t size = BATCH_BYTES_MAX + 1, small_size = 0;
    char *zeros = calloc(1, size);
    void *small = NULL;
    assert_non_null(zeros);
    assert_int_equal(compress_pack(zeros, size, &small, &small_size, NULL), 0);
    assert_true(small_size < DEVICE_API_BODY_MAX);
    struct http_request with = request(small, small_size);
    with.content_encoding = "zstd";
    assert_refused(f, &with, 413);
    free(zeros);
    free(small);
}

/* F71: a device that is not enrolled, or offers another's store. */
static void others_are_403(void **state)
{
    struct fixture *f = *state;
    struct http_response response = {0};
    struct identity other = {.device = "other"};
    size_t size = 0;
    char *text = packed(0, 3, &size);
    struct http_request with = request(text, size);
    device_api_handle(&f->api, &with, &response);
    (void)receipt(f, &response);
    with.identity = &other;
    assert_refused(f, &with, 403); /* not enrolled */
    const struct db_enrolment enrolment = {.identity = other, .branch = "b-1"};
    assert_int_equal(db_enroll(f->db, &enrolment, false, 1, NULL), 0);
    assert_refused(f, &with, 403); /* not its store */
    other.fingerprint[3] = 1;
    assert_refused(f, &with, 403); /* not its certificate */
    free(text);
}

static void a_database_that_is_gone_is_503_until_it_is_back(void **state)
{
    struct fixture *f = *state;
    struct http_response response = {0};
    void *folder = f->folder;
    size_t size = 0;
    char *text = packed(0, 3, &size);
    const struct http_request with = request(text, size);
    assert_int_equal(rename(testing_path(&folder, "hq.db"), testing_path(&folder, "away")), 0);
    for (int i = 0; i < 2; i++) {
        struct http_response refused = {0};
        device_api_handle(&f->api, &with, &refused);
        assert_int_equal(refused.status, 503);
        assert_int_equal(refused.header_count, 1);
        assert_string_equal(refused.headers[0].name, "Retry-After");
        free(refused.body);
    }
    assert_int_equal(rename(testing_path(&folder, "away"), testing_path(&folder, "hq.db")), 0);
    device_api_handle(&f->api, &with, &response);
    assert_int_equal(receipt(f, &response).high_water, 3);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_batch_gets_a_receipt_however_it_is_packed, begin, end),
        cmocka_unit_test_setup_teardown(what_does_not_fit_gets_the_present_state, begin, end),
        cmocka_unit_test_setup_teardown(quarantine_is_told_to_the_technician, begin, end),
        cmocka_unit_test_setup_teardown(requests_that_are_not_for_it, begin, end),
        cmocka_unit_test_setup_teardown(broken_bodies_are_400_and_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_bomb_is_413, begin, end),
        cmocka_unit_test_setup_teardown(others_are_403, begin, end),
        cmocka_unit_test_setup_teardown(a_database_that_is_gone_is_503_until_it_is_back, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
