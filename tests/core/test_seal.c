/*
 * Sealing call-back numbers, and the records that carry them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/record.h"
#include "core/seal.h"

#include <errno.h>
#include <stdbool.h>

#define VISIT "01930000-0000-7000-8000-000000000001"
#define BOOT "11111111-2222-4333-8444-555555555555"

static void what_is_a_number(void **state)
{
    static const char *const good[] = {"12345", "13800138000", "01234567890123456789", "00001"};
    static const char *const bad[] = {
        "", "1234", "012345678901234567890", "1380013800a", "+8613800", "1 2345", "11111", "00000000000"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(seal_plausible(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(seal_plausible(bad[i]));
}

static void only_the_secret_key_opens(void **state)
{
    uint8_t public_key[SEAL_KEY_BYTES], secret_key[SEAL_KEY_BYTES], other[SEAL_KEY_BYTES],
        other_secret[SEAL_KEY_BYTES];
    char sealed[SEAL_TEXT], again[SEAL_TEXT], number[SEAL_DIGITS_MAX + 1] = "untouched";
    struct error error = {0};

    (void)state;
    seal_keys(public_key, secret_key);
    seal_keys(other, other_secret);
    assert_int_equal(seal_number(sealed, "13800138000", public_key, &error), 0);
    assert_int_equal(seal_number(again, "13800138000", public_key, &error), 0);
    assert_string_not_equal(sealed, again); /* nobody sees that two customers gave the same number */
    assert_true(seal_valid(sealed, strlen(sealed)));
    assert_null(strstr(sealed, "138"));
    assert_int_equal(seal_open(number, sealed, other, other_secret, &error), -EBADMSG);
    assert_string_equal(number, "untouched");
    assert_int_equal(seal_open(number, sealed, public_key, secret_key, &error), 0);
    assert_string_equal(number, "13800138000");
    sealed[10] = sealed[10] == 'A' ? 'B' : 'A';
    assert_int_equal(seal_open(number, sealed, public_key, secret_key, &error), -EBADMSG);
}

static void all_numbers_are_sealed_alike_long(void **state)
{
    uint8_t public_key[SEAL_KEY_BYTES], secret_key[SEAL_KEY_BYTES];
    char shorter[SEAL_TEXT], longer[SEAL_TEXT], number[SEAL_DIGITS_MAX + 1];
    struct error error = {0};

    (void)state;
    seal_keys(public_key, secret_key);
    assert_int_equal(seal_number(shorter, "12345", public_key, &error), 0);
    assert_int_equal(seal_number(longer, "01234567890123456789", public_key, &error), 0);
    assert_int_equal(strlen(shorter), strlen(longer));
    assert_int_equal(seal_open(number, longer, public_key, secret_key, &error), 0);
    assert_string_equal(number, "01234567890123456789");
    assert_int_equal(seal_number(shorter, "1234", public_key, &error), -EINVAL);
}

static void what_is_not_sealed_is_told_apart(void **state)
{
    char text[SEAL_TEXT + 8];

    (void)state;
    assert_false(seal_valid("13800138000", 11));
    memset(text, 'A', sizeof text);
    assert_true(seal_valid(text, SEAL_TEXT - 1));
    assert_false(seal_valid(text, SEAL_TEXT));
    assert_false(seal_valid(text, SEAL_TEXT - 2));
    text[5] = '*';
    assert_false(seal_valid(text, SEAL_TEXT - 1));
}

/* --- records --- */

static struct record_stamp stamp(void)
{
    return (struct record_stamp){.visit = VISIT, .n = 1, .at = 1, .up = 1, .boot = BOOT, .channel = "touch"};
}

