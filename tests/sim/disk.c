/*
 * The simulated disk. Writes since the last sync are remembered with what they replaced.
 * One thread only: locks are counted, not waited for. SPDX-License-Identifier: Apache-2.0
 */
#include "sim/disk.h"

#include "sim/disk_private.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_SECTOR 512

struct disk disks[DISK_COUNT];
struct dice disk_dice;
int64_t disk_operation_count;

void *disk_grow(void *memory, size_t size)
{
    void *bigger = realloc(memory, size);
    if (!bigger)
        abort(); /* a simulation without memory says nothing */
    return bigger;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

void disk_forget_changes(struct disk_file *file)
{
    file->change_count = 0;
    file->store_size = 0;
}

void disk_forget_regions(struct disk_file *file)
{
    for (int i = 0; i < DISK_REGIONS; i++) {
        free(file->regions[i]);
        file->regions[i] = NULL;
    }
}

void disk_remove(struct disk_file *file)
{
    disk_forget_regions(file);
    free(file->bytes);
    free(file->changes);
    free(file->store);
    *file = (struct disk_file){0};
}

void disk_resize(struct disk_file *file, int64_t size)
{
    if (size > file->room) {
        file->room = size * 2;
        file->bytes = disk_grow(file->bytes, (size_t)file->room);
    }
    if (size > file->size)
        memset(file->bytes + file->size, 0, (size_t)(size - file->size));
    file->size = size;
}

uint8_t *disk_remember(struct disk_file *file, int64_t at, int64_t length, int64_t size_after)
{
    if (file->change_count == file->change_room) {
        file->change_room = file->change_room ? file->change_room * 2 : 64;
        file->changes = disk_grow(file->changes, file->change_room * sizeof *file->changes);
    }
    size_t wanted = file->store_size + 2 * (size_t)length;
    if (wanted > file->store_room) {
        file->store_room = wanted * 2;
        file->store = disk_grow(file->store, file->store_room);
    }
    file->changes[file->change_count++] =
        (struct disk_change){at, file->size, size_after, length, file->store_size};
    uint8_t *store = file->store + file->store_size;
    file->store_size = wanted;
    memset(store, 0, (size_t)length);
    if (at < file->size)
        memcpy(store, file->bytes + at, (size_t)(length < file->size - at ? length : file->size - at));
    return store;
}

/* As if the changes had never been. */
static void disk_undo(struct disk_file *file)
{
    for (size_t i = file->change_count; i-- > 0;) {
        const struct disk_change *change = &file->changes[i];
        disk_resize(file,
                    change->size_before > change->size_after ? change->size_before : change->size_after);
        int64_t old = change->size_before - change->at < change->length ? change->size_before - change->at
                                                                        : change->length;
        if (old > 0)
            memcpy(file->bytes + change->at, file->store + change->store_at, (size_t)old);
        disk_resize(file, change->size_before);
    }
}

static void disk_redo(struct disk_file *file, const struct disk_change *change, int64_t length)
{
    if (change->size_after < change->size_before) {
        if (file->size > change->size_after)
            disk_resize(file, change->size_after);
        return;
    }
    if (file->size < change->at + length)
        disk_resize(file, change->at + length);
    memcpy(file->bytes + change->at, file->store + change->store_at + change->length, (size_t)length);
}

/* The power cut as one file sees it. */
static void disk_cut_file(struct disk_file *file)
{
    enum { NONE, ALL, BEGINNING, PART, MODES } mode = (int)dice_below(&disk_dice, MODES);
    disk_forget_regions(file);
    file->sharers = 0;
    file->exclusive = false;
    disk_undo(file);
    uint64_t kept = mode == BEGINNING ? dice_below(&disk_dice, file->change_count + 1) : file->change_count;
    for (size_t i = 0; mode != NONE && i < kept; i++) {
        const struct disk_change *change = &file->changes[i];
        int64_t sectors = change->length / DISK_SECTOR;
        if (mode == PART && dice_below(&disk_dice, 2))
            continue;
        bool torn = mode != ALL && sectors > 0 && dice_below(&disk_dice, 8) == 0;
        disk_redo(file, change,
                  torn ? (int64_t)dice_below(&disk_dice, (uint64_t)sectors) * DISK_SECTOR : change->length);
    }
    disk_forget_changes(file);
}

/* --- what the simulation does to disks ------------------------------------------------------------------------------ */

static void disk_empty(struct disk *disk)
{
    for (int i = 0; i < DISK_FILES; i++)
        disk_remove(&disk->files[i]);
    *disk = (struct disk){0};
}

void disk_reset(uint64_t seed)
{
    for (int i = 0; i < DISK_COUNT; i++)
        disk_empty(&disks[i]);
    dice_seed(&disk_dice, seed);
    sqlite3_randomness(0, NULL); /* to be seeded anew from ours */
    disk_operation_count = 0;
}

void disk_set_fuse(int disk, int operations)
{
    disks[disk].fuse = operations < 0 ? 0 : operations;
}

bool disk_is_dead(int disk)
{
    return disks[disk].dead;
}

void disk_cut(int disk)
{
    for (int i = 0; i < DISK_FILES; i++)
        if (disks[disk].files[i].name[0])
            disk_cut_file(&disks[disk].files[i]);
    disks[disk].dead = false;
    disks[disk].fuse = 0;
}

void disk_set_full(int disk, bool full)
{
    disks[disk].full = full;
}

void disk_copy(int to, int from)
{
    disk_empty(&disks[to]);
    for (int i = 0; i < DISK_FILES; i++) {
        const struct disk_file *source = &disks[from].files[i];
        struct disk_file *file = &disks[to].files[i];
        if (!source->name[0])
            continue;
        memcpy(file->name, source->name, sizeof file->name);
        disk_resize(file, source->size);
        if (source->size > 0)
            memcpy(file->bytes, source->bytes, (size_t)source->size);
    }
}

int64_t disk_operations(void)
{
    return disk_operation_count;
}
