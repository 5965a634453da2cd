/*
 * The daemon's loop. What always holds: a turn never blocks but in transport_wait(), which also hears signals
 * and new records; and whatever fails, the outbox keeps what headquarters has not receipted.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/daemon.h"

#include "core/keyfile.h"
#include "core/log.h"
#include "core/outbox.h"
#include "core/repair.h"
#include "sync/errands.h"
#include "sync/lock.h"
#include "sync/network.h"
#include "sync/parcel.h"
#include "sync/reporter.h"
#include "sync/transport_curl.h"
#include "sync/upkeep.h"
#include "sync/uploader.h"
#include "sync/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DAEMON_FRESH_MS 1000 /* a prepared parcel's clock may be so old */
#define DAEMON_PURGE_EVERY_MS 60000
#define DAEMON_PURGE_PIECE 500 /* records a minute at most while idle: a purge never holds the kiosk up */

struct daemon {
    const struct settings *settings;
    const struct clock *clock;
    bool once, stop;
    uint8_t key[RECEIPT_KEY_BYTES];
    struct uploader_limits limits;
    int lock, signals;
    struct transport *transport;

    struct outbox *outbox; /* NULL: not open; attach_at says when it is tried again */
    struct wake *wake;     /* open as long as the outbox is */
    struct wake_looks looks;
    struct outbox_state state;
    int64_t attach_at;
    unsigned attach_failures;
    bool known_fork; /* the store changed by our own doing */
    bool suspect;    /* the last handle found damage; a second one in a row is believed */

    struct uploader uploader;
    struct parcel out;  /* with the transport */
    struct parcel next; /* prepared while out is under way */
    bool next_tried;    /* for this out */
    bool keep_failed;   /* the last receipt could not be kept: said once */
    bool once_done;
    int64_t once_target; /* last record of the beginning */
    int64_t purge_at;
    bool purge_more;
    bool ballast_gone; /* given up for the purge: headquarters is to be told */

    struct upkeep upkeep;
    struct errands errands;
    struct network *network; /* NULL: cannot be watched */
    struct reporter reporter;
};

static uint64_t daemon_random(void)
{
    uint64_t random = 0;
    /* cannot fail for 8 bytes; without it the jitter would only be poor */
    ssize_t got = getrandom(&random, sizeof random, 0);
    (void)got;
    return random;
}

static void daemon_detach(struct daemon *daemon)
{
    transport_cancel(daemon->transport);
    parcel_free(&daemon->out);
    parcel_free(&daemon->next);
    wake_close(daemon->wake);
    outbox_close(daemon->outbox);
    daemon->wake = NULL;
    daemon->outbox = NULL;
}

/* What climbed the ladder's first rung in vain is mended where it can be; the outbox is not open meanwhile. */
static int daemon_repair(struct daemon *daemon, const struct error *why, struct error *error)
{
    const char *path = daemon->settings->device.outbox;
    struct repair_report report;
    struct error mending = {0};
    int result = repair_outbox(path, daemon->clock, why->text, &report, &mending);
    if (result == -EBADMSG)
        return error_set(error, -EBADMSG,
                         "%.300s. Stop the kiosk, keep %.100s and its -wal under another name, start again",
                         why->text, path);
    daemon->suspect = false;
    daemon->attach_at = clock_up(daemon->clock);
    if (result < 0) {
        daemon->attach_at += backoff_wait(&daemon->limits.retry, ++daemon->attach_failures, daemon_random());
        log_error("%.250s; it cannot be mended now: %.200s", why->text, mending.text);
    } else if (report.outcome == REPAIR_WELL) {
        log_warning("%s: well after reopening; before: %.300s", path, why->text);
    } else {
        log_error("%.200s. Mended (%s): store %s continues %s, %lld records carried over, %lld lost%s%s",
                  why->text, repair_outcome_name(report.outcome), report.fork.store, report.fork.parent,
                  (long long)report.fork.carried, (long long)report.fork.buried,
                  report.aside[0] ? "; the damaged file is " : "", report.aside);
        daemon->known_fork = true;
    }
    return 0;
}

