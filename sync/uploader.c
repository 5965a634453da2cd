/*
 * The upload protocol. A reply is read (is it a verified receipt of this store?), judged (does it fit what
 * we hold and were told before?) and settled (what the trouble table says about waiting).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/uploader.h"

#include "sync/problem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define UPLOADER_SLOW_MS 15000 /* a batch that takes longer is too large for this link */
#define UPLOADER_HURRY_MS 1000
#define UPLOADER_HURRY_EVERY_MS 5000
#define UPLOADER_GROW_AFTER 8 /* batches taken before a halved limit doubles again */

enum uploader_wait { WAIT_NONE, WAIT_BACKOFF, WAIT_LONG };

/* What each trouble means for what comes next. */
static const struct uploader_rule {
    const char *name;
    enum uploader_wait wait;
    bool alarm;    /* somebody has to help */
    bool ask_only; /* send no record until a good receipt has come */
    int code;
} uploader_rules[] = {
    [UPLOADER_WELL] = {"well", WAIT_NONE, false, false, 0},
    [UPLOADER_SHRINKING] = {"shrinking", WAIT_NONE, false, false, -EAGAIN},
    [UPLOADER_OFFLINE] = {"offline", WAIT_BACKOFF, false, false, -EAGAIN},
    [UPLOADER_UNUSABLE] = {"unusable", WAIT_LONG, true, false, -EINVAL},
    [UPLOADER_NO_RECEIPT] = {"no-receipt", WAIT_BACKOFF, false, false, -EAGAIN},
    [UPLOADER_NO_PROGRESS] = {"no-progress", WAIT_BACKOFF, false, false, -EAGAIN},
    [UPLOADER_DENIED] = {"denied", WAIT_LONG, true, false, -EACCES},
    [UPLOADER_REJECTED] = {"rejected", WAIT_LONG, true, false, -EPROTO},
    [UPLOADER_DOUBTING] = {"doubting", WAIT_NONE, false, false, -EAGAIN},
    [UPLOADER_TOO_LARGE] = {"too-large", WAIT_LONG, true, false, -EPROTO},
    [UPLOADER_WENT_BACK] = {"went-back", WAIT_BACKOFF, true, true, -EBADMSG},
    [UPLOADER_GAP] = {"gap", WAIT_LONG, true, true, -EBADMSG},
    [UPLOADER_FORKED] = {"forked", WAIT_LONG, true, true, -EBADMSG},
    [UPLOADER_FOREIGN] = {"foreign", WAIT_LONG, true, true, -EACCES},
};

/* What a status says before the body is looked at; the first row that holds it counts. */
static const struct {
    int low, high;
    enum uploader_trouble trouble;
} uploader_statuses[] = {
    {UPLOADER_NOT_SENT, UPLOADER_NOT_SENT, UPLOADER_UNUSABLE},
    {UPLOADER_NO_REPLY, UPLOADER_NO_REPLY, UPLOADER_OFFLINE},
    {200, 200, UPLOADER_WELL},
    {401, 401, UPLOADER_DENIED},
    {403, 403, UPLOADER_DENIED},
    {408, 408, UPLOADER_OFFLINE},
    {413, 413, UPLOADER_TOO_LARGE},
    {429, 429, UPLOADER_OFFLINE},
    {400, 499, UPLOADER_REJECTED},
    {500, 599, UPLOADER_OFFLINE},
    {INT_MIN, INT_MAX, UPLOADER_NO_RECEIPT},
};

/* The outcome of a judgement. */
struct uploader_verdict {
    enum uploader_trouble trouble;
    char why[256];
};

void uploader_start(struct uploader *uploader, const struct uploader_limits *limits,
                    const uint8_t key[RECEIPT_KEY_BYTES], const struct outbox_state *state)
{
    *uploader = (struct uploader){.limits = *limits, .limit = limits->batch_records};
    memcpy(uploader->key, key, RECEIPT_KEY_BYTES);
    memcpy(uploader->store, state->store, ID_TEXT);
    uploader->receipted = state->receipted;
    if (state->receipted)
        uploader->receipt = state->receipt;
}

