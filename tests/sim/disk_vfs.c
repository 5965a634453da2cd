/*
 * The simulated disk as SQLite sees it: a VFS.
 * One thread only: locks are counted, not waited for. SPDX-License-Identifier: Apache-2.0
 */
#include "sim/disk_private.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct disk_handle {
    sqlite3_file base;
    struct disk *disk;
    struct disk_file *file;
    int lock;
};

/* --- what SQLite calls ----------------------------------------------------------------------------------------- */

/* One operation: true when the power is gone. */
static bool disk_burn(struct disk *disk)
{
    disk_operation_count++;
    if (disk->fuse > 0 && --disk->fuse == 0)
        disk->dead = true;
    return disk->dead;
}

static int vfs_close(sqlite3_file *base)
{
    struct disk_handle *handle = (struct disk_handle *)base;
    if (handle->lock >= SQLITE_LOCK_SHARED && handle->file->sharers > 0)
        handle->file->sharers--;
    if (handle->lock == SQLITE_LOCK_EXCLUSIVE)
        handle->file->exclusive = false;
    return SQLITE_OK;
}

static int vfs_read(sqlite3_file *base, void *to, int length, sqlite3_int64 at)
{
    const struct disk_handle *handle = (struct disk_handle *)base;
    if (handle->disk->dead)
        return SQLITE_IOERR_READ;
    int64_t there = handle->file->size - at;
    if (there >= length) {
        memcpy(to, handle->file->bytes + at, (size_t)length);
        return SQLITE_OK;
    }
    memset(to, 0, (size_t)length);
    if (there > 0)
        memcpy(to, handle->file->bytes + at, (size_t)there);
    return SQLITE_IOERR_SHORT_READ;
}

static int vfs_write(sqlite3_file *base, const void *from, int length, sqlite3_int64 at)
{
    const struct disk_handle *handle = (struct disk_handle *)base;
    struct disk_file *file = handle->file;
    if (handle->disk->dead)
        return SQLITE_IOERR_WRITE;
    if (handle->disk->full && at + length > file->size)
        return SQLITE_FULL;
    int64_t after = at + length > file->size ? at + length : file->size;
    uint8_t *store = disk_remember(file, at, length, after);
    memcpy(store + length, from, (size_t)length);
    disk_resize(file, after);
    memcpy(file->bytes + at, from, (size_t)length);
    return disk_burn(handle->disk) ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int vfs_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    const struct disk_handle *handle = (struct disk_handle *)base;
    if (handle->disk->dead)
        return SQLITE_IOERR_TRUNCATE;
    if (size < handle->file->size)
        (void)disk_remember(handle->file, size, handle->file->size - size, size);
    if (size < handle->file->size)
        disk_resize(handle->file, size);
    return disk_burn(handle->disk) ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int vfs_sync(sqlite3_file *base, int flags)
{
    const struct disk_handle *handle = (struct disk_handle *)base;
    (void)flags;
    if (handle->disk->dead || disk_burn(handle->disk))
        return SQLITE_IOERR_FSYNC; /* whether it got through nobody knows: the cut decides */
    disk_forget_changes(handle->file);
    return SQLITE_OK;
}

static int vfs_size(sqlite3_file *base, sqlite3_int64 *size)
{
    *size = ((struct disk_handle *)base)->file->size;
    return SQLITE_OK;
}

static int vfs_lock(sqlite3_file *base, int level)
{
    struct disk_handle *handle = (struct disk_handle *)base;
    struct disk_file *file = handle->file;
    if (handle->lock >= level)
        return SQLITE_OK;
    if (file->exclusive ||
        (level == SQLITE_LOCK_EXCLUSIVE && file->sharers > (handle->lock >= SQLITE_LOCK_SHARED)))
        return SQLITE_BUSY;
    if (handle->lock < SQLITE_LOCK_SHARED)
        file->sharers++;
    file->exclusive = level == SQLITE_LOCK_EXCLUSIVE;
    handle->lock = level;
    return SQLITE_OK;
}

static int vfs_unlock(sqlite3_file *base, int level)
{
    struct disk_handle *handle = (struct disk_handle *)base;
    if (handle->lock == SQLITE_LOCK_EXCLUSIVE)
        handle->file->exclusive = false;
    if (handle->lock >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED && handle->file->sharers > 0)
        handle->file->sharers--;
    if (level < handle->lock)
        handle->lock = level;
    return SQLITE_OK;
}

static int vfs_reserved(sqlite3_file *base, int *reserved)
{
    *reserved = ((struct disk_handle *)base)->lock >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}

static int vfs_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    if (operation != SQLITE_FCNTL_HAS_MOVED)
        return SQLITE_NOTFOUND;
    *(int *)argument = 0;
    return SQLITE_OK;
}

