/*
 * The device's side of the wire protocol, as a state machine: what to send next, and what a reply means.
 * Pure: no network, no clock, no file; time, randomness and the outbox's chain come in. What always holds:
 * only a verified receipt of this store whose chain is ours moves the receipted number, one request is out
 * at a time, and nothing is sent past what headquarters has receipted.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_UPLOADER_H
#define SYNC_UPLOADER_H

#include "core/outbox.h"
#include "core/receipt.h"
#include "sync/backoff.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the upload stands, by the last reply. */
enum uploader_trouble {
    UPLOADER_WELL,        /* the last reply was a good receipt, or none has been asked for yet */
    UPLOADER_SHRINKING,   /* 413: the batch was too large, half of it goes out at once */
    UPLOADER_OFFLINE,     /* no reply, or 408, 429, 5xx: the outcome is unknown */
    UPLOADER_UNUSABLE,    /* nothing could be sent: a certificate or key of our own cannot be used */
    UPLOADER_NO_RECEIPT,  /* a reply that is no verified receipt of this store: the outcome is unknown */
    UPLOADER_NO_PROGRESS, /* good receipts, but the batch was not taken */
    UPLOADER_DENIED,      /* 401, 403 */
    UPLOADER_REJECTED,    /* another 4xx */
    UPLOADER_DOUBTING,    /* 413 for a single record: is it the record? An empty batch will tell */
    UPLOADER_TOO_LARGE,   /* 413 for a single record, and again, or for an empty batch */
    UPLOADER_WENT_BACK,   /* headquarters holds less than it receipted, in the same epoch */
    UPLOADER_GAP,         /* headquarters was restored and lacks records that are purged here */
    UPLOADER_FORKED,      /* headquarters holds another history under this store's name */
    UPLOADER_FOREIGN,     /* the store belongs to another device */
};

struct uploader_limits {
    struct backoff retry;
    int64_t heartbeat_ms;
    int64_t refused_ms; /* the wait where only somebody's help counts */
    size_t batch_records;
};

enum uploader_phase {
    UPLOADER_READY,    /* may send */
    UPLOADER_AWAITING, /* a request is out */
    UPLOADER_WAITING,  /* not before until */
};

struct uploader {
    struct uploader_limits limits;
    uint8_t key[RECEIPT_KEY_BYTES];
    char store[ID_TEXT];
    enum uploader_phase phase;
    enum uploader_trouble trouble;
    char why[256];          /* the trouble in a sentence; empty when well */
    bool heard;             /* a good receipt has come since uploader_start() */
    int64_t rewound_from;   /* a new epoch sent us back from there, and we are not past it yet; 0: none */
    bool receipted;         /* receipt below is filled */
    struct receipt receipt; /* the last good one */
    int64_t until;          /* up time ms; UPLOADER_WAITING */
    int64_t heartbeat_at;   /* up time ms, once heard */
    int64_t sent_first, sent_count;
    int64_t doubted;    /* a record that was too large once, alone; 0: none */
    int64_t held;       /* UPLOADER_GAP: what headquarters holds */
    unsigned failures;  /* in a row */
    bool may_hurry;     /* it waits because there was no reply */
    int64_t hurried_at; /* up time ms of the last uploader_hurry() that counted */
    unsigned taken;     /* batches in a row since limit last changed */
    size_t limit;       /* records in a batch just now */
};

/* What to do now. */
enum uploader_command {
    UPLOADER_SEND, /* the records from first on, at most limit of them; then uploader_sent() */
    UPLOADER_ASK, /* an empty batch at first: the reply says where headquarters stands; then uploader_sent() */
    UPLOADER_REST, /* nothing until the moment deadline, a reply, or a new record */
};

struct uploader_step {
    enum uploader_command command;
    int64_t first;
    size_t limit;
    int64_t deadline; /* up time ms; INT64_MAX: none */
};

#define UPLOADER_NO_REPLY 0
#define UPLOADER_NOT_SENT (-1) /* a file of our own is at fault */

/* What came back for a request. */
struct uploader_reply {
    int status;       /* of HTTP, or one of the two above, and why says what happened */
    const char *body; /* untrusted */
    size_t length;
    int64_t retry_after_ms; /* 0: none */
    const char *why;
    bool slow;       /* no reply in time although the request was under way: less may get through */
    int64_t took_ms; /* from the request's beginning */
};

/* The outbox as far as a verdict needs it. */
struct uploader_view {
    int64_t first, last; /* as in struct outbox_state */
    /* As outbox_chain_at(): chain at number, -ENOENT when it is purged, other errors are handed on. */
    int (*chain_at)(void *user, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error);
    void *user;
};

/* key: headquarters' public key. Begins at the receipt that the outbox keeps. */
void uploader_start(struct uploader *uploader, const struct uploader_limits *limits,
                    const uint8_t key[RECEIPT_KEY_BYTES], const struct outbox_state *state);

/* now: up time ms; last: highest number given. */
struct uploader_step uploader_next(struct uploader *uploader, int64_t now, int64_t last);

/* A request with count records from first on (0: an empty batch) is on its way. */
void uploader_sent(struct uploader *uploader, int64_t first, int64_t count);

/* The request was taken back before its reply; its outcome is unknown and it may be sent again. */
void uploader_cancelled(struct uploader *uploader);

/*
 * The network has come back: what waits because there was no reply waits a moment only, random so that a whole
 * branch does not speak at once, and not oftener than every few seconds. A wait that headquarters asked for, or
 * that somebody's help would end, runs on.
 */
void uploader_hurry(struct uploader *uploader, int64_t now, uint64_t random);

/*
 * The request's reply. *fresh says whether uploader->receipt is a new good one, to be kept in the outbox.
 * Returns a negative errno only when the outbox could not be asked: the reply is then as if lost.
 */
int uploader_take(struct uploader *uploader, const struct uploader_reply *reply,
                  const struct uploader_view *view, int64_t now, uint64_t random, bool *fresh,
                  struct error *error);

/*
 * Can only a fork of the store help? Fills why, park, held and reason (borrowed) of *fork. The caller forks at
 * once where it may, and then calls uploader_start(); where it does not, the uploader waits as its trouble says.
 */
bool uploader_wants_fork(const struct uploader *uploader, struct outbox_fork *fork);

/* Highest number that headquarters has receipted, 0 for none. */
int64_t uploader_receipted(const struct uploader *uploader);

/* True when headquarters' last word in this run was a good receipt: only then may records be purged. */
bool uploader_may_purge(const struct uploader *uploader);

const char *uploader_trouble_name(enum uploader_trouble trouble);

/* True when somebody has to help: time alone will not. */
bool uploader_trouble_alarm(enum uploader_trouble trouble);

/* The errno value (negative, 0 for well) that says to error_exit_status() how a run ends with this trouble.
 */
int uploader_trouble_code(enum uploader_trouble trouble);

#endif
