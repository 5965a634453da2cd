/*
 * Errands.
 * Thread and owner share the handle; whoever lets go of it last frees it.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/errand.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct errand {
    struct errand_options options;
    pthread_mutex_t mutex;
    bool cancelled, ended;
};

static void release(struct errand *errand)
{
    pthread_mutex_destroy(&errand->mutex);
    free(errand);
}

static void *run(void *argument)
{
    struct errand *errand = argument;
    const struct errand_options *options = &errand->options;
    bool cancelled;

    options->work(options->request);
    pthread_mutex_lock(&errand->mutex);
    cancelled = errand->cancelled;
    if (!cancelled)
        options->done(options->user, options->request);
    errand->ended = true;
    pthread_mutex_unlock(&errand->mutex);
    if (cancelled) {
        if (options->forget)
            options->forget(options->request);
        else
            free(options->request);
        release(errand);
    }
    return NULL;
}

int errand_start(struct errand **errand, const struct errand_options *options, struct error *error)
{
    struct errand *made = calloc(1, sizeof *made);
    pthread_t thread;

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    made->options = *options;
    pthread_mutex_init(&made->mutex, NULL);
    if (pthread_create(&thread, NULL, run, made) != 0) {
        release(made);
        return error_set(error, -EAGAIN, "no thread can be made");
    }
    pthread_detach(thread);
    *errand = made;
    return 0;
}

void errand_cancel(struct errand *errand)
{
    bool ended;

    if (!errand)
        return;
    pthread_mutex_lock(&errand->mutex);
    errand->cancelled = true;
    ended = errand->ended;
    pthread_mutex_unlock(&errand->mutex);
    if (ended)
        release(errand);
}
