/*
 * Wake-ups: heard for the outbox and its log, not for what else lies in the folder, and looks that end.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "sync/wake.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

/* inotify tells before the call that caused it returns, so nothing here has to wait. */
static bool readable(const struct wake *wake)
{
    struct pollfd fd = {wake_fd(wake), POLLIN, 0};
    return poll(&fd, 1, 0) == 1;
}

static bool drain(struct wake *wake)
{
    bool touched = false;
    struct error error;
    assert_int_equal(wake_drain(wake, &touched, &error), 0);
    assert_false(readable(wake));
    return touched;
}

static struct wake *open_wake(const char *path)
{
    struct wake *wake = NULL;
    struct error error;
    assert_int_equal(wake_open(&wake, path, &error), 0);
    return wake;
}

static void the_log_wakes_when_it_comes_changes_and_goes(void **state)
{
    struct wake *wake = open_wake(testing_path(state, "outbox.db"));
    const char *log = testing_path(state, "outbox.db-wal");
    assert_false(drain(wake));
    testing_write(log, "frame");
    assert_true(readable(wake));
    assert_true(drain(wake));
    for (int i = 0; i < 5000; i++) /* any number of writes is one wake-up */
        testing_write(log, "frames");
    assert_true(drain(wake));
    assert_false(drain(wake));
    assert_int_equal(unlink(log), 0);
    assert_true(drain(wake));
    wake_close(wake);
}

static void the_database_put_in_place_wakes(void **state)
{
    struct wake *wake = open_wake(testing_path(state, "outbox.db"));
    testing_write(testing_path(state, "new"), "x");
    assert_false(drain(wake));
    assert_int_equal(rename(testing_path(state, "new"), testing_path(state, "outbox.db")), 0);
    assert_true(drain(wake));
    assert_int_equal(unlink(testing_path(state, "outbox.db")), 0);
    assert_true(drain(wake));
    wake_close(wake);
}

static void other_files_do_not_wake(void **state)
{
    static const char *const names[] = {
        "outbox.db-shm", "outbox.db.sync-state", "outbox.db.sync-lock", "outbox.db-journal",
        "outbox.d",      "outbox.db-wal2",       "other.db-wal",        "outbox.dbx"};
    struct wake *wake = open_wake(testing_path(state, "outbox.db"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        testing_write(testing_path(state, names[i]), "x");
        assert_false(drain(wake));
    }
    wake_close(wake);
}

static void a_folder_that_goes_is_told(void **state)
{
    struct error error = {0};
    bool touched = false;
    const char *folder = testing_path(state, "inner");
    assert_int_equal(mkdir(folder, 0700), 0);
    struct wake *wake = open_wake(testing_path(state, "inner/outbox.db"));
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(wake_drain(wake, &touched, &error), -ESTALE);
    wake_close(wake);
    struct wake *none = NULL;
    assert_int_equal(wake_open(&none, testing_path(state, "inner/outbox.db"), &error), -ENOENT);
    assert_null(none);
    wake_close(none);
}

/* A commit shows itself only after its sync: looks at once, then ever less often, then never. */
static void looks_end(void **state)
{
    static const int64_t at[] = {0, 1, 5, 21, 85, 341, 1365, 5461};
    struct wake_looks looks;
    (void)state;
    wake_looks_stop(&looks);
    assert_false(wake_looks_due(&looks, INT64_MAX - 1));
    for (int turn = 0; turn < 2; turn++) {
        wake_looks_start(&looks, 1000);
        assert_false(wake_looks_due(&looks, 999));
        for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
            assert_int_equal(looks.at, 1000 + at[i]);
            assert_true(wake_looks_due(&looks, 1000 + at[i]));
            assert_false(wake_looks_due(&looks, 1000 + at[i]));
        }
        assert_int_equal(looks.at, INT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_wakes_when_it_comes_changes_and_goes, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(the_database_put_in_place_wakes, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(other_files_do_not_wake, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(a_folder_that_goes_is_told, testing_folder, testing_folder_end),
        cmocka_unit_test(looks_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
