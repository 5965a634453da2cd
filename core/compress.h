/*
 * Compression of batches on the wire: zstd (RFC 8878), with a hard cap on what comes out.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_COMPRESS_H
#define CORE_COMPRESS_H

#include "core/error.h"

#include <stddef.h>

/* *out is malloc'd and the caller's. */
int compress_pack(const void *in, size_t in_size, void **out, size_t *out_size, struct error *error);

/* -E2BIG when more than cap bytes would come out, -EBADMSG when it is not a zstd frame. *out as above, NUL
 * added. */
int compress_unpack(const void *in, size_t in_size, size_t cap, void **out, size_t *out_size,
                    struct error *error);

#endif