int64_t uploader_receipted(const struct uploader *uploader)
{
    return uploader->receipted ? uploader->receipt.high_water : 0;
}

bool uploader_may_purge(const struct uploader *uploader)
{
    return uploader->heard && uploader->trouble == UPLOADER_WELL;
}

const char *uploader_trouble_name(enum uploader_trouble trouble)
{
    return uploader_rules[trouble].name;
}

bool uploader_trouble_alarm(enum uploader_trouble trouble)
{
    return uploader_rules[trouble].alarm;
}

int uploader_trouble_code(enum uploader_trouble trouble)
{
    return uploader_rules[trouble].code;
}

struct uploader_step uploader_next(struct uploader *uploader, int64_t now, int64_t last)
{
    struct uploader_step step = {UPLOADER_REST, 0, 0, INT64_MAX};
    if (uploader->phase == UPLOADER_AWAITING)
        return step;
    if (uploader->phase == UPLOADER_WAITING && now < uploader->until) {
        step.deadline = uploader->until;
        return step;
    }
    uploader->phase = UPLOADER_READY;
    int64_t receipted = uploader_receipted(uploader);
    step.first = receipted + 1;
    bool doubting = uploader->trouble == UPLOADER_DOUBTING;
    bool ask =
        doubting || !uploader->heard || uploader->trouble != UPLOADER_WELL || now >= uploader->heartbeat_at;
    if (!doubting && !uploader_rules[uploader->trouble].ask_only && last > receipted) {
        step.command = UPLOADER_SEND;
        step.limit = uploader->limit;
    } else if (ask) {
        step.command = UPLOADER_ASK;
    } else {
        step.deadline = uploader->heartbeat_at;
    }
    return step;
}

void uploader_sent(struct uploader *uploader, int64_t first, int64_t count)
{
    uploader->phase = UPLOADER_AWAITING;
    uploader->sent_first = first;
    uploader->sent_count = count;
}

void uploader_cancelled(struct uploader *uploader)
{
    if (uploader->phase == UPLOADER_AWAITING)
        uploader->phase = UPLOADER_READY;
}

/* Is it a receipt of this store, in headquarters' own hand? */
static struct uploader_verdict uploader_read(const struct uploader *uploader,
                                             const struct uploader_reply *reply, struct receipt *receipt)
{
    struct uploader_verdict verdict = {UPLOADER_NO_RECEIPT, ""};
    struct error error = {0};
    size_t row = 0;
    while (reply->status < uploader_statuses[row].low || reply->status > uploader_statuses[row].high)
        row++;
    verdict.trouble = uploader_statuses[row].trouble;
    if (verdict.trouble != UPLOADER_WELL) {
        char detail[160];
        if (verdict.trouble == UPLOADER_DENIED &&
            problem_is(reply->body, reply->length, PROBLEM_FOREIGN_STORE))
            verdict.trouble = UPLOADER_FOREIGN;
        problem_detail(reply->body, reply->length, detail, sizeof detail);
        if (reply->status <= 0)
            (void)snprintf(verdict.why, sizeof verdict.why, "%s", reply->why ? reply->why : "no reply");
        else
            (void)snprintf(verdict.why, sizeof verdict.why, "headquarters answers %d%s%s", reply->status,
                           detail[0] ? ": " : "", detail);
    } else if (receipt_from_json(receipt, reply->body ? reply->body : "", reply->length, &error) < 0 ||
               receipt_verify(receipt, uploader->key, &error) < 0) {
        verdict.trouble = UPLOADER_NO_RECEIPT;
        (void)snprintf(verdict.why, sizeof verdict.why,
                       "a 200 without a receipt signed by headquarters (a captive portal?): %.120s",
                       error.text);
    } else if (strcmp(receipt->store, uploader->store) != 0) {
        verdict.trouble = UPLOADER_NO_RECEIPT;
        (void)snprintf(verdict.why, sizeof verdict.why, "a receipt for another store, %s", receipt->store);
    }
    return verdict;
}

