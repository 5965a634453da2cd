/*
 * The [device] section.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/device.h"

#define DEVICE_OPTION(name)                                                                                  \
    .section = "device", .key = #name, .offset = offsetof(struct device_settings, name)

const struct config_option device_options[] = {
    {DEVICE_OPTION(id), .kind = CONFIG_TEXT, .fallback = NULL,
     .help = "Name of this device, as in its certificate."},
    {DEVICE_OPTION(branch), .kind = CONFIG_TEXT, .fallback = "",
     .help = "Branch it stands in, for technicians."},
    {DEVICE_OPTION(outbox), .kind = CONFIG_PATH, .fallback = "/var/lib/tapline/outbox.db",
     .help = "Database that answers are kept in until headquarters holds them."},
    {DEVICE_OPTION(survey), .kind = CONFIG_PATH, .fallback = "/usr/share/tapline/surveys/branch-exit.json",
     .help = "Survey document that is asked."},
};
const size_t device_option_count = sizeof device_options / sizeof *device_options;

const char *const device_sections[] = {"device", "kiosk", "ivr", "sync", NULL};
