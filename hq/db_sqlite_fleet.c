/*
 * Certificates and tokens on SQLite.
 * Whether a certificate counts is asked anew in each transaction: what is revoked ends at once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- one transaction for each call ---------------------------------------------------------------------------- */

int db_sqlite_enter(struct db_sqlite *self, struct error *error)
{
    int result = db_sqlite_take_writer(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_begin(self, error);
    if (result < 0)
        db_sqlite_give_writer(self, result);
    return result;
}

int db_sqlite_leave(struct db_sqlite *self, int result, bool keep, struct error *error)
{
    if (result == 0 && keep)
        result = db_sqlite_commit(self, error);
    else
        db_sqlite_rollback(self);
    db_sqlite_give_writer(self, result);
    return result;
}

int db_sqlite_ask(struct db_sqlite *self, const char *sql, sqlite3_stmt **statement, struct error *error)
{
    if (sqlite3_prepare_v2(self->writer, sql, -1, statement, NULL) != SQLITE_OK)
        return db_sqlite_failed(self->writer, "preparing a statement", error);
    return 0;
}

int db_sqlite_done(struct db_sqlite *self, sqlite3_stmt *statement, struct error *error)
{
    int result =
        sqlite3_step(statement) == SQLITE_DONE ? 0 : db_sqlite_failed(self->writer, "writing", error);
    (void)sqlite3_finalize(statement);
    return result;
}

/* --- certificates --------------------------------------------------------------------------------------------- */

static int db_sqlite_find_device(struct db_sqlite *self, const char *code, int64_t *device,
                                 struct error *error)
{
    sqlite3_stmt *get = self->statements[DB_SQLITE_DEVICE_GET];
    (void)sqlite3_bind_text(get, 1, code, -1, SQLITE_STATIC);
    int step = sqlite3_step(get), result = 0;
    if (step == SQLITE_ROW)
        *device = sqlite3_column_int64(get, 0);
    else if (step == SQLITE_DONE)
        result = error_set(error, -ENOENT, "device %s is not enrolled here", code);
    else
        result = db_sqlite_failed(self->writer, "reading a device", error);
    (void)sqlite3_reset(get);
    return result;
}

/* The certificates before this one end from ends on, unless they end earlier. */
static int db_sqlite_end_others(struct db_sqlite *self, int64_t device, const uint8_t *fingerprint,
                                int64_t ends, struct error *error)
{
    sqlite3_stmt *others = self->statements[DB_SQLITE_CERTIFICATE_OTHERS];
    (void)sqlite3_bind_int64(others, 1, device);
    (void)sqlite3_bind_blob(others, 2, fingerprint, IDENTITY_FINGERPRINT_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(others, 3, ends);
    return db_sqlite_run(self, DB_SQLITE_CERTIFICATE_OTHERS, error);
}

static int db_sqlite_first_use(struct db_sqlite *self, int64_t device, const uint8_t *fingerprint,
                               int64_t now, struct error *error)
{
    sqlite3_stmt *used = self->statements[DB_SQLITE_CERTIFICATE_USED];
    (void)sqlite3_bind_blob(used, 1, fingerprint, IDENTITY_FINGERPRINT_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(used, 2, now);
    int result = db_sqlite_run(self, DB_SQLITE_CERTIFICATE_USED, error);
    return result == 0 ? db_sqlite_end_others(self, device, fingerprint, now + DB_OVERLAP_MS, error) : result;
}

int db_sqlite_authenticate(struct db_sqlite *self, const struct identity *identity, int64_t now,
                           int64_t *device, enum db_verdict *verdict, struct error *error)
{
    int result = db_sqlite_find_device(self, identity->device, device, error);
    if (result == -ENOENT) {
        *verdict = DB_UNKNOWN_DEVICE;
        return 0;
    }
    if (result < 0)
        return result;
    sqlite3_stmt *get = self->statements[DB_SQLITE_CERTIFICATE_GET];
    (void)sqlite3_bind_blob(get, 1, identity->fingerprint, IDENTITY_FINGERPRINT_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(get, 2, *device);
    int step = sqlite3_step(get);
    int64_t used = 1;
    if (step == SQLITE_ROW) {
        int64_t ends = sqlite3_column_int64(get, 1);
        used = sqlite3_column_int64(get, 0);
        if (sqlite3_column_int64(get, 2) != 0)
            *verdict = DB_REVOKED;
        else if (ends != 0 && ends <= now)
            *verdict = DB_OLD_CERTIFICATE;
    } else if (step == SQLITE_DONE) {
        *verdict = DB_OLD_CERTIFICATE;
    } else {
        result = db_sqlite_failed(self->writer, "reading a certificate", error);
    }
    (void)sqlite3_reset(get);
    if (result == 0 && *verdict == DB_HELD && used == 0)
        result = db_sqlite_first_use(self, *device, identity->fingerprint, now, error);
    return result;
}

int db_sqlite_certify(struct db_sqlite *self, int64_t device, const uint8_t *fingerprint, bool alone,
                      int64_t now, struct error *error)
{
    sqlite3_stmt *add = self->statements[DB_SQLITE_CERTIFICATE_ADD];
    (void)sqlite3_bind_blob(add, 1, fingerprint, IDENTITY_FINGERPRINT_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 2, device);
    (void)sqlite3_bind_int64(add, 3, now);
    int result = db_sqlite_run(self, DB_SQLITE_CERTIFICATE_ADD, error);
    return result == 0 && alone ? db_sqlite_end_others(self, device, fingerprint, now, error) : result;
}

static int db_sqlite_read_device(struct db_sqlite *self, int64_t id, struct db_device *device,
                                 struct error *error)
{
    sqlite3_stmt *get = NULL;
    int result = db_sqlite_ask(self,
                               "SELECT device.code, branch.code, branch.name, counter FROM device"
                               " JOIN branch ON branch.id = device.branch WHERE device.id = ?1",
                               &get, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(get, 1, id);
    if (sqlite3_step(get) == SQLITE_ROW) {
        (void)snprintf(device->device, sizeof device->device, "%s",
                       (const char *)sqlite3_column_text(get, 0));
        (void)snprintf(device->branch, sizeof device->branch, "%s",
                       (const char *)sqlite3_column_text(get, 1));
        (void)snprintf(device->branch_name, sizeof device->branch_name, "%s",
                       (const char *)sqlite3_column_text(get, 2));
        (void)snprintf(device->counter, sizeof device->counter, "%s",
                       (const char *)sqlite3_column_text(get, 3));
    } else {
        result = db_sqlite_failed(self->writer, "reading a device", error);
    }
    (void)sqlite3_finalize(get);
    return result;
}

static int db_sqlite_fleet_authenticate(struct db *db, const struct identity *identity, int64_t now,
                                        enum db_verdict *verdict, struct db_device *device,
                                        struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    struct db_device made = {0};
    int64_t id = 0;
    *verdict = DB_HELD;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_authenticate(self, identity, now, &id, verdict, error);
    if (result == 0 && *verdict == DB_HELD)
        result = db_sqlite_read_device(self, id, &made, error);
    result = db_sqlite_leave(self, result, *verdict == DB_HELD, error);
    if (result == 0)
        *device = made;
    return result;
}

static int db_sqlite_renew(struct db *db, const struct identity *identity, const uint8_t *fingerprint,
                           int64_t now, enum db_verdict *verdict, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t device = 0;
    *verdict = DB_HELD;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_authenticate(self, identity, now, &device, verdict, error);
    if (result == 0 && *verdict == DB_HELD)
        result = db_sqlite_certify(self, device, fingerprint, false, now, error);
    return db_sqlite_leave(self, result, *verdict == DB_HELD, error);
}

static int db_sqlite_revoke(struct db *db, const char *code, const char *reason, int64_t now,
                            struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    sqlite3_stmt *revoke = NULL;
    int64_t device = 0;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_find_device(self, code, &device, error);
    if (result == 0)
        result = db_sqlite_ask(self,
                               "UPDATE certificate SET revoked = ?2, reason = ?3"
                               " WHERE device = ?1 AND revoked = 0",
                               &revoke, error);
    if (result == 0) {
        (void)sqlite3_bind_int64(revoke, 1, device);
        (void)sqlite3_bind_int64(revoke, 2, now);
        (void)sqlite3_bind_text(revoke, 3, reason, -1, SQLITE_STATIC);
        result = db_sqlite_done(self, revoke, error);
    }
    if (result == 0)
        result = db_sqlite_ask(self, "DELETE FROM token WHERE device = ?1", &revoke, error);
    if (result == 0) {
        (void)sqlite3_bind_int64(revoke, 1, device);
        result = db_sqlite_done(self, revoke, error);
    }
    return db_sqlite_leave(self, result, true, error);
}

/* --- tokens --------------------------------------------------------------------------------------------------- */

static int db_sqlite_store_token(struct db_sqlite *self, int64_t device,
                                 const uint8_t hash[DB_TOKEN_HASH_BYTES], int64_t expires, int64_t now,
                                 struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = db_sqlite_ask(self, "DELETE FROM token WHERE device = ?1", &statement, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(statement, 1, device);
    result = db_sqlite_done(self, statement, error);
    if (result == 0)
        result =
            db_sqlite_ask(self, "INSERT INTO token (hash, device, made, expires) VALUES (?1, ?2, ?3, ?4)",
                          &statement, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_blob(statement, 1, hash, DB_TOKEN_HASH_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(statement, 2, device);
    (void)sqlite3_bind_int64(statement, 3, now);
    (void)sqlite3_bind_int64(statement, 4, expires);
    return db_sqlite_done(self, statement, error);
}

static int db_sqlite_add_token(struct db *db, const struct db_enrolment *enrolment, bool replace,
                               const uint8_t hash[DB_TOKEN_HASH_BYTES], int64_t expires, int64_t now,
                               struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t device = 0;
    bool known = false;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_check_enrolment(self, enrolment, replace, &known, error);
    if (result == 0 && !known) /* its fingerprint is all zeros: no certificate has that */
        result = db_sqlite_register(self, enrolment, false, now, error);
    if (result == 0)
        result = db_sqlite_find_device(self, enrolment->identity.device, &device, error);
    if (result == 0)
        result = db_sqlite_store_token(self, device, hash, expires, now, error);
    return db_sqlite_leave(self, result, true, error);
}

/* Within a transaction; *device is filled for DB_TOKEN_GOOD. */
static int db_sqlite_judge_token(struct db_sqlite *self, const struct db_token_use *use, int64_t now,
                                 int64_t *device, enum db_token_verdict *verdict, struct error *error)
{
    sqlite3_stmt *get = NULL;
    int result = db_sqlite_ask(self,
                               "SELECT device.id, expires, key FROM token JOIN device ON device.id = device"
                               " WHERE hash = ?1 AND code = ?2",
                               &get, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_blob(get, 1, use->hash, DB_TOKEN_HASH_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_text(get, 2, use->device, -1, SQLITE_STATIC);
    int step = sqlite3_step(get);
    *verdict = DB_TOKEN_UNKNOWN;
    if (step == SQLITE_ROW) {
        const void *key = sqlite3_column_blob(get, 2);
        *device = sqlite3_column_int64(get, 0);
        bool other = key && (sqlite3_column_bytes(get, 2) != DB_KEY_ID_BYTES ||
                             memcmp(key, use->key, DB_KEY_ID_BYTES) != 0);
        *verdict = other                                ? DB_TOKEN_USED
                   : sqlite3_column_int64(get, 1) < now ? DB_TOKEN_EXPIRED
                                                        : DB_TOKEN_GOOD;
    } else if (step != SQLITE_DONE) {
        result = db_sqlite_failed(self->writer, "reading a token", error);
    }
    (void)sqlite3_finalize(get);
    return result;
}

static int db_sqlite_check_token(struct db *db, const struct db_token_use *use, int64_t now,
                                 enum db_token_verdict *verdict, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t device = 0;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_judge_token(self, use, now, &device, verdict, error);
    return db_sqlite_leave(self, result, false, error);
}

static int db_sqlite_bind_token(struct db_sqlite *self, const struct db_token_use *use, int64_t now,
                                struct error *error)
{
    sqlite3_stmt *bind = NULL;
    int result = db_sqlite_ask(self, "UPDATE token SET used = ?2, key = ?3 WHERE hash = ?1", &bind, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_blob(bind, 1, use->hash, DB_TOKEN_HASH_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(bind, 2, now);
    (void)sqlite3_bind_blob(bind, 3, use->key, DB_KEY_ID_BYTES, SQLITE_STATIC);
    return db_sqlite_done(self, bind, error);
}

static int db_sqlite_use_token(struct db *db, const struct db_token_use *use, const uint8_t *fingerprint,
                               int64_t now, enum db_token_verdict *verdict, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t device = 0;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_judge_token(self, use, now, &device, verdict, error);
    if (result == 0 && *verdict == DB_TOKEN_GOOD)
        result = db_sqlite_bind_token(self, use, now, error);
    if (result == 0 && *verdict == DB_TOKEN_GOOD)
        result = db_sqlite_certify(self, device, fingerprint, true, now, error);
    return db_sqlite_leave(self, result, *verdict == DB_TOKEN_GOOD, error);
}

const struct db_fleet_backend db_sqlite_fleet_backend = {
    .authenticate = db_sqlite_fleet_authenticate,
    .add_token = db_sqlite_add_token,
    .check_token = db_sqlite_check_token,
    .use_token = db_sqlite_use_token,
    .renew = db_sqlite_renew,
    .revoke = db_sqlite_revoke,
    .group = db_sqlite_group,
    .next_serial = db_sqlite_next_serial,
    .publish = db_sqlite_publish,
    .published = db_sqlite_published,
    .document = db_sqlite_document,
    .documents = db_sqlite_documents,
};
