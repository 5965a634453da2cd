/*
 * The commands about the fleet: publish, documents, revoke, group, import.
 * Program code: it reads the command line and logs. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_FLEET_CLI_H
#define HQ_FLEET_CLI_H

#include <stdbool.h>

/* Is the first word one of these commands? */
bool fleet_cli_owns(int count, char **words);

/* Runs it; returns the exit status. */
int fleet_cli_run(int count, char **words);

#endif