/* Lets go of the outbox, to open it anew later. Returns the error when nobody but a person can help. */
static int daemon_outbox_failed(struct daemon *daemon, struct error *error)
{
    struct error why = *error;
    int64_t wait = 0;
    daemon_detach(daemon);
    if (why.code == -EBADMSG && daemon->suspect)
        return daemon_repair(daemon, &why, error);
    if ((why.code == -ENOSPC || why.code == -EIO) && repair_disk_full(daemon->settings->device.outbox) &&
        repair_ballast_free(daemon->settings->device.outbox)) {
        log_warning("%s: the disk is full; the ballast is given up for the purge",
                    daemon->settings->device.outbox);
        daemon->ballast_gone = true;
    }
    bool at_start = daemon->state.store[0] == '\0';
    if (why.code != -EBADMSG && why.code != -ESTALE &&
        (daemon->once || (at_start && why.code != -EAGAIN && why.code != -ENOSPC && why.code != -EIO)))
        return why.code;
    if (why.code == -EBADMSG)
        daemon->suspect = true; /* a handle that met an I/O error may say so of a database that is fine */
    if (daemon->attach_failures > 0 || (why.code != -EBADMSG && why.code != -ESTALE))
        wait = backoff_wait(&daemon->limits.retry, daemon->attach_failures, daemon_random());
    daemon->attach_failures++;
    daemon->attach_at = clock_up(daemon->clock) + wait;
    reporter_say(&daemon->reporter,
                 &(struct report){"outbox", why.code != -ESTALE && why.code != -EBADMSG, why.text, wait});
    return 0;
}

static int daemon_attach(struct daemon *daemon, struct error *error)
{
    char before[ID_TEXT];
    memcpy(before, daemon->state.store, sizeof before);
    int result = repair_finish(daemon->settings->device.outbox, error);
    if (result == 0)
        result = outbox_open(&daemon->outbox, daemon->settings->device.outbox, daemon->clock, error);
    if (result == 0)
        result = wake_open(&daemon->wake, daemon->settings->device.outbox, error);
    if (result == 0)
        result = outbox_state(daemon->outbox, &daemon->state, error);
    if (result < 0)
        return daemon_outbox_failed(daemon, error);
    bool changed = before[0] != '\0' && strcmp(before, daemon->state.store) != 0;
    if (changed && !daemon->known_fork)
        log_warning("%s: holds another store now: %s instead of %s", daemon->settings->device.outbox,
                    daemon->state.store, before);
    daemon->known_fork = false;
    if (before[0] == '\0' || changed)
        daemon->once_target = daemon->state.last;
    upkeep_attach(&daemon->upkeep, daemon->settings->device.outbox, &daemon->state, clock_up(daemon->clock));
    wake_looks_stop(&daemon->looks);
    uploader_start(&daemon->uploader, &daemon->limits, daemon->key, &daemon->state);
    return 0;
}

/* Puts a parcel on its way: the prepared one where it fits, a new one else. */
static int daemon_send(struct daemon *daemon, const struct uploader_step *step, struct error *error)
{
    struct parcel *next = &daemon->next;
    bool ask = step->command == UPLOADER_ASK;
    bool fits = next->body && !ask && next->first == step->first && next->count <= (int64_t)step->limit &&
                clock_up(daemon->clock) - next->made <= DAEMON_FRESH_MS;
    if (!fits) {
        parcel_free(next);
        int result = parcel_make(next, daemon->outbox, &daemon->state, daemon->clock, step->first,
                                 ask ? 0 : step->limit, error);
        if (result < 0)
            return daemon_outbox_failed(daemon, error);
    }
    parcel_free(&daemon->out);
    daemon->out = *next;
    *next = (struct parcel){0};
    daemon->next_tried = false;
    daemon->suspect = false;
    daemon->attach_failures = 0;
    uploader_sent(&daemon->uploader, daemon->out.first, daemon->out.count);
    return transport_post(daemon->transport, daemon->state.store, daemon->out.body, daemon->out.size, error);
}

