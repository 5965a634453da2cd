/*
 * The device's own check.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/verify.h"

#include "core/keyfile.h"
#include "core/outbox.h"
#include "core/receipt.h"
#include "core/record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct verify {
    FILE *out;
    int64_t records, problems;
};

static int verify_row(void *user, const struct outbox_found *found)
{
    struct verify *verify = user;
    struct record record;
    struct error why = {0};
    verify->records += found->health != OUTBOX_LOST;
    if (found->health == OUTBOX_LOST)
        (void)fprintf(verify->out, "PROBLEM: records %" PRId64 " to %" PRId64 " are missing\n", found->from,
                      found->to);
    else if (found->health == OUTBOX_BAD)
        (void)fprintf(verify->out, "PROBLEM: record %" PRId64 " does not fit its chain: damaged or altered\n",
                      found->from);
    else if (found->unchained)
        (void)fprintf(verify->out, "PROBLEM: record %" PRId64 " is whole, its stored chain is damaged\n",
                      found->from);
    else if (record_parse(found->line.text, found->line.length, &record, &why) < 0)
        (void)fprintf(verify->out, "PROBLEM: record %" PRId64 " is as it was made, but no record: %s\n",
                      found->from, why.text);
    else
        return 0;
    verify->problems++;
    return 0;
}

/* The newest receipt must be headquarters', and speak of what is here. */
static int verify_receipt(struct verify *verify, struct outbox *outbox, const struct outbox_state *state,
                          const uint8_t key[RECEIPT_KEY_BYTES], struct error *error)
{
    uint8_t chain[CHAIN_BYTES];
    struct error why = {0};
    if (!state->receipted)
        return 0;
    if (receipt_verify(&state->receipt, key, &why) < 0) {
        (void)fprintf(verify->out,
                      "PROBLEM: the receipt up to %" PRId64 " bears no signature of headquarters'\n",
                      state->receipt.high_water);
        verify->problems++;
    }
    int result = outbox_chain_at(outbox, state->receipt.high_water, chain, error);
    if (result == 0 && !chain_equal(chain, state->receipt.chain)) {
        (void)fprintf(verify->out, "PROBLEM: the receipt up to %" PRId64 " speaks of other records\n",
                      state->receipt.high_water);
        verify->problems++;
    }
    return result == -ENOENT || result == -EBADMSG ? 0 : result;
}

static int verify_all(struct verify *verify, struct outbox *outbox, const uint8_t key[RECEIPT_KEY_BYTES],
                      struct error *error)
{
    struct outbox_state state = {0};
    struct error why = {0};
    int result = outbox_check_structure(outbox, &why);
    if (result == -EBADMSG) {
        (void)fprintf(verify->out, "PROBLEM: %s\n", why.text);
        verify->problems++;
    } else if (result < 0) {
        return error_set(error, result, "%s", why.text);
    }
    result = outbox_walk(outbox, verify_row, verify, error);
    if (result == 0)
        result = outbox_state(outbox, &state, error);
    if (result == 0)
        result = verify_receipt(verify, outbox, &state, key, error);
    if (result == 0)
        (void)fprintf(verify->out,
                      "store %s: %" PRId64 " records held, last number %" PRId64 ", %" PRId64
                      " kept aside, %" PRId64 " problems\n",
                      state.store, verify->records, state.last, state.quarantined, verify->problems);
    return result;
}

int verify_outbox(FILE *out, const struct settings *settings, const struct clock *clock, struct error *error)
{
    const char *path = settings->device.outbox;
    struct verify verify = {.out = out};
    struct outbox *outbox = NULL;
    uint8_t key[RECEIPT_KEY_BYTES];
    if (access(path, F_OK) < 0)
        return error_set(error, -errno, "%s: %s; the kiosk makes it when it starts", path, strerror(errno));
    int result = keyfile_read(settings->hq_key, key, sizeof key, false, error);
    if (result == 0)
        result = outbox_open(&outbox, path, clock, error);
    if (result == 0)
        result = verify_all(&verify, outbox, key, error);
    outbox_close(outbox);
    if (result == 0 && verify.problems > 0)
        result = error_set(error, -EBADMSG, "%s: %" PRId64 " problems; the daemon mends what it comes to",
                           path, verify.problems);
    return result;
}
