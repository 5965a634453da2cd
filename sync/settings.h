/*
 * What the upload daemon can be told: the [sync] section, and [device] that all programs of a device share.
 * Settings that settings_load() returned are complete and checked; no other file reads the configuration.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_SETTINGS_H
#define SYNC_SETTINGS_H

#include "core/config.h"
#include "core/device.h"
#include "core/error.h"

#include <stdio.h>

struct settings {
    struct device_settings device;
    char url[CONFIG_TEXT_MAX];         /* https://host[:port][/prefix], no slash at its end */
    char ca[CONFIG_TEXT_MAX];          /* certificates that headquarters' must lead to; no others count */
    char certificate[CONFIG_TEXT_MAX]; /* the device's, with its chain */
    char key[CONFIG_TEXT_MAX];         /* its private key */
    char hq_key[CONFIG_TEXT_MAX];      /* headquarters' public key: receipts are verified with it */
    char proxy[CONFIG_TEXT_MAX];       /* http://[user:password@]host:port; empty: none */
    char documents[CONFIG_TEXT_MAX];   /* folder of headquarters' documents; see settings_documents() */
    long long documents_s;             /* headquarters is asked for newer ones as often */
    long long keep_days;               /* receipted records stay this long */
    long long batch_records;           /* at most so many in a batch */
    long long heartbeat_s;             /* an empty batch after so much silence */
    long long status_s;                /* the device's own record, as often */
    long long connect_timeout_s;
    long long total_timeout_s;
    long long low_speed, low_speed_s; /* bytes/s; slower for so long ends an attempt */
    long long retry_first_ms;         /* ceiling of the first wait; it doubles with each failure */
    long long retry_most_s;           /* ceiling that no wait passes, unless headquarters asks for more */
    long long refused_wait_s;         /* about so long after a reply that waiting alone cannot mend */
};

extern const struct config_option settings_options[];
extern const size_t settings_option_count;

/* -EINVAL, or errno of opening, with file, place and remedy. *settings is untouched on error. */
int settings_load(struct settings *settings, const char *path, struct error *error);

/* The folder of documents into folder[FILE_PATH_MAX]: as set, or "documents" beside the outbox. */
int settings_documents(const struct settings *settings, char *folder, struct error *error);

/* A configuration with every option explained, in which every value is the default. */
void settings_write_sample(FILE *out);

#endif
