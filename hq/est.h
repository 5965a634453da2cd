/*
 * Enrolment over secure transport (RFC 7030): cacerts, simpleenroll with a one-time token, simplereenroll.
 * A certificate is handed out only after the register holds it. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_EST_H
#define HQ_EST_H

#include "core/clock.h"
#include "hq/db_fleet.h"
#include "hq/http.h"
#include "hq/pki.h"

#define EST_PREFIX "/.well-known/est/"

/* All borrowed but cacerts and authority. */
struct est {
    struct db *db;
    const struct clock *clock;
    int hours;                       /* life of a certificate */
    char *cacerts;                   /* owned */
    struct pki_authority *authority; /* owned; NULL: certificates come from elsewhere, none is made here */
};

/* ca_key may name a file that is not there: see authority. */
int est_open(struct est *est, struct db *db, const struct clock *clock, const char *ca, const char *ca_key,
             int hours, struct error *error);
void est_close(struct est *est); /* a zeroed one is fine */

/* Is this one of the paths that need no certificate? */
bool est_guest(const char *path);

/* Answers requests whose path begins with EST_PREFIX. */
void est_handle(const struct est *est, const struct http_request *request, struct http_response *response);

#endif
