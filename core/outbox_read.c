/*
 * Reading the outbox for sending, keeping receipts, purging.
 * What is read has been re-hashed: a row that does not fit its chain is reported, never sent.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OUTBOX_DAY_MS INT64_C(86400000)

int outbox_receipt(struct outbox *outbox, struct receipt *receipt, bool *found, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = outbox_prepare(outbox, OUTBOX_RECEIPT, &statement, error);
    if (result < 0)
        return result;
    int code = sqlite3_step(statement);
    struct receipt taken = {0};
    if (code == SQLITE_ROW) {
        const char *epoch = (const char *)sqlite3_column_text(statement, 0);
        if (!epoch || !id_valid(epoch, (size_t)sqlite3_column_bytes(statement, 0)) ||
            sqlite3_column_bytes(statement, 2) != CHAIN_BYTES ||
            sqlite3_column_bytes(statement, 4) != RECEIPT_SIGNATURE_BYTES) {
            result = error_set(error, -EBADMSG, "%s: a damaged receipt", outbox->path);
        } else {
            memcpy(taken.store, outbox->store, ID_TEXT);
            memcpy(taken.epoch, epoch, ID_TEXT);
            taken.high_water = sqlite3_column_int64(statement, 1);
            memcpy(taken.chain, sqlite3_column_blob(statement, 2), CHAIN_BYTES);
            taken.now = sqlite3_column_int64(statement, 3);
            memcpy(taken.signature, sqlite3_column_blob(statement, 4), RECEIPT_SIGNATURE_BYTES);
            *receipt = taken;
        }
    } else if (code != SQLITE_DONE) {
        result = outbox_sqlite_error(outbox, code, "reading", error);
    }
    *found = result == 0 && code == SQLITE_ROW;
    (void)sqlite3_reset(statement);
    return result;
}

int outbox_chain_at(struct outbox *outbox, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error)
{
    sqlite3_stmt *statement = NULL;
    struct receipt receipt = {0};
    bool found = false;
    if (number == 0) {
        chain_start(chain, outbox->store);
        return 0;
    }
    int result = outbox_prepare(outbox, OUTBOX_CHAIN, &statement, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(statement, 1, number);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == CHAIN_BYTES)
        memcpy(chain, sqlite3_column_blob(statement, 0), CHAIN_BYTES);
    else if (code == SQLITE_ROW)
        result =
            error_set(error, -EBADMSG, "%s: record %lld: damaged chain", outbox->path, (long long)number);
    else if (code != SQLITE_DONE)
        result = outbox_sqlite_error(outbox, code, "reading", error);
    (void)sqlite3_reset(statement);
    if (result < 0 || code == SQLITE_ROW)
        return result;
    result = outbox_receipt(outbox, &receipt, &found, error);
    if (result == 0 && found && receipt.high_water == number)
        memcpy(chain, receipt.chain, CHAIN_BYTES);
    else if (result == 0)
        result = error_set(error, -ENOENT, "%s: record %lld is not held any more", outbox->path,
                           (long long)number);
    return result;
}

/* Room for one more line; the lines' pointers are offsets until the reading is over, because bytes may move.
 */
static int outbox_span_grow(struct outbox_span *span, size_t *room, size_t used, size_t more)
{
    if (span->bytes && used + more <= *room)
        return 0;
    size_t wanted = (*room + more) * 2;
    char *bigger = realloc(span->bytes, wanted);
    if (!bigger)
        return -ENOMEM;
    span->bytes = bigger;
    *room = wanted;
    return 0;
}

static int outbox_take_row(struct outbox *outbox, sqlite3_stmt *row, struct outbox_span *span, size_t *room,
                           size_t *used, struct error *error)
{
    int64_t number = sqlite3_column_int64(row, 0);
    int64_t expected = span->first + (int64_t)span->count;
    if (number != expected)
        return error_set(error, -EBADMSG, "%s: record %lld is missing, %lld follows", outbox->path,
                         (long long)expected, (long long)number);
    const char *line = (const char *)sqlite3_column_text(row, 1);
    size_t length = (size_t)sqlite3_column_bytes(row, 1);
    if (line)
        chain_next(span->after, span->after, line, length);
    if (!line || length == 0 || sqlite3_column_bytes(row, 2) != CHAIN_BYTES ||
        !chain_equal(span->after, sqlite3_column_blob(row, 2)))
        return error_set(error, -EBADMSG, "%s: record %lld does not fit its chain: damaged or altered",
                         outbox->path, (long long)number);
    if (outbox_span_grow(span, room, *used, length) < 0)
        return error_set(error, -ENOMEM, "%s: no memory to read records", outbox->path);
    memcpy(span->bytes + *used, line, length);
    span->lines[span->count] = (struct outbox_line){NULL, length};
    span->count++;
    *used += length;
    return 0;
}

