/*
 * Configuration: every kind of value, right and wrong, with file and line; key files; identities.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/config.h"
#include "core/device.h"
#include "core/id.h"
#include "core/keyfile.h"

#include <errno.h>
#include <sys/stat.h>

struct settings {
    char name[CONFIG_TEXT_MAX], file[CONFIG_TEXT_MAX];
    long long count;
    bool loud;
    int colour;
};

static const char *const colours[] = {"red", "green", NULL};
#define AT(member) .section = "room", .key = #member, .offset = offsetof(struct settings, member)
static const struct config_option options[] = {
    {AT(name), .kind = CONFIG_TEXT, .fallback = NULL, .help = "Name of the room."},
    {AT(file), .kind = CONFIG_PATH, .fallback = "/etc/room", .help = "A file."},
    {AT(count), .kind = CONFIG_INTEGER, .fallback = "7", .low = 1, .high = 10, .help = "How many, 1 to 10."},
    {AT(loud), .kind = CONFIG_BOOLEAN, .fallback = "no", .help = "Whether loud."},
    {AT(colour), .kind = CONFIG_CHOICE, .fallback = "green", .choices = colours, .help = "Colour."},
};
static const char *const others[] = {"room", "cellar", NULL};

static int load(void **state, const char *text, struct settings *settings, struct error *error)
{
    const char *path = testing_path(state, "t.ini");
    testing_write(path, text);
    struct config_group group = {options, sizeof options / sizeof *options, settings};
    return config_load(path, &group, 1, others, error);
}

static void values_defaults_and_relative_paths(void **state)
{
    struct settings is;
    struct error error = {0};
    assert_int_equal(load(state, "[room]\nname = Hall ; 2\n", &is, &error), 0);
    assert_string_equal(is.name, "Hall ; 2");
    assert_string_equal(is.file, "/etc/room");
    assert_true(is.count == 7 && !is.loud && is.colour == 1);
    assert_int_equal(load(state,
                          "# a comment\n[cellar]\nwine = red\n[room]\nname=H\nfile = x/y\ncount = 10\nloud = "
                          "yes\ncolour = red\n",
                          &is, &error),
                     0);
    assert_string_equal(is.file, testing_path(state, "x/y"));
    assert_true(is.count == 10 && is.loud && is.colour == 0);
}

static const struct {
    const char *text, *complaint;
} mistakes[] = {
    {"[room]\ncount = 1\n", "[room] name is missing: Name of the room."},
    {"[room]\nname=a\ncount = 11\n", "t.ini:3: [room]: count = 11: a whole number from 1 to 10"},
    {"[room]\nname=a\ncount = 5 apples\n", ":3: [room]: count = 5 apples"},
    {"[room]\nname=a\ncount =\n", ":3: [room]: count = "},
    {"[room]\nname=a\ncount = 99999999999999999999\n", ":3:"},
    {"[room]\nname=a\nloud = true\n", ":3: [room]: loud = true: yes or no"},
    {"[room]\nname=a\ncolour = blue\n", ":3: [room]: colour = blue: one of these is expected: red, green"},
    {"[room]\nname=a\n\nsize = 1\n", ":4: [room]: size: no such key"},
    {"[rom]\nname=a\n", ":2: [rom]: no such section"},
    {"[room]\nname=a\nname=b\n", ":3: [room]: name: set already in line 2"},
    {"[room]\nname=a\nwhat is this\n", ":3: neither a [section]"},
    {"[room\nname=a\n", ":1: neither a [section]"},
    {"name = a\n", ":1: []: no such section"},
};

static void each_mistake_is_told_with_file_and_line(void **state)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct settings is;
        struct error error = {0};
        assert_int_equal(load(state, mistakes[i].text, &is, &error), -EINVAL);
        if (!strstr(error.text, mistakes[i].complaint) || !strstr(error.text, "t.ini"))
            fail_msg("mistake %zu: \"%s\" lacks \"%s\"", i, error.text, mistakes[i].complaint);
        assert_int_equal(error_exit_status(&error), 78);
    }
    char large[2100];
    memset(large, 'x', sizeof large);
    memcpy(large, "[room]\nname=a\nfile=", 19);
    large[sizeof large - 2] = '\n';
    large[sizeof large - 1] = '\0';
    struct settings is;
    struct error error = {0};
    assert_int_equal(load(state, large, &is, &error), -EINVAL);
    assert_non_null(strstr(error.text, ":3: a line of more than"));
    struct config_group group = {options, sizeof options / sizeof *options, &is};
    assert_int_equal(config_load(testing_path(state, "absent"), &group, 1, others, &error), -ENOENT);
    assert_int_equal(error_exit_status(&error), 78);
}

static void environment_comes_after_the_file(void **state)
{
    struct settings is;
    struct error error = {0};
    assert_int_equal(setenv("TAPLINE_ROOM_COUNT", "3", 1), 0);
    assert_int_equal(load(state, "[room]\nname=a\ncount=4\n", &is, &error), 0);
    assert_true(is.count == 3);
    assert_int_equal(setenv("TAPLINE_ROOM_COUNT", "many", 1), 0);
    assert_int_equal(load(state, "[room]\nname=a\n", &is, &error), -EINVAL);
    assert_non_null(strstr(error.text, "environment TAPLINE_ROOM_COUNT"));
    assert_int_equal(unsetenv("TAPLINE_ROOM_COUNT"), 0);
}

/* What the sample says is what an empty file means. */
static void sample_holds_the_defaults(void **state)
{
    const char *path = testing_path(state, "sample.ini");
    struct settings of_sample, of_nothing;
    struct error error = {0};
    memset(&of_sample, 0, sizeof of_sample);
    memset(&of_nothing, 0, sizeof of_nothing);
    struct config_group group = {options, sizeof options / sizeof *options, &of_sample};
    FILE *file = fopen(path, "w");
    config_write_sample(file, &group, 1);
    (void)fputs("name = a\n", file);
    assert_int_equal(fclose(file), 0);
    if (config_load(path, &group, 1, others, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(load(state, "[room]\nname = a\n", &of_nothing, &error), 0);
    assert_string_equal(of_sample.file, of_nothing.file);
    assert_true(of_sample.count == of_nothing.count && of_sample.loud == of_nothing.loud &&
                of_sample.colour == of_nothing.colour);
}

static void key_files_are_checked(void **state)
{
    const char *path = testing_path(state, "k");
    uint8_t key[32], again[32];
    struct error error = {0};
    for (int i = 0; i < 32; i++)
        key[i] = (uint8_t)(i * 7);
    assert_int_equal(keyfile_write(path, key, sizeof key, true, &error), 0);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(keyfile_read(path, again, sizeof again, true, &error), 0);
    assert_memory_equal(key, again, 32);
    assert_int_equal(keyfile_write(path, again, sizeof key, true, &error), -EEXIST); /* never over a key */
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(keyfile_read(path, again, sizeof again, true, &error), -EINVAL);
    assert_non_null(strstr(error.text, "chmod 600"));
    assert_int_equal(error_exit_status(&error), 78);
    assert_int_equal(keyfile_read(path, again, 31, false, &error), -EINVAL);
    static const char *const broken[] = {"", "zz\n", "00ff", "not hexadecimal at all, not even nearly so\n"};
    for (size_t i = 0; i < 4; i++) {
        const char *bad = testing_path(state, "bad");
        testing_write(bad, broken[i]);
        assert_int_equal(keyfile_read(bad, again, sizeof again, false, &error), -EINVAL);
        assert_non_null(strstr(error.text, bad));
        assert_non_null(strstr(error.text, "64 hexadecimal digits"));
    }
    assert_int_equal(keyfile_read(testing_path(state, "absent"), again, 32, false, &error), -ENOENT);
}

/* FAULTS 37: unique and well-formed under any clock; sorted by the clock where it is right. */
static void F37_identities_under_any_clock(void **state)
{
    (void)state;
    static const int64_t clocks[] = {-5, 0, 1, 1763800000000, INT64_C(281474976710655), INT64_MAX};
    char before[ID_TEXT] = "", id[ID_TEXT];
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++)
        for (int n = 0; n < 1000; n++) {
            id_ordered(id, clocks[i]);
            assert_true(id_valid(id, strlen(id)));
            assert_int_equal(id[14], '7');
            assert_non_null(strchr("89ab", id[19]));
            assert_string_not_equal(id, before);
            memcpy(before, id, sizeof id);
        }
    id_ordered(id, 1763800000000);
    assert_memory_equal(id, "019aaaac-2600", 13);
    char early[ID_TEXT], late[ID_TEXT];
    id_ordered(early, 1763800000000);
    id_ordered(late, 1763800000001);
    assert_true(strcmp(early, late) < 0);
    id_random(id);
    assert_true(id_valid(id, strlen(id)) && id[14] == '4');
    assert_false(id_valid("019AAA97-2A00-7000-8000-000000000000", 36));
    assert_false(id_valid("019aaa97-2a00-7000-8000-00000000000", 35));
    assert_false(id_valid("019aaa97x2a00-7000-8000-000000000000", 36));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_folder, testing_folder_end)
    const struct CMUnitTest tests[] = {
        TEST(values_defaults_and_relative_paths),
        TEST(each_mistake_is_told_with_file_and_line),
        TEST(environment_comes_after_the_file),
        TEST(sample_holds_the_defaults),
        TEST(key_files_are_checked),
        TEST(F37_identities_under_any_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
