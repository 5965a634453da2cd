/*
 * Scratch memory behind jansson's allocator. Outside scratch_begin() .. scratch_end() it is plain malloc and free.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/scratch.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define SCRATCH_BYTES (32u << 10) /* a record of 4 KiB seldom needs more than 8 KiB */
#define SCRATCH_ALIGN 16u

static _Thread_local struct {
    _Alignas(SCRATCH_ALIGN) unsigned char block[SCRATCH_BYTES];
    size_t used;
    bool open;
} scratch;

static void *scratch_take(size_t size)
{
    size_t rounded = (size + SCRATCH_ALIGN - 1) & ~(size_t)(SCRATCH_ALIGN - 1);
    if (!scratch.open || rounded < size || rounded > SCRATCH_BYTES - scratch.used)
        return malloc(size);
    void *memory = scratch.block + scratch.used;
    scratch.used += rounded;
    return memory;
}

static void scratch_give(void *memory)
{
    uintptr_t at = (uintptr_t)memory, block = (uintptr_t)scratch.block;
    if (at < block || at >= block + SCRATCH_BYTES)
        free(memory);
}

/* Before anything can hold a value of jansson's. */
__attribute__((constructor)) static void scratch_set_up(void)
{
    json_set_alloc_funcs(scratch_take, scratch_give);
}

void scratch_begin(void)
{
    scratch.open = true;
}

void scratch_end(void)
{
    scratch.open = false;
    scratch.used = 0;
}
