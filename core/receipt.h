/*
 * The receipt: headquarters' signed word for how far it holds a store. The one reply document of the
 * protocol. Signature: Ed25519 (RFC 8032) over "tapline-receipt-1\n" store "\n" epoch "\n" high_water "\n"
 * chain "\n" now "\n". SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_RECEIPT_H
#define CORE_RECEIPT_H

#include "core/chain.h"
#include "core/error.h"
#include "core/id.h"

#include <stddef.h>
#include <stdint.h>

#define RECEIPT_SIGNATURE_BYTES 64
#define RECEIPT_KEY_BYTES 32    /* public */
#define RECEIPT_SECRET_BYTES 64 /* secret, as libsodium keeps it: seed and public key */
#define RECEIPT_JSON_MAX 512

struct receipt {
    char store[ID_TEXT];
    char epoch[ID_TEXT];        /* changes when headquarters is restored from a backup */
    int64_t high_water;         /* last number held, 0 for none */
    uint8_t chain[CHAIN_BYTES]; /* chain(high_water) as headquarters computed it */
    int64_t now;                /* headquarters' clock, UTC ms */
    uint8_t signature[RECEIPT_SIGNATURE_BYTES];
};

void receipt_sign(struct receipt *receipt, const uint8_t secret[RECEIPT_SECRET_BYTES]);

/* 0 or -EBADMSG. */
int receipt_verify(const struct receipt *receipt, const uint8_t key[RECEIPT_KEY_BYTES], struct error *error);

/* Writes {"store","epoch","high_water","chain","now","signature"}; returns the length without the NUL. */
size_t receipt_to_json(const struct receipt *receipt, char json[RECEIPT_JSON_MAX]);

/* Strict: -EBADMSG when a member is missing, of another type or malformed. Does not verify the signature. */
int receipt_from_json(struct receipt *receipt, const char *json, size_t length, struct error *error);

#endif
