/*
 * Forks, the walk over damaged rows, salvage and the ladder.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/device_record.h"
#include "core/outbox.h"
#include "core/record.h"
#include "core/repair.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>

static int64_t now = 1763910000000;

static struct outbox *opened(const char *path)
{
    const struct clock clock = testing_clock(&now);
    struct outbox *outbox = NULL;
    struct error error = {0};
    if (outbox_open(&outbox, path, &clock, &error) < 0)
        fail_msg("%s", error.text);
    return outbox;
}

static void add(struct outbox *outbox, int count)
{
    const struct clock clock = testing_clock(&now);
    for (int i = 0; i < count; i++) {
        char text[RECORD_MAX + 1];
        struct outbox_line line = {.text = text};
        assert_int_equal(device_record_fault(text, &line.length, &clock, "test", "a line", i, NULL), 0);
        assert_int_equal(outbox_append(outbox, &line, 1, NULL, NULL), 0);
    }
}

static void change(const char *path, const char *sql)
{
    sqlite3 *connection = NULL;
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    assert_int_equal(sqlite3_exec(connection, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(connection) > 0);
    (void)sqlite3_close(connection);
}

struct tally {
    int sound, unchained, bad;
    int64_t lost;
};

static int count_found(void *user, const struct outbox_found *found)
{
    struct tally *tally = user;
    tally->sound += found->health == OUTBOX_SOUND;
    tally->unchained += found->unchained;
    tally->bad += found->health == OUTBOX_BAD;
    if (found->health == OUTBOX_LOST)
        tally->lost += found->to - found->from + 1;
    return 0;
}

static struct tally walked(struct outbox *outbox)
{
    struct tally tally = {0};
    assert_int_equal(outbox_walk(outbox, count_found, &tally, NULL), 0);
    return tally;
}

static void assert_whole(struct outbox *outbox, int records)
{
    struct outbox_span span;
    struct outbox_state state;
    assert_int_equal(outbox_read(outbox, 1, 1000, 1 << 20, &span, NULL), 0);
    assert_int_equal(span.count, records);
    outbox_span_free(&span);
    assert_int_equal(outbox_state(outbox, &state, NULL), 0);
    assert_int_equal(state.first, 1);
    assert_int_equal(state.last, records);
    struct tally tally = walked(outbox);
    assert_int_equal(tally.sound, records);
    assert_int_equal(tally.bad + tally.unchained + (int)tally.lost, 0);
}

static void a_walk_tells_lines_from_chains(void **state)
{
    static const struct {
        const char *sql;
        struct tally tally;
    } cases[] = {
        {"UPDATE record SET line = replace(line, 'line', 'lime') WHERE n = 5", {9, 0, 1, 0}},
        {"UPDATE record SET line = replace(line, 'line', 'lime') WHERE n IN (5, 6)", {8, 0, 2, 0}},
        {"UPDATE record SET line = replace(line, 'line', 'lime') WHERE n = 10", {9, 0, 1, 0}},
        {"UPDATE record SET line = replace(line, 'line', 'lime') WHERE n = 1", {9, 0, 1, 0}},
        {"UPDATE record SET chain = zeroblob(32) WHERE n = 5", {10, 1, 0, 0}},
        {"UPDATE record SET chain = zeroblob(3) WHERE n = 5", {10, 1, 0, 0}},
        {"DELETE FROM record WHERE n IN (4, 5)", {8, 0, 0, 2}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "walk-%zu.db", i);
        const char *path = testing_path(state, name);
        struct outbox *outbox = opened(path);
        add(outbox, 10);
        change(path, cases[i].sql);
        struct tally tally = walked(outbox);
        outbox_close(outbox);
        assert_int_equal(tally.sound, cases[i].tally.sound);
        assert_int_equal(tally.unchained, cases[i].tally.unchained);
        assert_int_equal(tally.bad, cases[i].tally.bad);
        assert_int_equal(tally.lost, cases[i].tally.lost);
    }
}

static void a_fork_carries_everything_over(void **state)
{
    const struct clock clock = testing_clock(&now);
    const char *path = testing_path(state, "outbox.db");
    struct outbox *outbox = opened(path), *other = opened(path);
    struct outbox_state before, after;
    struct outbox_fork fork = {.why = OUTBOX_FORK, .reason = "headquarters holds another history"};
    add(outbox, 10);
    assert_int_equal(outbox_state(outbox, &before, NULL), 0);
    assert_int_equal(before.origin.why, OUTBOX_ORIGINAL);
    assert_string_equal(before.origin.lineage, before.store);
    assert_int_equal(outbox_fork(outbox, &fork, &clock, NULL), 0);
    assert_int_equal(fork.carried, 10);
    assert_int_equal(fork.buried, 0);
    assert_int_equal(outbox_state(outbox, &after, NULL), 0);
    assert_string_not_equal(after.store, before.store);
    assert_string_equal(after.origin.parent, before.store);
    assert_string_equal(after.origin.lineage, before.store);
    assert_false(after.receipted);
    add(other, 2); /* a handle that was open all the while */
    assert_whole(outbox, 13);
    /* a grandchild names its parent, and the first of the line */
    assert_int_equal(outbox_fork(outbox, &fork, &clock, NULL), 0);
    struct outbox_state grandchild;
    assert_int_equal(outbox_state(other, &grandchild, NULL), 0);
    assert_string_equal(grandchild.origin.parent, after.store);
    assert_string_equal(grandchild.origin.lineage, before.store);
    assert_whole(other, 14);
    outbox_close(other);
    outbox_close(outbox);
}

