/*
 * A small world for tests of the upload protocol: a fake headquarters that signs real receipts, and an outbox
 * in which the chain of record n is n in every byte. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SYNC_WORLD_H
#define TESTS_SYNC_WORLD_H

#include "testing.h"

#include "sync/uploader.h"

#include <errno.h>
#include <sodium.h>

#define STORE "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
#define OTHER "1b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
#define EPOCH "2b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
#define RESTORED "3b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"

static const struct uploader_limits limits = {{1000, 600000}, 300000, 600000, 100};

struct world {
    uint8_t key[RECEIPT_KEY_BYTES], secret[RECEIPT_SECRET_BYTES];
    uint8_t stranger[RECEIPT_SECRET_BYTES];
    struct uploader uploader;
    struct uploader_view view;
    int64_t now;
    char json[RECEIPT_JSON_MAX];
    bool fresh;
    int outbox_error;
};

static inline int fake_chain_at(void *user, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error)
{
    const struct world *world = user;
    if (world->outbox_error)
        return error_set(error, world->outbox_error, "the disk is gone");
    if (number != 0 && number < world->view.first && number != uploader_receipted(&world->uploader))
        return error_set(error, -ENOENT, "purged");
    memset(chain, (int)number, CHAIN_BYTES);
    return 0;
}

static inline struct receipt receipt_of(const struct world *world, const char *epoch, int64_t high_water)
{
    struct receipt receipt = {.high_water = high_water, .now = 5};
    memcpy(receipt.store, STORE, ID_TEXT);
    memcpy(receipt.epoch, epoch, ID_TEXT);
    memset(receipt.chain, (int)high_water, CHAIN_BYTES);
    receipt_sign(&receipt, world->secret);
    return receipt;
}

/* A store with records first..last, receipted (when > 0) up to there in EPOCH. */
static inline void begin(struct world *world, int64_t first, int64_t last, int64_t receipted)
{
    *world = (struct world){.now = 1000000};
    assert_true(sodium_init() >= 0);
    crypto_sign_keypair(world->key, world->secret);
    uint8_t unused[RECEIPT_KEY_BYTES];
    crypto_sign_keypair(unused, world->stranger);
    struct outbox_state state = {.first = first, .last = last, .receipted = receipted > 0};
    memcpy(state.store, STORE, ID_TEXT);
    if (state.receipted)
        state.receipt = receipt_of(world, EPOCH, receipted);
    world->view = (struct uploader_view){first, last, fake_chain_at, world};
    uploader_start(&world->uploader, &limits, world->key, &state);
}

/* Lets the uploader send what it wants to; fails when it wants to rest. */
static inline struct uploader_step send(struct world *world)
{
    struct uploader_step step = uploader_next(&world->uploader, world->now, world->view.last);
    assert_int_not_equal(step.command, UPLOADER_REST);
    int64_t rest = world->view.last - step.first + 1;
    int64_t count = rest < (int64_t)step.limit ? rest : (int64_t)step.limit;
    if (step.command == UPLOADER_ASK)
        uploader_sent(&world->uploader, world->view.last + 1, 0);
    else
        uploader_sent(&world->uploader, step.first, count);
    assert_int_equal(uploader_next(&world->uploader, world->now, world->view.last).command, UPLOADER_REST);
    return step;
}

static inline void reply(struct world *world, int status, const char *body, int64_t retry_after_ms,
                         uint64_t random)
{
    struct error error = {0};
    const struct uploader_reply got = {.status = status,
                                       .body = body,
                                       .length = body ? strlen(body) : 0,
                                       .retry_after_ms = retry_after_ms,
                                       .why = "the line is dead"};
    assert_int_equal(
        uploader_take(&world->uploader, &got, &world->view, world->now, random, &world->fresh, &error), 0);
}

static inline void reply_receipt(struct world *world, const struct receipt *receipt)
{
    assert_true(receipt_to_json(receipt, world->json) > 0);
    reply(world, 200, world->json, 0, 0);
}

static inline void reply_high_water(struct world *world, const char *epoch, int64_t high_water)
{
    struct receipt receipt = receipt_of(world, epoch, high_water);
    reply_receipt(world, &receipt);
}

static inline void assert_waits(struct world *world, int64_t ms)
{
    struct uploader_step step = uploader_next(&world->uploader, world->now, world->view.last);
    assert_int_equal(step.command, UPLOADER_REST);
    assert_int_equal(step.deadline, world->now + ms);
    step = uploader_next(&world->uploader, world->now + ms - 1, world->view.last);
    assert_int_equal(step.command, UPLOADER_REST);
    world->now += ms;
}

#endif
