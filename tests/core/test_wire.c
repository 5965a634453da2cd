/*
 * The wire against vectors that were computed by another language: chain, batch, receipt, record.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/batch.h"
#include "core/compress.h"
#include "core/document.h"
#include "core/receipt.h"
#include "core/record.h"

#include <errno.h>
#include <sodium.h>

#define STORE "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
#define BOOT "11111111-2222-4333-8444-555555555555"
#define VISIT_1 "019aab30-5c00-7abc-8def-0123456789ab"
#define VISIT_2 "019aab30-63d0-7000-b000-00000000002a"

static char *vector_text(const char *name, size_t *length)
{
    char path[128];
    char *text = NULL;
    struct error error = {0};
    (void)snprintf(path, sizeof path, "tests/vectors/%s", name);
    if (document_read_file(path, 1 << 20, &text, length, &error) < 0)
        fail_msg("%s (run from the top folder)", error.text);
    return text;
}

static json_t *vector_json(const char *name)
{
    size_t length = 0;
    char *text = vector_text(name, &length);
    json_t *json = json_loadb(text, length, 0, NULL);
    free(text);
    assert_non_null(json);
    return json;
}

static void assert_chain(const uint8_t chain[CHAIN_BYTES], const json_t *expected)
{
    char text[CHAIN_TEXT];
    chain_to_text(text, chain);
    assert_string_equal(text, json_string_value(expected));
}

static void chain_follows_the_vector(void **state)
{
    (void)state;
    json_t *vector = vector_json("chain.json");
    json_t *lines = json_object_get(vector, "lines"), *chains = json_object_get(vector, "chains");
    uint8_t chain[CHAIN_BYTES];
    chain_start(chain, json_string_value(json_object_get(vector, "store")));
    assert_chain(chain, json_array_get(chains, 0));
    assert_int_equal(json_array_size(lines), 4);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        chain_next(chain, chain, json_string_value(line), json_string_length(line));
        assert_chain(chain, json_array_get(chains, i + 1));
    }
    json_decref(vector);
}

static void chain_text_has_one_spelling(void **state)
{
    (void)state;
    uint8_t chain[CHAIN_BYTES], again[CHAIN_BYTES];
    char text[CHAIN_TEXT];
    randombytes_buf(chain, sizeof chain);
    chain[0] = 0xab;
    chain_to_text(text, chain);
    assert_true(chain_from_text(again, text));
    assert_true(chain_equal(chain, again));
    text[0] = 'A';
    assert_false(chain_from_text(again, text));
    text[0] = 'g';
    assert_false(chain_from_text(again, text));
    assert_false(chain_from_text(again, "ab"));
    assert_false(chain_from_text(again, ""));
}

/* The records of the vector, made by our own functions, byte for byte. */
static void records_are_made_as_in_the_vector(void **state)
{
    (void)state;
    json_t *vector = vector_json("chain.json");
    json_t *lines = json_object_get(vector, "lines");
    char line[RECORD_MAX + 1];
    size_t length = 0;
    struct error error = {0};
    struct record_stamp stamp = {.visit = VISIT_1,
                                 .n = 1,
                                 .at = 1763800000000,
                                 .up = 5000,
                                 .boot = BOOT,
                                 .survey = "branch-exit/1",
                                 .lang = "zh",
                                 .channel = "touch"};
    struct record_answer face = {.question = "overall", .kind = "faces", .scale = 5, .mark = 1};
    struct record_answer reason = {
        .question = "reason", .kind = "choice", .codes = {"waiting", "fees"}, .code_count = 2};
    assert_int_equal(record_make_answer(line, &length, &stamp, &face, &error), 0);
    assert_string_equal(line, json_string_value(json_array_get(lines, 0)));
    assert_int_equal(length, strlen(line));
    stamp.n = 2;
    stamp.at += 3000;
    stamp.up += 3000;
    assert_int_equal(record_make_answer(line, &length, &stamp, &reason, &error), 0);
    assert_string_equal(line, json_string_value(json_array_get(lines, 1)));
    stamp.n = 3;
    assert_int_equal(record_make_end(line, &length, &stamp, RECORD_COMPLETED, 2, &error), 0);
    assert_string_equal(line, json_string_value(json_array_get(lines, 2)));
    struct record_stamp device = {
        .visit = VISIT_2, .n = 1, .at = 1763800002000, .up = 7000, .boot = BOOT, .channel = "device"};
    assert_int_equal(
        record_make_fault(line, &length, &device, "storage", "磁盘已满 \"/data\" \\ full", 3, &error), 0);
    assert_string_equal(line, json_string_value(json_array_get(lines, 3)));
    json_decref(vector);
}

