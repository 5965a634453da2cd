/*
 * Headquarters in the simulation.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sim/hall.h"

#include "core/id.h"
#include "hq/db.h"
#include "hq/db_proof.h"
#include "hq/device_api.h"
#include "sim/disk.h"
#include "sim/oracle.h"

#include <errno.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct db *db;
static struct signer signer;
static uint8_t hall_public[RECEIPT_KEY_BYTES];
static const struct clock *hall_clock;

static void hall_start(void)
{
    struct error error = {0};
    if (db_open(&db, HALL_PATH, &error) < 0)
        oracle_complain("headquarters does not start: %s", error.text);
}

void hall_open(const struct clock *clock)
{
    const uint8_t seed[crypto_sign_SEEDBYTES] = {1};
    struct error error = {0};
    hall_clock = clock;
    (void)crypto_sign_seed_keypair(hall_public, signer.secret, seed);
    (void)unlink(HALL_PATH); /* headquarters reserves the name in the real file system as well */
    if (db_create(HALL_PATH, &error) < 0)
        oracle_complain("headquarters' database cannot be made: %s", error.text);
    else
        hall_start();
}

void hall_close(void)
{
    db_close(db);
    db = NULL;
}

const uint8_t *hall_key(void)
{
    return hall_public;
}

void hall_enroll(const struct identity *identity)
{
    struct db_enrolment enrolment = {.identity = *identity, .branch = "north"};
    struct error error = {0};
    int result = db_enroll(db, &enrolment, false, clock_wall(hall_clock), &error);
    if (result < 0 && result != -EEXIST)
        oracle_complain("headquarters does not enrol %s: %s", identity->device, error.text);
}

static void hall_recover(void)
{
    oracle_leave();
    hall_close();
    disk_cut(HALL_DISK);
    hall_start();
    oracle_return(HALL_PATH, false);
}

void hall_answer(const struct identity *identity, const char *store, const void *body, size_t size, int fuse,
                 struct hall_reply *reply)
{
    char path[80];
    struct http_response response = {0};
    const struct device_api api = {db, &signer, hall_clock};
    (void)snprintf(path, sizeof path, "/v1/stores/%s/records", store);
    const struct http_request request = {
        .method = "POST",
        .path = path,
        .host = "hq",
        .content_type = "application/x-ndjson",
        .content_encoding = "zstd",
        .body = body,
        .body_size = size,
        .identity = identity,
    };
    disk_set_fuse(HALL_DISK, fuse);
    device_api_handle((void *)&api, &request, &response);
    *reply = (struct hall_reply){(int)response.status, response.body, response.body_size};
    disk_set_fuse(HALL_DISK, -1);
    if (disk_is_dead(HALL_DISK))
        hall_recover();
    if (response.status == 200)
        oracle_look(HALL_PATH, store);
}

void hall_backup(void)
{
    disk_copy(HALL_BACKUP, HALL_DISK);
}

void hall_restore(void)
{
    char epoch[ID_TEXT], sql[128];
    sqlite3 *connection = NULL;
    oracle_leave();
    hall_close();
    disk_copy(HALL_DISK, HALL_BACKUP);
    id_random(epoch);
    (void)snprintf(sql, sizeof sql, "UPDATE meta SET value = '%s' WHERE key = 'epoch'", epoch);
    if (sqlite3_open_v2(HALL_PATH, &connection, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(connection, sql, NULL, NULL, NULL) != SQLITE_OK)
        oracle_complain("headquarters is not restored: %s", sqlite3_errmsg(connection));
    (void)sqlite3_close(connection);
    hall_start();
    oracle_return(HALL_PATH, true);
}

static void hall_problem(void *user, const char *text)
{
    (void)user;
    oracle_complain("headquarters' own check: %s", text);
}

void hall_verify(void)
{
    int64_t records = 0, problems = 0;
    const struct db_verify verify = {.problem = hall_problem, .records = &records, .problems = &problems};
    struct error error = {0};
    if (db_verify(db, &verify, &error) < 0)
        oracle_complain("headquarters cannot check itself: %s", error.text);
}
