/*
 * sim SEEDS: devices and headquarters over simulated time, network and disks; whatever can fail does, by the seed's
 * dice, and after every step the oracle checks the invariants of docs/PROTOCOL.md. The same seed gives the same
 * world, step for step. SPDX-License-Identifier: Apache-2.0
 */
#include "sim/world.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: sim [--trace] [--days N] FIRST[..LAST]\n"
    "Runs the worlds of these seeds. Ends with 1, and the seed, at the first that breaks an "
    "invariant.\n";

struct job {
    uint64_t first, last, stride;
    int days;
    bool trace;
};

/* A world's files in the real file system are empty names only: a folder of our own, gone at the end. */
static int sim_enter(char folder[64])
{
    const char *temporary = getenv("TMPDIR");
    if (snprintf(folder, 64, "%s/tapline-sim-XXXXXX", temporary ? temporary : "/tmp") >= 64 ||
        !mkdtemp(folder) || chdir(folder) < 0 || world_prepare() < 0) {
        perror("sim: a temporary folder");
        return -1;
    }
    return 0;
}

static void sim_leave(const char *folder)
{
    world_clean_up();
    if (chdir("/") == 0)
        (void)rmdir(folder);
}

/* Runs its share of the seeds and hands the totals over. */
static int sim_share(const struct job *job, int out)
{
    struct world_totals totals = {0};
    char folder[64];
    int status = 0;
    /* worlds come and go: their memory is not given back in between */
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    if (sim_enter(folder) < 0)
        return 70;
    for (uint64_t seed = job->first; seed <= job->last && status == 0; seed += job->stride) {
        const char *complaint = world_run(seed, job->days, job->trace, &totals);
        if (complaint) {
            (void)printf("seed %llu: %s\nreproduce with: make sim SEEDS=%llu\n", (unsigned long long)seed,
                         complaint, (unsigned long long)seed);
            status = 1;
        }
    }
    (void)fflush(stdout);
    sim_leave(folder);
    return write(out, &totals, sizeof totals) == sizeof totals ? status : 70;
}

static void sim_say(const struct world_totals *totals, double seconds)
{
    double years = (double)totals->device_days / 365.25;
    (void)printf("%lld worlds, %.1f device-years in %.1f s (%.0f a minute), %lld steps\n",
                 (long long)totals->worlds, years, seconds, years * 60 / seconds, (long long)totals->steps);
    (void)printf("%lld records thanked, %lld held, %lld in quarantine, %lld came again, %lld destroyed with "
                 "their disk\n",
                 (long long)totals->thanked, (long long)totals->held, (long long)totals->quarantined,
                 (long long)totals->duplicates, (long long)totals->destroyed);
    (void)printf("faults: %lld; forks: %lld", (long long)totals->faults, (long long)totals->forks);
    for (int i = 0; i < WORLD_FAULTS; i++)
        (void)printf("; %s: %lld", world_fault_name((enum world_fault)i), (long long)totals->by_fault[i]);
    (void)printf("\n");
}

static int sim_run(const struct job *job, unsigned workers)
{
    struct world_totals all = {0}, some;
    struct timespec begin, end;
    int status = 0, ends[2];
    if (pipe(ends) < 0)
        return 70;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    (void)fflush(stdout);
    for (unsigned i = 0; i < workers; i++) {
        struct job share = *job;
        share.first += i;
        share.stride = workers;
        if (fork() == 0)
            _exit(sim_share(&share, ends[1]));
    }
    (void)close(ends[1]);
    while (read(ends[0], &some, sizeof some) == sizeof some)
        world_add(&all, &some);
    for (int one = 0; wait(&one) > 0;)
        if (one != 0)
            status = WIFEXITED(one) ? WEXITSTATUS(one) : 70;
    (void)close(ends[0]);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    sim_say(&all, (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    return status;
}

static bool sim_number(const char *text, char **end, uint64_t *number)
{
    errno = 0;
    *number = strtoull(text, end, 10);
    return errno == 0 && *end != text;
}

int main(int count, char **words)
{
    struct job job = {.days = 150};
    uint64_t days = 0;
    int at = 1;
    char *end = NULL;
    for (; at < count && words[at][0] == '-'; at++) {
        if (strcmp(words[at], "--trace") == 0)
            job.trace = true;
        else if (strcmp(words[at], "--days") == 0 && at + 1 < count && sim_number(words[++at], &end, &days) &&
                 !*end)
            job.days = (int)days;
        else
            break;
    }
    bool good = at == count - 1 && sim_number(words[at], &end, &job.first);
    job.last = job.first;
    if (good && strncmp(end, "..", 2) == 0)
        good = sim_number(end + 2, &end, &job.last);
    if (!good || *end || job.last < job.first || job.days < 1 || job.days > 36500) {
        (void)fputs(usage, stderr);
        return 64;
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t seeds = job.last - job.first + 1;
    unsigned workers = processors > 1 ? (unsigned)processors : 1;
    return sim_run(&job, seeds < workers ? (unsigned)seeds : workers);
}
