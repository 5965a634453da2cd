/*
 * Scratch memory for taking apart one record at a time: jansson's many small allocations come from a block of the thread's
 * own and are all given back at once. A quarter of headquarters' time went into malloc and free before.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SCRATCH_H
#define CORE_SCRATCH_H

/*
 * Between the two, what jansson allocates on this thread lives in the block (what does not fit, in malloc's memory), and
 * every value made must be released (json_decref) before scratch_end(). Not nested.
 */
void scratch_begin(void);
void scratch_end(void);

#endif
