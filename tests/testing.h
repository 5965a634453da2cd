/*
 * What every unit test includes: cmocka with what it needs, a clock that the test owns, a folder of the
 * test's own. SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_TESTING_H
#define TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int64_t testing_time(void *user)
{
    return *(int64_t *)user;
}

/* A clock whose wall and up time both show *time, in boot 11111111-... */
static inline struct clock testing_clock(int64_t *time)
{
    return (struct clock){.wall = testing_time,
                          .up = testing_time,
                          .user = time,
                          .boot = "11111111-2222-4333-8444-555555555555"};
}

static inline int testing_remove(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* setup and teardown for cmocka: *state is the path of a folder that is gone after the test. */
static inline int testing_folder(void **state)
{
    char name[] = "/tmp/tapline-test-XXXXXX";
    if (!mkdtemp(name))
        return -1;
    *state = strdup(name);
    return 0;
}

static inline int testing_folder_end(void **state)
{
    int result = nftw(*state, testing_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

/* folder/name, in one of eight buffers taken in turn. */
static inline const char *testing_path(void **state, const char *name)
{
    static char paths[8][256];
    static int turn;
    char *path = paths[turn++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", (const char *)*state, name);
    return path;
}

static inline void testing_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

#endif
