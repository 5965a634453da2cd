/*
 * Appending to the outbox, and what it knows about itself.
 * An append is one transaction: durable when it returns 0, and then in the file that is at the path.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/outbox.h"

#include "core/outbox_private.h"
#include "core/record.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define OUTBOX_SETTLE_ROWS                                                                                   \
    "64" /* how far back a line that failed to commit can be: other writers may have gone on */

static const char *const outbox_sql[OUTBOX_STATEMENTS] = {
    [OUTBOX_BEGIN] = "BEGIN IMMEDIATE",
    [OUTBOX_COMMIT] = "COMMIT",
    [OUTBOX_ROLLBACK] = "ROLLBACK",
    [OUTBOX_HEAD] = "SELECT n, chain FROM record ORDER BY n DESC LIMIT 1",
    [OUTBOX_FIRST] = "SELECT min(n) FROM record",
    [OUTBOX_INSERT] = "INSERT INTO record (n, line, chain) VALUES (?1, ?2, ?3)",
    [OUTBOX_READ] = "SELECT n, line, chain FROM record WHERE n >= ?1 ORDER BY n LIMIT ?2",
    [OUTBOX_CHAIN] = "SELECT chain FROM record WHERE n = ?1",
    [OUTBOX_RECEIPT] =
        "SELECT epoch, high_water, chain, now, signature FROM receipt ORDER BY day DESC LIMIT 1",
    [OUTBOX_RECEIPT_DROP] = "DELETE FROM receipt WHERE epoch <> ?1 OR high_water > ?2 OR day > ?3",
    [OUTBOX_RECEIPT_PUT] = "INSERT OR REPLACE INTO receipt (day, epoch, high_water, chain, now, signature)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [OUTBOX_PURGE] = "DELETE FROM record WHERE n IN (SELECT n FROM record WHERE n <"
                     " (SELECT max(high_water) FROM receipt WHERE now <= (SELECT max(now) FROM receipt) - ?1)"
                     " ORDER BY n LIMIT ?2)",
    [OUTBOX_STORE] = "SELECT id, parent, lineage, why FROM store",
    [OUTBOX_NEXT] = "SELECT n, line, chain FROM record WHERE n >= ?1 ORDER BY n LIMIT 1",
    [OUTBOX_MOVE] = "UPDATE record SET n = ?2, line = ?3, chain = ?4 WHERE n = ?1",
    [OUTBOX_ASIDE] = "INSERT INTO quarantine (store, n, at, why, line) VALUES (?1, ?2, ?3, ?4, ?5)",
};

int outbox_prepare(struct outbox *outbox, enum outbox_statement which, sqlite3_stmt **statement,
                   struct error *error)
{
    if (outbox->statement[which]) {
        (void)sqlite3_reset(outbox->statement[which]);
    } else {
        int code = sqlite3_prepare_v3(outbox->db, outbox_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                                      &outbox->statement[which], NULL);
        if (code != SQLITE_OK)
            return outbox_sqlite_error(outbox, code, "preparing", error);
    }
    *statement = outbox->statement[which];
    return 0;
}

int outbox_run(struct outbox *outbox, enum outbox_statement which, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = outbox_prepare(outbox, which, &statement, error);
    if (result < 0)
        return result;
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE)
        result = outbox_sqlite_error(outbox, code, "writing", error);
    (void)sqlite3_reset(statement);
    return result;
}

int outbox_head(struct outbox *outbox, int64_t *last, uint8_t chain[CHAIN_BYTES], struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = outbox_prepare(outbox, OUTBOX_HEAD, &statement, error);
    if (result < 0)
        return result;
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
        *last = 0;
        (void)sqlite3_reset(statement);
        result = outbox_read_store(outbox, error);
        if (result == 0)
            chain_start(chain, outbox->store);
    } else if (code != SQLITE_ROW) {
        result = outbox_sqlite_error(outbox, code, "reading", error);
    } else if (sqlite3_column_bytes(statement, 1) != CHAIN_BYTES) {
        result = error_set(error, -EBADMSG, "%s: record %lld: damaged chain", outbox->path,
                           (long long)sqlite3_column_int64(statement, 0));
    } else {
        *last = sqlite3_column_int64(statement, 0);
        memcpy(chain, sqlite3_column_blob(statement, 1), CHAIN_BYTES);
    }
    (void)sqlite3_reset(statement);
    return result;
}

