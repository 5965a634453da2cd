/*
 * Ending signals, taken by a thread that sleeps until one comes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_SIGNALS_H
#define KIOSK_SIGNALS_H

#include "core/error.h"

struct signals;

/* Blocks SIGTERM, SIGINT and SIGHUP in the calling thread and all it starts later; call it first of all. */
void signals_block(void);

/* notify is called on the thread for each such signal. -EAGAIN: no thread can be made. */
int signals_start(struct signals **signals, void (*notify)(void *user), void *user, struct error *error);
void signals_stop(struct signals *signals); /* NULL is fine */

#endif
