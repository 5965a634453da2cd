/*
 * Hears that a network has come (back): a link, an address or a route, told by the kernel. A hint only: whether
 * headquarters can be reached is seen by trying. Nothing is polled. SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_NETWORK_H
#define SYNC_NETWORK_H

#include "core/error.h"

#include <stdbool.h>

struct network;

/* An error is no reason to stop: without it a wait after failures runs its full length. */
int network_open(struct network **network, struct error *error);
void network_close(struct network *network); /* NULL is fine */

/* Readable when something has changed; -1 for NULL. */
int network_fd(const struct network *network);

/* Takes everything that is there, without blocking. True when something came up among it. */
bool network_drain(struct network *network);

#endif
