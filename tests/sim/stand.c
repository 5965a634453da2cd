/*
 * A device in the simulation. The order of things is that of sync/daemon.c and core/writer.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sim/stand.h"

#include "core/batch.h"
#include "core/compress.h"
#include "core/id.h"
#include "sim/disk.h"
#include "sim/hall.h"
#include "sim/oracle.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAND_HOUR_MS INT64_C(3600000)
#define STAND_DAY_MS (24 * STAND_HOUR_MS)
#define STAND_BULKY "too bulky for the proxy"
#define STAND_REFUSED_MS (10 * 60000) /* the wait where only somebody's help counts */

static const struct uploader_limits stand_limits = {.retry = {1000, 4 * STAND_HOUR_MS},
                                                    .heartbeat_ms = STAND_DAY_MS,
                                                    .refused_ms = STAND_REFUSED_MS,
                                                    .batch_records = 20};

static int64_t stand_wall(void *user)
{
    const struct stand *stand = user;
    return *stand->now + stand->skew;
}

static int64_t stand_up(void *user)
{
    const struct stand *stand = user;
    return *stand->now - stand->booted;
}

static void stand_boot(struct stand *stand)
{
    stand->booted = *stand->now - 20000;
    stand->clock = (struct clock){.wall = stand_wall, .up = stand_up, .user = stand};
    id_random(stand->clock.boot);
    stand->turn_at = *stand->now;
    stand->upkeep = (struct upkeep){.status_every_ms = 100000 * STAND_DAY_MS};
    stand->dark_until = 0;
}

void stand_open(struct stand *stand, int disk, const char *device, int64_t *now)
{
    *stand = (struct stand){.disk = disk, .now = now, .arrive_at = STAND_NEVER};
    (void)snprintf(stand->path, sizeof stand->path, "d%d/outbox.db", disk);
    (void)snprintf(stand->identity.device, sizeof stand->identity.device, "%s", device);
    memset(stand->identity.fingerprint, device[0], sizeof stand->identity.fingerprint);
    stand->identity.fingerprint[0] = (uint8_t)device[1];
    stand->tap_at = *now;
    stand->purge_at = *now;
    stand_boot(stand);
}

static void stand_let_go(struct stand *stand)
{
    outbox_close(stand->outbox);
    stand->outbox = NULL;
    parcel_free(&stand->parcel);
    stand->flying = false;
    stand->arrive_at = STAND_NEVER;
}

void stand_close(struct stand *stand)
{
    stand_let_go(stand);
    outbox_close(stand->kiosk);
    stand->kiosk = NULL;
    free(stand->old);
    stand->old = NULL;
}

void stand_cut(struct stand *stand, int fuse, int64_t ms)
{
    if (fuse > 0) {
        disk_set_fuse(stand->disk, fuse);
        return;
    }
    stand_let_go(stand);
    outbox_close(stand->kiosk);
    stand->kiosk = NULL;
    disk_cut(stand->disk);
    stand->dark_until = *stand->now + ms;
}

int64_t stand_next(const struct stand *stand)
{
    if (stand->dark_until)
        return stand->dark_until;
    int64_t next = stand->tap_at < stand->turn_at ? stand->tap_at : stand->turn_at;
    return stand->arrive_at < next ? stand->arrive_at : next;
}

/* --- the kiosk ------------------------------------------------------------------------------------------------------ */

/* Was the visit whose commit failed saved after all? */
static void stand_settle(struct stand *stand)
{
    const struct outbox_line last = {stand->line[1], stand->length[1]};
    struct error error = {0};
    bool present = false;
    if (!stand->doubt || outbox_settle(stand->kiosk, &last, &present, &error) < 0)
        return;
    stand->doubt = false;
    for (int i = 0; i < 2 && present; i++)
        oracle_record(stand->line[i], stand->length[i], true);
}

static void stand_open_kiosk(struct stand *stand)
{
    struct error error = {0};
    int result = outbox_open(&stand->kiosk, stand->path, &stand->clock, &error);
    if (result == 0)
        stand_settle(stand);
    else if (!disk_is_dead(stand->disk) && result != -ENOSPC)
        oracle_complain("a kiosk cannot open its outbox: %s", error.text);
}

