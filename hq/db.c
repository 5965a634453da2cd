/*
 * Hands every call to the backend that holds the database.
 * The one place that knows which backends there are. SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db.h"

#include "hq/db_sqlite.h"

int db_create(const char *path, struct error *error)
{
    return db_sqlite_create(path, error);
}

int db_open(struct db **db, const char *path, struct error *error)
{
    return db_sqlite_open(db, path, error);
}

void db_close(struct db *db)
{
    if (db)
        db->backend->close(db);
}

int db_ingest(struct db *db, const struct identity *identity, const struct ingest *ingest, int64_t now,
              struct db_outcome *outcome, struct error *error)
{
    return db->backend->ingest(db, identity, ingest, now, outcome, error);
}

int db_enroll(struct db *db, const struct db_enrolment *enrolment, bool replace, int64_t now,
              struct error *error)
{
    return db->backend->enroll(db, enrolment, replace, now, error);
}

int db_enrollable(struct db *db, const struct db_enrolment *enrolment, bool replace, struct error *error)
{
    return db->backend->enrollable(db, enrolment, replace, error);
}

int db_scores(struct db *db, const struct db_period *period, bool by_branch, db_score_each each, void *user,
              struct error *error)
{
    return db->backend->scores(db, period, by_branch, each, user, error);
}

int db_stores(struct db *db, db_store_each each, void *user, struct error *error)
{
    return db->backend->stores(db, each, user, error);
}

int db_progress(struct db *db, const struct db_period *period, db_progress_each each, void *user,
                struct error *error)
{
    return db->backend->progress(db, period, each, user, error);
}
