/*
 * init and enroll: whole or not at all, and what they make fits together.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/device.h"
#include "core/keyfile.h"
#include "core/receipt.h"
#include "hq/db.h"
#include "hq/enroll.h"
#include "hq/init.h"
#include "hq/settings.h"
#include "hq/signer.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static struct settings settings;

/* A headquarters in the test's folder, its settings loaded. */
static int begin(void **state)
{
    if (testing_folder(state) < 0)
        return -1;
    struct error error = {0};
    const struct init_options options = {
        .folder = testing_path(state, "hq"), .device_port = 0, .people_port = 0, .web = "/web"};
    if (init_headquarters(&options, &error) < 0 ||
        settings_load(&settings, testing_path(state, "hq/hq.ini"), &error) < 0)
        fail_msg("%s", error.text);
    return 0;
}

static int entries(void **state)
{
    DIR *folder = opendir(*state);
    int count = 0;
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count - 2;
}

static int enroll(void **state, const char *device, const char *branch, const char *folder, bool replace,
                  struct error *error)
{
    const struct enroll_options options = {.device = device,
                                           .branch = branch,
                                           .branch_name = "静安支行",
                                           .url = "https://hq.example:8443",
                                           .folder = testing_path(state, folder),
                                           .survey = "/s/exit.json",
                                           .icons = "/i",
                                           .replace = replace};
    return enroll_device(&settings, &options, error);
}

static int64_t mode(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 0777;
}

static void a_headquarters_fits_together(void **state)
{
    struct signer signer;
    struct receipt receipt = {.store = "x", .epoch = "y"};
    uint8_t key[RECEIPT_KEY_BYTES];
    struct db *db = NULL;
    assert_int_equal(mode(testing_path(state, "hq")), 0700);
    assert_int_equal(mode(settings.ca_key), 0600);
    assert_int_equal(mode(settings.sign_key), 0600);
    assert_int_equal(mode(settings.database), 0600);
    assert_string_equal(settings.web, "/web");
    assert_int_equal(signer_load(&signer, settings.sign_key, NULL), 0);
    assert_int_equal(keyfile_read(settings.hq_key, key, sizeof key, false, NULL), 0);
    receipt_sign(&receipt, signer.secret);
    assert_int_equal(receipt_verify(&receipt, key, NULL), 0);
    assert_int_equal(db_open(&db, settings.database, NULL), 0);
    db_close(db);
    assert_int_equal(entries(state), 1); /* nothing is left aside */
}

static void a_headquarters_is_never_overwritten(void **state)
{
    struct error error = {0};
    const struct init_options again = {.folder = testing_path(state, "hq")};
    assert_int_equal(init_headquarters(&again, &error), -EEXIST);
    assert_int_equal(mkdir(testing_path(state, "full"), 0755), 0);
    testing_write(testing_path(state, "full/mine"), "x");
    const struct init_options full = {.folder = testing_path(state, "full")};
    assert_int_equal(init_headquarters(&full, &error), -EEXIST);
    const struct init_options bad = {
        .folder = testing_path(state, "bad"), .hosts = (const char *const[]){"a b"}, .host_count = 1};
    assert_int_equal(init_headquarters(&bad, &error), -EINVAL);
    const struct init_options nowhere = {.folder = testing_path(state, "no/where")};
    assert_int_equal(init_headquarters(&nowhere, &error), -ENOENT);
    assert_int_equal(entries(state), 2); /* hq and full */
}

static void an_empty_folder_is_taken(void **state)
{
    struct error error = {0};
    assert_int_equal(mkdir(testing_path(state, "empty"), 0755), 0);
    const struct init_options options = {.folder = testing_path(state, "empty/")};
    assert_int_equal(init_headquarters(&options, &error), 0);
    assert_int_equal(access(testing_path(state, "empty/hq.ini"), F_OK), 0);
}

