/*
 * The outbox on a real file: order, durability of place, schema, receipts, purge, damage.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/outbox.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

#define DAY INT64_C(86400000)

static int64_t now = 1763800000000;

static struct outbox *open_outbox(const char *path)
{
    struct clock clock = testing_clock(&now);
    struct outbox *outbox = NULL;
    struct error error = {0};
    if (outbox_open(&outbox, path, &clock, &error) < 0)
        fail_msg("%s", error.text);
    return outbox;
}

static int append(struct outbox *outbox, const char *text, int64_t *first, struct error *error)
{
    struct outbox_line line = {text, strlen(text)};
    return outbox_append(outbox, &line, 1, first, error);
}

static void append_many(struct outbox *outbox, int count)
{
    for (int i = 0; i < count; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "{\"i\":%d}", i);
        assert_int_equal(append(outbox, text, NULL, NULL), 0);
    }
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void numbers_run_without_a_gap(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct outbox *outbox = open_outbox(path);
    struct outbox_line pair[2] = {{"{\"a\":1}", 7}, {"{\"b\":22}", 8}};
    struct outbox_state is;
    int64_t first = 0;
    assert_int_equal(outbox_state(outbox, &is, NULL), 0);
    assert_true(is.first == 1 && is.last == 0 && !is.receipted);
    assert_int_equal(append(outbox, "{}", &first, NULL), 0);
    assert_true(first == 1);
    assert_int_equal(outbox_append(outbox, pair, 2, &first, NULL), 0);
    assert_true(first == 2);
    char store[ID_TEXT];
    memcpy(store, is.store, sizeof store);
    outbox_close(outbox);

    outbox = open_outbox(path); /* the same store after a restart */
    assert_int_equal(outbox_state(outbox, &is, NULL), 0);
    assert_string_equal(is.store, store);
    assert_true(is.first == 1 && is.last == 3);
    uint8_t chain[CHAIN_BYTES];
    chain_start(chain, store);
    chain_next(chain, chain, "{}", 2);
    chain_next(chain, chain, pair[0].text, pair[0].length);
    chain_next(chain, chain, pair[1].text, pair[1].length);
    assert_true(chain_equal(chain, is.chain));
    outbox_close(outbox);
}

static void spans_are_what_was_appended(void **state)
{
    struct outbox *outbox = open_outbox(testing_path(state, "o.db"));
    append_many(outbox, 100);
    struct outbox_span span;
    uint8_t chain[CHAIN_BYTES];
    assert_int_equal(outbox_read(outbox, 11, 20, 1 << 20, &span, NULL), 0);
    assert_true(span.first == 11 && span.count == 20);
    assert_int_equal(span.lines[0].length, 8);
    assert_memory_equal(span.lines[0].text, "{\"i\":10}", 8);
    assert_memory_equal(span.lines[19].text, "{\"i\":29}", 8);
    assert_int_equal(outbox_chain_at(outbox, 10, chain, NULL), 0);
    assert_true(chain_equal(chain, span.before));
    assert_int_equal(outbox_chain_at(outbox, 30, chain, NULL), 0);
    assert_true(chain_equal(chain, span.after));
    outbox_span_free(&span);
    assert_int_equal(outbox_read(outbox, 1, 1000, 50, &span, NULL), 0); /* bounded by bytes */
    assert_true(span.count >= 1 && span.count <= 8);
    outbox_span_free(&span);
    assert_int_equal(outbox_read(outbox, 101, 1000, 50, &span, NULL), 0); /* nothing yet */
    assert_true(span.count == 0 && chain_equal(span.before, span.after));
    outbox_span_free(&span);
    assert_int_equal(outbox_read(outbox, 200, 10, 50, &span, NULL), -ENOENT);
    assert_null(span.lines);
    outbox_close(outbox);
}

static void only_lines_are_taken(void **state)
{
    struct outbox *outbox = open_outbox(testing_path(state, "o.db"));
    char large[4098];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(append(outbox, "", NULL, NULL), -EINVAL);
    assert_int_equal(append(outbox, "a\nb", NULL, NULL), -EINVAL);
    assert_int_equal(append(outbox, large, NULL, NULL), -EINVAL);
    large[4096] = '\0';
    assert_int_equal(append(outbox, large, NULL, NULL), 0);
    outbox_close(outbox);
}

