/*
 * The SQLite backend of hq/db.h: one file, WAL, every commit synced before it is answered.
 * One connection writes, behind a mutex, because SQLite has one writer anyhow; another one reads beside it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DB_SQLITE_H
#define HQ_DB_SQLITE_H

#include "hq/db.h"

int db_sqlite_create(const char *path, struct error *error);
int db_sqlite_open(struct db **db, const char *path, struct error *error);

int db_sqlite_restore(const char *path, const char *from, char *aside, size_t room, struct error *error);

#endif