static void a_callback_record_holds_the_sealed_number_only(void **state)
{
    uint8_t public_key[SEAL_KEY_BYTES], secret_key[SEAL_KEY_BYTES];
    struct record_answer answer = {.question = "callback", .kind = "callback"};
    struct record_stamp at = stamp();
    struct record record;
    struct error error = {0};
    char line[RECORD_MAX + 1], number[SEAL_DIGITS_MAX + 1];
    size_t length = 0;

    (void)state;
    snprintf(answer.sealed, sizeof answer.sealed, "13800138000");
    assert_int_equal(record_make_answer(line, &length, &at, &answer, &error), -EINVAL);
    seal_keys(public_key, secret_key);
    assert_int_equal(seal_number(answer.sealed, "13800138000", public_key, &error), 0);
    assert_int_equal(record_make_answer(line, &length, &at, &answer, &error), 0);
    assert_null(strstr(line, "\"mark\""));
    assert_int_equal(record_parse(line, length, &record, &error), 0);
    assert_string_equal(record.answer.sealed, answer.sealed);
    assert_int_equal(seal_open(number, record.answer.sealed, public_key, secret_key, &error), 0);
    assert_string_equal(number, "13800138000");
}

static void context_and_flags_come_back(void **state)
{
    struct record_stamp at = stamp();
    struct record record;
    struct error error = {0};
    char line[RECORD_MAX + 1];
    size_t length = 0;

    (void)state;
    snprintf(at.counter, sizeof at.counter, "c-7");
    snprintf(at.service, sizeof at.service, "loans");
    snprintf(at.ticket, sizeof at.ticket, "A-042");
    assert_int_equal(record_make_flagged_end(line, &length, &at, RECORD_COMPLETED, 3, RECORD_MASHING, &error),
                     0);
    assert_non_null(strstr(line, "\"counter\":\"c-7\",\"service\":\"loans\",\"ticket\":\"A-042\""));
    assert_non_null(strstr(line, "\"flags\":[\"mashing\"]"));
    assert_int_equal(record_parse(line, length, &record, &error), 0);
    assert_string_equal(record.stamp.counter, "c-7");
    assert_string_equal(record.stamp.service, "loans");
    assert_string_equal(record.stamp.ticket, "A-042");
    assert_int_equal(record.flags, RECORD_MASHING);
    at = stamp();
    assert_int_equal(record_make_end(line, &length, &at, RECORD_COMPLETED, 3, &error), 0);
    assert_null(strstr(line, "flags"));
    assert_null(strstr(line, "ticket"));
    assert_int_equal(record_parse(line, length, &record, &error), 0);
    assert_int_equal(record.flags, 0);
    assert_string_equal(record.stamp.ticket, "");
}

static void bad_context_and_flags_are_refused(void **state)
{
    static const char *const tails[] = {
        "\"ticket\":\"A 1\"",
        "\"ticket\":\"\"",
        "\"ticket\":\"A_1\"",
        "\"ticket\":7",
        "\"ticket\":\"123456789012345678901234567890123\"",
        "\"counter\":\"c 7\"",
        "\"service\":[]",
        "\"flags\":\"mashing\"",
        "\"flags\":[1]",
    };
    static const char head[] =
        "{\"visit\":\"" VISIT "\",\"n\":1,\"type\":\"end\",\"at\":1,\"up\":1,"
        "\"boot\":\"" BOOT "\",\"channel\":\"touch\",\"end\":\"completed\",\"answers\":1,";
    struct record_stamp at = stamp();
    struct record record;
    struct error error = {0};
    char line[RECORD_MAX + 1];
    size_t length = 0;

    (void)state;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        int size = snprintf(line, sizeof line, "%s%s}", head, tails[i]);

        assert_int_equal(record_parse(line, (size_t)size, &record, &error), -EBADMSG);
    }
    length = (size_t)snprintf(line, sizeof line, "%s\"flags\":[\"of the future\",\"mashing\"]}", head);
    assert_int_equal(record_parse(line, length, &record, &error), 0);
    assert_int_equal(record.flags, RECORD_MASHING);
    snprintf(at.ticket, sizeof at.ticket, "A_1");
    assert_int_equal(record_make_end(line, &length, &at, RECORD_COMPLETED, 1, &error), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_number),
        cmocka_unit_test(only_the_secret_key_opens),
        cmocka_unit_test(all_numbers_are_sealed_alike_long),
        cmocka_unit_test(what_is_not_sealed_is_told_apart),
        cmocka_unit_test(a_callback_record_holds_the_sealed_number_only),
        cmocka_unit_test(context_and_flags_come_back),
        cmocka_unit_test(bad_context_and_flags_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
