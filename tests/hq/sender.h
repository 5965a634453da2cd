/*
 * A device as headquarters' tests need one: makes record lines and batches of a store, and remembers the
 * chain. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_HQ_SENDER_H
#define TESTS_HQ_SENDER_H

#include "testing.h"

#include "core/batch.h"
#include "core/chain.h"
#include "core/record.h"
#include "hq/db.h"

#define SENDER_STORE "0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
#define SENDER_OTHER_STORE "1b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"
#define SENDER_BOOT "11111111-2222-4333-8444-555555555555"
#define SENDER_HOUR 3600000LL
#define SENDER_NOW (490000 * SENDER_HOUR)               /* hq's clock in tests */
#define SENDER_BOOTED (SENDER_NOW - 1000 * SENDER_HOUR) /* the device's; its clock is right */
#define SENDER_LINES 64

struct sender {
    struct identity identity;
    char store[ID_TEXT];
    int64_t first;                                 /* number of lines[0] */
    uint8_t chains[SENDER_LINES + 1][CHAIN_BYTES]; /* chains[i]: before lines[i] */
    char texts[SENDER_LINES][RECORD_MAX + 1];
    struct outbox_line lines[SENDER_LINES];
    int count;
};

static inline void sender_start(struct sender *sender, const char *device, const char *store)
{
    *sender = (struct sender){.first = 1};
    (void)snprintf(sender->identity.device, sizeof sender->identity.device, "%s", device);
    memset(sender->identity.fingerprint, device[0], sizeof sender->identity.fingerprint);
    memcpy(sender->store, store, ID_TEXT);
    chain_start(sender->chains[0], store);
}

static inline void sender_add(struct sender *sender, const char *line)
{
    assert_true(sender->count < SENDER_LINES);
    int i = sender->count++;
    (void)snprintf(sender->texts[i], sizeof sender->texts[i], "%s", line);
    sender->lines[i] = (struct outbox_line){sender->texts[i], strlen(line)};
    chain_next(sender->chains[i + 1], sender->chains[i], line, strlen(line));
}

static inline struct record_stamp sender_stamp(int visit, int n, int64_t at, const char *channel)
{
    struct record_stamp stamp = {.n = n,
                                 .at = at,
                                 .up = at > SENDER_BOOTED ? at - SENDER_BOOTED : 0,
                                 .boot = SENDER_BOOT,
                                 .survey = "exit/1",
                                 .lang = "en"};
    (void)snprintf(stamp.visit, sizeof stamp.visit, "019aab30-5c00-7abc-8def-%012d", visit);
    (void)snprintf(stamp.channel, sizeof stamp.channel, "%s", channel);
    return stamp;
}

/* A face in visit number visit, at place n. */
static inline void sender_face(struct sender *sender, int visit, int n, int mark, int64_t at,
                               const char *channel)
{
    char line[RECORD_MAX + 1];
    size_t length = 0;
    const struct record_stamp stamp = sender_stamp(visit, n, at, channel);
    const struct record_answer answer = {.question = "overall", .kind = "faces", .scale = 5, .mark = mark};
    assert_int_equal(record_make_answer(line, &length, &stamp, &answer, NULL), 0);
    sender_add(sender, line);
}

/* A choice of up to two reasons; NULL for none. */
static inline void sender_reasons(struct sender *sender, int visit, int n, const char *one, const char *two)
{
    char line[RECORD_MAX + 1];
    size_t length = 0;
    const struct record_stamp stamp = sender_stamp(visit, n, SENDER_NOW, "touch");
    struct record_answer answer = {.question = "reason", .kind = "choice"};
    const char *codes[] = {one, two};
    for (int i = 0; i < 2 && codes[i]; i++)
        (void)snprintf(answer.codes[answer.code_count++], RECORD_NAME_MAX, "%s", codes[i]);
    assert_int_equal(record_make_answer(line, &length, &stamp, &answer, NULL), 0);
    sender_add(sender, line);
}

static inline void sender_end(struct sender *sender, int visit, int n)
{
    char line[RECORD_MAX + 1];
    size_t length = 0;
    const struct record_stamp stamp = sender_stamp(visit, n, SENDER_NOW, "touch");
    assert_int_equal(record_make_end(line, &length, &stamp, RECORD_COMPLETED, n - 1, NULL), 0);
    sender_add(sender, line);
}

/* The batch of lines from..from + count - 1 (from 0), as batch_unpack() would give it; borrows the sender. */
static inline struct batch sender_batch(struct sender *sender, int from, int count)
{
    struct batch batch = {.lines = sender->lines + from};
    memcpy(batch.head.store, sender->store, ID_TEXT);
    memcpy(batch.head.boot, SENDER_BOOT, ID_TEXT);
    memcpy(batch.head.version, "0.1.0", 6);
    memcpy(batch.head.before, sender->chains[from], CHAIN_BYTES);
    memcpy(batch.head.after, sender->chains[from + count], CHAIN_BYTES);
    batch.head.first = sender->first + from;
    batch.head.count = count;
    batch.head.last = sender->first + sender->count - 1;
    batch.head.at = SENDER_NOW - 1000;
    batch.head.up = batch.head.at - SENDER_BOOTED;
    return batch;
}

/* Sends that batch into the database. */
static inline struct db_outcome sender_send(struct sender *sender, struct db *db, int from, int count)
{
    const struct batch batch = sender_batch(sender, from, count);
    struct ingest ingest = {0};
    struct db_outcome outcome = {0};
    struct error error = {0};
    assert_int_equal(ingest_prepare(&ingest, &batch, &error), 0);
    if (db_ingest(db, &sender->identity, &ingest, SENDER_NOW, &outcome, &error) < 0)
        fail_msg("%s", error.text);
    ingest_free(&ingest);
    return outcome;
}

/* A fresh database at path with this device enrolled in this branch. */
static inline void sender_enroll(struct db *db, const struct sender *sender, const char *branch)
{
    struct db_enrolment enrolment = {.identity = sender->identity};
    struct error error = {0};
    (void)snprintf(enrolment.branch, sizeof enrolment.branch, "%s", branch);
    if (db_enroll(db, &enrolment, false, 1, &error) < 0)
        fail_msg("%s", error.text);
}

static inline struct db *sender_database(const char *path)
{
    struct db *db = NULL;
    struct error error = {0};
    if (db_create(path, &error) < 0 || db_open(&db, path, &error) < 0)
        fail_msg("%s", error.text);
    return db;
}

#endif
