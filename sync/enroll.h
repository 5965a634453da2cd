/*
 * Enrolment on the device (RFC 7030): a key is made here, a one-time token brings its certificate, and the folder
 * of a ready device is left behind. What was cut short is begun again with the same command and the same key.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_ENROLL_H
#define SYNC_ENROLL_H

#include "core/error.h"
#include "sync/settings.h"

struct enroll_options {
    const char *url, *device, *token; /* required; url and device not for a device that is there */
    const char *fingerprint;          /* SHA-256 of headquarters' authority; the same */
    const char *folder;               /* to make; the same */
    const char *proxy, *survey;       /* may be NULL */
};

/*
 * Makes the folder: device.key, device.pem, ca.pem, hq.pub, and tapline.ini last. -EEXIST when it holds a
 * tapline.ini already; -EACCES when what answers is not headquarters, or the token is refused.
 */
int enroll_new(const struct enroll_options *options, struct error *error);

/*
 * The way back of a device whose certificate has expired or was revoked: a new key and certificate in the place
 * of the old; everything else stays.
 */
int enroll_again(const struct settings *settings, const char *token, struct error *error);

#endif
