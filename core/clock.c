/*
 * The machine's clock behind the injectable one.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/clock.h"

#include "core/id.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_read(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t clock_system_wall(void *user)
{
    (void)user;
    return clock_read(CLOCK_REALTIME);
}

static int64_t clock_system_up(void *user)
{
    (void)user;
    return clock_read(CLOCK_BOOTTIME);
}

void clock_system(struct clock *clock)
{
    *clock = (struct clock){.wall = clock_system_wall, .up = clock_system_up};
    memcpy(clock->boot, "00000000-0000-0000-0000-000000000000", CLOCK_BOOT_TEXT);
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    char text[CLOCK_BOOT_TEXT - 1];
    if (read(file, text, sizeof text) == (ssize_t)sizeof text && id_valid(text, sizeof text))
        memcpy(clock->boot, text, sizeof text);
    (void)close(file);
}

int64_t clock_wall(const struct clock *clock)
{
    return clock->wall(clock->user);
}

int64_t clock_up(const struct clock *clock)
{
    return clock->up(clock->user);
}
