/*
 * What the simulated disk's two files share: the disks themselves, and how their files change.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_DISK_PRIVATE_H
#define TESTS_SIM_DISK_PRIVATE_H

#include "sim/dice.h"
#include "sim/disk.h"

#include <stddef.h>

#define DISK_FILES 4 /* a database, its log, its journal and one more */
#define DISK_NAME_MAX 64
#define DISK_REGIONS 64

/* What one write or truncation changed: the bytes at at, before and after, and the size before. */
struct disk_change {
    int64_t at, size_before, size_after;
    int64_t length; /* of the bytes that follow in the store of changes: old, then new */
    size_t store_at;
};

struct disk_file {
    char name[DISK_NAME_MAX]; /* empty: no file */
    uint8_t *bytes;
    int64_t size, room;
    struct disk_change *changes; /* since the last sync */
    size_t change_count, change_room;
    uint8_t *store; /* their bytes */
    size_t store_size, store_room;
    void *regions[DISK_REGIONS]; /* shared memory of the log's index */
    int region_size;
    int sharers;
    bool exclusive;
};

struct disk {
    struct disk_file files[DISK_FILES];
    int fuse;
    bool dead, full;
};

extern struct disk disks[DISK_COUNT];
extern struct dice disk_dice;
extern int64_t disk_operation_count;

/* realloc() that does not fail: a simulation without memory says nothing. */
void *disk_grow(void *memory, size_t size);

void disk_remove(struct disk_file *file);
void disk_forget_changes(struct disk_file *file);
void disk_forget_regions(struct disk_file *file);
void disk_resize(struct disk_file *file, int64_t size);

/* Notes that length bytes from at on will change; returns where the new ones go, length bytes further. */
uint8_t *disk_remember(struct disk_file *file, int64_t at, int64_t length, int64_t size_after);

#endif
