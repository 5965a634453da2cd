/*
 * Enrolling a device: its certificate, its place in the register, and the folder that is carried to it.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_ENROLL_H
#define HQ_ENROLL_H

#include "core/error.h"
#include "hq/settings.h"

#include <stdbool.h>
#include <stdio.h>

struct enroll_options {
    const char *device, *branch, *url;                  /* required; url not with certificate */
    const char *folder;                                 /* to make; NULL with token or certificate */
    const char *branch_name, *counter, *survey, *icons; /* may be NULL */
    const char *certificate; /* file of one that comes from an authority of one's own, instead of a folder */
    bool token;              /* instead of a folder, a token by which the device enrolls itself */
    int token_hours;         /* that it is good for */
    bool replace;            /* a device that is enrolled gets a new certificate, and the old one ends */
};

/*
 * -EEXIST when the device is enrolled (and replace is false) or the folder is there. The folder is made
 * before the device is registered: what is cut short leaves a folder that does not count, never a registered
 * device without one.
 */
int enroll_device(const struct settings *settings, const struct enroll_options *options, struct error *error);

/* With token: registers the device, and writes to out what to type on it. */
int enroll_token(const struct settings *settings, const struct enroll_options *options, FILE *out,
                 struct error *error);

#endif