int outbox_insert(struct outbox *outbox, int64_t number, const struct outbox_line *line,
                  const uint8_t chain[CHAIN_BYTES], struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = outbox_prepare(outbox, OUTBOX_INSERT, &statement, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(statement, 1, number);
    (void)sqlite3_bind_text(statement, 2, line->text, (int)line->length, SQLITE_STATIC);
    (void)sqlite3_bind_blob(statement, 3, chain, CHAIN_BYTES, SQLITE_STATIC);
    return outbox_run(outbox, OUTBOX_INSERT, error);
}

static int outbox_insert_all(struct outbox *outbox, const struct outbox_line *lines, size_t count,
                             int64_t *first, struct error *error)
{
    int64_t last = 0;
    uint8_t chain[CHAIN_BYTES];
    int result = outbox_head(outbox, &last, chain, error);
    if (result == 0)
        *first = last + 1;
    for (size_t i = 0; result == 0 && i < count; i++) {
        chain_next(chain, chain, lines[i].text, lines[i].length);
        result = outbox_insert(outbox, ++last, &lines[i], chain, error);
    }
    return result;
}

/* The log lies beside the database and may be removed or replaced alone: commits into it would be lost as well. */
static int outbox_check_log(struct outbox *outbox, struct error *error)
{
    struct stat status;
    if (stat(sqlite3_filename_wal(sqlite3_db_filename(outbox->db, "main")), &status) < 0)
        status = (struct stat){0};
    if (outbox->log_inode != 0 && (status.st_ino != outbox->log_inode || status.st_dev != outbox->log_device))
        return error_set(error, -ESTALE, "%s-wal: was moved, removed or replaced while it was open",
                         outbox->path);
    outbox->log_inode = status.st_ino;
    outbox->log_device = status.st_dev;
    return 0;
}

/* A commit into a file that was removed or replaced succeeds and is lost; only this tells. */
static int outbox_check_place(struct outbox *outbox, struct error *error)
{
    int moved = 0;
    int code = sqlite3_file_control(outbox->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (code != SQLITE_OK)
        return outbox_sqlite_error(outbox, code, "looking where the file is", error);
    if (moved)
        return error_set(error, -ESTALE, "%s: was moved, removed or replaced while it was open",
                         outbox->path);
    return outbox_check_log(outbox, error);
}

int outbox_append(struct outbox *outbox, const struct outbox_line *lines, size_t count, int64_t *first,
                  struct error *error)
{
    int64_t number = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].length == 0 || lines[i].length > RECORD_MAX ||
            memchr(lines[i].text, '\n', lines[i].length))
            return error_set(error, -EINVAL, "%s: a record must be one line of 1 to %d bytes", outbox->path,
                             RECORD_MAX);
    int result = outbox_run(outbox, OUTBOX_BEGIN, error);
    if (result < 0)
        return result;
    result = outbox_insert_all(outbox, lines, count, &number, error);
    if (result == 0)
        result = outbox_run(outbox, OUTBOX_COMMIT, error);
    if (result < 0) {
        if (!sqlite3_get_autocommit(outbox->db))
            (void)outbox_run(outbox, OUTBOX_ROLLBACK, NULL);
        return result;
    }
    result = outbox_check_place(outbox, error);
    if (result == 0 && first)
        *first = number;
    return result;
}

int outbox_fold(struct outbox *outbox, struct error *error)
{
    int code = sqlite3_wal_checkpoint_v2(outbox->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return code == SQLITE_OK ? 0
                             : outbox_sqlite_error(outbox, code, "folding the log into the database", error);
}

int outbox_settle(struct outbox *outbox, const struct outbox_line *line, bool *present, struct error *error)
{
    int result = outbox_fold(outbox, error);
    if (result < 0)
        return result;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(outbox->db,
                                  "SELECT count(*) FROM (SELECT line FROM record ORDER BY n DESC"
                                  " LIMIT " OUTBOX_SETTLE_ROWS ") WHERE line = ?1",
                                  -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, line->text, (int)line->length, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    result = code == SQLITE_ROW ? 0 : outbox_sqlite_error(outbox, code, "reading", error);
    bool there = code == SQLITE_ROW && sqlite3_column_int64(statement, 0) > 0;
    (void)sqlite3_finalize(statement);
    if (result == 0)
        result = outbox_check_place(outbox, error);
    if (result == 0)
        *present = there;
    return result;
}

static int outbox_first(struct outbox *outbox, int64_t last, int64_t *first, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = outbox_prepare(outbox, OUTBOX_FIRST, &statement, error);
    if (result < 0)
        return result;
    int code = sqlite3_step(statement);
    if (code != SQLITE_ROW)
        result = outbox_sqlite_error(outbox, code, "reading", error);
    else
        *first =
            sqlite3_column_type(statement, 0) == SQLITE_NULL ? last + 1 : sqlite3_column_int64(statement, 0);
    (void)sqlite3_reset(statement);
    return result;
}

/* One read transaction, so that the parts belong together. */
static int outbox_state_inside(struct outbox *outbox, struct outbox_state *state, struct error *error)
{
    int result = outbox_read_store(outbox, error);
    memcpy(state->store, outbox->store, ID_TEXT);
    state->origin = outbox->origin;
    if (result == 0)
        result = outbox_head(outbox, &state->last, state->chain, error);
    if (result == 0)
        result = outbox_number(outbox, "SELECT count(*) FROM quarantine", &state->quarantined, error);
    if (result == 0)
        result = outbox_first(outbox, state->last, &state->first, error);
    if (result == 0)
        result = outbox_receipt(outbox, &state->receipt, &state->receipted, error);
    return result;
}

int outbox_state(struct outbox *outbox, struct outbox_state *state, struct error *error)
{
    struct outbox_state taken = {0};
    int code = sqlite3_exec(outbox->db, "BEGIN", NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return outbox_sqlite_error(outbox, code, "reading", error);
    int result = outbox_state_inside(outbox, &taken, error);
    (void)sqlite3_exec(outbox->db, "ROLLBACK", NULL, NULL, NULL);
    if (result == 0)
        result = outbox_check_place(outbox, error);
    if (result == 0)
        *state = taken;
    return result;
}
