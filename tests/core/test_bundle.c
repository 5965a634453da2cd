/*
 * Bundles: taken apart as they were made; what is cut or changed is none.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/bundle.h"

#include <errno.h>

#define STORE "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"

static char *make_file(size_t *size)
{
    struct bundle_batch batches[2] = {{.size = 5}, {.size = 3}};
    struct bundle bundle = {
        .made = 77, .certificate = (char *)"-----BEGIN\nX\n", .batches = batches, .count = 2};
    char *manifest = NULL;
    size_t length = 0;
    struct error error = {0};
    memcpy(bundle.store, STORE, ID_TEXT);
    chain_hash(batches[0].hash, "first", 5);
    chain_hash(batches[1].hash, "2nd", 3);
    assert_int_equal(bundle_make(&bundle, &manifest, &length, &error), 0);
    assert_null(strchr(manifest, '\n'));
    char *file = malloc(length + 64);
    assert_non_null(file);
    *size = (size_t)snprintf(file, length + 64, "%s\n0aff\nfirst2nd", manifest);
    free(manifest);
    return file;
}

static void a_bundle_is_what_was_made(void **state)
{
    struct bundle_file file = {0};
    struct error error = {0};
    size_t size = 0;
    (void)state;
    char *data = make_file(&size);
    assert_int_equal(bundle_open(&file, data, size, &error), 0);
    assert_string_equal(file.bundle.store, STORE);
    assert_int_equal(file.bundle.made, 77);
    assert_string_equal(file.bundle.certificate, "-----BEGIN\nX\n");
    assert_int_equal(file.bundle.count, 2);
    assert_int_equal(file.bundle.batches[1].size, 3);
    assert_int_equal(file.signature_length, 2);
    assert_int_equal(file.signature[1], 0xff);
    assert_memory_equal(file.bodies, "first2nd", 8);
    assert_ptr_equal(file.manifest, data);
    bundle_close(&file);
    bundle_close(&file);
    free(data);
}

static void a_bundle_that_is_cut_longer_or_changed_is_none(void **state)
{
    struct bundle_file file = {0};
    size_t size = 0;
    (void)state;
    char *data = make_file(&size);
    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(bundle_open(&file, data, cut, NULL), -EBADMSG);
    assert_int_equal(bundle_open(&file, data, size + 1, NULL), -EBADMSG); /* its NUL: one byte too many */
    for (size_t i = size - 8; i < size; i++) {
        data[i] ^= 1;
        assert_int_equal(bundle_open(&file, data, size, NULL), -EBADMSG);
        data[i] ^= 1;
    }
    assert_int_equal(bundle_open(&file, data, size, NULL), 0);
    bundle_close(&file);
    free(data);
}

static void names_sort_as_records_do(void **state)
{
    char low[BUNDLE_NAME_MAX], high[BUNDLE_NAME_MAX];
    (void)state;
    bundle_name(low, STORE, 999);
    bundle_name(high, STORE, 1000);
    assert_true(strcmp(low, high) < 0);
    assert_string_equal(low, "tapline-" STORE "-000000000999.bundle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_what_was_made),
        cmocka_unit_test(a_bundle_that_is_cut_longer_or_changed_is_none),
        cmocka_unit_test(names_sort_as_records_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
