/*
 * Importing bundles: what a device without a network has written to a stick, through the same ingest as the
 * wire. A bundle is taken only when a device's certificate that counts has signed it; what was taken before
 * changes nothing. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_IMPORT_H
#define HQ_IMPORT_H

#include "core/error.h"
#include "hq/settings.h"

#include <stdio.h>

/*
 * Takes every bundle of the folder and writes a receipt beside each. A line on out for each. A bundle that is
 * refused does not stop the others: the first refusal is what is returned at the end.
 */
int import_folder(const struct settings *settings, const char *folder, FILE *out, struct error *error);

#endif
