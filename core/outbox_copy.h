/*
 * A copy of the outbox as it is at one moment, for taking away on a stick.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_OUTBOX_COPY_H
#define CORE_OUTBOX_COPY_H

#include "core/error.h"

/*
 * Copies the database at path to a new file, which is durable on return; appends go on meanwhile. Errors as
 * outbox_open(), and -EEXIST; nothing is left behind then.
 */
int outbox_copy(const char *path, const char *to, struct error *error);

#endif
