/*
 * Parcels: what is put on the wire is what the outbox holds, seen with headquarters' own eyes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/batch.h"
#include "core/compress.h"
#include "sync/parcel.h"

#include <errno.h>

static int64_t now = 1763000000000;

struct place {
    struct clock clock;
    struct outbox *outbox;
    struct outbox_state state;
};

static void open_place(struct place *place, void **state, int records)
{
    struct error error = {0};
    place->clock = testing_clock(&now);
    assert_int_equal(outbox_open(&place->outbox, testing_path(state, "outbox.db"), &place->clock, &error), 0);
    for (int i = 1; i <= records; i++) {
        char text[32];
        struct outbox_line line = {text, 0};
        line.length = (size_t)snprintf(text, sizeof text, "record %d", i);
        assert_int_equal(outbox_append(place->outbox, &line, 1, NULL, &error), 0);
    }
    assert_int_equal(outbox_state(place->outbox, &place->state, &error), 0);
}

/* Unpacked as headquarters does it; text is what the batch points into. */
static struct batch unpack(const struct parcel *parcel, void **text)
{
    struct batch batch = {0};
    struct error error = {0};
    size_t size = 0;
    if (compress_unpack(parcel->body, parcel->size, BATCH_BYTES_MAX, text, &size, &error) < 0 ||
        batch_unpack(*text, size, &batch, &error) < 0)
        fail_msg("%s", error.text);
    return batch;
}

static void records_travel_as_they_are(void **state)
{
    struct place place;
    struct parcel parcel = {0};
    struct error error = {0};
    void *text = NULL;
    uint8_t chain[CHAIN_BYTES];
    open_place(&place, state, 10);
    assert_int_equal(parcel_make(&parcel, place.outbox, &place.state, &place.clock, 4, 5, &error), 0);
    assert_int_equal(parcel.first, 4);
    assert_int_equal(parcel.count, 5);
    assert_int_equal(parcel.made, now);
    struct batch batch = unpack(&parcel, &text);
    assert_string_equal(batch.head.store, place.state.store);
    assert_int_equal(batch.head.first, 4);
    assert_int_equal(batch.head.count, 5);
    assert_int_equal(batch.head.last, 10);
    assert_int_equal(batch.head.at, now);
    assert_int_equal(batch.head.up, now);
    assert_string_equal(batch.head.boot, place.clock.boot);
    assert_int_equal(outbox_chain_at(place.outbox, 3, chain, &error), 0);
    assert_true(chain_equal(chain, batch.head.before));
    assert_int_equal(outbox_chain_at(place.outbox, 8, chain, &error), 0);
    assert_true(chain_equal(chain, batch.head.after));
    for (int i = 0; i < 5; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "record %d", i + 4);
        assert_int_equal(batch.lines[i].length, strlen(expected));
        assert_memory_equal(batch.lines[i].text, expected, strlen(expected));
    }
    batch_free(&batch);
    free(text);
    parcel_free(&parcel);
    parcel_free(&parcel); /* may be freed twice */
    outbox_close(place.outbox);
}

static void an_empty_batch_says_where_the_device_stands(void **state)
{
    static const int counts[] = {0, 3};
    struct error error = {0};
    for (int i = 0; i < 2; i++) {
        struct place place;
        struct parcel parcel = {0};
        void *text = NULL;
        open_place(&place, state, counts[i]);
        assert_int_equal(parcel_make(&parcel, place.outbox, &place.state, &place.clock, 0, 0, &error), 0);
        struct batch batch = unpack(&parcel, &text);
        assert_int_equal(batch.head.first, counts[i] + 1);
        assert_int_equal(batch.head.count, 0);
        assert_int_equal(batch.head.last, counts[i]);
        assert_true(chain_equal(batch.head.before, place.state.chain));
        assert_true(chain_equal(batch.head.after, place.state.chain));
        batch_free(&batch);
        free(text);
        parcel_free(&parcel);
        outbox_close(place.outbox);
    }
}

/* The state was read before the kiosk appended: nothing is sent whose receipt would lie beyond what is known. */
static void records_that_came_meanwhile_wait_for_the_next_parcel(void **state)
{
    struct place place;
    struct parcel parcel = {0};
    struct error error = {0};
    void *text = NULL;
    open_place(&place, state, 5);
    place.state.last = 3;
    assert_int_equal(parcel_make(&parcel, place.outbox, &place.state, &place.clock, 1, 100, &error), 0);
    struct batch batch = unpack(&parcel, &text);
    assert_int_equal(batch.head.count, 3);
    assert_int_equal(batch.head.last, 3);
    batch_free(&batch);
    free(text);
    parcel_free(&parcel);
    outbox_close(place.outbox);
}

static void what_is_not_there_is_an_error(void **state)
{
    struct place place;
    struct parcel parcel = {0};
    struct error error = {0};
    open_place(&place, state, 5);
    assert_int_equal(parcel_make(&parcel, place.outbox, &place.state, &place.clock, 6, 100, &error),
                     -EBADMSG);
    assert_null(parcel.body);
    assert_true(parcel_make(&parcel, place.outbox, &place.state, &place.clock, 99, 100, &error) < 0);
    assert_null(parcel.body);
    outbox_close(place.outbox);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, testing_folder, testing_folder_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(records_travel_as_they_are),
        FOLDER_TEST(an_empty_batch_says_where_the_device_stands),
        FOLDER_TEST(records_that_came_meanwhile_wait_for_the_next_parcel),
        FOLDER_TEST(what_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
