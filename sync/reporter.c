/*
 * Reports of the upload's state.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/reporter.h"

#include "core/log.h"
#include "sync/uploader.h"

#include <stdio.h>
#include <string.h>

static void reporter_log(const struct report *report)
{
    if (report->alarm)
        log_error("%s", report->why);
    else if (report->why[0])
        log_warning("%s", report->why);
    else
        log_info("headquarters receipts what it is sent");
}

void reporter_say(struct reporter *reporter, const struct report *report)
{
    struct state_file *said = &reporter->said;
    int64_t now = clock_wall(reporter->clock);
    bool changed = strcmp(said->trouble, report->trouble) != 0;
    if (!changed && strcmp(report->trouble, uploader_trouble_name(UPLOADER_WELL)) == 0)
        return;
    if (changed && !reporter->silent)
        reporter_log(report);
    (void)snprintf(said->trouble, sizeof said->trouble, "%s", report->trouble);
    (void)snprintf(said->why, sizeof said->why, "%s", report->why);
    said->alarm = report->alarm;
    said->since = changed ? now : said->since;
    said->next_attempt = report->wait < 0 ? 0 : now + report->wait;
    struct error error = {0};
    if (state_file_write(reporter->outbox, said, &error) < 0 && changed && !reporter->silent)
        log_warning("%s", error.text);
}