static void stand_write_visit(struct stand *stand, struct dice *dice)
{
    struct record_stamp stamp = {.n = 1, .survey = "exit/1", .lang = "zh", .channel = "touch"};
    const struct record_answer answer = {
        .question = "overall", .kind = "faces", .scale = 5, .mark = 1 + (int)dice_below(dice, 5)};
    struct error error = {0};
    record_stamp_now(&stamp, &stand->clock);
    id_ordered(stamp.visit, stamp.at);
    /* a faulty program: a visit's name is used again, for something else */
    bool again = stand->earlier[0] && dice_once_in(dice, 50);
    if (again)
        memcpy(stamp.visit, stand->earlier, ID_TEXT);
    else
        memcpy(stand->earlier, stamp.visit, ID_TEXT);
    int result = record_make_answer(stand->line[0], &stand->length[0], &stamp, &answer, &error);
    stamp.n = 2;
    if (result == 0)
        result = record_make_end(stand->line[1], &stand->length[1], &stamp, RECORD_COMPLETED, 1, &error);
    if (result < 0)
        oracle_complain("a record cannot be made: %s", error.text);
    char *type = strstr(stand->line[0], "\"answer\"");
    if (type && dice_once_in(dice, 50))
        memcpy(type, "\"rumour\"", 8); /* what headquarters cannot read */
}

/* A record that headquarters could take, but that never gets there: a proxy on the way says 413. */
static void stand_write_bulky(struct stand *stand)
{
    struct record_stamp stamp = {.n = 1, .channel = "device"};
    char detail[800], line[RECORD_MAX + 1];
    struct outbox_line bulky = {.text = line};
    struct error error = {0};
    memset(detail, 'x', sizeof detail - 1);
    memcpy(detail, STAND_BULKY, sizeof STAND_BULKY - 1);
    detail[sizeof detail - 1] = '\0';
    record_stamp_now(&stamp, &stand->clock);
    id_ordered(stamp.visit, stamp.at);
    if (record_make_fault(line, &bulky.length, &stamp, "bulky", detail, 0, &error) < 0)
        oracle_complain("a record cannot be made: %s", error.text);
    stand->bulky = true;
    if (outbox_append(stand->kiosk, &bulky, 1, NULL, &error) == 0) {
        oracle_record(line, bulky.length, true);
        return;
    }
    outbox_close(stand->kiosk);
    stand->kiosk = NULL;
}

static void stand_tap(struct stand *stand, struct dice *dice, int tap_ms)
{
    struct error error = {0};
    stand->tap_at = *stand->now + 1 + (int64_t)dice_below(dice, 2 * (uint64_t)tap_ms);
    if (!stand->kiosk)
        stand_open_kiosk(stand);
    if (!stand->kiosk || stand->doubt) {
        stand->refused++;
        return;
    }
    stand_write_visit(stand, dice);
    const struct outbox_line lines[] = {{stand->line[0], stand->length[0]},
                                        {stand->line[1], stand->length[1]}};
    stand->doubt = true;
    if (outbox_append(stand->kiosk, lines, 2, NULL, &error) == 0) {
        stand->doubt = false;
        for (int i = 0; i < 2; i++)
            oracle_record(stand->line[i], stand->length[i], true);
        int64_t soon = *stand->now + 8 * STAND_HOUR_MS; /* visits are few here: a shift's go out together */
        if (stand->turn_at > soon)
            stand->turn_at = soon;
        if (dice_once_in(dice, 300))
            stand_write_bulky(stand);
        return;
    }
    stand->refused++;
    outbox_close(stand->kiosk);
    stand->kiosk = NULL;
}

/* --- the daemon ---------------------------------------------------------------------------------------------------- */

static void stand_again(struct stand *stand, int64_t ms)
{
    stand_let_go(stand);
    stand->turn_at = *stand->now + ms;
}

/* Rows that do not fit their chain: what core/repair.c does without touching the file system. */
static void stand_bury(struct stand *stand)
{
    struct outbox_fork fork = {.why = OUTBOX_DAMAGED, .reason = "a row does not fit its chain"};
    struct error error = {0};
    if (outbox_fork(stand->outbox, &fork, &stand->clock, &error) == 0)
        stand->forks++;
    else if (!disk_is_dead(stand->disk) && error.code != -ENOSPC)
        oracle_complain("damaged rows cannot be buried: %s", error.text);
    stand_again(stand, 1000);
}

static void stand_failed(struct stand *stand, const struct error *error)
{
    if (disk_is_dead(stand->disk) || error->code == -ENOSPC || error->code == -EAGAIN)
        stand_again(stand, 60000);
    else if (error->code == -EBADMSG)
        stand_bury(stand);
    else
        oracle_complain("a daemon fails: %s", error->text);
}

static bool stand_attach(struct stand *stand)
{
    struct error error = {0};
    int result = outbox_open(&stand->outbox, stand->path, &stand->clock, &error);
    if (result == 0)
        result = outbox_state(stand->outbox, &stand->state, &error);
    if (result < 0) {
        stand_failed(stand, &error);
        return false;
    }
    upkeep_attach(&stand->upkeep, stand->path, &stand->state, clock_up(&stand->clock));
    uploader_start(&stand->uploader, &stand_limits, hall_key(), &stand->state);
    return true;
}

