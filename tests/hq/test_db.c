/*
 * The contract of hq/db.h: what any database behind it must do.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/sender.h"

#include <errno.h>
#include <pthread.h>

struct fixture {
    char *folder;
    struct db *db;
    struct sender sender;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    char path[256];
    if (!fixture || testing_folder((void **)&fixture->folder) < 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/hq.db", fixture->folder);
    fixture->db = sender_database(path);
    sender_start(&fixture->sender, "kiosk-1", SENDER_STORE);
    sender_enroll(fixture->db, &fixture->sender, "b-1");
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    db_close(fixture->db);
    int result = testing_folder_end((void **)&fixture->folder);
    free(fixture);
    return result;
}

/* --- what is there, read back through the interface --------------------------------------------------------- */

static int add_count(void *user, const struct db_score_row *row)
{
    (void)row;
    *(int64_t *)user += row->count;
    return 0;
}

static int64_t counted(struct db *db)
{
    const struct db_period ever = {INT64_MIN, INT64_MAX};
    int64_t sum = 0;
    assert_int_equal(db_scores(db, &ever, true, add_count, &sum, NULL), 0);
    return sum;
}

struct store_state {
    int rows;
    int64_t high_water, last_reported, quarantined, duplicates, last_seen;
};

static int add_store(void *user, const struct db_store_row *row)
{
    struct store_state *sum = user;
    sum->rows += row->store != NULL;
    sum->high_water += row->high_water;
    sum->last_reported += row->last_reported;
    sum->quarantined += row->quarantined;
    sum->duplicates += row->duplicates;
    sum->last_seen = row->last_seen;
    return 0;
}

static struct store_state stores(struct db *db)
{
    struct store_state sum = {0};
    assert_int_equal(db_stores(db, add_store, &sum, NULL), 0);
    return sum;
}

static void assert_stands(const struct db_outcome *outcome, const struct sender *sender, int at)
{
    assert_int_equal(outcome->verdict, DB_HELD);
    assert_int_equal(outcome->high_water, at);
    assert_true(chain_equal(outcome->chain, sender->chains[at]));
    assert_true(id_valid(outcome->epoch, strlen(outcome->epoch)));
}

static void ten_answers(struct sender *sender)
{
    for (int i = 0; i < 10; i++)
        sender_face(sender, i, 1, 1 + i % 5, SENDER_NOW, "touch");
}

/* --- order -------------------------------------------------------------------------------------------------- */

static void a_new_store_stands_at_its_beginning(void **state)
{
    struct fixture *f = *state;
    struct db_outcome outcome = sender_send(&f->sender, f->db, 0, 0);
    assert_stands(&outcome, &f->sender, 0);
    assert_int_equal(stores(f->db).last_seen, SENDER_NOW);
}

static void batches_in_order_are_accepted(void **state)
{
    struct fixture *f = *state;
    ten_answers(&f->sender);
    struct db_outcome outcome = sender_send(&f->sender, f->db, 0, 4);
    assert_stands(&outcome, &f->sender, 4);
    assert_int_equal(outcome.accepted, 4);
    assert_int_equal(stores(f->db).last_reported, 10);
    outcome = sender_send(&f->sender, f->db, 4, 6);
    assert_stands(&outcome, &f->sender, 10);
    assert_int_equal(counted(f->db), 10);
}

static void repeated_stale_and_overlapping_batches_change_nothing(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int from, count;
    } batches[] = {{0, 6}, {0, 3}, {3, 3}, {4, 6}, {0, 10}};
    ten_answers(&f->sender);
    (void)sender_send(&f->sender, f->db, 0, 6);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        struct db_outcome outcome = sender_send(&f->sender, f->db, batches[i].from, batches[i].count);
        assert_stands(&outcome, &f->sender, 6);
        assert_int_equal(outcome.accepted, 0);
        assert_int_equal(counted(f->db), 6);
    }
}

