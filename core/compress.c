/*
 * zstd, one frame a batch. The cap holds whatever the frame's header claims.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/compress.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define COMPRESS_LEVEL 3 /* a thousand answers in 0.4 ms; higher levels gain little on lines this alike */

int compress_pack(const void *in, size_t in_size, void **out, size_t *out_size, struct error *error)
{
    size_t room = ZSTD_compressBound(in_size);
    void *bytes = malloc(room);
    if (!bytes)
        return error_set(error, -ENOMEM, "no memory to compress %zu bytes", in_size);
    size_t size = ZSTD_compress(bytes, room, in, in_size, COMPRESS_LEVEL);
    if (ZSTD_isError(size)) {
        free(bytes);
        return error_set(error, -ENOMEM, "zstd: %s", ZSTD_getErrorName(size));
    }
    *out = bytes;
    *out_size = size;
    return 0;
}

/* Decompresses into growing memory, so that neither a false size in the header nor none at all matters. */
static int compress_stream(ZSTD_DCtx *context, const void *in, size_t in_size, size_t cap,
                           ZSTD_outBuffer *out, struct error *error)
{
    ZSTD_inBuffer from = {in, in_size, 0};
    for (;;) {
        size_t left = ZSTD_decompressStream(context, out, &from);
        if (ZSTD_isError(left))
            return error_set(error, -EBADMSG, "not a zstd frame: %s", ZSTD_getErrorName(left));
        if (left == 0 && from.pos == in_size)
            return 0;
        if (out->pos > cap)
            return error_set(error, -E2BIG, "more than %zu bytes after decompression", cap);
        if (out->pos < out->size) { /* it wanted more input than there is, or another frame begins */
            if (from.pos == in_size)
                return error_set(error, -EBADMSG, "zstd frame cut short after %zu bytes", in_size);
            continue;
        }
        size_t more = out->size * 2 < cap + 1 ? out->size * 2 : cap + 1;
        if (more == out->size)
            return error_set(error, -E2BIG, "more than %zu bytes after decompression", cap);
        void *bigger = realloc(out->dst, more + 1);
        if (!bigger)
            return error_set(error, -ENOMEM, "no memory for %zu bytes", more);
        out->dst = bigger;
        out->size = more;
    }
}

int compress_unpack(const void *in, size_t in_size, size_t cap, void **out, size_t *out_size,
                    struct error *error)
{
    size_t room = in_size * 8 + 1024 < cap ? in_size * 8 + 1024 : cap + 1;
    ZSTD_outBuffer to = {malloc(room + 1), room, 0};
    if (!to.dst)
        return error_set(error, -ENOMEM, "no memory for %zu bytes", room);
    ZSTD_DCtx *context = ZSTD_createDCtx();
    int result = context ? compress_stream(context, in, in_size, cap, &to, error)
                         : error_set(error, -ENOMEM, "no memory to decompress");
    (void)ZSTD_freeDCtx(context);
    if (result == 0 && to.pos > cap)
        result = error_set(error, -E2BIG, "more than %zu bytes after decompression", cap);
    if (result < 0) {
        free(to.dst);
        return result;
    }
    ((char *)to.dst)[to.pos] = '\0';
    *out = to.dst;
    *out_size = to.pos;
    return 0;
}