static void F15_removed_file_is_noticed(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct outbox *outbox = open_outbox(path);
    struct error error = {0};
    append_many(outbox, 3);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(append(outbox, "{}", NULL, &error), -ESTALE);
    assert_non_null(strstr(error.text, path));
    struct outbox_state is;
    assert_int_equal(outbox_state(outbox, &is, &error), -ESTALE);
    outbox_close(outbox);
}

static void F15_replaced_file_is_noticed(void **state)
{
    const char *path = testing_path(state, "o.db"), *other = testing_path(state, "p.db");
    outbox_close(open_outbox(other));
    struct outbox *outbox = open_outbox(path);
    append_many(outbox, 3);
    assert_int_equal(rename(other, path), 0);
    assert_int_equal(append(outbox, "{}", NULL, NULL), -ESTALE);
    outbox_close(outbox);
}

static void F19_another_writer_is_waited_for_but_not_forever(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct outbox *outbox = open_outbox(path);
    struct error error = {0};
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(append(outbox, "{}", NULL, &error), -EAGAIN);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(append(outbox, "{}", NULL, &error), 0);
    (void)sqlite3_close(db);
    outbox_close(outbox);
}

static void settle_finds_what_had_been_committed(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct outbox *outbox = open_outbox(path);
    struct outbox_line there = {"{\"i\":5}", 7}, absent = {"{\"i\":77}", 8};
    bool present = true;
    append_many(outbox, 10);
    assert_int_equal(outbox_settle(outbox, &absent, &present, NULL), 0);
    assert_false(present);
    assert_int_equal(outbox_settle(outbox, &there, &present, NULL), 0);
    assert_true(present);
    char log[300];
    struct stat status;
    (void)snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(stat(log, &status), 0);
    assert_int_equal(status.st_size, 0); /* the log that could not be trusted is gone */
    outbox_close(outbox);
}

static struct receipt receipt_for(struct outbox *outbox, int64_t high_water)
{
    struct outbox_state is;
    struct receipt receipt = {
        .epoch = "22222222-2222-4222-8222-222222222222", .high_water = high_water, .now = now};
    assert_int_equal(outbox_state(outbox, &is, NULL), 0);
    memcpy(receipt.store, is.store, ID_TEXT);
    assert_int_equal(outbox_chain_at(outbox, high_water, receipt.chain, NULL), 0);
    return receipt;
}

static void purge_takes_only_what_is_receipted_and_old(void **state)
{
    struct outbox *outbox = open_outbox(testing_path(state, "o.db"));
    struct outbox_state is;
    int64_t purged = -1;
    append_many(outbox, 50);
    assert_int_equal(outbox_purge_receipted(outbox, 35, 1000, &purged, NULL), 0);
    assert_true(purged == 0); /* no receipt, no purge */
    struct receipt receipt = receipt_for(outbox, 20);
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), 0);
    assert_int_equal(outbox_purge_receipted(outbox, 35, 1000, &purged, NULL), 0);
    assert_true(purged == 0); /* receipted, but not for long enough */
    receipt = receipt_for(outbox, 40);
    receipt.now = now + 36 * DAY;
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), 0);
    assert_int_equal(outbox_purge_receipted(outbox, 35, 7, &purged, NULL), 0);
    assert_true(purged == 7);
    assert_int_equal(outbox_purge_receipted(outbox, 35, 1000, &purged, NULL), 0);
    assert_true(purged == 12); /* 1 to 19; 20 is where an older receipt stands */
    assert_int_equal(outbox_state(outbox, &is, NULL), 0);
    assert_true(is.first == 20 && is.last == 50 && is.receipt.high_water == 40);
    struct outbox_span span;
    assert_int_equal(outbox_read(outbox, 41, 100, 1 << 20, &span, NULL), 0);
    assert_int_equal(span.count, 10);
    outbox_span_free(&span);
    assert_int_equal(outbox_read(outbox, 5, 100, 1 << 20, &span, NULL), -ENOENT);
    outbox_close(outbox);
}

static void purge_of_everything_keeps_the_numbers_going(void **state)
{
    struct outbox *outbox = open_outbox(testing_path(state, "o.db"));
    int64_t first = 0;
    append_many(outbox, 9);
    struct receipt receipt = receipt_for(outbox, 9);
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), 0);
    receipt.now += 100 * DAY;
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), 0);
    assert_int_equal(outbox_purge_receipted(outbox, 35, 1000, NULL, NULL), 0);
    assert_int_equal(append(outbox, "{}", &first, NULL), 0);
    assert_true(first == 10);
    struct outbox_span span;
    assert_int_equal(outbox_read(outbox, 10, 10, 1 << 20, &span, NULL), 0);
    assert_true(chain_equal(span.before, receipt.chain));
    outbox_span_free(&span);
    outbox_close(outbox);
}

