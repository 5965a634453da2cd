/*
 * The technician's commands: enroll, export, import-receipt.
 * Program code: it reads the command line and logs. SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_TOOLBOX_H
#define SYNC_TOOLBOX_H

#include <stdbool.h>

/* Is the first word one of these commands? */
bool toolbox_owns(int count, char **words);

/* Runs it; returns the exit status. */
int toolbox_run(int count, char **words);

#endif
