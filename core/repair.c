/*
 * The ladder's upper rungs. The swap of files is prepared aside and finished by one rename; a repair that is cut
 * off leaves either the old file in its place, or a whole new one that repair_finish() puts there.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/repair.h"

#include "core/device_record.h"
#include "core/record.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define REPAIR_LOCK_TRIES 50 /* of 100 ms */
#define REPAIR_HEADER 100    /* bytes of a SQLite file's header */
#define REPAIR_FULL_BYTES (256 << 10)
#define REPAIR_PLENTY 8 /* a ballast is made where so many times its size stay free */

static const char *const repair_names[] = {"well", "buried", "salvaged"};

const char *repair_outcome_name(enum repair_outcome outcome)
{
    return repair_names[outcome];
}

static void repair_path(char path[REPAIR_PATH_MAX], const char *outbox, const char *ending)
{
    if (snprintf(path, REPAIR_PATH_MAX, "%s%s", outbox, ending) >= REPAIR_PATH_MAX)
        path[0] = '\0'; /* no such file */
}

static int repair_sync_folder(const char *path, struct error *error)
{
    char copy[REPAIR_PATH_MAX];
    repair_path(copy, path, "");
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = folder < 0 || fsync(folder) < 0 ? -errno : 0;
    if (folder >= 0)
        (void)close(folder);
    return result < 0
               ? error_set(error, result, "%s: its folder cannot be synced: %s", path, strerror(-result))
               : 0;
}

/* --- whose file is it? ------------------------------------------------------------------------------------ */

static uint32_t repair_number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Only what bears an outbox's mark may be set aside: a path that is mistyped is no damage. */
static bool repair_is_ours(const char *path)
{
    uint8_t header[REPAIR_HEADER] = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : pread(file, header, sizeof header, 0);
    if (file >= 0)
        (void)close(file);
    return got == sizeof header && repair_number(header + 68) == OUTBOX_APPLICATION &&
           repair_number(header + 60) <= OUTBOX_VERSION;
}

/* --- the swap --------------------------------------------------------------------------------------------- */

static void repair_unlink(const char *path, const char *ending)
{
    char name[REPAIR_PATH_MAX];
    repair_path(name, path, ending);
    (void)unlink(name);
}

/* The new file is whole at .salvaged; the damaged one has its second name. Its log goes first: a database that
 * met another one's log would take it for its own. */
static int repair_swap(const char *path, struct error *error)
{
    char made[REPAIR_PATH_MAX];
    repair_path(made, path, ".salvaged");
    repair_unlink(path, "-wal");
    repair_unlink(path, "-shm");
    if (rename(made, path) < 0)
        return error_set(error, -errno, "%s: cannot take its place: %s", made, strerror(errno));
    return repair_sync_folder(path, error);
}

int repair_finish(const char *path, struct error *error)
{
    char made[REPAIR_PATH_MAX];
    repair_path(made, path, ".salvaged");
    return access(made, F_OK) < 0 ? 0 : repair_swap(path, error);
}

/* A second name for the damaged file and its log: nothing of it is lost when its first name goes. */
static int repair_name_aside(const char *path, const struct clock *clock, char aside[REPAIR_PATH_MAX],
                             struct error *error)
{
    char from[REPAIR_PATH_MAX], to[REPAIR_PATH_MAX], stamp[32];
    time_t seconds = (time_t)(clock_wall(clock) / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts) == 0)
        (void)snprintf(stamp, sizeof stamp, "%lld", (long long)seconds);
    int result = -EEXIST;
    for (int i = 0; i < 100 && result == -EEXIST; i++) {
        (void)snprintf(aside, REPAIR_PATH_MAX, i ? "%s.damaged-%s-%d" : "%s.damaged-%s", path, stamp, i);
        result = link(path, aside) < 0 ? -errno : 0;
    }
    if (result < 0)
        return error_set(error, result, "%s: cannot be set aside as %s: %s", path, aside, strerror(-result));
    repair_path(from, path, "-wal");
    repair_path(to, aside, "-wal");
    if (link(from, to) < 0 && errno != ENOENT)
        return error_set(error, -errno, "%s: cannot be set aside: %s", from, strerror(errno));
    return repair_sync_folder(path, error);
}

static int repair_fill(struct outbox *source, const char *path, const struct clock *clock,
                       struct outbox_fork *fork, struct error *error)
{
    char part[REPAIR_PATH_MAX], made[REPAIR_PATH_MAX];
    struct outbox *target = NULL;
    repair_path(part, path, ".salvage");
    repair_path(made, path, ".salvaged");
    repair_unlink(part, "");
    repair_unlink(part, "-wal");
    repair_unlink(part, "-shm");
    int result = outbox_open(&target, part, clock, error);
    if (result == 0)
        result = outbox_salvage(source, target, fork, clock, error);
    if (result == 0)
        result = outbox_fold(target, error);
    outbox_close(target); /* the last handle: its empty log goes with it */
    if (result == 0 && rename(part, made) < 0)
        result = error_set(error, -errno, "%s: %s", part, strerror(errno));
    if (result < 0) {
        repair_unlink(part, "");
        repair_unlink(part, "-wal");
        repair_unlink(part, "-shm");
    }
    return result;
}

