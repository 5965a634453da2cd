/*
 * The running headquarters: both ports, until told to end.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_SERVE_H
#define HQ_SERVE_H

#include "core/error.h"
#include "hq/settings.h"

#include <signal.h>

/*
 * Listens and answers until one of the signals comes. They must be blocked in the calling thread already, so
 * that they are in all. ready_file (may be NULL) is written when both ports listen:
 * {"device_port", "people_port", "pid"}. Logs.
 */
int serve_run(const struct settings *settings, const char *ready_file, const sigset_t *signals,
              struct error *error);

/* Reads everything that serving needs and says what is wrong, without listening. */
int serve_check(const struct settings *settings, struct error *error);

#endif
