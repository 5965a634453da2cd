/*
 * What `tapline-sync verify` tells: whether every record that this device holds is as it was made.
 * It reads only; the daemon mends what it finds when it comes to it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_VERIFY_H
#define SYNC_VERIFY_H

#include "core/clock.h"
#include "core/error.h"
#include "sync/settings.h"

#include <stdio.h>

/*
 * Checks structure, numbers, every chain, every record and the receipts' signature; prints a line for each
 * finding. -EBADMSG when there are any, -ENOENT when there is no outbox.
 */
int verify_outbox(FILE *out, const struct settings *settings, const struct clock *clock, struct error *error);

#endif
