/*
 * What the upload protocol makes of each reply: every outcome, hostile ones among them, and every receipt.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/world.h"

/* What no receipt is, and what each kind of reply costs. */
static void replies_that_are_no_receipt(void **state)
{
    enum { RETRY = 1000, LONG = 600000 };
    static const struct {
        int status;
        const char *body;
        enum uploader_trouble trouble;
        int64_t ceiling; /* of the wait: what the greatest random number of that range gives */
        bool alarm;
    } table[] = {
        {200, "<html><body>Welcome to our WiFi</body></html>", UPLOADER_NO_RECEIPT, RETRY, false},
        {200, "", UPLOADER_NO_RECEIPT, RETRY, false},
        {200, NULL, UPLOADER_NO_RECEIPT, RETRY, false},
        {200, "{}", UPLOADER_NO_RECEIPT, RETRY, false},
        {200, "[]", UPLOADER_NO_RECEIPT, RETRY, false},
        {200, "null", UPLOADER_NO_RECEIPT, RETRY, false},
        {200, "{\"store\":\"" STORE "\",\"epoch\":\"" EPOCH "\",\"high_wa", UPLOADER_NO_RECEIPT, RETRY,
         false},
        {201, "RECEIPT", UPLOADER_NO_RECEIPT, RETRY, false},
        {202, "RECEIPT", UPLOADER_NO_RECEIPT, RETRY, false},
        {204, NULL, UPLOADER_NO_RECEIPT, RETRY, false},
        {206, "RECEIPT", UPLOADER_NO_RECEIPT, RETRY, false},
        {301, "RECEIPT", UPLOADER_NO_RECEIPT, RETRY, false},
        {302, NULL, UPLOADER_NO_RECEIPT, RETRY, false},
        {100, NULL, UPLOADER_NO_RECEIPT, RETRY, false},
        {600, NULL, UPLOADER_NO_RECEIPT, RETRY, false},
        {999, "RECEIPT", UPLOADER_NO_RECEIPT, RETRY, false},
        {-77, NULL, UPLOADER_NO_RECEIPT, RETRY, false},
        {UPLOADER_NO_REPLY, NULL, UPLOADER_OFFLINE, RETRY, false},
        {UPLOADER_NO_REPLY, "RECEIPT", UPLOADER_OFFLINE, RETRY, false},
        {UPLOADER_NOT_SENT, NULL, UPLOADER_UNUSABLE, LONG, true},
        {408, NULL, UPLOADER_OFFLINE, RETRY, false},
        {429, NULL, UPLOADER_OFFLINE, RETRY, false},
        {500, "RECEIPT", UPLOADER_OFFLINE, RETRY, false},
        {502, "<html>", UPLOADER_OFFLINE, RETRY, false},
        {503, "{\"detail\":\"full\\u001b[2J\"}", UPLOADER_OFFLINE, RETRY, false},
        {599, NULL, UPLOADER_OFFLINE, RETRY, false},
        {400, "{\"detail\":17}", UPLOADER_REJECTED, LONG, true},
        {401, NULL, UPLOADER_DENIED, LONG, true},
        {403, "{\"title\":\"Forbidden\",\"detail\":\"another device's store\"}", UPLOADER_DENIED, LONG, true},
        {404, NULL, UPLOADER_REJECTED, LONG, true},
        {415, "RECEIPT", UPLOADER_REJECTED, LONG, true},
        {451, NULL, UPLOADER_REJECTED, LONG, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (int asking = 0; asking < 2; asking++) {
            struct world world;
            begin(&world, 1, asking ? 5 : 10, 5);
            struct uploader_step sent = send(&world);
            struct receipt good = receipt_of(&world, EPOCH, 10);
            (void)receipt_to_json(&good, world.json);
            const char *body =
                table[i].body && strcmp(table[i].body, "RECEIPT") == 0 ? world.json : table[i].body;
            uint64_t random = table[i].ceiling == LONG ? 300000 : 1000;
            reply(&world, table[i].status, body, 0, random);
            assert_false(world.fresh);
            assert_int_equal(world.uploader.trouble, table[i].trouble);
            assert_true(strlen(world.uploader.why) > 0);
            for (const char *c = world.uploader.why; *c; c++)
                assert_true((unsigned char)*c >= 0x20);
            assert_int_equal(uploader_trouble_alarm(table[i].trouble), table[i].alarm);
            assert_int_not_equal(uploader_trouble_code(table[i].trouble), 0);
            assert_int_equal(uploader_receipted(&world.uploader), 5);
            assert_false(uploader_may_purge(&world.uploader));
            assert_waits(&world, table[i].ceiling + (table[i].ceiling == LONG ? 300000 : 0));
            /* and then the same again */
            struct uploader_step again = send(&world);
            assert_int_equal(again.command, sent.command);
            assert_int_equal(again.first, sent.first);
            reply_high_water(&world, EPOCH, asking ? 5 : 10);
            assert_int_equal(world.uploader.trouble, UPLOADER_WELL);
        }
    }
}

static void a_problem_s_detail_is_told(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    (void)send(&world);
    reply(&world, 403, "{\"title\":\"Forbidden\",\"detail\":\"the store is another device's\"}", 0, 0);
    assert_string_equal(world.uploader.why, "headquarters answers 403: the store is another device's");
    /* a long one is cut between characters */
    char body[1200] = "{\"detail\":\"";
    for (int i = 0; i < 300; i++)
        memcpy(body + strlen(body), "\xe4\xb8\xad", 4);
    memcpy(body + strlen(body), "\"}", 3);
    world.now += 10000000;
    (void)send(&world);
    reply(&world, 400, body, 0, 0);
    size_t length = strlen(world.uploader.why);
    assert_in_range(length, 100, sizeof world.uploader.why - 1);
    assert_memory_equal(world.uploader.why + length - 3, "\xe4\xb8\xad", 3);
}

/* Every byte of a good receipt flipped, one after the other: never believed, unless it means the same. */
static void an_altered_receipt_is_no_receipt(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    struct receipt good = receipt_of(&world, EPOCH, 10);
    size_t length = receipt_to_json(&good, world.json);
    for (size_t i = 0; i < length; i++) {
        char altered[RECEIPT_JSON_MAX];
        memcpy(altered, world.json, length + 1);
        altered[i] ^= 1;
        (void)send(&world);
        reply(&world, 200, altered, 0, 0);
        assert_int_equal(world.uploader.trouble, UPLOADER_NO_RECEIPT);
        assert_int_equal(uploader_receipted(&world.uploader), 5);
        world.now += 10000000;
    }
}

static void a_cut_receipt_is_no_receipt(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    struct receipt good = receipt_of(&world, EPOCH, 10);
    size_t length = receipt_to_json(&good, world.json);
    for (size_t i = 0; i < length; i++) {
        char cut[RECEIPT_JSON_MAX] = "";
        memcpy(cut, world.json, i);
        (void)send(&world);
        reply(&world, 200, cut, 0, 0);
        assert_int_equal(world.uploader.trouble, UPLOADER_NO_RECEIPT);
        world.now += 10000000;
    }
    (void)send(&world);
    reply(&world, 200, world.json, 0, 0);
    assert_int_equal(uploader_receipted(&world.uploader), 10);
}

static void a_stranger_s_receipt_is_no_receipt(void **state)
{
    struct world world;
    (void)state;
    begin(&world, 1, 10, 5);
    struct receipt forged = receipt_of(&world, EPOCH, 10);
    receipt_sign(&forged, world.stranger);
    (void)send(&world);
    reply_receipt(&world, &forged);
    assert_int_equal(world.uploader.trouble, UPLOADER_NO_RECEIPT);
    world.now += 10000000;
    struct receipt others = receipt_of(&world, EPOCH, 10);
    memcpy(others.store, OTHER, ID_TEXT);
    receipt_sign(&others, world.secret);
    (void)send(&world);
    reply_receipt(&world, &others);
    assert_int_equal(world.uploader.trouble, UPLOADER_NO_RECEIPT);
    assert_int_equal(uploader_receipted(&world.uploader), 5);
}

/* What a verified receipt means against what we hold: records first..20, told 10 in EPOCH before. */
static void verified_receipts(void **state)
{
    static const struct {
        const char *what;
        int64_t first;
        const char *epoch;
        int64_t high_water;
        bool chain_fits;
        enum uploader_trouble trouble;
        int64_t receipted; /* afterwards */
    } table[] = {
        {"all taken", 1, EPOCH, 20, true, UPLOADER_WELL, 20},
        {"a part taken", 1, EPOCH, 15, true, UPLOADER_WELL, 15},
        {"one taken", 1, EPOCH, 11, true, UPLOADER_WELL, 11},
        {"nothing taken", 1, EPOCH, 10, true, UPLOADER_NO_PROGRESS, 10},
        {"nothing taken, purged", 10, EPOCH, 10, true, UPLOADER_NO_PROGRESS, 10},
        {"more than I have", 1, EPOCH, 21, true, UPLOADER_FORKED, 10},
        {"far more than I have", 1, EPOCH, INT64_MAX, true, UPLOADER_FORKED, 10},
        {"another history", 1, EPOCH, 20, false, UPLOADER_FORKED, 10},
        {"another history at the same place", 1, EPOCH, 10, false, UPLOADER_FORKED, 10},
        {"lost data", 1, EPOCH, 9, true, UPLOADER_WENT_BACK, 10},
        {"lost all", 1, EPOCH, 0, true, UPLOADER_WENT_BACK, 10},
        {"lost data, other history", 1, EPOCH, 9, false, UPLOADER_WENT_BACK, 10},
        {"restored, took all", 1, RESTORED, 20, true, UPLOADER_WELL, 20},
        {"restored to an earlier state", 1, RESTORED, 7, true, UPLOADER_WELL, 7},
        {"restored to nothing", 1, RESTORED, 0, true, UPLOADER_WELL, 0},
        {"restored, other history", 1, RESTORED, 7, false, UPLOADER_FORKED, 10},
        {"restored, more than I have", 1, RESTORED, 21, true, UPLOADER_FORKED, 10},
        {"restored, next is purged", 9, RESTORED, 7, true, UPLOADER_GAP, 10},
        {"restored, that one is purged", 9, RESTORED, 8, true, UPLOADER_GAP, 10},
        {"restored to nothing, purged", 2, RESTORED, 0, true, UPLOADER_GAP, 10},
        {"restored, just enough held", 7, RESTORED, 7, true, UPLOADER_WELL, 7},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct world world;
        begin(&world, table[i].first, 20, 10);
        (void)send(&world);
        struct receipt receipt = receipt_of(&world, table[i].epoch, table[i].high_water);
        if (!table[i].chain_fits)
            receipt.chain[31] ^= 1;
        receipt_sign(&receipt, world.secret);
        reply_receipt(&world, &receipt);
        if (world.uploader.trouble != table[i].trouble)
            fail_msg("%s: %s", table[i].what, uploader_trouble_name(world.uploader.trouble));
        assert_int_equal(uploader_receipted(&world.uploader), table[i].receipted);
        /* only what fits our chain is kept */
        bool fits = table[i].trouble == UPLOADER_WELL || table[i].trouble == UPLOADER_NO_PROGRESS;
        assert_int_equal(world.fresh, fits);
        assert_int_equal(uploader_may_purge(&world.uploader), table[i].trouble == UPLOADER_WELL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_that_are_no_receipt),        cmocka_unit_test(a_problem_s_detail_is_told),
        cmocka_unit_test(an_altered_receipt_is_no_receipt),   cmocka_unit_test(a_cut_receipt_is_no_receipt),
        cmocka_unit_test(a_stranger_s_receipt_is_no_receipt), cmocka_unit_test(verified_receipts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
