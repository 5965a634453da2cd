/*
 * The commands that prove and keep: alerts, missing, verify, backup, restore.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PROOF_CLI_H
#define HQ_PROOF_CLI_H

#include <stdbool.h>

/* Is the first word one of these commands? */
bool proof_cli_owns(int count, char **words);

/* Runs it; the exit status. Logs what went wrong. */
int proof_cli_run(int count, char **words);

#endif
