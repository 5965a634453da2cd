/*
 * The upload protocol from state to state: order, waits, rewinding, halving, questions that stay open.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/world.h"

static void a_backlog_is_drained_in_order(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 250, 0);
    static const int64_t firsts[] = {1, 101, 201}, highs[] = {100, 200, 250};
    for (int i = 0; i < 3; i++) {
        struct uploader_step step = send(&world);
        assert_int_equal(step.command, UPLOADER_SEND);
        assert_int_equal(step.first, firsts[i]);
        reply_high_water(&world, EPOCH, highs[i]);
        assert_true(world.fresh);
        assert_int_equal(world.uploader.trouble, UPLOADER_WELL);
        assert_int_equal(uploader_receipted(&world.uploader), highs[i]);
        assert_true(uploader_may_purge(&world.uploader));
    }
    assert_waits(&world, limits.heartbeat_ms); /* then a heartbeat */
    assert_int_equal(send(&world).command, UPLOADER_ASK);
    reply_high_water(&world, EPOCH, 250);
    world.view.last = 251; /* a new record needs no wait */
    struct uploader_step step = send(&world);
    assert_int_equal(step.command, UPLOADER_SEND);
    assert_int_equal(step.first, 251);
}

static void the_first_word_is_sent_even_with_nothing_to_send(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 10);
    assert_false(uploader_may_purge(&world.uploader));
    assert_int_equal(send(&world).command, UPLOADER_ASK);
    reply_high_water(&world, EPOCH, 10);
    assert_true(uploader_may_purge(&world.uploader));
}

static void heartbeats_of_a_fleet_drift_apart(void **state)
{
    struct world world;
    struct error error;
    (void)state;
    begin(&world, 1, 10, 10);
    (void)send(&world);
    struct receipt receipt = receipt_of(&world, EPOCH, 10);
    const struct uploader_reply got = {
        .status = 200, .body = world.json, .length = receipt_to_json(&receipt, world.json)};
    assert_int_equal(
        uploader_take(&world.uploader, &got, &world.view, world.now, 30000, &world.fresh, &error), 0);
    assert_waits(&world, limits.heartbeat_ms - 30000);
}

/* While a store is in question nothing of it is sent: headquarters is only asked, and can mend it. */
static void a_question_stays_open_until_headquarters_answers_it(void **state)
{
    static const struct {
        const char *epoch;
        int64_t high_water;
        bool chain_fits;
        enum uploader_trouble trouble;
    } table[] = {{EPOCH, 15, false, UPLOADER_FORKED},
                 {EPOCH, 9, true, UPLOADER_WENT_BACK},
                 {RESTORED, 3, true, UPLOADER_GAP}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world world;
        begin(&world, 9, 20, 10);
        struct receipt receipt = receipt_of(&world, table[i].epoch, table[i].high_water);
        receipt.chain[0] ^= table[i].chain_fits ? 0 : 1;
        receipt_sign(&receipt, world.secret);
        assert_int_equal(send(&world).command, UPLOADER_SEND);
        reply_receipt(&world, &receipt);
        for (int again = 0; again < 5; again++) {
            assert_int_equal(world.uploader.trouble, table[i].trouble);
            assert_true(strlen(world.uploader.why) > 0);
            world.view.last++; /* the kiosk goes on */
            world.now += 10000000;
            assert_int_equal(send(&world).command, UPLOADER_ASK);
            if (again % 2)
                reply_receipt(&world, &receipt);
            else
                reply(&world, again ? 503 : 401, NULL, 0, 0); /* no answer to the question */
        }
        world.now += 10000000;
        (void)send(&world);
        reply_high_water(&world, EPOCH, 10);
        assert_true(world.fresh);
        assert_int_equal(world.uploader.trouble, UPLOADER_WELL);
        struct uploader_step step = send(&world);
        assert_int_equal(step.command, UPLOADER_SEND);
        assert_int_equal(step.first, 11);
    }
}

static void a_restored_headquarters_is_sent_everything_again(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 250, 240);
    assert_int_equal(send(&world).first, 241);
    reply_high_water(&world, RESTORED, 30);
    assert_int_equal(send(&world).first, 31);
    reply_high_water(&world, RESTORED, 130);
    assert_int_equal(send(&world).first, 131);
    reply_high_water(&world, RESTORED, 230);
    assert_int_equal(send(&world).first, 231);
    reply_high_water(&world, RESTORED, 250);
    assert_int_equal(world.uploader.trouble, UPLOADER_WELL);
    assert_waits(&world, limits.heartbeat_ms);
}

