/*
 * An errand: work that may hang on a disk or a network, done on a thread of its own and reported once.
 * Nobody ever waits for it; a program that ends leaves it behind.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef KIOSK_ERRAND_H
#define KIOSK_ERRAND_H

#include "core/error.h"

struct errand;

struct errand_options {
    void *request;                           /* from malloc(); taken over on success */
    void (*work)(void *request);             /* on the thread */
    void (*done)(void *user, void *request); /* on the thread, when it is not cancelled; takes request over */
    void (*forget)(void *request);           /* frees a request that nobody wants; NULL: free() */
    void *user;
};

/* -EAGAIN: no thread can be made, -ENOMEM. */
int errand_start(struct errand **errand, const struct errand_options *options, struct error *error);

/* After it done is never called; frees the handle, also of an errand that is done. NULL is fine. */
void errand_cancel(struct errand *errand);

#endif