static void a_device_gets_what_it_needs(void **state)
{
    struct error error = {0};
    struct device_settings device;
    uint8_t given[RECEIPT_KEY_BYTES], own[RECEIPT_KEY_BYTES];
    const struct config_group group = {device_options, device_option_count, &device};
    if (enroll(state, "kiosk-1", "b-1", "out", false, &error) < 0)
        fail_msg("%s", error.text);
    static const char *const files[] = {"out/device.key", "out/device.pem", "out/ca.pem", "out/hq.pub"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(mode(testing_path(state, files[i])), i == 0 ? 0600 : 0644);
    assert_int_equal(config_load(testing_path(state, "out/tapline.ini"), &group, 1, device_sections, &error),
                     0);
    assert_string_equal(device.id, "kiosk-1");
    assert_string_equal(device.branch, "b-1");
    assert_string_equal(device.outbox, testing_path(state, "out/outbox.db"));
    assert_string_equal(device.survey, "/s/exit.json");
    assert_int_equal(keyfile_read(testing_path(state, "out/hq.pub"), given, sizeof given, false, NULL), 0);
    assert_int_equal(keyfile_read(settings.hq_key, own, sizeof own, false, NULL), 0);
    assert_memory_equal(given, own, sizeof own);
}

static void enrolling_again_needs_replace(void **state)
{
    struct error error = {0};
    assert_int_equal(enroll(state, "kiosk-1", "b-1", "one", false, &error), 0);
    assert_int_equal(enroll(state, "kiosk-1", "b-1", "two", false, &error), -EEXIST);
    assert_non_null(strstr(error.text, "--replace"));
    assert_int_equal(enroll(state, "kiosk-1", "b-2", "two", true, &error), -EEXIST); /* another branch */
    assert_int_equal(enroll(state, "kiosk-1", "b-1", "one", true, &error), -EEXIST); /* folder taken */
    assert_int_equal(enroll(state, "kiosk-1", "b-1", "two", true, &error), 0);
    assert_int_equal(entries(state), 3);
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const struct enroll_options wrong[] = {
        {.device = "a b", .branch = "b", .url = "https://h"},
        {.device = "", .branch = "b", .url = "https://h"},
        {.device = "a/../b", .branch = "b", .url = "https://h"},
        {.device = "0123456789012345678901234567890123456789012345678901234567890123",
         .branch = "b",
         .url = "https://h"},
        {.device = "a", .branch = "b\n", .url = "https://h"},
        {.device = "a", .branch = "b", .url = "http://h"},
        {.device = "a", .branch = "b", .url = "https://"},
        {.device = "a", .branch = "b", .url = "https://h\n[sync]"},
        {.device = "a", .branch = "b", .url = "https://h", .survey = "exit.json"},
        {.device = "a", .branch = "b", .url = "https://h", .icons = "/i\nx = y"},
        {.device = "a", .branch = "b", .url = "https://h", .branch_name = "x\ry"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct enroll_options options = wrong[i];
        struct error error = {0};
        options.folder = testing_path(state, "out");
        assert_int_equal(enroll_device(&settings, &options, &error), -EINVAL);
        assert_true(error.text[0]);
    }
    assert_int_equal(entries(state), 1);
}

static void broken_keys_are_told(void **state)
{
    struct error error = {0};
    struct signer signer;
    testing_write(settings.hq_key, "xyz\n");
    assert_int_equal(enroll(state, "kiosk-1", "b-1", "out", false, &error), -EINVAL);
    assert_non_null(strstr(error.text, "sign.pub"));
    assert_int_equal(entries(state), 1);
    /* the two halves of the signing key must belong together */
    uint8_t mixed[RECEIPT_SECRET_BYTES] = {1, 2, 3};
    assert_int_equal(keyfile_write(testing_path(state, "mixed.key"), mixed, sizeof mixed, true, NULL), 0);
    assert_int_equal(signer_load(&signer, testing_path(state, "mixed.key"), &error), -EINVAL);
    testing_write(settings.ca_key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert_int_equal(enroll(state, "kiosk-1", "b-1", "out", false, &error), -EINVAL);
    assert_non_null(strstr(error.text, "ca.key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_headquarters_fits_together, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(a_headquarters_is_never_overwritten, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(an_empty_folder_is_taken, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(a_device_gets_what_it_needs, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(enrolling_again_needs_replace, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, begin, testing_folder_end),
        cmocka_unit_test_setup_teardown(broken_keys_are_told, begin, testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
