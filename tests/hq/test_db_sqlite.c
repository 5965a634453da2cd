/*
 * What lies in the SQLite file, and what happens when the file is not what it should be.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/sender.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

static struct sender sender;

static struct db *begin(void **state)
{
    struct db *db = sender_database(testing_path(state, "hq.db"));
    sender_start(&sender, "kiosk-1", SENDER_STORE);
    sender_enroll(db, &sender, "b-1");
    return db;
}

/* A look at the file from outside, as any other program would see it. */
static int64_t look(void **state, const char *sql)
{
    sqlite3 *connection = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(testing_path(state, "hq.db"), &connection), SQLITE_OK);
    if (sqlite3_prepare_v2(connection, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(connection));
    int64_t number = -1;
    if (sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(connection);
    return number;
}

/* Ingests one batch; returns the error code. */
static int try_send(struct db *db, int from, int count, struct db_outcome *outcome)
{
    const struct batch batch = sender_batch(&sender, from, count);
    struct ingest ingest = {0};
    assert_int_equal(ingest_prepare(&ingest, &batch, NULL), 0);
    int result = db_ingest(db, &sender.identity, &ingest, SENDER_NOW, outcome, NULL);
    ingest_free(&ingest);
    return result;
}

/* --- what lies there ----------------------------------------------------------------------------------------- */

static void every_number_has_its_bytes(void **state)
{
    static const char poison[] = "neither JSON nor \xff\xfe UTF-8";
    struct db *db = begin(state);
    sender_face(&sender, 1, 1, 5, SENDER_NOW, "touch");
    sender_add(&sender, poison);
    sender_add(&sender, sender.texts[0]);               /* 3: the same again */
    sender_face(&sender, 1, 1, 2, SENDER_NOW, "touch"); /* 4: the same identity, other bytes */
    sender_reasons(&sender, 1, 2, "waiting", NULL);
    (void)sender_send(&sender, db, 0, 5);
    db_close(db);
    assert_int_equal(look(state, "SELECT count(*) FROM record"), 5);
    assert_int_equal(look(state, "SELECT sum(seq << (4 * state)) FROM record"),
                     (1 + 5) + (3 << 4) + ((2 + 4) << 8));
    assert_int_equal(look(state, "SELECT count(*) FROM quarantine WHERE reason <> ''"), 2);
    assert_int_equal(look(state, "SELECT count(*) FROM record WHERE (state = 2) <> (line IS NULL)"), 0);
    assert_int_equal(look(state, "SELECT count(*) FROM record WHERE (state = 0) <> (visit IS NOT NULL)"), 0);
    assert_int_equal(look(state, "PRAGMA user_version"), 3);

    /* the chain over the view is the chain of the store */
    sqlite3 *connection = NULL;
    sqlite3_stmt *lines = NULL;
    uint8_t chain[CHAIN_BYTES];
    chain_start(chain, SENDER_STORE);
    assert_int_equal(sqlite3_open(testing_path(state, "hq.db"), &connection), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(connection,
                                        "SELECT line FROM chain_line WHERE store = ?1 ORDER BY seq", -1,
                                        &lines, NULL),
                     SQLITE_OK);
    (void)sqlite3_bind_text(lines, 1, SENDER_STORE, -1, SQLITE_STATIC);
    while (sqlite3_step(lines) == SQLITE_ROW)
        chain_next(chain, chain, sqlite3_column_blob(lines, 0), (size_t)sqlite3_column_bytes(lines, 0));
    (void)sqlite3_finalize(lines);
    (void)sqlite3_close(connection);
    assert_true(chain_equal(chain, sender.chains[5]));
}

static void the_clock_sample_is_kept(void **state)
{
    struct db *db = begin(state);
    (void)sender_send(&sender, db, 0, 0);
    db_close(db);
    assert_int_equal(look(state, "SELECT received - clock_at FROM store"), 1000);
    assert_int_equal(look(state, "SELECT clock_up FROM store WHERE clock_boot = '" SENDER_BOOT "'"),
                     SENDER_NOW - 1000 - SENDER_BOOTED);
}

/* --- files that are not what they should be --------------------------------------------------------------------- */

static void what_is_no_database_of_ours_is_refused(void **state)
{
    struct db *db = NULL;
    struct error error = {0};
    assert_int_equal(db_open(&db, testing_path(state, "none.db"), &error), -ENOENT);
    testing_write(testing_path(state, "text.db"),
                  "this is a text, and long enough to be read as a database header, "
                  "which has one hundred bytes: more words follow here");
    assert_int_equal(db_open(&db, testing_path(state, "text.db"), &error), -EBADMSG);
    assert_int_equal(error_exit_status(&error), 65);
    testing_write(testing_path(state, "empty.db"), "");
    assert_int_equal(db_open(&db, testing_path(state, "empty.db"), &error), -EBADMSG);
    assert_null(db);
}

static void a_newer_database_is_refused(void **state)
{
    struct db *db = begin(state);
    struct error error = {0};
    db_close(db);
    (void)look(state, "PRAGMA user_version = 99");
    db = NULL;
    assert_int_equal(db_open(&db, testing_path(state, "hq.db"), &error), -EBADMSG);
    assert_non_null(strstr(error.text, "newer"));
    assert_null(db);
}

static void a_database_that_was_moved_gives_no_receipt(void **state)
{
    struct db *db = begin(state);
    struct db_outcome outcome = {0};
    sender_face(&sender, 1, 1, 5, SENDER_NOW, "touch");
    sender_face(&sender, 2, 1, 5, SENDER_NOW, "touch");
    assert_int_equal(try_send(db, 0, 1, &outcome), 0);
    assert_int_equal(rename(testing_path(state, "hq.db"), testing_path(state, "away.db")), 0);
    outcome.high_water = -7;
    assert_int_equal(try_send(db, 1, 1, &outcome), -ESTALE);
    assert_int_equal(try_send(db, 1, 1, &outcome), -ENOENT); /* and no new one is made in its place */
    assert_int_equal(outcome.high_water, -7);
    assert_int_equal(access(testing_path(state, "hq.db"), F_OK), -1);
    assert_int_equal(rename(testing_path(state, "away.db"), testing_path(state, "hq.db")), 0);
    assert_int_equal(try_send(db, 1, 1, &outcome), 0);
    assert_int_equal(outcome.high_water, 2);
    db_close(db);
}

/* A write that fails: nothing of the batch is there, and the next one works once the disk does. */
static void a_failed_write_leaves_nothing_and_heals(void **state)
{
    struct db *db = begin(state);
    struct db_outcome outcome = {0};
    struct rlimit limit;
    for (int i = 0; i < SENDER_LINES; i++)
        sender_face(&sender, i, 1, 5, SENDER_NOW, "touch");
    assert_int_equal(try_send(db, 0, 1, &outcome), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct rlimit tight = {32768, limit.rlim_max}; /* under what the log needs for the batch */
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    int failed = try_send(db, 1, SENDER_LINES - 1, &outcome);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_true(failed == -EIO || failed == -ENOSPC);
    assert_int_equal(outcome.high_water, 1);
    assert_int_equal(look(state, "SELECT count(*) FROM record"), 1);
    assert_int_equal(try_send(db, 1, SENDER_LINES - 1, &outcome), 0);
    assert_int_equal(outcome.high_water, SENDER_LINES);
    db_close(db);
    assert_int_equal(look(state, "SELECT sum(count) FROM rollup"), SENDER_LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_number_has_its_bytes, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(the_clock_sample_is_kept, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(what_is_no_database_of_ours_is_refused, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(a_newer_database_is_refused, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(a_database_that_was_moved_gives_no_receipt, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_nothing_and_heals, testing_folder,
                                        testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