static void records_are_taken_apart(void **state)
{
    (void)state;
    json_t *vector = vector_json("chain.json");
    json_t *lines = json_object_get(vector, "lines");
    struct record record;
    struct error error = {0};
    const json_t *line = json_array_get(lines, 1);
    assert_int_equal(record_parse(json_string_value(line), json_string_length(line), &record, &error), 0);
    assert_int_equal(record.type, RECORD_ANSWER);
    assert_string_equal(record.stamp.visit, VISIT_1);
    assert_int_equal(record.stamp.n, 2);
    assert_true(record.stamp.at == 1763800003000 && record.stamp.up == 8000);
    assert_string_equal(record.stamp.survey, "branch-exit/1");
    assert_string_equal(record.answer.question, "reason");
    assert_int_equal(record.answer.code_count, 2);
    assert_string_equal(record.answer.codes[1], "fees");
    line = json_array_get(lines, 0);
    assert_int_equal(record_parse(json_string_value(line), json_string_length(line), &record, &error), 0);
    assert_int_equal(record.answer.mark, 1);
    assert_int_equal(record.answer.scale, 5);
    line = json_array_get(lines, 2);
    assert_int_equal(record_parse(json_string_value(line), json_string_length(line), &record, &error), 0);
    assert_int_equal(record.type, RECORD_END);
    assert_int_equal(record.end, RECORD_COMPLETED);
    json_decref(vector);
}

static void bad_records_are_refused(void **state)
{
    (void)state;
    json_t *vector = vector_json("record-refused.json");
    assert_true(json_array_size(vector) > 25);
    for (size_t i = 0; i < json_array_size(vector); i++) {
        const json_t *entry = json_array_get(vector, i), *line = json_object_get(entry, "line");
        struct record record;
        struct error error = {0};
        if (record_parse(json_string_value(line), json_string_length(line), &record, &error) != -EBADMSG)
            fail_msg("accepted: %s", json_string_value(json_object_get(entry, "why")));
        assert_true(strlen(error.text) > 10);
    }
    json_decref(vector);
    struct record record;
    assert_int_equal(record_parse("\xff\xfe", 2, &record, NULL), -EBADMSG);
    assert_int_equal(record_parse("", 0, &record, NULL), -EBADMSG);
}

static void names_that_no_record_may_carry(void **state)
{
    (void)state;
    char line[RECORD_MAX + 1];
    size_t length = 77;
    struct error error = {0};
    struct record_stamp stamp = {.visit = VISIT_1, .n = 1, .boot = BOOT, .channel = "touch"};
    struct record_answer answer = {.question = "a\"b", .kind = "faces", .scale = 5, .mark = 1};
    assert_int_equal(record_make_answer(line, &length, &stamp, &answer, &error), -EINVAL);
    assert_int_equal(length, 77); /* outputs untouched on failure */
    stamp.n = 0;
    assert_int_equal(record_make_end(line, &length, &stamp, RECORD_TIMEOUT, 1, &error), -EINVAL);
    stamp.n = 1;
    char detail[RECORD_MAX + 1];
    memset(detail, 'x', sizeof detail - 1);
    detail[sizeof detail - 1] = '\0';
    assert_int_equal(record_make_fault(line, &length, &stamp, "storage", detail, 0, &error), -E2BIG);
}