/* Two headquarters behind one name, in different epochs: no storm between them. */
static void epochs_that_alternate_are_backed_off_from(void **state)
{
    struct world world;
    int rests = 0;
    (void)state;
    begin(&world, 1, 20, 10);
    for (int i = 0; i < 50; i++) {
        if (uploader_next(&world.uploader, world.now, 20).command == UPLOADER_REST) {
            rests++;
            world.now = world.uploader.until;
        }
        (void)send(&world);
        struct receipt receipt = receipt_of(&world, i % 2 ? EPOCH : RESTORED, i % 2 ? 10 : 0);
        (void)receipt_to_json(&receipt, world.json);
        reply(&world, 200, world.json, 0, UINT64_C(999));
    }
    assert_true(rests >= 20);
}

static void epochs_that_alternate_over_nothing_are_backed_off_from(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 20, 0);
    (void)send(&world);
    reply_high_water(&world, EPOCH, 0);
    world.now = world.uploader.until;
    for (int i = 0; i < 10; i++) {
        (void)send(&world);
        reply_high_water(&world, i % 2 ? EPOCH : RESTORED, 0);
        assert_int_equal(world.uploader.trouble, UPLOADER_NO_PROGRESS);
        world.now = world.uploader.until;
    }
}

static void too_large_halves_down_to_one_and_grows_again(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 5000, 0);
    static const size_t sizes[] = {100, 50, 25, 12, 6, 3, 1};
    for (int i = 0; i < 7; i++) {
        struct uploader_step step = send(&world);
        assert_int_equal(step.first, 1);
        assert_int_equal(step.limit, sizes[i]);
        reply(&world, 413, NULL, 0, 0);
        assert_int_equal(world.uploader.trouble, i < 6 ? UPLOADER_SHRINKING : UPLOADER_DOUBTING);
    }
    /* is it the record, or does nothing get through? An empty batch tells, then the record has a second try */
    struct outbox_fork fork = {0};
    assert_false(uploader_wants_fork(&world.uploader, &fork));
    assert_int_equal(send(&world).command, UPLOADER_ASK);
    reply_high_water(&world, EPOCH, 0);
    assert_int_equal(world.uploader.trouble, UPLOADER_WELL);
    struct uploader_step second = send(&world);
    assert_int_equal(second.first, 1);
    assert_int_equal(second.limit, 1);
    reply(&world, 413, NULL, 0, 0);
    assert_int_equal(world.uploader.trouble, UPLOADER_TOO_LARGE);
    assert_true(uploader_trouble_alarm(world.uploader.trouble));
    assert_true(uploader_wants_fork(&world.uploader, &fork));
    assert_int_equal(fork.why, OUTBOX_PARKED);
    assert_int_equal(fork.park, 1);
    assert_waits(&world, 600000);
    size_t limit = 1;
    int64_t high_water = 0;
    for (int i = 0; i < 60; i++) {
        struct uploader_step step = send(&world);
        assert_true(step.limit == limit || step.limit == limit * 2 || step.limit == 100);
        limit = step.limit;
        high_water += (int64_t)limit;
        reply_high_water(&world, EPOCH, high_water);
        assert_int_equal(world.uploader.trouble, UPLOADER_WELL);
    }
    assert_int_equal(limit, 100);
}

static void an_empty_batch_that_is_too_large_is_an_alarm(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 10);
    assert_int_equal(send(&world).command, UPLOADER_ASK);
    reply(&world, 413, NULL, 0, 0);
    assert_int_equal(world.uploader.trouble, UPLOADER_TOO_LARGE);
    assert_waits(&world, 600000);
}

static void waits_grow_and_are_forgotten_after_a_receipt(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    static const int64_t ceilings[] = {1000, 2000, 4000, 8000};
    for (int i = 0; i < 4; i++) {
        (void)send(&world);
        reply(&world, 0, NULL, 0, (uint64_t)ceilings[i]);
        assert_waits(&world, ceilings[i]);
    }
    (void)send(&world);
    reply(&world, 503, NULL, INT64_C(99999999999) * 1000, 1);
    assert_waits(&world, 3600 * 1000);
    (void)send(&world);
    reply(&world, 429, NULL, 30000, 0);
    assert_waits(&world, 30000);
    (void)send(&world);
    reply_high_water(&world, EPOCH, 10);
    world.view.last = 11;
    (void)send(&world);
    reply(&world, 0, NULL, 0, 1500); /* 499 of at most 1000; of a longer wait it would be 1500 */
    assert_waits(&world, 499);
}

/* New records do not shorten a wait, or an offline fleet would knock with every tap. */
static void a_new_record_does_not_shorten_a_wait(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    (void)send(&world);
    reply(&world, 0, NULL, 0, 1000);
    world.view.last = 11;
    assert_waits(&world, 1000);
}