static void a_gap_is_not_accepted(void **state)
{
    struct fixture *f = *state;
    ten_answers(&f->sender);
    (void)sender_send(&f->sender, f->db, 0, 2);
    struct db_outcome outcome = sender_send(&f->sender, f->db, 3, 2);
    assert_stands(&outcome, &f->sender, 2);
    assert_int_equal(counted(f->db), 2);
}

static void another_history_is_not_accepted(void **state)
{
    struct fixture *f = *state;
    static struct sender clone;
    ten_answers(&f->sender);
    (void)sender_send(&f->sender, f->db, 0, 5);
    sender_start(&clone, "kiosk-1", SENDER_STORE); /* the same store, but other customers since record 1 */
    for (int i = 0; i < 8; i++)
        sender_face(&clone, 100 + i, 1, 5, SENDER_NOW, "touch");
    struct db_outcome outcome = sender_send(&clone, f->db, 5, 3);
    assert_stands(&outcome, &f->sender, 5); /* the true one's chain: so the clone knows that it is one */
    assert_int_equal(counted(f->db), 5);
}

static void what_was_reported_never_falls(void **state)
{
    struct fixture *f = *state;
    ten_answers(&f->sender);
    (void)sender_send(&f->sender, f->db, 0, 2);
    f->sender.count = 5; /* an older request that arrives late */
    (void)sender_send(&f->sender, f->db, 0, 2);
    assert_int_equal(stores(f->db).last_reported, 10);
}

/* --- identity ------------------------------------------------------------------------------------------------ */

static void the_same_record_again_has_no_second_effect(void **state)
{
    struct fixture *f = *state;
    sender_face(&f->sender, 1, 1, 5, SENDER_NOW, "touch");
    sender_face(&f->sender, 2, 1, 5, SENDER_NOW, "touch");
    sender_add(&f->sender, f->sender.texts[0]); /* as 3, in the same batch */
    sender_add(&f->sender, f->sender.texts[1]); /* as 4, in the next one */
    struct db_outcome outcome = sender_send(&f->sender, f->db, 0, 3);
    assert_stands(&outcome, &f->sender, 3);
    assert_int_equal(outcome.duplicates, 1);
    outcome = sender_send(&f->sender, f->db, 3, 1);
    assert_stands(&outcome, &f->sender, 4);
    assert_int_equal(outcome.duplicates, 1);
    assert_int_equal(counted(f->db), 2);
    assert_int_equal(stores(f->db).duplicates, 2);
    assert_int_equal(stores(f->db).quarantined, 0);
}

static void an_identity_with_other_bytes_goes_to_quarantine(void **state)
{
    struct fixture *f = *state;
    sender_face(&f->sender, 1, 1, 5, SENDER_NOW, "touch");
    sender_face(&f->sender, 1, 1, 1, SENDER_NOW, "touch");
    sender_face(&f->sender, 2, 1, 4, SENDER_NOW, "touch");
    struct db_outcome outcome = sender_send(&f->sender, f->db, 0, 3);
    assert_stands(&outcome, &f->sender, 3);
    assert_int_equal(outcome.quarantined, 1);
    assert_int_equal(counted(f->db), 2);
}

static void a_poison_record_blocks_nothing(void **state)
{
    struct fixture *f = *state;
    sender_face(&f->sender, 1, 1, 5, SENDER_NOW, "touch");
    sender_add(&f->sender, "neither JSON nor \xff\xfe UTF-8");
    sender_add(&f->sender, "{\"visit\":\"'; DROP TABLE record; --\"}");
    sender_face(&f->sender, 2, 1, 5, SENDER_NOW, "touch");
    struct db_outcome outcome = sender_send(&f->sender, f->db, 0, 4);
    assert_stands(&outcome, &f->sender, 4);
    assert_int_equal(outcome.quarantined, 2);
    assert_int_equal(stores(f->db).quarantined, 2);
    assert_int_equal(counted(f->db), 2);
}

