/*
 * Headquarters in the simulation: the real device port, from the body of a request to its reply, over a simulated
 * disk. Only HTTP and TLS are left out. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_SIM_HALL_H
#define TESTS_SIM_HALL_H

#include "core/clock.h"
#include "core/receipt.h"
#include "hq/identity.h"

#include <stddef.h>
#include <stdint.h>

#define HALL_DISK 0
#define HALL_BACKUP 1
#define HALL_PATH "d0/hq.db"

/* Its clock is right: what it shows is the world's time. */
void hall_open(const struct clock *clock);
void hall_close(void);
const uint8_t *hall_key(void);

/* A device that headquarters shall know; nothing happens where it does. */
void hall_enroll(const struct identity *identity);

struct hall_reply {
    int status;
    char *body; /* the caller's to free */
    size_t size;
};

/*
 * Answers one request, whoever sends it again. fuse > 0: the power goes at that many disk operations from now,
 * and headquarters is back when this returns; status is then 0, or what it managed to say before.
 */
void hall_answer(const struct identity *identity, const char *store, const void *body, size_t size, int fuse,
                 struct hall_reply *reply);

void hall_backup(void);
/* The backup takes the place of the database; a new epoch begins. */
void hall_restore(void);

/* tapline-hq's own check of everything; complains to the oracle. */
void hall_verify(void);

#endif
