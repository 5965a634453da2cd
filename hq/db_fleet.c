/*
 * Hands the fleet's calls to the backend that holds the database.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_fleet.h"

int db_authenticate(struct db *db, const struct identity *identity, int64_t now, enum db_verdict *verdict,
                    struct db_device *device, struct error *error)
{
    return db->backend->fleet->authenticate(db, identity, now, verdict, device, error);
}

int db_add_token(struct db *db, const struct db_enrolment *enrolment, bool replace,
                 const uint8_t hash[DB_TOKEN_HASH_BYTES], int64_t expires, int64_t now, struct error *error)
{
    return db->backend->fleet->add_token(db, enrolment, replace, hash, expires, now, error);
}

int db_check_token(struct db *db, const struct db_token_use *use, int64_t now, enum db_token_verdict *verdict,
                   struct error *error)
{
    return db->backend->fleet->check_token(db, use, now, verdict, error);
}

int db_use_token(struct db *db, const struct db_token_use *use, const uint8_t *fingerprint, int64_t now,
                 enum db_token_verdict *verdict, struct error *error)
{
    return db->backend->fleet->use_token(db, use, fingerprint, now, verdict, error);
}

int db_renew(struct db *db, const struct identity *identity, const uint8_t *fingerprint, int64_t now,
             enum db_verdict *verdict, struct error *error)
{
    return db->backend->fleet->renew(db, identity, fingerprint, now, verdict, error);
}

int db_revoke(struct db *db, const char *device, const char *reason, int64_t now, struct error *error)
{
    return db->backend->fleet->revoke(db, device, reason, now, error);
}

int db_group(struct db *db, const char *group, const char *branch, bool member, struct error *error)
{
    return db->backend->fleet->group(db, group, branch, member, error);
}

int db_next_serial(struct db *db, const char *kind, int64_t *serial, struct error *error)
{
    return db->backend->fleet->next_serial(db, kind, serial, error);
}

int db_publish(struct db *db, const struct db_document *document, struct error *error)
{
    return db->backend->fleet->publish(db, document, error);
}

int db_published(struct db *db, const char *kind, const char *target, const char *name, int back,
                 db_document_each each, void *user, struct error *error)
{
    return db->backend->fleet->published(db, kind, target, name, back, each, user, error);
}

int db_document(struct db *db, const struct identity *identity, const char *kind,
                const struct db_document_state *state, int64_t now, enum db_verdict *verdict,
                db_document_each each, void *user, struct error *error)
{
    return db->backend->fleet->document(db, identity, kind, state, now, verdict, each, user, error);
}

int db_documents(struct db *db, db_document_each each, void *user, struct error *error)
{
    return db->backend->fleet->documents(db, each, user, error);
}