static int vfs_sector(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

static int vfs_traits(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int vfs_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **memory)
{
    struct disk_file *file = ((struct disk_handle *)base)->file;
    if (region >= DISK_REGIONS)
        return SQLITE_NOMEM;
    if (!file->regions[region] && extend) {
        file->regions[region] = disk_grow(NULL, (size_t)size);
        memset(file->regions[region], 0, (size_t)size);
    }
    *memory = file->regions[region];
    return SQLITE_OK;
}

static int vfs_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    (void)base, (void)offset, (void)count, (void)flags;
    return SQLITE_OK; /* one thread, and no statement stays open between its calls */
}

static void vfs_shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int vfs_shm_unmap(sqlite3_file *base, int remove)
{
    struct disk_file *file = ((struct disk_handle *)base)->file;
    if (remove)
        disk_forget_regions(file);
    return SQLITE_OK;
}

static const sqlite3_io_methods vfs_methods = {
    2,          vfs_close,   vfs_read,     vfs_write,       vfs_truncate,  vfs_sync,
    vfs_size,   vfs_lock,    vfs_unlock,   vfs_reserved,    vfs_control,   vfs_sector,
    vfs_traits, vfs_shm_map, vfs_shm_lock, vfs_shm_barrier, vfs_shm_unmap, NULL,
    NULL,
};

/* The file of that path; name gets where a new one would go. */
static struct disk_file *disk_find(const char *path, struct disk **disk, bool make)
{
    char *end = NULL;
    long number = path && path[0] == 'd' ? strtol(path + 1, &end, 10) : -1;
    if (number < 0 || number >= DISK_COUNT || *end != '/')
        return NULL;
    *disk = &disks[number];
    struct disk_file *space = NULL;
    for (int i = 0; i < DISK_FILES; i++) {
        struct disk_file *file = &disks[number].files[i];
        if (strcmp(file->name, end + 1) == 0)
            return file;
        if (!file->name[0] && !space)
            space = file;
    }
    if (!make || !space)
        return NULL;
    (void)snprintf(space->name, sizeof space->name, "%s", end + 1);
    return space;
}

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags, int *out_flags)
{
    struct disk_handle *handle = (struct disk_handle *)base;
    struct disk *disk = NULL;
    (void)vfs;
    *handle = (struct disk_handle){0};
    /* Tapline's own code makes headquarters' file with open(2) before SQLite sees it: any file may be made */
    struct disk_file *file = disk_find(path, &disk, true);
    if (!file || disk->dead)
        return SQLITE_CANTOPEN;
    *handle = (struct disk_handle){.base.pMethods = &vfs_methods, .disk = disk, .file = file};
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    struct disk *disk = NULL;
    (void)vfs, (void)sync;
    struct disk_file *file = disk_find(path, &disk, false);
    if (file && disk->dead)
        return SQLITE_IOERR_DELETE;
    if (!file)
        return SQLITE_IOERR_DELETE_NOENT;
    disk_remove(file);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result)
{
    struct disk *disk = NULL;
    (void)vfs, (void)flags;
    const struct disk_file *file = disk_find(path, &disk, false);
    *result = file && (flags != SQLITE_ACCESS_EXISTS || file->size > 0);
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int room, char *full)
{
    (void)vfs;
    return snprintf(full, (size_t)room, "%s", path) < room ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int length, char *bytes)
{
    (void)vfs;
    for (int i = 0; i < length; i++)
        bytes[i] = (char)dice_next(&disk_dice);
    return length;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds; /* nobody else runs meanwhile */
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *now)
{
    (void)vfs;
    *now = INT64_C(212700000000000); /* nothing of ours asks SQLite for the time */
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int room, char *text)
{
    (void)vfs, (void)room, (void)text;
    return 0;
}

void disk_register(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct disk_handle),
        .mxPathname = 128,
        .zName = "sim",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTimeInt64 = vfs_time,
        .xGetLastError = vfs_last_error,
    };
    (void)sqlite3_vfs_register(&vfs, 1);
}
