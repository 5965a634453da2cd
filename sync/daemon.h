/*
 * The upload daemon: wires outbox, uploader, transport and wake-ups into one loop on one thread.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_DAEMON_H
#define SYNC_DAEMON_H

#include "core/clock.h"
#include "core/error.h"
#include "sync/settings.h"

#include <stdbool.h>

/*
 * Uploads until SIGTERM or SIGINT (returns 0) or until nothing can go on without help (an error that
 * error_exit_status() turns into the program's end). once: returns 0 as soon as headquarters holds every
 * record that was there at the start, an error at the first attempt that fails. Logs.
 */
int daemon_run(const struct settings *settings, const struct clock *clock, bool once, struct error *error);

#endif