/* Does a verified receipt fit what we hold and what we were told before? */
static int uploader_judge(const struct uploader *uploader, const struct receipt *receipt,
                          const struct uploader_view *view, struct uploader_verdict *verdict,
                          struct error *error)
{
    int64_t before = uploader_receipted(uploader), now = receipt->high_water;
    bool same_epoch = uploader->receipted && strcmp(uploader->receipt.epoch, receipt->epoch) == 0;
    uint8_t mine[CHAIN_BYTES];
    if (now > view->last) {
        verdict->trouble = UPLOADER_FORKED;
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "fork: headquarters holds %lld records of this store, this device has made %lld: it "
                       "is a copy or was restored",
                       (long long)now, (long long)view->last);
        return 0;
    }
    if (same_epoch && now < before) {
        verdict->trouble = UPLOADER_WENT_BACK;
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "headquarters receipted %lld records and now holds %lld, in the same epoch: it has "
                       "lost data",
                       (long long)before, (long long)now);
        return 0;
    }
    int result =
        now < view->last && now + 1 < view->first ? -ENOENT : view->chain_at(view->user, now, mine, error);
    if (result == -ENOENT) {
        verdict->trouble = UPLOADER_GAP;
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "gap: headquarters was restored to record %lld, and what follows is purged here",
                       (long long)now);
        return 0;
    }
    if (result < 0)
        return result;
    if (!chain_equal(mine, receipt->chain)) {
        verdict->trouble = UPLOADER_FORKED;
        (void)snprintf(verdict->why, sizeof verdict->why,
                       "fork: headquarters' record %lld of this store is not this device's: one of two is "
                       "a copy or was restored",
                       (long long)now);
    }
    return 0;
}

/* A good receipt moves us on; a batch that was halved grows again. */
static struct uploader_verdict uploader_accept(struct uploader *uploader, const struct receipt *receipt,
                                               int64_t now, uint64_t random)
{
    struct uploader_verdict verdict = {UPLOADER_WELL, ""};
    int64_t before = uploader_receipted(uploader);
    bool new_epoch = uploader->receipted && strcmp(receipt->epoch, uploader->receipt.epoch) != 0;
    bool taken = uploader->sent_count == 0 || receipt->high_water >= uploader->sent_first;
    bool rewind = !taken && new_epoch && receipt->high_water < before && uploader->rewound_from == 0;
    uploader->receipt = *receipt;
    uploader->receipted = uploader->heard = true;
    /* a fleet that was switched on together shall not speak together for ever */
    uploader->heartbeat_at = now + uploader->limits.heartbeat_ms -
                             (int64_t)(random % ((uint64_t)uploader->limits.heartbeat_ms / 10 + 1));
    /* once: two headquarters behind one name shall not send us to and fro without a pause */
    if (rewind)
        uploader->rewound_from = before;
    else if (receipt->high_water > uploader->rewound_from)
        uploader->rewound_from = 0;
    if (!taken && !rewind) {
        verdict.trouble = UPLOADER_NO_PROGRESS;
        (void)snprintf(verdict.why, sizeof verdict.why,
                       "headquarters stays at record %lld and does not take the next",
                       (long long)receipt->high_water);
    } else if (uploader->sent_count > 0 && uploader->limit < uploader->limits.batch_records &&
               ++uploader->taken >= UPLOADER_GROW_AFTER) {
        uploader->taken = 0;
        uploader->limit = uploader->limit < uploader->limits.batch_records / 2
                              ? uploader->limit * 2
                              : uploader->limits.batch_records;
    }
    return verdict;
}

/* Half of the batch, down to one record; whether it is that record, or the way itself, an empty batch tells. */
static void uploader_shrink(struct uploader *uploader, struct uploader_verdict *verdict)
{
    if (uploader->sent_count == 0)
        return;
    uploader->taken = 0;
    uploader->limit = uploader->sent_count > 1 ? (size_t)uploader->sent_count / 2 : 1;
    if (uploader->sent_count > 1)
        verdict->trouble = UPLOADER_SHRINKING;
    else if (uploader->doubted != uploader->sent_first)
        verdict->trouble = UPLOADER_DOUBTING;
    uploader->doubted = uploader->sent_count == 1 ? uploader->sent_first : 0;
}