static void batch_packs_to_the_vector(void **state)
{
    (void)state;
    size_t length = 0, packed = 0;
    char *expected = vector_text("batch.ndjson", &length);
    struct batch batch = {0};
    struct error error = {0};
    assert_int_equal(batch_unpack(expected, length, &batch, &error), 0);
    assert_string_equal(batch.head.store, STORE);
    assert_true(batch.head.first == 2 && batch.head.count == 3 && batch.head.last == 9);
    assert_true(batch.head.at == 1763800009000 && batch.head.up == 14000);
    assert_string_equal(batch.head.boot, BOOT);
    assert_string_equal(batch.head.version, "0.1.0");
    char *text = NULL;
    assert_int_equal(batch_pack(&batch.head, batch.lines, &text, &packed, &error), 0);
    assert_int_equal(packed, length);
    assert_memory_equal(text, expected, length);
    batch_free(&batch);
    free(text);
    free(expected);
}

static void empty_batch_asks_where_we_stand(void **state)
{
    (void)state;
    size_t length = 0;
    char *text = vector_text("batch-empty.ndjson", &length);
    struct batch batch = {0};
    struct error error = {0};
    assert_int_equal(batch_unpack(text, length, &batch, &error), 0);
    assert_true(batch.head.count == 0 && batch.head.first == 10);
    batch_free(&batch);
    free(text);
}

static void bad_batches_are_refused(void **state)
{
    (void)state;
    json_t *vector = vector_json("batch-refused.json");
    assert_true(json_array_size(vector) > 20);
    for (size_t i = 0; i < json_array_size(vector); i++) {
        const json_t *entry = json_array_get(vector, i), *text = json_object_get(entry, "text");
        struct batch batch = {0};
        struct error error = {0};
        if (batch_unpack(json_string_value(text), json_string_length(text), &batch, &error) != -EBADMSG)
            fail_msg("accepted: %s", json_string_value(json_object_get(entry, "why")));
        assert_null(batch.lines);
    }
    json_decref(vector);
}

/* Every single byte matters: one flipped bit anywhere is never taken for the same batch. */
static void no_flipped_bit_passes(void **state)
{
    (void)state;
    size_t length = 0;
    char *text = vector_text("batch.ndjson", &length);
    const char *records = strchr(text, '\n') + 1;
    struct batch batch = {0};
    for (size_t i = (size_t)(records - text); i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ (1 << bit));
            assert_int_equal(batch_unpack(text, length, &batch, NULL), -EBADMSG);
            text[i] = (char)(text[i] ^ (1 << bit));
        }
    free(text);
}

static void receipt_follows_the_vector(void **state)
{
    (void)state;
    json_t *vector = vector_json("receipt.json");
    const json_t *document = json_object_get(vector, "document");
    uint8_t seed[32], key[RECEIPT_KEY_BYTES], secret[RECEIPT_SECRET_BYTES];
    assert_int_equal(sodium_hex2bin(seed, sizeof seed, json_string_value(json_object_get(vector, "seed")), 64,
                                    NULL, NULL, NULL),
                     0);
    crypto_sign_seed_keypair(key, secret, seed);

    struct receipt receipt = {0};
    struct error error = {0};
    assert_int_equal(
        receipt_from_json(&receipt, json_string_value(document), json_string_length(document), &error), 0);
    assert_int_equal(receipt_verify(&receipt, key, &error), 0);
    char json[RECEIPT_JSON_MAX];
    uint8_t given[RECEIPT_SIGNATURE_BYTES];
    memcpy(given, receipt.signature, sizeof given);
    memset(receipt.signature, 0, sizeof receipt.signature);
    receipt_sign(&receipt, secret);
    assert_memory_equal(receipt.signature, given, sizeof given);
    assert_int_equal(receipt_to_json(&receipt, json), json_string_length(document));
    assert_string_equal(json, json_string_value(document));

    struct receipt other = receipt;
    other.high_water++;
    assert_int_equal(receipt_verify(&other, key, &error), -EBADMSG);
    other = receipt;
    other.epoch[0] ^= 1;
    assert_int_equal(receipt_verify(&other, key, &error), -EBADMSG);
    other = receipt;
    other.chain[31] ^= 1;
    assert_int_equal(receipt_verify(&other, key, &error), -EBADMSG);
    other = receipt;
    other.now--;
    assert_int_equal(receipt_verify(&other, key, &error), -EBADMSG);
    key[0] ^= 1;
    assert_int_equal(receipt_verify(&receipt, key, &error), -EBADMSG);
    json_decref(vector);
}

