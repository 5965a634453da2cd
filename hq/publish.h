/*
 * Publishing: a document is checked, signed and made the one that its target shall have.
 * Whatever is published last to a target that a device belongs to is what the device gets.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PUBLISH_H
#define HQ_PUBLISH_H

#include "core/error.h"
#include "hq/db_fleet.h"
#include "hq/settings.h"

#include <stdbool.h>
#include <stdio.h>

struct publish_options {
    const char *file; /* NULL with roll_back */
    const char *kind; /* "survey", "notices" or "settings" */
    const char *to;   /* "all", "branch:ID" or "group:NAME" */
    bool roll_back;   /* what was published to this target before the present one, under a new serial */
};

/* -EBADMSG: the document is not one of its kind. -ENOENT: no such target, or nothing to roll back to. */
int publish_document(const struct settings *settings, const struct publish_options *options, FILE *out,
                     struct error *error);

/* One line for each document: kind, serial, target, when, title, how many devices hold it and refuse it. */
int publish_list(struct db *db, FILE *out, struct error *error);

#endif
