/*
 * The register as text.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/list.h"

#include <inttypes.h>
#include <time.h>

static void list_time(int64_t at, char *text, size_t room)
{
    time_t seconds = (time_t)(at / 1000);
    struct tm parts;
    if (at <= 0 || !gmtime_r(&seconds, &parts) || strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        (void)snprintf(text, room, "never");
}

static int list_take(void *user, const struct db_store_row *row)
{
    char seen[32];
    int64_t unsent =
        row->last_reported > row->high_water && !row->closed ? row->last_reported - row->high_water : 0;
    list_time(row->last_seen, seen, sizeof seen);
    (void)fprintf((FILE *)user, "%-20s %-16s %-20s %10" PRId64 " %8" PRId64 " %11" PRId64 "  %s\n",
                  row->device, row->branch, seen, row->high_water, unsent, row->quarantined,
                  row->store ? row->store : "-");
    return 0;
}

int list_devices(struct db *db, FILE *out, struct error *error)
{
    (void)fprintf(out, "%-20s %-16s %-20s %10s %8s %11s  %s\n", "DEVICE", "BRANCH", "LAST SEEN", "HIGH WATER",
                  "UNSENT", "QUARANTINED", "STORE");
    return db_stores(db, list_take, out, error);
}