static int stand_chain_at(void *user, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error)
{
    return outbox_chain_at(user, number, chain, error);
}

static void stand_keep_old(struct stand *stand)
{
    free(stand->old);
    stand->old_size = stand->parcel.size;
    stand->old = malloc(stand->old_size + 1);
    if (!stand->old)
        abort();
    memcpy(stand->old, stand->parcel.body, stand->old_size);
    memcpy(stand->old_store, stand->state.store, ID_TEXT);
}

static enum stand_fate stand_draw(struct dice *dice, int weather)
{
    return (int)dice_below(dice, 100) < weather ? 1 + (enum stand_fate)dice_below(dice, STAND_FATES - 1)
                                                : STAND_FINE;
}

static void stand_send(struct stand *stand, struct dice *dice, int weather, const struct uploader_step *step)
{
    struct error error = {0};
    bool ask = step->command == UPLOADER_ASK;
    if (parcel_make(&stand->parcel, stand->outbox, &stand->state, &stand->clock, step->first,
                    ask ? 0 : step->limit, &error) < 0) {
        stand_failed(stand, &error);
        return;
    }
    uploader_sent(&stand->uploader, stand->parcel.first, stand->parcel.count);
    stand->flying = true;
    stand->fate = stand_draw(dice, weather);
    stand->arrive_at = *stand->now + 20 + (int64_t)dice_below(dice, stand->fate == STAND_FINE ? 400 : 60000);
}

static void stand_deliver_old(const struct stand *stand)
{
    struct hall_reply unheard = {0};
    hall_answer(&stand->identity, stand->old_store, stand->old, stand->old_size, 0, &unheard);
    free(unheard.body);
}

/* Is there a record in the parcel that the proxy does not let through? */
static bool stand_is_bulky(const struct stand *stand)
{
    void *text = NULL;
    size_t size = 0;
    if (!stand->bulky ||
        compress_unpack(stand->parcel.body, stand->parcel.size, BATCH_BYTES_MAX, &text, &size, NULL) < 0)
        return false;
    bool bulky = strstr(text, STAND_BULKY) != NULL;
    free(text);
    return bulky;
}

/* What comes back for the request in flight. */
static void stand_fetch(struct stand *stand, struct dice *dice, int weather, struct hall_reply *reply)
{
    int fuse = weather > 0 && dice_once_in(dice, 200) ? 1 + (int)dice_below(dice, 60) : 0;
    if (stand->old && weather > 0 && dice_once_in(dice, 20))
        stand_deliver_old(stand);
    if (stand->fate != STAND_LOST && stand_is_bulky(stand)) {
        reply->status = 413;
        return;
    }
    switch (stand->fate) {
    case STAND_LOST:
        return;
    case STAND_BUSY:
        reply->status = 503;
        return;
    case STAND_PORTAL:
        reply->status = 200;
        reply->body = strdup("<html>Welcome. Please accept our terms.</html>");
        reply->size = reply->body ? strlen(reply->body) : 0;
        return;
    case STAND_BROKEN:
        ((uint8_t *)stand->parcel.body)[dice_below(dice, stand->parcel.size)] ^= 1u << dice_below(dice, 8);
        break;
    case STAND_FINE:
    case STAND_REPLY_LOST:
    case STAND_FATES:
        break;
    }
    hall_answer(&stand->identity, stand->state.store, stand->parcel.body, stand->parcel.size, fuse, reply);
    if (stand->fate != STAND_BROKEN)
        stand_keep_old(stand);
    if (stand->fate == STAND_REPLY_LOST)
        reply->status = 0;
}

static void stand_check_receipt(struct stand *stand)
{
    uint8_t mine[CHAIN_BYTES];
    struct error error = {0};
    const struct receipt *receipt = &stand->uploader.receipt;
    if (outbox_chain_at(stand->outbox, receipt->high_water, mine, &error) < 0)
        memcpy(mine, receipt->chain, CHAIN_BYTES); /* the newest purged one is known by its receipt only */
    oracle_receipted(receipt, mine);
}