static void an_empty_store_forks_too(void **state)
{
    const struct clock clock = testing_clock(&now);
    const char *path = testing_path(state, "outbox.db");
    struct outbox *outbox = opened(path), *other = opened(path);
    struct outbox_fork fork = {.why = OUTBOX_FORK, .reason = "a clone before its first record"};
    assert_int_equal(outbox_fork(outbox, &fork, &clock, NULL), 0);
    add(other, 1);
    assert_whole(outbox, 2);
    outbox_close(other);
    outbox_close(outbox);
}

static void what_is_bad_is_buried_and_kept_aside(void **state)
{
    const struct clock clock = testing_clock(&now);
    const char *path = testing_path(state, "outbox.db");
    struct outbox *outbox = opened(path);
    struct outbox_state after;
    struct outbox_fork fork = {.why = OUTBOX_PARKED, .park = 8, .reason = "too large"};
    add(outbox, 10);
    change(path, "UPDATE record SET line = replace(line, 'line', 'lime') WHERE n = 3");
    change(path, "DELETE FROM record WHERE n IN (5, 6)");
    assert_int_equal(outbox_fork(outbox, &fork, &clock, NULL), 0);
    assert_int_equal(fork.carried, 6);
    assert_int_equal(fork.buried, 3);
    assert_int_equal(outbox_state(outbox, &after, NULL), 0);
    assert_int_equal(after.quarantined, 2);
    assert_whole(outbox, 10); /* 1 2 T 4 T 7 T 9 10 and the fork's own */
    outbox_close(outbox);
}

static void the_ladder_buries_rows_and_leaves_others_files_alone(void **state)
{
    const struct clock clock = testing_clock(&now);
    const char *path = testing_path(state, "outbox.db"), *strange = testing_path(state, "strange.db");
    struct repair_report report;
    struct outbox *outbox = opened(path);
    add(outbox, 10);
    outbox_close(outbox);
    assert_int_equal(repair_outbox(path, &clock, "a doubt", &report, NULL), 0);
    assert_int_equal(report.outcome, REPAIR_WELL);
    change(path, "UPDATE record SET line = replace(line, 'line', 'lime') WHERE n = 3");
    assert_int_equal(repair_outbox(path, &clock, "a complaint", &report, NULL), 0);
    assert_int_equal(report.outcome, REPAIR_BURIED);
    outbox = opened(path);
    assert_whole(outbox, 12);
    outbox_close(outbox);
    testing_write(strange, "no database at all, and longer than a header of one hundred bytes: "
                           "which is what a mistyped path would find here");
    assert_int_equal(repair_outbox(strange, &clock, "a complaint", &report, NULL), -EBADMSG);
    struct stat file;
    assert_int_equal(stat(strange, &file), 0);
    assert_int_equal(file.st_size, 112);
}

static void a_torn_page_is_salvaged_into_a_new_file(void **state)
{
    const struct clock clock = testing_clock(&now);
    const char *path = testing_path(state, "outbox.db");
    struct repair_report report;
    struct outbox_state before, after;
    struct outbox *outbox = opened(path);
    add(outbox, 300);
    assert_int_equal(outbox_state(outbox, &before, NULL), 0);
    assert_int_equal(outbox_fold(outbox, NULL), 0);
    outbox_close(outbox);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 4096L * 12, SEEK_SET), 0);
    for (int i = 0; i < 4096; i++)
        (void)fputc(0xa5, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(repair_outbox(path, &clock, "a complaint", &report, NULL), 0);
    assert_int_equal(report.outcome, REPAIR_SALVAGED);
    assert_int_equal(access(report.aside, F_OK), 0);
    assert_true(report.fork.carried > 250 && report.fork.carried < 300);
    outbox = opened(path);
    assert_int_equal(outbox_state(outbox, &after, NULL), 0);
    assert_string_equal(after.origin.parent, before.store);
    assert_int_equal(after.last, report.fork.carried + report.fork.buried + 1);
    assert_whole(outbox, (int)after.last);
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_walk_tells_lines_from_chains, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(a_fork_carries_everything_over, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(an_empty_store_forks_too, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(what_is_bad_is_buried_and_kept_aside, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(the_ladder_buries_rows_and_leaves_others_files_alone, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(a_torn_page_is_salvaged_into_a_new_file, testing_folder,
                                        testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