/* Sends what the uploader wants sent; *deadline gets when it wants to be asked again. */
static int daemon_dispatch(struct daemon *daemon, int64_t *deadline, struct error *error)
{
    struct uploader_step step = uploader_next(&daemon->uploader, clock_up(daemon->clock), daemon->state.last);
    *deadline = step.deadline;
    return step.command == UPLOADER_REST ? 0 : daemon_send(daemon, &step, error);
}

/* While a reply is awaited the next parcel is read and compressed, so that the link never idles. */
static void daemon_prepare(struct daemon *daemon)
{
    int64_t first = daemon->out.first + daemon->out.count;
    struct error error = {0};
    if (daemon->next_tried || daemon->out.count == 0 || first > daemon->state.last)
        return;
    daemon->next_tried = true;
    /* a failure is not believed here: the same records are read again when their turn has come */
    (void)parcel_make(&daemon->next, daemon->outbox, &daemon->state, daemon->clock, first,
                      daemon->uploader.limit, &error);
}

static int daemon_chain_at(void *user, int64_t number, uint8_t chain[CHAIN_BYTES], struct error *error)
{
    return outbox_chain_at(user, number, chain, error);
}

static int daemon_keep(struct daemon *daemon, const struct receipt *receipt, struct error *error)
{
    int result = outbox_keep_receipt(daemon->outbox, receipt, error);
    if (result == -EBADMSG || result == -ESTALE)
        return daemon_outbox_failed(daemon, error);
    /* on a full disk the upload goes on: the receipt in memory is as good until the next start */
    if (result < 0 && !daemon->keep_failed)
        log_warning("a receipt cannot be kept: %s", error->text);
    daemon->keep_failed = result < 0;
    return 0;
}

static void daemon_purge(struct daemon *daemon)
{
    struct error error = {0};
    int64_t purged = 0, now = clock_up(daemon->clock);
    if (!uploader_may_purge(&daemon->uploader) || now < daemon->purge_at)
        return;
    daemon->purge_at = now + DAEMON_PURGE_EVERY_MS;
    int days = (int)daemon->settings->keep_days;
    int result = outbox_purge_receipted(daemon->outbox, days, DAEMON_PURGE_PIECE, &purged, &error);
    if (result == -ENOSPC && repair_ballast_free(daemon->settings->device.outbox)) {
        log_warning("%s: the disk is full; the ballast is given up for the purge",
                    daemon->settings->device.outbox);
        daemon->ballast_gone = true;
        result = outbox_purge_receipted(daemon->outbox, days, DAEMON_PURGE_PIECE, &purged, &error);
    }
    if (result == 0 && daemon->ballast_gone && upkeep_tell(daemon->outbox, daemon->clock) == 0)
        daemon->ballast_gone = false;
    if (result < 0)
        log_warning("old records cannot be purged: %s", error.text);
    daemon->purge_more = purged == DAEMON_PURGE_PIECE;
}

static int daemon_once(struct daemon *daemon, struct error *error)
{
    const struct uploader *uploader = &daemon->uploader;
    int64_t receipted = uploader_receipted(uploader);
    if (uploader->trouble != UPLOADER_WELL && uploader->trouble != UPLOADER_SHRINKING &&
        uploader->trouble != UPLOADER_DOUBTING)
        return error_set(error, uploader_trouble_code(uploader->trouble),
                         "%s; %lld records are still here only", uploader->why,
                         (long long)(daemon->state.last - receipted));
    daemon->stop = uploader->heard && receipted >= daemon->once_target;
    return 0;
}

/* 1: the store goes on under a new name, and everything begins anew. */
static int daemon_fork(struct daemon *daemon, struct error *error)
{
    struct outbox_fork fork = {0};
    struct error why = {0};
    int result = upkeep_fork(&daemon->upkeep, daemon->outbox, &daemon->uploader, daemon->clock,
                             daemon->limits.refused_ms, &fork, &why);
    if (result < 0) {
        *error = why;
        return daemon_outbox_failed(daemon, error) < 0 ? error->code : 1;
    }
    if (result == 0)
        return 0;
    log_warning("store %s continues %s (%s): %lld records carried over, %lld tombstones", fork.store,
                fork.parent, outbox_why_name(fork.why), (long long)fork.carried, (long long)fork.buried);
    daemon_detach(daemon);
    daemon->known_fork = true;
    daemon->attach_at = clock_up(daemon->clock);
    return 1;
}

