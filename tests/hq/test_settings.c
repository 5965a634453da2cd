/*
 * The [hq] section: every key read, and what is wrong told with its place.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/settings.h"

#include <errno.h>

static int load(void **state, const char *text, struct settings *settings, struct error *error)
{
    const char *path = testing_path(state, "hq.ini");
    testing_write(path, text);
    return settings_load(settings, path, error);
}

static void every_key_is_read(void **state)
{
    struct settings settings;
    struct error error = {0};
    if (load(state,
             "[hq]\ndevice_address = ::\ndevice_port = 1\npeople_address = 127.0.0.9\npeople_port = 0\n"
             "database = /d\nserver_certificate = /c\nserver_key = /k\nca = /a\nca_key = /b\nsign_key = /s\n"
             "hq_key = p\nweb = /w\n",
             &settings, &error) < 0)
        fail_msg("%s", error.text);
    assert_string_equal(settings.device_address, "::");
    assert_int_equal(settings.device_port, 1);
    assert_string_equal(settings.people_address, "127.0.0.9");
    assert_int_equal(settings.people_port, 0);
    assert_string_equal(settings.database, "/d");
    assert_string_equal(settings.server_certificate, "/c");
    assert_string_equal(settings.server_key, "/k");
    assert_string_equal(settings.ca, "/a");
    assert_string_equal(settings.ca_key, "/b");
    assert_string_equal(settings.sign_key, "/s");
    assert_string_equal(settings.hq_key, testing_path(state, "p")); /* relative to the file */
    assert_string_equal(settings.web, "/w");
}

static void the_sample_holds_the_defaults(void **state)
{
    static struct settings sample, defaults;
    const struct config_group group = {settings_options, settings_option_count, &sample};
    FILE *out = fopen(testing_path(state, "sample.ini"), "w");
    assert_non_null(out);
    config_write_sample(out, &group, 1);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(settings_load(&sample, testing_path(state, "sample.ini"), NULL), 0);
    assert_int_equal(load(state, "[hq]\n", &defaults, NULL), 0);
    assert_memory_equal(&sample, &defaults, sizeof sample);
    assert_int_equal(defaults.device_port, 8443);
    assert_int_equal(defaults.people_port, 8080);
    assert_string_equal(defaults.people_address, "127.0.0.1");
}

static void what_is_wrong_is_told(void **state)
{
    static const struct {
        const char *text, *told;
    } wrong[] = {
        {"[hq]\ndevice_port = 65536\n", "hq.ini:2"},
        {"[hq]\ndevice_port = -1\n", "device_port"},
        {"[hq]\npeople_port = http\n", "people_port"},
        {"[hq]\ndevice_address = localhost\n", "device_address"},
        {"[hq]\npeople_address = 0.0.0.0\n", "no login"},
        {"[hq]\npeople_address = ::\n", "no login"},
        {"[hq]\npeople_address = 192.168.1.5\n", "no login"},
        {"[hq]\npeople_address = ::ffff:127.0.0.1\n", "no login"},
        {"[hq]\nport = 1\n", "port"},
        {"[kiosk]\nport = 1\n", "kiosk"},
    };
    struct settings settings = {.device_port = -5};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error error = {0};
        assert_int_equal(load(state, wrong[i].text, &settings, &error), -EINVAL);
        if (!strstr(error.text, wrong[i].told) || !strstr(error.text, "hq.ini"))
            fail_msg("\"%s\" does not tell \"%s\"", error.text, wrong[i].told);
        assert_int_equal(error_exit_status(&error), 78);
        assert_int_equal(settings.device_port, -5); /* untouched */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_key_is_read, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(the_sample_holds_the_defaults, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told, testing_folder, testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
