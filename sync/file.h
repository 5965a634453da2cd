/*
 * Whole files: read at once, replaced in one step that survives a power cut.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_FILE_H
#define SYNC_FILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

#define FILE_PATH_MAX 1024

/* *data is malloc'd, NUL-terminated and the caller's. -E2BIG over limit bytes, else the errno of reading. */
int file_read(const char *path, size_t limit, char **data, size_t *size, struct error *error);

/* Aside, synced, renamed, folder synced. Mode 0600 when secret, else 0644. */
int file_replace(const char *path, const void *data, size_t size, bool secret, struct error *error);

/* Renames, and syncs the folder. */
int file_rename(const char *from, const char *to, struct error *error);

/* Makes the folder (mode 0700) where it is missing. */
int file_folder(const char *path, struct error *error);

/* "folder/name" into path[FILE_PATH_MAX]; -EINVAL when it does not fit. */
int file_path(char *path, const char *folder, const char *name, struct error *error);

/* The folder that path lies in, "." for a path without one. */
int file_folder_of(char *folder, const char *path, struct error *error);

#endif