static void stand_take(struct stand *stand, struct dice *dice, const struct hall_reply *reply)
{
    const struct uploader_reply got = {
        .status = reply->status, .body = reply->body, .length = reply->size, .why = "the line is dead"};
    const struct uploader_view view = {stand->state.first, stand->state.last, stand_chain_at, stand->outbox};
    struct outbox_fork fork = {0};
    struct error error = {0};
    bool fresh = false;
    int result = uploader_take(&stand->uploader, &got, &view, clock_up(&stand->clock), dice_next(dice),
                               &fresh, &error);
    if (result == 0 && fresh) {
        stand_check_receipt(stand);
        upkeep_hear(&stand->upkeep, &stand->uploader.receipt, &stand->clock);
    }
    int forked = result < 0 ? 0
                            : upkeep_fork(&stand->upkeep, stand->outbox, &stand->uploader, &stand->clock,
                                          STAND_REFUSED_MS, &fork, &error);
    if (result == 0 && forked == 0 && fresh)
        result = outbox_keep_receipt(stand->outbox, &stand->uploader.receipt, &error);
    if (result == -ENOSPC)
        result = 0; /* as the daemon: the receipt in memory is as good until the next start */
    if (result < 0 || forked < 0) {
        stand_failed(stand, &error);
    } else if (forked) {
        stand->forks++;
        stand_again(stand, 0);
    }
}

static void stand_arrive(struct stand *stand, struct dice *dice, int weather)
{
    struct hall_reply reply = {0};
    stand->arrive_at = STAND_NEVER;
    stand->flying = false;
    stand->turn_at = *stand->now;
    stand_fetch(stand, dice, weather, &reply);
    if (!oracle_complaint())
        stand_take(stand, dice, &reply);
    free(reply.body);
    if (stand->outbox)
        parcel_free(&stand->parcel);
}

static void stand_purge(struct stand *stand)
{
    struct error error = {0};
    int64_t purged = 0;
    if (*stand->now < stand->purge_at || !uploader_may_purge(&stand->uploader))
        return;
    stand->purge_at = *stand->now + 2 * STAND_DAY_MS;
    if (outbox_purge_receipted(stand->outbox, STAND_KEEP_DAYS, 500, &purged, &error) < 0)
        stand_failed(stand, &error);
}

static void stand_work(struct stand *stand, struct dice *dice, int weather)
{
    struct error error = {0};
    if (!stand->outbox && !stand_attach(stand))
        return;
    if (outbox_state(stand->outbox, &stand->state, &error) < 0) {
        stand_failed(stand, &error);
        return;
    }
    int64_t up = clock_up(&stand->clock);
    struct uploader_step step = uploader_next(&stand->uploader, up, stand->state.last);
    stand->turn_at = STAND_NEVER;
    if (step.command != UPLOADER_REST) {
        stand_send(stand, dice, weather, &step);
        return;
    }
    if (step.deadline != INT64_MAX)
        stand->turn_at = *stand->now + (step.deadline - up);
    stand_purge(stand);
}

void stand_turn(struct stand *stand, struct dice *dice, int weather, int tap_ms)
{
    int64_t now = *stand->now;
    if (stand->dark_until) {
        if (now >= stand->dark_until)
            stand_boot(stand);
        return;
    }
    if (stand->arrive_at <= now)
        stand_arrive(stand, dice, weather);
    else if (stand->tap_at <= now)
        stand_tap(stand, dice, tap_ms);
    else if (stand->turn_at <= now)
        stand_work(stand, dice, weather);
    if (disk_is_dead(stand->disk))
        stand_cut(stand, 0, (int64_t)dice_below(dice, 2 * STAND_HOUR_MS));
}

void stand_flip(struct stand *stand, struct dice *dice)
{
    sqlite3 *disk = NULL;
    sqlite3_stmt *row = NULL, *change = NULL;
    if (stand->dark_until || disk_is_dead(stand->disk))
        return;
    if (sqlite3_open_v2(stand->path, &disk, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(disk, "SELECT n, line FROM record ORDER BY n LIMIT 1 OFFSET ?1", -1, &row, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(disk, "UPDATE record SET line = ?2 WHERE n = ?1", -1, &change, NULL) ==
            SQLITE_OK) {
        int64_t held = stand->state.last - stand->state.first + 1;
        (void)sqlite3_bind_int64(row, 1, held > 0 ? (int64_t)dice_below(dice, (uint64_t)held) : 0);
        if (sqlite3_step(row) == SQLITE_ROW) {
            char line[RECORD_MAX + 1];
            size_t length = (size_t)sqlite3_column_bytes(row, 1);
            memcpy(line, sqlite3_column_text(row, 1), length);
            oracle_destroyed(line, length);
            line[dice_below(dice, length)] ^= 1;
            oracle_destroyed(line, length); /* nobody ever meant these bytes: they need not arrive */
            (void)sqlite3_bind_int64(change, 1, sqlite3_column_int64(row, 0));
            (void)sqlite3_bind_text(change, 2, line, (int)length, SQLITE_STATIC);
            (void)sqlite3_reset(row);
            (void)sqlite3_step(change);
        }
    }
    (void)sqlite3_finalize(row);
    (void)sqlite3_finalize(change);
    (void)sqlite3_close(disk);
}
