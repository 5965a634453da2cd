/*
 * The word to the service manager (sd_notify(3)): ready, alive, stopping.
 * Without a manager, as $NOTIFY_SOCKET tells, everything here does nothing and costs no wake-up.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_NOTIFY_H
#define KIOSK_NOTIFY_H

#include <stdint.h>

#define NOTIFY_NEVER (-1)

/* Members are private. */
struct notify {
    int socket;        /* or -1 */
    int64_t period_ms; /* between two words that we live; 0: nobody asks */
    int64_t next;      /* up ms */
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* "READY=1", "STOPPING=1" ... */
void notify_say(const struct notify *notify, const char *words);

/* Says that we live when it is time; the loop calls it each time round. */
void notify_alive(struct notify *notify, int64_t now);

/* Up ms of the next word, or NOTIFY_NEVER. */
int64_t notify_deadline(const struct notify *notify);

#endif