static void an_outbox_that_cannot_be_asked_is_no_verdict(void **state)
{
    struct world world;
    struct error error = {0};
    (void)state;
    begin(&world, 1, 10, 5);
    (void)send(&world);
    struct receipt receipt = receipt_of(&world, EPOCH, 10);
    const struct uploader_reply got = {
        .status = 200, .body = world.json, .length = receipt_to_json(&receipt, world.json)};
    world.outbox_error = -EIO;
    assert_int_equal(uploader_take(&world.uploader, &got, &world.view, world.now, 0, &world.fresh, &error),
                     -EIO);
    assert_false(world.fresh);
    assert_int_equal(uploader_receipted(&world.uploader), 5);
    assert_int_equal(send(&world).first, 6); /* as if it was lost */
}

static void a_cancelled_request_is_sent_again(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    (void)send(&world);
    uploader_cancelled(&world.uploader);
    assert_int_equal(send(&world).first, 6);
}

/* The link comes back: what had no reply goes soon, once in a while; what was asked to wait waits. */
static void a_link_that_comes_back_shortens_the_wait(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    for (int failures = 0; failures < 12; failures++) {
        (void)send(&world);
        reply(&world, 0, NULL, 0, UINT64_MAX);
        world.now = world.uploader.until;
    }
    (void)send(&world);
    reply(&world, 0, NULL, 0, UINT64_MAX);
    assert_true(world.uploader.until - world.now > 100000);
    uploader_hurry(&world.uploader, world.now, 1700);
    assert_int_equal(world.uploader.until, world.now + 700);
    world.now += 700;
    (void)send(&world);
    uploader_hurry(&world.uploader, world.now, 0); /* a request is out: nothing to hurry */
    reply(&world, 0, NULL, 0, UINT64_MAX);
    int64_t until = world.uploader.until;
    uploader_hurry(&world.uploader, world.now, 0); /* too soon after the last */
    assert_int_equal(world.uploader.until, until);
    uploader_hurry(&world.uploader, world.now + 5000, 0);
    assert_int_equal(world.uploader.until, world.now + 5000);
    world.now += 5000;
    (void)send(&world);
    reply(&world, 503, NULL, 3600000, 0);
    uploader_hurry(&world.uploader, world.now + 20000, 0);
    assert_true(world.uploader.until - world.now >= 3590000);
}

static void batches_shrink_on_a_slow_link_and_grow_again(void **state)
{
    static const struct uploader_reply slow = {.why = "too slow", .slow = true};
    struct world world;
    struct error error = {0};
    (void)state;
    begin(&world, 1, 10000, 0);
    size_t wanted = limits.batch_records;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(send(&world).limit, wanted);
        assert_int_equal(
            uploader_take(&world.uploader, &slow, &world.view, world.now, 0, &world.fresh, &error), 0);
        world.now = world.uploader.until;
        wanted = wanted > 1 ? wanted / 2 : 1;
    }
    assert_int_equal(wanted, 1);
    int64_t held = 0;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(send(&world).limit, 1);
        reply_high_water(&world, EPOCH, ++held);
    }
    assert_int_equal(send(&world).limit, 2);
    /* taken, but only just: the next is half of it */
    struct receipt receipt = receipt_of(&world, EPOCH, held + 2);
    const struct uploader_reply late = {
        .status = 200, .body = world.json, .length = receipt_to_json(&receipt, world.json), .took_ms = 20000};
    assert_int_equal(uploader_take(&world.uploader, &late, &world.view, world.now, 0, &world.fresh, &error),
                     0);
    assert_true(world.fresh);
    assert_int_equal(send(&world).limit, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_is_drained_in_order),
        cmocka_unit_test(the_first_word_is_sent_even_with_nothing_to_send),
        cmocka_unit_test(heartbeats_of_a_fleet_drift_apart),
        cmocka_unit_test(a_question_stays_open_until_headquarters_answers_it),
        cmocka_unit_test(a_restored_headquarters_is_sent_everything_again),
        cmocka_unit_test(epochs_that_alternate_are_backed_off_from),
        cmocka_unit_test(epochs_that_alternate_over_nothing_are_backed_off_from),
        cmocka_unit_test(too_large_halves_down_to_one_and_grows_again),
        cmocka_unit_test(an_empty_batch_that_is_too_large_is_an_alarm),
        cmocka_unit_test(waits_grow_and_are_forgotten_after_a_receipt),
        cmocka_unit_test(a_new_record_does_not_shorten_a_wait),
        cmocka_unit_test(an_outbox_that_cannot_be_asked_is_no_verdict),
        cmocka_unit_test(a_cancelled_request_is_sent_again),
        cmocka_unit_test(a_link_that_comes_back_shortens_the_wait),
        cmocka_unit_test(batches_shrink_on_a_slow_link_and_grow_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