/* --- who ------------------------------------------------------------------------------------------------------ */

static void strangers_and_old_certificates_are_told_apart(void **state)
{
    struct fixture *f = *state;
    static struct sender stranger;
    sender_start(&stranger, "stranger", SENDER_OTHER_STORE);
    assert_int_equal(sender_send(&stranger, f->db, 0, 0).verdict, DB_UNKNOWN_DEVICE);

    struct db_enrolment again = {.identity = f->sender.identity, .branch = "b-1"};
    again.identity.fingerprint[0] ^= 1;
    assert_int_equal(db_enroll(f->db, &again, false, 1, NULL), -EEXIST);
    assert_int_equal(sender_send(&f->sender, f->db, 0, 0).verdict, DB_HELD);
    assert_int_equal(db_enroll(f->db, &again, true, 1, NULL), 0);
    assert_int_equal(sender_send(&f->sender, f->db, 0, 0).verdict, DB_OLD_CERTIFICATE);
    f->sender.identity = again.identity;
    assert_int_equal(sender_send(&f->sender, f->db, 0, 0).verdict, DB_HELD);
    assert_int_equal(stores(f->db).rows, 1);
}

static void a_foreign_store_is_refused(void **state)
{
    struct fixture *f = *state;
    static struct sender thief;
    ten_answers(&f->sender);
    (void)sender_send(&f->sender, f->db, 0, 5);
    thief = f->sender;
    memcpy(thief.identity.device, "thief", 6);
    thief.identity.fingerprint[0] ^= 1;
    for (int i = 0; i < SENDER_LINES; i++)
        thief.lines[i].text = thief.texts[i];
    sender_enroll(f->db, &thief, "b-2");
    assert_int_equal(sender_send(&thief, f->db, 5, 5).verdict, DB_FOREIGN_STORE);
    assert_int_equal(counted(f->db), 5);
    struct db_outcome outcome = sender_send(&f->sender, f->db, 5, 5);
    assert_stands(&outcome, &f->sender, 10);
}

static void a_device_does_not_change_its_branch(void **state)
{
    struct fixture *f = *state;
    struct db_enrolment moved = {.identity = f->sender.identity, .branch = "b-2"};
    assert_int_equal(db_enrollable(f->db, &moved, true, NULL), -EEXIST);
    assert_int_equal(db_enroll(f->db, &moved, true, 1, NULL), -EEXIST);
}

/* --- at once --------------------------------------------------------------------------------------------------- */

struct crowd {
    struct fixture *fixture;
    struct db_outcome outcome;
};

static void *send_all(void *user)
{
    struct crowd *crowd = user;
    crowd->outcome = sender_send(&crowd->fixture->sender, crowd->fixture->db, 0, 10);
    return NULL;
}

/* F59: the same batch eight times at once. */
static void F59_the_same_batch_at_once_has_one_effect(void **state)
{
    struct fixture *f = *state;
    struct crowd crowd[8];
    pthread_t threads[8];
    int64_t accepted = 0;
    ten_answers(&f->sender);
    for (int i = 0; i < 8; i++) {
        crowd[i].fixture = f;
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &crowd[i]), 0);
    }
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_stands(&crowd[i].outcome, &f->sender, 10);
        accepted += crowd[i].outcome.accepted;
    }
    assert_int_equal(accepted, 10);
    assert_int_equal(counted(f->db), 10);
}

/* --- figures ----------------------------------------------------------------------------------------------------- */

struct tally {
    int64_t marks[2][6]; /* channel touch, phone */
    int rows;
};

static int tally_row(void *user, const struct db_score_row *row)
{
    struct tally *tally = user;
    tally->rows++;
    assert_string_equal(row->survey, "exit"); /* versions count together */
    assert_string_equal(row->branch, "b-1");
    if (strcmp(row->kind, "faces") == 0)
        tally->marks[strcmp(row->channel, "phone") == 0][row->answer[0] - '0'] += row->count;
    return 0;
}