bool uploader_wants_fork(const struct uploader *uploader, struct outbox_fork *fork)
{
    switch (uploader->trouble) {
    case UPLOADER_FORKED:
        fork->why = OUTBOX_FORK;
        break;
    case UPLOADER_FOREIGN:
        fork->why = OUTBOX_FOREIGN;
        break;
    case UPLOADER_GAP:
        fork->why = OUTBOX_RESTORED;
        fork->held = uploader->held;
        break;
    case UPLOADER_TOO_LARGE:
        fork->why = OUTBOX_PARKED;
        fork->park = uploader->doubted;
        if (fork->park == 0)
            return false;
        break;
    default:
        return false;
    }
    fork->reason = uploader->why;
    return true;
}

static void uploader_settle(struct uploader *uploader, const struct uploader_verdict *verdict, bool fresh,
                            int64_t asked_ms, int64_t now, uint64_t random)
{
    const struct uploader_rule *rule = &uploader_rules[verdict->trouble];
    int64_t wait = rule->wait == WAIT_NONE ? 0
                   : rule->wait == WAIT_LONG
                       ? backoff_wait_long(uploader->limits.refused_ms, random)
                       : backoff_wait_asked(&uploader->limits.retry, uploader->failures, asked_ms, random);
    uploader->phase = rule->wait == WAIT_NONE ? UPLOADER_READY : UPLOADER_WAITING;
    uploader->until = now + wait;
    /* a question about the store's history stays open until a good receipt answers it */
    if (fresh || rule->ask_only || !uploader_rules[uploader->trouble].ask_only) {
        uploader->trouble = verdict->trouble;
        memcpy(uploader->why, verdict->why, sizeof uploader->why);
    }
    if (rule->wait == WAIT_NONE)
        uploader->failures = 0;
    else if (uploader->failures < UINT32_MAX)
        uploader->failures++;
}

void uploader_hurry(struct uploader *uploader, int64_t now, uint64_t random)
{
    int64_t soon = now + (int64_t)(random % UPLOADER_HURRY_MS);
    if (uploader->phase != UPLOADER_WAITING || !uploader->may_hurry || uploader->until <= soon ||
        (uploader->hurried_at > 0 && now - uploader->hurried_at < UPLOADER_HURRY_EVERY_MS))
        return;
    uploader->until = soon;
    uploader->hurried_at = now;
}

/* Batches that take too long get smaller: half of one may get through where the whole does not. */
static void uploader_pace(struct uploader *uploader, const struct uploader_reply *reply)
{
    if (uploader->sent_count > 1 && (reply->slow || reply->took_ms > UPLOADER_SLOW_MS)) {
        uploader->limit = (size_t)uploader->sent_count / 2;
        uploader->taken = 0;
    }
}

int uploader_take(struct uploader *uploader, const struct uploader_reply *reply,
                  const struct uploader_view *view, int64_t now, uint64_t random, bool *fresh,
                  struct error *error)
{
    struct receipt receipt = {0};
    struct uploader_verdict verdict = uploader_read(uploader, reply, &receipt);
    *fresh = false;
    int result =
        verdict.trouble == UPLOADER_WELL ? uploader_judge(uploader, &receipt, view, &verdict, error) : 0;
    if (result < 0) {
        uploader_cancelled(uploader);
        return result;
    }
    if (verdict.trouble == UPLOADER_WELL) {
        verdict = uploader_accept(uploader, &receipt, now, random);
        *fresh = true;
    } else if (verdict.trouble == UPLOADER_TOO_LARGE) {
        uploader_shrink(uploader, &verdict);
    } else if (verdict.trouble == UPLOADER_GAP) {
        uploader->held = receipt.high_water;
    }
    uploader_pace(uploader, reply);
    uploader_settle(uploader, &verdict, *fresh, reply->retry_after_ms, now, random);
    uploader->may_hurry = verdict.trouble == UPLOADER_OFFLINE && reply->status <= 0;
    return 0;
}
