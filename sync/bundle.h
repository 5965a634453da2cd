/*
 * No network at all: records written to a folder as signed bundles (core/bundle.h), and headquarters' receipts
 * brought back. Writing a bundle receipts nothing; only headquarters' signature does.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_BUNDLE_H
#define SYNC_BUNDLE_H

#include "core/clock.h"
#include "core/error.h"
#include "sync/settings.h"

#include <stdint.h>

/* Writes everything that headquarters has not receipted into folder; *records gets how many. */
int bundle_export(const struct settings *settings, const struct clock *clock, const char *folder,
                  int64_t *records, struct error *error);

/*
 * Takes the receipts of this store that lie in folder; *receipted gets how far headquarters holds it now.
 * -ENOENT: none is for this store. -EAGAIN: the daemon is at work on this outbox. -EBADMSG: a receipt that does
 * not fit what is here.
 */
int bundle_import_receipts(const struct settings *settings, const struct clock *clock, const char *folder,
                           int64_t *receipted, struct error *error);

#endif
