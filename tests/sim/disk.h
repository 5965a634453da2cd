/*
 * Simulated disks under the real SQLite: a VFS in memory that can lose power, run full and be copied.
 * What is synced survives; of what is not, a power cut keeps none, all, a beginning or any part, as the seed says.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_COUNT 16

/* Makes the VFS SQLite's default. Disk number d holds the files whose path begins with "d<number>/". */
void disk_register(void);

/* Empties every disk, and seeds what a power cut keeps and what SQLite takes for random. */
void disk_reset(uint64_t seed);

/* The power goes at the operations-th write, sync or truncation from now on; < 0: it stays. */
void disk_set_fuse(int disk, int operations);

/* True when the fuse has blown: every operation fails until disk_cut(). */
bool disk_is_dead(int disk);

/* Power off and on. Every SQLite handle on the disk must be closed before it is used again. */
void disk_cut(int disk);

/* From now on files cannot grow, or can. */
void disk_set_full(int disk, bool full);

/* to becomes what from is now, as an image of a running machine would be. No handle may be open on to. */
void disk_copy(int to, int from);

/* Operations since disk_reset(), of all disks. */
int64_t disk_operations(void);

#endif
