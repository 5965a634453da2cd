/*
 * Published documents and groups of branches on SQLite.
 * Serials of a kind only rise, and a device gets the highest that is meant for it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/db_sqlite_private.h"

#include <errno.h>
#include <string.h>

/* A row of kind, serial, target, name, issued, title, envelope, holders, refusers. */
static int db_sqlite_hand_document(sqlite3_stmt *query, db_document_each each, void *user)
{
    const struct db_document document = {
        .kind = (const char *)sqlite3_column_text(query, 0),
        .serial = sqlite3_column_int64(query, 1),
        .target = (const char *)sqlite3_column_text(query, 2),
        .name = (const char *)sqlite3_column_text(query, 3),
        .issued = sqlite3_column_int64(query, 4),
        .title = (const char *)sqlite3_column_text(query, 5),
        .envelope = (const char *)sqlite3_column_text(query, 6),
        .holders = sqlite3_column_int64(query, 7),
        .refusers = sqlite3_column_int64(query, 8),
    };
    return each(user, &document);
}

/* Is there one row? */
static int db_sqlite_exists(struct db_sqlite *self, const char *sql, const char *text, bool *there,
                            struct error *error)
{
    sqlite3_stmt *get = NULL;
    int result = db_sqlite_ask(self, sql, &get, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_text(get, 1, text, -1, SQLITE_STATIC);
    int step = sqlite3_step(get);
    *there = step == SQLITE_ROW;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        result = db_sqlite_failed(self->writer, "reading", error);
    (void)sqlite3_finalize(get);
    return result;
}

int db_sqlite_group(struct db *db, const char *group, const char *branch, bool member, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    sqlite3_stmt *change = NULL;
    bool there = false;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_exists(self, "SELECT 1 FROM branch WHERE code = ?1", branch, &there, error);
    if (result == 0 && !there)
        result = error_set(error, -ENOENT, "there is no branch %s; tapline-hq devices lists them", branch);
    if (result == 0)
        result = db_sqlite_ask(self,
                               member ? "INSERT INTO branch_group (name, branch)"
                                        " SELECT ?1, id FROM branch WHERE code = ?2 ON CONFLICT DO NOTHING"
                                      : "DELETE FROM branch_group WHERE name = ?1"
                                        " AND branch = (SELECT id FROM branch WHERE code = ?2)",
                               &change, error);
    if (result == 0) {
        (void)sqlite3_bind_text(change, 1, group, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(change, 2, branch, -1, SQLITE_STATIC);
        result = db_sqlite_done(self, change, error);
    }
    return db_sqlite_leave(self, result, true, error);
}

static int db_sqlite_last_serial(struct db_sqlite *self, const char *kind, int64_t *serial,
                                 struct error *error)
{
    sqlite3_stmt *get = NULL;
    int result =
        db_sqlite_ask(self, "SELECT coalesce(max(serial), 0) FROM document WHERE kind = ?1", &get, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_text(get, 1, kind, -1, SQLITE_STATIC);
    if (sqlite3_step(get) == SQLITE_ROW)
        *serial = sqlite3_column_int64(get, 0);
    else
        result = db_sqlite_failed(self->writer, "reading a document", error);
    (void)sqlite3_finalize(get);
    return result;
}

int db_sqlite_next_serial(struct db *db, const char *kind, int64_t *serial, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t last = 0;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_last_serial(self, kind, &last, error);
    result = db_sqlite_leave(self, result, false, error);
    if (result == 0)
        *serial = last + 1;
    return result;
}

static int db_sqlite_check_target(struct db_sqlite *self, const struct db_document *document,
                                  struct error *error)
{
    bool there = true;
    int result = 0;
    if (strcmp(document->target, "branch") == 0)
        result =
            db_sqlite_exists(self, "SELECT 1 FROM branch WHERE code = ?1", document->name, &there, error);
    else if (strcmp(document->target, "group") == 0)
        result = db_sqlite_exists(self, "SELECT 1 FROM branch_group WHERE name = ?1", document->name, &there,
                                  error);
    if (result == 0 && !there)
        result = error_set(error, -ENOENT, "there is no %s %s", document->target, document->name);
    return result;
}

static int db_sqlite_add_document(struct db_sqlite *self, const struct db_document *document,
                                  struct error *error)
{
    sqlite3_stmt *add = NULL;
    int result = db_sqlite_ask(self,
                               "INSERT INTO document (kind, serial, target, name, issued, title, envelope)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                               &add, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_text(add, 1, document->kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 2, document->serial);
    (void)sqlite3_bind_text(add, 3, document->target, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 4, document->name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 5, document->issued);
    (void)sqlite3_bind_text(add, 6, document->title, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(add, 7, document->envelope, -1, SQLITE_STATIC);
    return db_sqlite_done(self, add, error);
}

int db_sqlite_publish(struct db *db, const struct db_document *document, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t last = 0;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_check_target(self, document, error);
    if (result == 0)
        result = db_sqlite_last_serial(self, document->kind, &last, error);
    if (result == 0 && last + 1 != document->serial)
        result = error_set(error, -EAGAIN, "another document was published at the same moment; try again");
    if (result == 0)
        result = db_sqlite_add_document(self, document, error);
    return db_sqlite_leave(self, result, true, error);
}

int db_sqlite_published(struct db *db, const char *kind, const char *target, const char *name, int back,
                        db_document_each each, void *user, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    sqlite3_stmt *get = NULL;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_ask(self,
                           "SELECT kind, serial, target, name, issued, title, envelope, 0, 0 FROM document"
                           " WHERE kind = ?1 AND target = ?2 AND name = ?3"
                           " ORDER BY serial DESC LIMIT 1 OFFSET ?4",
                           &get, error);
    if (result == 0) {
        (void)sqlite3_bind_text(get, 1, kind, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(get, 2, target, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(get, 3, name, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int(get, 4, back);
        int step = sqlite3_step(get);
        if (step == SQLITE_ROW)
            result = db_sqlite_hand_document(get, each, user);
        else if (step == SQLITE_DONE)
            result = error_set(error, -ENOENT, "no earlier %s was published to %s %s", kind, target, name);
        else
            result = db_sqlite_failed(self->writer, "reading a document", error);
        (void)sqlite3_finalize(get);
    }
    return db_sqlite_leave(self, result, false, error);
}

/* Keeps what a device says of itself, where that is news. */
static int db_sqlite_note_state(struct db_sqlite *self, int64_t device, const char *kind,
                                const struct db_document_state *state, int64_t now, struct error *error)
{
    sqlite3_stmt *note = NULL;
    int result = db_sqlite_ask(self,
                               "INSERT INTO device_document (device, kind, serial, refused, reason, seen)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (device, kind) DO UPDATE"
                               " SET serial = ?3, refused = ?4, reason = ?5, seen = ?6"
                               " WHERE serial <> ?3 OR refused <> ?4 OR reason <> ?5",
                               &note, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_int64(note, 1, device);
    (void)sqlite3_bind_text(note, 2, kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(note, 3, state->held);
    (void)sqlite3_bind_int64(note, 4, state->refused);
    (void)sqlite3_bind_text(note, 5, state->reason, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(note, 6, now);
    return db_sqlite_done(self, note, error);
}

static int db_sqlite_find_document(struct db_sqlite *self, int64_t device, const char *kind,
                                   db_document_each each, void *user, struct error *error)
{
    sqlite3_stmt *get = NULL;
    int result = db_sqlite_ask(
        self,
        "SELECT kind, serial, target, document.name, issued, title, envelope, 0, 0 FROM document"
        " WHERE kind = ?1 AND (target = 'all'"
        "  OR target = 'branch' AND document.name = (SELECT branch.code FROM device"
        "   JOIN branch ON branch.id = device.branch WHERE device.id = ?2)"
        "  OR target = 'group' AND document.name IN (SELECT branch_group.name FROM branch_group"
        "   JOIN device ON device.branch = branch_group.branch WHERE device.id = ?2))"
        " ORDER BY serial DESC LIMIT 1",
        &get, error);
    if (result < 0)
        return result;
    (void)sqlite3_bind_text(get, 1, kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(get, 2, device);
    int step = sqlite3_step(get);
    if (step == SQLITE_ROW)
        result = db_sqlite_hand_document(get, each, user);
    else if (step != SQLITE_DONE)
        result = db_sqlite_failed(self->writer, "reading a document", error);
    (void)sqlite3_finalize(get);
    return result;
}

int db_sqlite_document(struct db *db, const struct identity *identity, const char *kind,
                       const struct db_document_state *state, int64_t now, enum db_verdict *verdict,
                       db_document_each each, void *user, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    int64_t device = 0;
    *verdict = DB_HELD;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_authenticate(self, identity, now, &device, verdict, error);
    bool held = result == 0 && *verdict == DB_HELD;
    if (held)
        result = db_sqlite_note_state(self, device, kind, state, now, error);
    if (result == 0 && held)
        result = db_sqlite_find_document(self, device, kind, each, user, error);
    return db_sqlite_leave(self, result, held, error);
}

int db_sqlite_documents(struct db *db, db_document_each each, void *user, struct error *error)
{
    struct db_sqlite *self = (struct db_sqlite *)db;
    sqlite3_stmt *query = NULL;
    int result = db_sqlite_enter(self, error);
    if (result < 0)
        return result;
    result = db_sqlite_ask(self,
                           "SELECT kind, serial, target, name, issued, title, NULL,"
                           " (SELECT count(*) FROM device_document d WHERE d.kind = document.kind AND "
                           "d.serial = document.serial),"
                           " (SELECT count(*) FROM device_document d WHERE d.kind = document.kind AND "
                           "d.refused = document.serial)"
                           " FROM document ORDER BY kind, serial DESC",
                           &query, error);
    int step = SQLITE_DONE;
    while (result == 0 && (step = sqlite3_step(query)) == SQLITE_ROW)
        result = db_sqlite_hand_document(query, each, user);
    if (result == 0 && step != SQLITE_DONE)
        result = db_sqlite_failed(self->writer, "reading documents", error);
    (void)sqlite3_finalize(query);
    return db_sqlite_leave(self, result, false, error);
}