static int outbox_read_rows(struct outbox *outbox, size_t count, size_t bytes, struct outbox_span *span,
                            struct error *error)
{
    sqlite3_stmt *row = NULL;
    size_t room = 0, used = 0;
    int result = outbox_prepare(outbox, OUTBOX_READ, &row, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(row, 1, span->first);
    (void)sqlite3_bind_int64(row, 2, (sqlite3_int64)count);
    int code = SQLITE_DONE;
    while (result == 0 && (span->count == 0 || used < bytes) && (code = sqlite3_step(row)) == SQLITE_ROW)
        result = outbox_take_row(outbox, row, span, &room, &used, error);
    if (result == 0 && code != SQLITE_ROW && code != SQLITE_DONE)
        result = outbox_sqlite_error(outbox, code, "reading", error);
    (void)sqlite3_reset(row);
    const char *at = span->bytes;
    for (size_t i = 0; i < span->count; i++) {
        span->lines[i].text = at;
        at += span->lines[i].length;
    }
    return result;
}

int outbox_read(struct outbox *outbox, int64_t number, size_t count, size_t bytes, struct outbox_span *span,
                struct error *error)
{
    struct outbox_span taken = {.first = number};
    *span = (struct outbox_span){.first = number};
    int result = outbox_chain_at(outbox, number - 1, taken.before, error);
    if (result < 0)
        return result;
    memcpy(taken.after, taken.before, CHAIN_BYTES);
    taken.lines = calloc(count + 1, sizeof *taken.lines);
    if (!taken.lines)
        return error_set(error, -ENOMEM, "%s: no memory to read records", outbox->path);
    result = outbox_read_rows(outbox, count, bytes, &taken, error);
    if (result < 0) {
        outbox_span_free(&taken);
        return result;
    }
    *span = taken;
    return 0;
}

void outbox_span_free(struct outbox_span *span)
{
    if (!span)
        return;
    free(span->lines);
    free(span->bytes);
    *span = (struct outbox_span){0};
}

static int outbox_put_receipt(struct outbox *outbox, const struct receipt *receipt, struct error *error)
{
    sqlite3_stmt *drop = NULL, *put = NULL;
    int64_t day = receipt->now / OUTBOX_DAY_MS;
    int result = outbox_prepare(outbox, OUTBOX_RECEIPT_DROP, &drop, error);
    if (result == 0)
        result = outbox_prepare(outbox, OUTBOX_RECEIPT_PUT, &put, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_text(drop, 1, receipt->epoch, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(drop, 2, receipt->high_water);
    (void)sqlite3_bind_int64(drop, 3, day);
    (void)sqlite3_bind_int64(put, 1, day);
    (void)sqlite3_bind_text(put, 2, receipt->epoch, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(put, 3, receipt->high_water);
    (void)sqlite3_bind_blob(put, 4, receipt->chain, CHAIN_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(put, 5, receipt->now);
    (void)sqlite3_bind_blob(put, 6, receipt->signature, RECEIPT_SIGNATURE_BYTES, SQLITE_STATIC);
    result = outbox_run(outbox, OUTBOX_RECEIPT_DROP, error);
    return result < 0 ? result : outbox_run(outbox, OUTBOX_RECEIPT_PUT, error);
}

int outbox_keep_receipt(struct outbox *outbox, const struct receipt *receipt, struct error *error)
{
    int result = outbox_run(outbox, OUTBOX_BEGIN, error);
    if (result < 0)
        return result;
    result = outbox_read_store(outbox, error);
    if (result == 0 && strcmp(receipt->store, outbox->store) != 0)
        result =
            error_set(error, -EINVAL, "%s: a receipt for another store, %s", outbox->path, receipt->store);
    if (result == 0)
        result = outbox_put_receipt(outbox, receipt, error);
    if (result == 0)
        result = outbox_run(outbox, OUTBOX_COMMIT, error);
    if (result < 0 && !sqlite3_get_autocommit(outbox->db))
        (void)outbox_run(outbox, OUTBOX_ROLLBACK, NULL);
    return result;
}

int outbox_purge_receipted(struct outbox *outbox, int keep_days, int64_t limit, int64_t *purged,
                           struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = outbox_prepare(outbox, OUTBOX_PURGE, &statement, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(statement, 1, keep_days * OUTBOX_DAY_MS);
    (void)sqlite3_bind_int64(statement, 2, limit);
    result = outbox_run(outbox, OUTBOX_PURGE, error);
    if (result == 0 && purged)
        *purged = sqlite3_changes64(outbox->db);
    return result;
}
