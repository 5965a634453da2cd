/*
 * Whole files and folders: read at once, or made aside and put in place in one step.
 * Nothing here ever overwrites. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_FILE_H
#define HQ_FILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

#define FILE_PATH_MAX 1024

/* *data is malloc'd, NUL-terminated and the caller's. -E2BIG over limit bytes, else the errno of reading. */
int file_read(const char *path, size_t limit, char **data, size_t *size, struct error *error);

/* The same for a secret: -EINVAL when others may read the file. */
int file_read_secret(const char *path, size_t limit, char **data, size_t *size, struct error *error);

/* Makes a file that must not be there (-EEXIST), synced. Mode 0600 when secret, else 0644. */
int file_write(const char *path, const void *data, size_t size, bool secret, struct error *error);

/* Replaces a file in one step; for what others watch, not for what must survive a power cut. */
int file_replace(const char *path, const void *data, size_t size, struct error *error);

/* "folder/name" into path[FILE_PATH_MAX]; -EINVAL when it does not fit. */
int file_path(char *path, const char *folder, const char *name, struct error *error);

/*
 * A folder that appears whole or not at all. file_stage() makes one aside (mode 0700) and writes its path to
 * stage[FILE_PATH_MAX]; file_commit() syncs it and renames it to folder, which must not be there or be empty
 * (-EEXIST); file_abandon() removes it with the files in it.
 */
int file_stage(char *stage, const char *folder, struct error *error);
int file_commit(const char *stage, const char *folder, struct error *error);
void file_abandon(const char *stage);

#endif