static int daemon_reply(struct daemon *daemon, const struct transport_reply *got, struct error *error)
{
    struct uploader *uploader = &daemon->uploader;
    const struct uploader_reply reply = {got->status, got->body, got->length, got->retry_after_ms,
                                         got->why,    got->slow, got->took_ms};
    const struct uploader_view view = {daemon->state.first, daemon->state.last, daemon_chain_at,
                                       daemon->outbox};
    int64_t now = clock_up(daemon->clock), before = uploader_receipted(uploader), deadline = 0;
    bool fresh = false;
    int result = uploader_take(uploader, &reply, &view, now, daemon_random(), &fresh, error);
    if (result < 0)
        return daemon_outbox_failed(daemon, error);
    if (uploader_receipted(uploader) < before)
        log_warning("headquarters was restored from a backup: records from %lld on are sent again",
                    (long long)uploader_receipted(uploader) + 1);
    reporter_say(&daemon->reporter,
                 &(struct report){uploader_trouble_name(uploader->trouble),
                                  uploader_trouble_alarm(uploader->trouble), uploader->why,
                                  uploader->phase == UPLOADER_WAITING ? uploader->until - now : -1});
    struct receipt receipt = uploader->receipt;
    if (fresh)
        upkeep_hear(&daemon->upkeep, &receipt, daemon->clock);
    result = daemon_fork(daemon, error);
    if (result != 0)
        return result < 0 ? result : 0;
    /* the next batch goes out first: it is on its way while this receipt reaches the disk */
    if (daemon->next.body)
        result = daemon_dispatch(daemon, &deadline, error);
    if (result == 0 && fresh && daemon->outbox)
        result = daemon_keep(daemon, &receipt, error);
    if (result == 0 && daemon->once)
        result = daemon_once(daemon, error);
    return result;
}

/* What is due now; *deadline gets when the next turn is due at the latest. */
static int daemon_work(struct daemon *daemon, int64_t *deadline, struct error *error)
{
    int64_t now = clock_up(daemon->clock);
    int result = 0;
    *deadline = INT64_MAX;
    if (!daemon->outbox && now >= daemon->attach_at)
        result = daemon_attach(daemon, error);
    if (result == 0 && daemon->outbox && !daemon->once &&
        upkeep_status(&daemon->upkeep, daemon->outbox, daemon->settings->device.outbox, &daemon->state,
                      &daemon->uploader, daemon->clock, error) < 0)
        result = daemon_outbox_failed(daemon, error);
    if (result == 0 && daemon->outbox && daemon->uploader.phase != UPLOADER_AWAITING) {
        if (outbox_state(daemon->outbox, &daemon->state, error) < 0)
            result = daemon_outbox_failed(daemon, error);
        else
            result = daemon_dispatch(daemon, deadline, error);
    }
    if (result < 0)
        return result;
    if (!daemon->outbox) {
        *deadline = daemon->attach_at;
    } else if (daemon->uploader.phase == UPLOADER_AWAITING) {
        *deadline = INT64_MAX; /* curl has its own */
        daemon_prepare(daemon);
    } else if (daemon->uploader.phase == UPLOADER_READY) {
        daemon_purge(daemon);
        (void)wake_looks_due(&daemon->looks, now);
        if (daemon->looks.at < *deadline)
            *deadline = daemon->looks.at;
        if (daemon->purge_more && daemon->purge_at < *deadline)
            *deadline = daemon->purge_at;
    }
    if (daemon->outbox && !daemon->once && daemon->upkeep.status_at < *deadline)
        *deadline = daemon->upkeep.status_at;
    return 0;
}