/* Headquarters restored from a backup holds less: what it no longer vouches for must not be purged. */
static void receipt_of_a_new_epoch_takes_back_older_claims(void **state)
{
    struct outbox *outbox = open_outbox(testing_path(state, "o.db"));
    struct outbox_state is;
    int64_t purged = -1;
    append_many(outbox, 30);
    struct receipt receipt = receipt_for(outbox, 25);
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), 0);
    receipt = receipt_for(outbox, 10);
    receipt.now = now + 40 * DAY;
    memcpy(receipt.epoch, "33333333-3333-4333-8333-333333333333", ID_TEXT);
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), 0);
    assert_int_equal(outbox_state(outbox, &is, NULL), 0);
    assert_true(is.receipt.high_water == 10);
    assert_int_equal(outbox_purge_receipted(outbox, 35, 1000, &purged, NULL), 0);
    assert_true(purged == 0);
    receipt.store[0] = receipt.store[0] == 'a' ? 'b' : 'a';
    assert_int_equal(outbox_keep_receipt(outbox, &receipt, NULL), -EINVAL);
    outbox_close(outbox);
}

static void altered_row_is_never_sent(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct outbox *outbox = open_outbox(path);
    struct error error = {0};
    struct outbox_span span;
    append_many(outbox, 10);
    execute(path, "UPDATE record SET line = '{\"i\":9}' WHERE n = 6");
    assert_int_equal(outbox_read(outbox, 1, 100, 1 << 20, &span, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "record 6"));
    execute(path, "DELETE FROM record WHERE n = 3");
    assert_int_equal(outbox_read(outbox, 1, 100, 1 << 20, &span, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "record 3"));
    outbox_close(outbox);
}

static void foreign_newer_and_broken_databases_are_left_alone(void **state)
{
    struct clock clock = testing_clock(&now);
    struct outbox *outbox = NULL;
    struct error error = {0};
    const char *path = testing_path(state, "foreign.db");
    execute(path, "CREATE TABLE t (x)");
    assert_int_equal(outbox_open(&outbox, path, &clock, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "another program"));
    assert_int_equal(error_exit_status(&error), 65);

    path = testing_path(state, "newer.db");
    outbox_close(open_outbox(path));
    execute(path, "PRAGMA user_version = 999");
    assert_int_equal(outbox_open(&outbox, path, &clock, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "newer Tapline"));

    path = testing_path(state, "garbage.db");
    char garbage[4097];
    memset(garbage, 'g', 4096);
    garbage[4096] = '\0';
    testing_write(path, garbage);
    assert_int_equal(outbox_open(&outbox, path, &clock, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "set the file aside"));

    assert_int_equal(outbox_open(&outbox, testing_path(state, "no/such/o.db"), &clock, &error), -ENOENT);
    assert_null(outbox);
}

/* One transaction: an opening that dies half way leaves no half schema. */
static void two_that_open_a_new_file_get_one_store(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct outbox *one = open_outbox(path), *two = open_outbox(path);
    struct outbox_state a, b;
    assert_int_equal(append(one, "{}", NULL, NULL), 0);
    assert_int_equal(append(two, "{}", NULL, NULL), 0);
    assert_int_equal(outbox_state(one, &a, NULL), 0);
    assert_int_equal(outbox_state(two, &b, NULL), 0);
    assert_string_equal(a.store, b.store);
    assert_true(a.last == 2 && b.last == 2);
    outbox_close(one);
    outbox_close(two);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_folder, testing_folder_end)
    const struct CMUnitTest tests[] = {
        TEST(numbers_run_without_a_gap),
        TEST(spans_are_what_was_appended),
        TEST(only_lines_are_taken),
        TEST(F15_removed_file_is_noticed),
        TEST(F15_replaced_file_is_noticed),
        TEST(F19_another_writer_is_waited_for_but_not_forever),
        TEST(settle_finds_what_had_been_committed),
        TEST(purge_takes_only_what_is_receipted_and_old),
        TEST(purge_of_everything_keeps_the_numbers_going),
        TEST(receipt_of_a_new_epoch_takes_back_older_claims),
        TEST(altered_row_is_never_sent),
        TEST(foreign_newer_and_broken_databases_are_left_alone),
        TEST(two_that_open_a_new_file_get_one_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
