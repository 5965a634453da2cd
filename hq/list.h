/*
 * The register as text: for technicians at a terminal.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_LIST_H
#define HQ_LIST_H

#include "core/error.h"
#include "hq/db.h"

#include <stdio.h>

/* One line for each store of each device: id, branch, last seen (UTC), high water, unsent, quarantined, store. */
int list_devices(struct db *db, FILE *out, struct error *error);

#endif