static int daemon_loop(struct daemon *daemon, struct error *error)
{
    while (!daemon->stop) {
        int64_t deadline = 0;
        int result = daemon_work(daemon, &deadline, error);
        if (result < 0)
            return result;
        struct transport_watch watches[] = {{daemon->signals, false},
                                            {network_fd(daemon->network), false},
                                            {daemon->wake ? wake_fd(daemon->wake) : -1, false}};
        struct transport_reply reply;
        bool replied = false, touched = false;
        int64_t now = clock_up(daemon->clock);
        result = transport_wait(daemon->transport, watches, daemon->wake ? 3 : 2,
                                deadline == INT64_MAX ? INT64_MAX : deadline - now, &replied, &reply, error);
        if (result == 0 && watches[2].ready && wake_drain(daemon->wake, &touched, error) < 0)
            result = daemon_outbox_failed(daemon, error);
        else if (touched)
            wake_looks_start(&daemon->looks, clock_up(daemon->clock));
        if (result == 0 && replied && daemon->outbox)
            result = daemon_reply(daemon, &reply, error);
        if (result < 0)
            return result;
        daemon->stop = daemon->stop || watches[0].ready;
        if (watches[1].ready && network_drain(daemon->network))
            uploader_hurry(&daemon->uploader, clock_up(daemon->clock), daemon_random());
        if (!daemon->once)
            errands_turn(&daemon->errands, uploader_may_purge(&daemon->uploader));
    }
    return 0;
}

static int daemon_open(struct daemon *daemon, struct error *error)
{
    const struct settings *settings = daemon->settings;
    const struct transport_options options = {
        .url = settings->url,
        .ca = settings->ca,
        .certificate = settings->certificate,
        .key = settings->key,
        .proxy = settings->proxy,
        .connect_timeout_s = (long)settings->connect_timeout_s,
        .total_timeout_s = (long)settings->total_timeout_s,
        .low_speed = (long)settings->low_speed,
        .low_speed_s = (long)settings->low_speed_s,
    };
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    /* before curl starts threads for names: they inherit the mask */
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    (void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    int result = lock_take(settings->device.outbox, &daemon->lock, error);
    if (result == 0)
        result = keyfile_read(settings->hq_key, daemon->key, sizeof daemon->key, false, error);
    if (result == 0)
        result = renew_recover(settings->certificate, settings->key, error);
    if (result == 0)
        result = transport_open(&daemon->transport, &options, error);
    if (result == 0 && !daemon->once) {
        struct error deaf = {0};
        errands_open(&daemon->errands, settings, daemon->clock, daemon->transport, daemon->key);
        if (network_open(&daemon->network, &deaf) < 0)
            log_warning("%s", deaf.text);
    }
    if (result == 0 && (daemon->signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
        result = error_set(error, -errno, "signalfd: %s", strerror(errno));
    return result;
}

int daemon_run(const struct settings *settings, const struct clock *clock, bool once, struct error *error)
{
    struct daemon daemon = {
        .settings = settings,
        .clock = clock,
        .once = once,
        .reporter = {.outbox = settings->device.outbox, .clock = clock, .silent = once},
        .lock = -1,
        .signals = -1,
        .upkeep = {.status_every_ms = settings->status_s * 1000},
        .limits = {.retry = {settings->retry_first_ms, settings->retry_most_s * 1000},
                   .heartbeat_ms = settings->heartbeat_s * 1000,
                   .refused_ms = settings->refused_wait_s * 1000,
                   .batch_records = (size_t)settings->batch_records},
    };
    wake_looks_stop(&daemon.looks);
    int result = daemon_open(&daemon, error);
    if (result == 0 && !once)
        log_info("uploading %s to %s", settings->device.outbox, settings->url);
    if (result == 0)
        result = daemon_loop(&daemon, error);
    if (daemon.transport)
        daemon_detach(&daemon);
    errands_close(&daemon.errands);
    network_close(daemon.network);
    transport_close(daemon.transport);
    if (daemon.signals >= 0)
        (void)close(daemon.signals);
    if (daemon.lock >= 0)
        (void)close(daemon.lock);
    return result;
}
