/*
 * Hands every call of hq/db_proof.h to the backend that holds the database.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_proof.h"

#include "hq/db_sqlite.h"

int db_alerts(struct db *db, db_alert_each each, void *user, struct error *error)
{
    return db->backend->proof->alerts(db, each, user, error);
}

int db_missing(struct db *db, db_missing_each each, void *user, struct error *error)
{
    return db->backend->proof->missing(db, each, user, error);
}

int db_verify(struct db *db, const struct db_verify *verify, struct error *error)
{
    return db->backend->proof->verify(db, verify, error);
}

int db_backup(struct db *db, const char *path, struct error *error)
{
    return db->backend->proof->backup(db, path, error);
}

int db_restore(const char *path, const char *from, char *aside, size_t room, struct error *error)
{
    return db_sqlite_restore(path, from, aside, room, error);
}
