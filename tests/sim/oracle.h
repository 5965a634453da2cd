/*
 * What the simulation knows and nobody in it: every record that was ever made, who thanked for it, where its bytes
 * are. It reads disks and headquarters' tables itself and computes every chain anew.
 * What always holds: a check that fails says why in oracle_complaint(), and nothing else tells.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "core/receipt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void oracle_reset(void);

/* The first thing that did not hold, NULL while all does. */
const char *oracle_complaint(void);
void oracle_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A record was made; thanked says whether its customer was. The same bytes are the same record. */
void oracle_record(const char *line, size_t length, bool thanked);

/* These bytes are lost to their device through no fault of the programs. */
void oracle_destroyed(const char *line, size_t length);

/* Reads what is new in this store at headquarters: I3, I4, I5 and the chain. path: of headquarters' file. */
void oracle_look(const char *path, const char *store);

/* Headquarters came back after a crash, or (restored) from a copy: everything is read anew. */
void oracle_return(const char *path, bool restored);

/* Must be called before headquarters' disk is changed from outside. */
void oracle_leave(void);

/* A device took this receipt and has chain mine at that number: I1, I7. */
void oracle_receipted(const struct receipt *receipt, const uint8_t mine[CHAIN_BYTES]);

/* I2 and I6: between oracle_begin_disks() and oracle_end_disks() every device's outbox is named. */
void oracle_begin_disks(void);
void oracle_disk(const char *path);
/* arrived: L1 as well: whatever is on a disk, and not parked there, is at headquarters. */
void oracle_end_disks(bool arrived);

/* What is on this disk now and not on any other that oracle_disk() named since oracle_begin_disks() is destroyed. */
void oracle_overwrite(const char *path);

struct oracle_counts {
    int64_t thanked, held, quarantined, duplicates, destroyed;
};
struct oracle_counts oracle_counts(void);

#endif