static int repair_salvage(const char *path, const struct clock *clock, struct repair_report *report,
                          struct error *error)
{
    struct outbox *source = NULL;
    struct error locking = {0};
    int result = outbox_open_damaged(&source, path, error);
    if (result < 0)
        return result;
    /* writers wait until the swap is done, and then find that their file has moved; where the lock itself is beyond
     * repair nobody else can write either */
    if (outbox_lock(source, &locking) == -EAGAIN)
        result = error_set(error, -EAGAIN, "%s", locking.text);
    if (result == 0)
        result = repair_name_aside(path, clock, report->aside, error);
    if (result == 0)
        result = repair_fill(source, path, clock, &report->fork, error);
    if (result == 0) {
        result = repair_swap(path, error);
    } else if (report->aside[0]) {
        repair_unlink(report->aside, "");
        repair_unlink(report->aside, "-wal");
    }
    outbox_unlock(source);
    outbox_close(source);
    report->outcome = REPAIR_SALVAGED;
    return result;
}

/* --- the rungs -------------------------------------------------------------------------------------------- */

static int repair_count_bad(void *user, const struct outbox_found *found)
{
    *(int64_t *)user += found->health != OUTBOX_SOUND || found->unchained;
    return 0;
}

static int repair_tell(struct outbox *outbox, const struct clock *clock, const char *cause,
                       struct error *error)
{
    char text[RECORD_MAX + 1];
    struct outbox_line line = {.text = text};
    int result = device_record_fault(text, &line.length, clock, "outbox-reopened", cause, 0, error);
    return result == 0 ? outbox_append(outbox, &line, 1, NULL, error) : result;
}

/* The file opens. Is it whole, and does every row fit its chain? 1: not whole, salvage it. */
static int repair_look(struct outbox *outbox, const struct clock *clock, const char *cause,
                       struct repair_report *report, struct error *error)
{
    int64_t bad = 0;
    int result = outbox_check_structure(outbox, error);
    if (result == 0)
        result = outbox_walk(outbox, repair_count_bad, &bad, error);
    if (result < 0)
        return result == -EBADMSG ? 1 : result;
    report->outcome = bad > 0 ? REPAIR_BURIED : REPAIR_WELL;
    if (bad > 0)
        return outbox_fork(outbox, &report->fork, clock, error);
    return repair_tell(outbox, clock, cause, error);
}

static int repair_climb(const char *path, const struct clock *clock, const char *cause,
                        struct repair_report *report, struct error *error)
{
    struct outbox *outbox = NULL;
    int result = repair_finish(path, error);
    if (result == 0)
        result = outbox_open(&outbox, path, clock, error);
    if (result == 0)
        result = repair_look(outbox, clock, cause, report, error);
    outbox_close(outbox);
    if (result != 1 && result != -EBADMSG)
        return result;
    if (!repair_is_ours(path))
        return result == 1 ? error_set(error, -EBADMSG, "%s: damaged", path) : result;
    return repair_salvage(path, clock, report, error);
}

static int repair_lock(const char *path, int *lock, struct error *error)
{
    char name[REPAIR_PATH_MAX];
    repair_path(name, path, ".repair");
    *lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (*lock < 0)
        return error_set(error, -errno, "%s: %s", name, strerror(errno));
    for (int i = 0; i < REPAIR_LOCK_TRIES; i++) {
        if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
            return 0;
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return error_set(error, -EAGAIN, "%s: another program repairs it", path);
}

int repair_outbox(const char *path, const struct clock *clock, const char *cause,
                  struct repair_report *report, struct error *error)
{
    struct repair_report made = {.fork = {.why = OUTBOX_DAMAGED, .reason = cause}};
    int lock = -1;
    int result = repair_lock(path, &lock, error);
    if (result == 0)
        result = repair_climb(path, clock, cause, &made, error);
    if (lock >= 0)
        (void)close(lock);
    if (result == 0)
        *report = made;
    return result;
}

/* --- the ballast ------------------------------------------------------------------------------------------ */

int repair_ballast_make(const char *path, struct error *error)
{
    char name[REPAIR_PATH_MAX], part[REPAIR_PATH_MAX];
    struct statvfs disk;
    repair_path(name, path, ".ballast");
    repair_path(part, path, ".ballast-part");
    if (access(name, F_OK) == 0)
        return 0;
    if (statvfs(path, &disk) < 0)
        return error_set(error, -errno, "%s: %s", path, strerror(errno));
    if (disk.f_bavail * disk.f_frsize < (uint64_t)REPAIR_BALLAST_BYTES * REPAIR_PLENTY)
        return 0;
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
    int result = file < 0 ? -errno : -posix_fallocate(file, 0, REPAIR_BALLAST_BYTES);
    if (file >= 0)
        (void)close(file);
    if (result == 0 && rename(part, name) < 0)
        result = -errno;
    if (result < 0) {
        (void)unlink(part);
        return error_set(error, result, "%s: %s", name, strerror(-result));
    }
    return 0;
}

bool repair_disk_full(const char *path)
{
    struct statvfs disk;
    return statvfs(path, &disk) == 0 && disk.f_bavail * disk.f_frsize < REPAIR_FULL_BYTES;
}

bool repair_ballast_free(const char *path)
{
    char name[REPAIR_PATH_MAX];
    repair_path(name, path, ".ballast");
    return unlink(name) == 0;
}
