/*
 * Making a batch ready: what is judged, and what will be counted.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/sender.h"

static struct sender sender;

static int begin(void **state)
{
    (void)state;
    sender_start(&sender, "k", SENDER_STORE);
    return 0;
}

static struct ingest prepared(int from, int count)
{
    const struct batch batch = sender_batch(&sender, from, count);
    struct ingest ingest = {0};
    assert_int_equal(ingest_prepare(&ingest, &batch, NULL), 0);
    return ingest;
}

static const struct ingest_cell *cell(const struct ingest *ingest, int row, size_t effect)
{
    assert_true(effect < ingest->rows[row].effect_count);
    return &ingest->cells[ingest->effects[ingest->rows[row].first_effect + effect]];
}

static void an_answer_counts_in_its_hour(void **state)
{
    (void)state;
    sender_face(&sender, 1, 1, 4, 7 * SENDER_HOUR + 1, "touch");
    sender_face(&sender, 2, 1, 4, 8 * SENDER_HOUR - 1, "touch");
    sender_face(&sender, 3, 1, 4, 8 * SENDER_HOUR, "touch");
    sender_face(&sender, 4, 1, 4, -1, "touch"); /* a clock before 1970 */
    struct ingest ingest = prepared(0, 4);
    assert_int_equal(ingest.cell_count, 3);
    assert_ptr_equal(cell(&ingest, 0, 0), cell(&ingest, 1, 0));
    assert_int_equal(cell(&ingest, 0, 0)->hour, 7);
    assert_int_equal(cell(&ingest, 2, 0)->hour, 8);
    assert_int_equal(cell(&ingest, 3, 0)->hour, -1);
    assert_string_equal(cell(&ingest, 0, 0)->answer, "4");
    assert_string_equal(cell(&ingest, 0, 0)->question, "overall");
    assert_string_equal(cell(&ingest, 0, 0)->survey, "exit/1");
    assert_int_equal(cell(&ingest, 0, 0)->scale, 5);
    ingest_free(&ingest);
}

static void channels_are_never_pooled(void **state)
{
    (void)state;
    sender_face(&sender, 1, 1, 4, 0, "touch");
    sender_face(&sender, 2, 1, 4, 0, "phone");
    struct ingest ingest = prepared(0, 2);
    assert_int_equal(ingest.cell_count, 2);
    assert_string_equal(cell(&ingest, 1, 0)->channel, "phone");
    ingest_free(&ingest);
}

static void a_choice_counts_itself_and_each_code_once(void **state)
{
    (void)state;
    sender_reasons(&sender, 1, 2, "waiting", "fees");
    sender_reasons(&sender, 2, 2, "waiting", "waiting");
    sender_reasons(&sender, 3, 2, NULL, NULL);
    struct ingest ingest = prepared(0, 3);
    assert_int_equal(ingest.rows[0].effect_count, 3);
    assert_string_equal(cell(&ingest, 0, 0)->answer, "");
    assert_string_equal(cell(&ingest, 0, 1)->answer, "waiting");
    assert_string_equal(cell(&ingest, 0, 2)->answer, "fees");
    assert_int_equal(ingest.rows[1].effect_count, 2);
    assert_int_equal(ingest.rows[2].effect_count, 1);
    ingest_free(&ingest);
}

static void what_is_no_record_is_told_apart(void **state)
{
    (void)state;
    sender_face(&sender, 1, 1, 4, 0, "touch");
    sender_add(&sender, "{\"not\": \"a record\"}");
    sender_end(&sender, 1, 2);
    struct ingest ingest = prepared(0, 3);
    assert_null(ingest.rows[0].reason);
    assert_non_null(ingest.rows[1].reason);
    assert_int_equal(ingest.rows[1].effect_count, 0);
    assert_null(ingest.rows[2].reason);
    assert_int_equal(ingest.rows[2].effect_count, 0); /* an end is kept, and counts nowhere */
    assert_int_equal(ingest.rows[2].n, 2);
    assert_memory_equal(ingest.rows[0].visit, ingest.rows[2].visit, ID_BYTES);
    ingest_free(&ingest);
}

/* More cells than the table begins with: it grows, and finds what it had. */
static void many_hours_many_cells(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static struct outbox_line lines[COUNT];
    struct batch batch = sender_batch(&sender, 0, 0);
    batch.lines = lines;
    batch.head.count = COUNT;
    for (int i = 0; i < COUNT; i++) {
        char text[RECORD_MAX + 1];
        const struct record_stamp stamp = sender_stamp(i, 1, (i % 1000) * SENDER_HOUR, "touch");
        const struct record_answer answer = {.question = "q", .kind = "faces", .scale = 5, .mark = 1 + i % 5};
        assert_int_equal(record_make_answer(text, &lines[i].length, &stamp, &answer, NULL), 0);
        lines[i].text = strdup(text);
    }
    struct ingest ingest = {0};
    assert_int_equal(ingest_prepare(&ingest, &batch, NULL), 0);
    assert_int_equal(ingest.cell_count, 1000); /* 1000 is a multiple of 5: an hour always has the same mark */
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(cell(&ingest, i, 0)->hour, i % 1000);
        free((void *)lines[i].text);
    }
    ingest_free(&ingest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_answer_counts_in_its_hour, begin),
        cmocka_unit_test_setup(channels_are_never_pooled, begin),
        cmocka_unit_test_setup(a_choice_counts_itself_and_each_code_once, begin),
        cmocka_unit_test_setup(what_is_no_record_is_told_apart, begin),
        cmocka_unit_test_setup(many_hours_many_cells, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