static void things_that_are_no_receipt(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "<html>Welcome to our Wi-Fi</html>",
        "{}",
        "[]",
        "null",
        "{\"store\":\"" STORE "\"}",
        "{\"store\":\"" STORE "\",\"epoch\":\"" STORE "\",\"high_water\":-1,\"chain\":\"00\",\"now\":1,"
        "\"signature\":\"00\"}",
        "{\"store\":1,\"epoch\":2,\"high_water\":\"3\",\"chain\":4,\"now\":5,\"signature\":6}"};
    struct receipt receipt = {.high_water = 42};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(receipt_from_json(&receipt, texts[i], strlen(texts[i]), NULL), -EBADMSG);
    assert_true(receipt.high_water == 42);
}

static void compression_gives_back_what_went_in(void **state)
{
    (void)state;
    struct error error = {0};
    for (size_t size = 0; size <= 300000; size = size * 3 + 1) {
        char *text = malloc(size + 1);
        for (size_t i = 0; i < size; i++)
            text[i] = (char)('a' + (i * i) % 23);
        void *packed = NULL, *again = NULL;
        size_t packed_size = 0, again_size = 0;
        assert_int_equal(compress_pack(text, size, &packed, &packed_size, &error), 0);
        assert_int_equal(compress_unpack(packed, packed_size, 300000, &again, &again_size, &error), 0);
        assert_int_equal(again_size, size);
        if (size > 0)
            assert_memory_equal(again, text, size);
        /* cut anywhere, it is refused */
        if (packed_size > 1) {
            void *cut = NULL;
            size_t cut_size = 0;
            assert_int_equal(compress_unpack(packed, packed_size / 2, 300000, &cut, &cut_size, &error),
                             -EBADMSG);
        }
        free(text);
        free(packed);
        free(again);
    }
}

static void compression_bomb_is_stopped_at_the_cap(void **state)
{
    (void)state;
    struct error error = {0};
    size_t size = 64u << 20, packed_size = 0, out_size = 0;
    char *zeros = calloc(1, size);
    void *packed = NULL, *out = NULL;
    assert_int_equal(compress_pack(zeros, size, &packed, &packed_size, &error), 0);
    assert_true(packed_size < 16384);
    assert_int_equal(compress_unpack(packed, packed_size, 1 << 20, &out, &out_size, &error), -E2BIG);
    assert_null(out);
    assert_int_equal(compress_unpack("not zstd", 8, 1 << 20, &out, &out_size, &error), -EBADMSG);
    assert_int_equal(compress_unpack("", 0, 1 << 20, &out, &out_size, &error), -EBADMSG);
    free(zeros);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chain_follows_the_vector),
        cmocka_unit_test(chain_text_has_one_spelling),
        cmocka_unit_test(records_are_made_as_in_the_vector),
        cmocka_unit_test(records_are_taken_apart),
        cmocka_unit_test(bad_records_are_refused),
        cmocka_unit_test(names_that_no_record_may_carry),
        cmocka_unit_test(batch_packs_to_the_vector),
        cmocka_unit_test(empty_batch_asks_where_we_stand),
        cmocka_unit_test(bad_batches_are_refused),
        cmocka_unit_test(no_flipped_bit_passes),
        cmocka_unit_test(receipt_follows_the_vector),
        cmocka_unit_test(things_that_are_no_receipt),
        cmocka_unit_test(compression_gives_back_what_went_in),
        cmocka_unit_test(compression_bomb_is_stopped_at_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
