/*
 * Receipts: signing and checking with libsodium, the document with jansson.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/receipt.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

_Static_assert(RECEIPT_SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");
_Static_assert(RECEIPT_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(RECEIPT_SECRET_BYTES == crypto_sign_SECRETKEYBYTES, "Ed25519");

#define RECEIPT_SIGNATURE_TEXT (2 * RECEIPT_SIGNATURE_BYTES + 1)

/* The signed words: fixed text, so that no two JSON writers can disagree about them. */
static size_t receipt_words(const struct receipt *receipt, char *words, size_t room)
{
    char chain[CHAIN_TEXT];
    chain_to_text(chain, receipt->chain);
    int length = snprintf(words, room, "tapline-receipt-1\n%s\n%s\n%" PRId64 "\n%s\n%" PRId64 "\n",
                          receipt->store, receipt->epoch, receipt->high_water, chain, receipt->now);
    return length > 0 && (size_t)length < room ? (size_t)length : 0;
}

void receipt_sign(struct receipt *receipt, const uint8_t secret[RECEIPT_SECRET_BYTES])
{
    char words[RECEIPT_JSON_MAX];
    size_t length = receipt_words(receipt, words, sizeof words);
    (void)crypto_sign_detached(receipt->signature, NULL, (const uint8_t *)words, length, secret);
}

int receipt_verify(const struct receipt *receipt, const uint8_t key[RECEIPT_KEY_BYTES], struct error *error)
{
    char words[RECEIPT_JSON_MAX];
    size_t length = receipt_words(receipt, words, sizeof words);
    if (crypto_sign_verify_detached(receipt->signature, (const uint8_t *)words, length, key) != 0)
        return error_set(error, -EBADMSG, "receipt: the signature is not headquarters'");
    return 0;
}

size_t receipt_to_json(const struct receipt *receipt, char json[RECEIPT_JSON_MAX])
{
    char chain[CHAIN_TEXT], signature[RECEIPT_SIGNATURE_TEXT];
    chain_to_text(chain, receipt->chain);
    (void)sodium_bin2hex(signature, sizeof signature, receipt->signature, sizeof receipt->signature);
    json_t *object = json_pack("{s:s, s:s, s:I, s:s, s:I, s:s}", "store", receipt->store, "epoch",
                               receipt->epoch, "high_water", (json_int_t)receipt->high_water, "chain", chain,
                               "now", (json_int_t)receipt->now, "signature", signature);
    size_t length = object ? json_dumpb(object, json, RECEIPT_JSON_MAX - 1, JSON_COMPACT) : 0;
    json_decref(object);
    json[length < RECEIPT_JSON_MAX ? length : 0] = '\0';
    return length < RECEIPT_JSON_MAX ? length : 0;
}

static int receipt_take(struct receipt *receipt, json_t *object)
{
    const char *store = NULL, *epoch = NULL, *chain = NULL, *signature = NULL;
    json_int_t high_water = -1, now = 0;
    size_t length = 0;
    if (json_unpack_ex(object, NULL, 0, "{s:s, s:s, s:I, s:s, s:I, s:s}", "store", &store, "epoch", &epoch,
                       "high_water", &high_water, "chain", &chain, "now", &now, "signature", &signature) < 0)
        return -EBADMSG;
    if (!id_valid(store, strlen(store)) || !id_valid(epoch, strlen(epoch)) || high_water < 0 ||
        !chain_from_text(receipt->chain, chain))
        return -EBADMSG;
    if (sodium_hex2bin(receipt->signature, sizeof receipt->signature, signature, strlen(signature), NULL,
                       &length, NULL) != 0 ||
        length != sizeof receipt->signature)
        return -EBADMSG;
    memcpy(receipt->store, store, ID_TEXT);
    memcpy(receipt->epoch, epoch, ID_TEXT);
    receipt->high_water = high_water;
    receipt->now = now;
    return 0;
}

int receipt_from_json(struct receipt *receipt, const char *json, size_t length, struct error *error)
{
    struct receipt taken = {0};
    json_t *object = json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL);
    int result = object ? receipt_take(&taken, object) : -EBADMSG;
    json_decref(object);
    if (result < 0)
        return error_set(error, result, "receipt: not a receipt document (%zu bytes)", length);
    *receipt = taken;
    return 0;
}
