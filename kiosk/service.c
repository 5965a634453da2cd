/*
 * The rows of the service menu.
 * Facts that are not there yet show as "...", so that rows never jump.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/service.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

__attribute__((format(printf, 3, 4))) static void row(struct service_menu *menu, const char *label,
                                                      const char *format, ...)
{
    struct view_row *made;
    va_list arguments;

    if (menu->count == VIEW_ROWS)
        return;
    made = &menu->rows[menu->count];
    memset(made, 0, sizeof *made);
    snprintf(made->label, sizeof made->label, "%s", label);
    va_start(arguments, format);
    (void)vsnprintf(made->value, sizeof made->value, format, arguments);
    va_end(arguments);
    menu->actions[menu->count++] = SERVICE_NOTHING;
}

static void button(struct service_menu *menu, const char *label, enum service_action action)
{
    if (menu->count == VIEW_ROWS)
        return;
    row(menu, label, "%s", "");
    menu->rows[menu->count - 1].button = true;
    menu->actions[menu->count - 1] = action;
}

static void time_row(struct service_menu *menu, const char *label, int64_t ms)
{
    time_t moment = (time_t)(ms / 1000);
    struct tm local;
    char text[64];

    if (localtime_r(&moment, &local) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z", &local))
        row(menu, label, "%s", text);
}

static void outbox_rows(struct service_menu *menu, const struct facts *facts)
{
    if (!facts) {
        row(menu, "Store", "...");
        row(menu, "Last record", "...");
        row(menu, "Held by HQ", "...");
        row(menu, "Last receipt", "...");
        return;
    }
    if (facts->outbox_error.code) {
        row(menu, "Store", "%.95s", facts->outbox_error.text);
        return;
    }
    row(menu, "Store", "%s", facts->state.store);
    row(menu, "Last record", "%" PRId64, facts->state.last);
    if (!facts->state.receipted) {
        row(menu, "Held by HQ", "none yet");
        row(menu, "Last receipt", "none yet");
        return;
    }
    row(menu, "Held by HQ", "%" PRId64 " (%" PRId64 " to send)", facts->state.receipt.high_water,
        facts->state.last - facts->state.receipt.high_water);
    time_row(menu, "Last receipt", facts->state.receipt.now);
}

static void machine_rows(struct service_menu *menu, const struct facts *facts)
{
    if (!facts) {
        row(menu, "Disk", "...");
        row(menu, "Network", "...");
        return;
    }
    if (facts->disk_size)
        row(menu, "Disk", "%" PRId64 " MiB free of %" PRId64, facts->disk_free >> 20, facts->disk_size >> 20);
    else
        row(menu, "Disk", "not known");
    row(menu, "Network", "%s", facts->network[0] ? facts->network : "no address");
}

static void buttons(struct service_menu *menu, const struct service_source *source)
{
    if (source->facts && source->facts->brightness_percent >= 0) {
        row(menu, "Brightness", "%d %%", source->facts->brightness_percent);
        button(menu, "Brighter", SERVICE_BRIGHTER);
        button(menu, "Darker", SERVICE_DARKER);
    }
    if (source->volume >= 0) {
        row(menu, "Volume", "%d %%", source->volume);
        button(menu, "Louder", SERVICE_LOUDER);
        button(menu, "Quieter", SERVICE_QUIETER);
    }
    button(menu, "Touch test", SERVICE_TOUCH_TEST);
    if (source->exported)
        row(menu, "Copy", "%.95s", source->exported);
    if (source->can_export)
        button(menu, "Copy the outbox", SERVICE_EXPORT);
    button(menu, "Restart", SERVICE_RESTART);
}

void service_menu(struct service_menu *menu, const struct service_source *source)
{
    menu->count = 0;
    row(menu, "Version", "%s", source->version);
    row(menu, "Device", "%s%s%s", source->device, source->branch[0] ? ", branch " : "", source->branch);
    row(menu, "Survey", "%s, %s", source->survey, source->theme);
    outbox_rows(menu, source->facts);
    machine_rows(menu, source->facts);
    time_row(menu, "Clock", source->now);
    row(menu, "Ignored", "%u touches, %u times mashing", source->ignored, source->mashings);
    if (source->problem)
        row(menu, "Problem", "%.95s", source->problem);
    buttons(menu, source);
}
