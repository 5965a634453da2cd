/*
 * Settings: every key of [sync] with good and bad values, and the checks of the address.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "sync/settings.h"

#include <errno.h>

static const char *file_with(void **state, const char *url, const char *more)
{
    char text[2048];
    const char *path = testing_path(state, "tapline.ini");
    (void)snprintf(text, sizeof text,
                   "[device]\nid = kiosk-1\n[kiosk]\nanything = goes\n[sync]\n%s%s%s"
                   "ca = ca.pem\ncertificate = device.pem\nkey = device.key\nhq_key = /etc/hq.pub\n%s",
                   url ? "url = " : "", url ? url : "", url ? "\n" : "", more);
    testing_write(path, text);
    return path;
}

static void defaults_and_paths(void **state)
{
    struct settings settings;
    struct error error = {0};
    if (settings_load(&settings, file_with(state, "https://hq.bank.example:8443/", ""), &error) < 0)
        fail_msg("%s", error.text);
    assert_string_equal(settings.url, "https://hq.bank.example:8443");
    assert_string_equal(settings.ca, testing_path(state, "ca.pem")); /* from the file's folder */
    assert_string_equal(settings.hq_key, "/etc/hq.pub");
    assert_string_equal(settings.device.id, "kiosk-1");
    assert_int_equal(settings.keep_days, 35);
    assert_int_equal(settings.batch_records, 5000);
    assert_int_equal(settings.heartbeat_s, 300);
    assert_int_equal(settings.connect_timeout_s, 20);
    assert_int_equal(settings.total_timeout_s, 120);
    assert_int_equal(settings.low_speed, 64);
    assert_int_equal(settings.retry_first_ms, 1000);
    assert_int_equal(settings.retry_most_s, 600);
    assert_int_equal(settings.refused_wait_s, 600);
}

static void addresses(void **state)
{
    static const struct {
        const char *url;
        bool good;
    } table[] = {
        {"https://hq", true},
        {"https://10.0.0.1:8443", true},
        {"https://[::1]:8443/tapline//", true},
        {NULL, false},
        {"", false},
        {"hq.bank.example", false},
        {"http://hq.bank.example", false},
        {"HTTPS://hq.bank.example", false},
        {"ftp://hq.bank.example", false},
        {"https://", false},
        {"https:///path", false},
        {"https://:8443", false},
        {"https://user:secret@hq", false},
        {"https://hq?x=1", false},
        {"https://hq/a b", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct settings settings = {.keep_days = -7};
        struct error error = {0};
        int result = settings_load(&settings, file_with(state, table[i].url, ""), &error);
        if ((result == 0) != table[i].good)
            fail_msg("%s: %s", table[i].url ? table[i].url : "(none)", error.text);
        if (result == 0)
            continue;
        assert_int_equal(result, -EINVAL);
        assert_int_equal(error_exit_status(&error), 78);
        assert_non_null(strstr(error.text, "tapline.ini"));
        assert_non_null(strstr(error.text, "url"));
        assert_int_equal(settings.keep_days, -7); /* untouched */
    }
}

/* Every number at its bounds, beside them, and as no number at all. */
static void numbers_are_bounded(void **state)
{
    int seen = 0;
    for (size_t i = 0; i < settings_option_count; i++) {
        const struct config_option *option = &settings_options[i];
        if (option->kind != CONFIG_INTEGER)
            continue;
        const struct {
            long long value;
            bool good;
        } table[] = {
            {option->low, true}, {option->high, true}, {option->low - 1, false}, {option->high + 1, false}};
        for (size_t j = 0; j < sizeof table / sizeof table[0]; j++) {
            char line[128];
            struct settings settings;
            struct error error = {0};
            (void)snprintf(line, sizeof line, "%s = %lld\n", option->key, table[j].value);
            int result = settings_load(&settings, file_with(state, "https://hq", line), &error);
            if ((result == 0) != table[j].good)
                fail_msg("%s: %s", line, error.text);
            if (result == 0)
                assert_int_equal(*(long long *)(void *)((char *)&settings + option->offset), table[j].value);
            else
                assert_non_null(strstr(error.text, option->key));
        }
        char line[128];
        struct settings settings;
        struct error error = {0};
        (void)snprintf(line, sizeof line, "%s = many\n", option->key);
        assert_int_equal(settings_load(&settings, file_with(state, "https://hq", line), &error), -EINVAL);
        seen++;
    }
    assert_int_equal(seen, 12);
}

static void unknown_and_missing_keys_are_errors(void **state)
{
    struct settings settings;
    struct error error = {0};
    assert_int_equal(settings_load(&settings, file_with(state, "https://hq", "verify = no\n"), &error),
                     -EINVAL);
    assert_non_null(strstr(error.text, "verify"));
    const char *path = testing_path(state, "short.ini");
    testing_write(path, "[device]\nid = a\n[sync]\nurl = https://hq\nca = a\ncertificate = b\nkey = c\n");
    assert_int_equal(settings_load(&settings, path, &error), -EINVAL);
    assert_non_null(strstr(error.text, "hq_key"));
    assert_int_equal(settings_load(&settings, testing_path(state, "none.ini"), &error), -ENOENT);
    assert_int_equal(error_exit_status(&error), 78);
}

/* The sample with what is required filled in is the same as no settings at all. */
static void the_sample_is_the_defaults(void **state)
{
    char text[8192] = "";
    struct settings sampled, plain;
    struct error error = {0};
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    settings_write_sample(out);
    (void)fprintf(out, "[device]\nid = kiosk-1\n[sync]\nurl = https://hq\n"
                       "ca = ca.pem\ncertificate = device.pem\nkey = device.key\nhq_key = /etc/hq.pub\n");
    assert_int_equal(fclose(out), 0);
    const char *path = testing_path(state, "sample.ini");
    testing_write(path, text);
    if (settings_load(&sampled, path, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(settings_load(&plain, file_with(state, "https://hq", ""), &error), 0);
    for (size_t i = 0; i < settings_option_count; i++) {
        const struct config_option *option = &settings_options[i];
        size_t size = option->kind == CONFIG_INTEGER ? sizeof(long long) : CONFIG_TEXT_MAX;
        assert_non_null(strstr(text, option->key));
        assert_memory_equal((char *)&sampled + option->offset, (char *)&plain + option->offset, size);
    }
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, testing_folder, testing_folder_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(defaults_and_paths),         FOLDER_TEST(addresses),
        FOLDER_TEST(numbers_are_bounded),        FOLDER_TEST(unknown_and_missing_keys_are_errors),
        FOLDER_TEST(the_sample_is_the_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
