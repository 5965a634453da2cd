/*
 * Ending signals.
 * The signals stay blocked everywhere; only the thread's sigwait() takes them, so no handler ever runs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SIGNAL_STOP SIGUSR1 /* ends the thread; sent to it alone */

struct signals {
    pthread_t thread;
    void (*notify)(void *user);
    void *user;
};

static sigset_t ending(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

static void *take_signals(void *argument)
{
    struct signals *signals = argument;
    sigset_t set = ending();
    int number;

    sigaddset(&set, SIGNAL_STOP);
    while (sigwait(&set, &number) == 0 && number != SIGNAL_STOP)
        signals->notify(signals->user);
    return NULL;
}

void signals_block(void)
{
    sigset_t set = ending();

    sigaddset(&set, SIGNAL_STOP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int signals_start(struct signals **signals, void (*notify)(void *user), void *user, struct error *error)
{
    struct signals *made = calloc(1, sizeof *made);
    int code;

    if (!made)
        return error_set(error, -ENOMEM, "out of memory");
    made->notify = notify;
    made->user = user;
    code = pthread_create(&made->thread, NULL, take_signals, made);
    if (code) {
        free(made);
        return error_set(error, -EAGAIN, "no thread for signals: %s", strerror(code));
    }
    *signals = made;
    return 0;
}

void signals_stop(struct signals *signals)
{
    if (!signals)
        return;
    pthread_kill(signals->thread, SIGNAL_STOP);
    pthread_join(signals->thread, NULL);
    free(signals);
}