static void roll_ups_equal_a_recount(void **state)
{
    struct fixture *f = *state;
    int64_t expected[2][6] = {{0}};
    for (int i = 0; i < 40; i++) {
        int mark = 1 + i * 7 % 5, phone = i % 3 == 0;
        sender_face(&f->sender, i, 1, mark, SENDER_NOW - (i % 4) * SENDER_HOUR, phone ? "phone" : "touch");
        if (i % 4 < 2)
            expected[phone][mark]++;
    }
    for (int from = 0; from < 40; from += 8)
        (void)sender_send(&f->sender, f->db, from, 8);
    const struct db_period two_hours = {SENDER_NOW / SENDER_HOUR - 1, SENDER_NOW / SENDER_HOUR + 1};
    struct tally tally = {0};
    assert_int_equal(db_scores(f->db, &two_hours, true, tally_row, &tally, NULL), 0);
    assert_memory_equal(tally.marks, expected, sizeof expected);
    assert_int_equal(counted(f->db), 40);
}

static int take_progress(void *user, const struct db_progress_row *row)
{
    int64_t *figures = user;
    assert_string_equal(row->branch, "b-1");
    figures[0] = row->arrived;
    figures[1] = row->recorded;
    return 0;
}

static void progress_compares_arrived_with_recorded(void **state)
{
    struct fixture *f = *state;
    const struct db_period ever = {INT64_MIN, INT64_MAX};
    int64_t figures[2] = {-1, -1};
    ten_answers(&f->sender);
    (void)sender_send(&f->sender, f->db, 0, 7);
    assert_int_equal(db_progress(f->db, &ever, take_progress, figures, NULL), 0);
    assert_int_equal(figures[0], 7);
    assert_int_equal(figures[1], 10);
}

/* --- again ------------------------------------------------------------------------------------------------------- */

static void everything_is_there_after_reopening(void **state)
{
    struct fixture *f = *state;
    char path[256];
    ten_answers(&f->sender);
    struct db_outcome before = sender_send(&f->sender, f->db, 0, 7);
    db_close(f->db);
    f->db = NULL;
    (void)snprintf(path, sizeof path, "%s/hq.db", f->folder);
    assert_int_equal(db_create(path, NULL), -EEXIST);
    assert_int_equal(db_open(&f->db, path, NULL), 0);
    struct db_outcome after = sender_send(&f->sender, f->db, 7, 3);
    assert_stands(&after, &f->sender, 10);
    assert_string_equal(before.epoch, after.epoch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_store_stands_at_its_beginning, begin, end),
        cmocka_unit_test_setup_teardown(batches_in_order_are_accepted, begin, end),
        cmocka_unit_test_setup_teardown(repeated_stale_and_overlapping_batches_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_gap_is_not_accepted, begin, end),
        cmocka_unit_test_setup_teardown(another_history_is_not_accepted, begin, end),
        cmocka_unit_test_setup_teardown(what_was_reported_never_falls, begin, end),
        cmocka_unit_test_setup_teardown(the_same_record_again_has_no_second_effect, begin, end),
        cmocka_unit_test_setup_teardown(an_identity_with_other_bytes_goes_to_quarantine, begin, end),
        cmocka_unit_test_setup_teardown(a_poison_record_blocks_nothing, begin, end),
        cmocka_unit_test_setup_teardown(strangers_and_old_certificates_are_told_apart, begin, end),
        cmocka_unit_test_setup_teardown(a_foreign_store_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_device_does_not_change_its_branch, begin, end),
        cmocka_unit_test_setup_teardown(F59_the_same_batch_at_once_has_one_effect, begin, end),
        cmocka_unit_test_setup_teardown(roll_ups_equal_a_recount, begin, end),
        cmocka_unit_test_setup_teardown(progress_compares_arrived_with_recorded, begin, end),
        cmocka_unit_test_setup_teardown(everything_is_there_after_reopening, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
