/*
 * What the files that make certificates share. Nobody outside pki_gnutls*.c includes this.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PKI_GNUTLS_PRIVATE_H
#define HQ_PKI_GNUTLS_PRIVATE_H

#include "hq/pki.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

struct pki_authority {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

/* What tells one kind of certificate from another. */
struct pki_request {
    const char *name; /* common name */
    const char *const *hosts;
    size_t host_count;
    const char *purpose; /* extended key usage, NULL for an authority */
    int hours;
};

/* A GnuTLS code as an error of ours. */
int pki_failed(int code, const char *doing, struct error *error);

/* Fills a certificate for key and signs it; issuer is the certificate itself for an authority. */
int pki_fill(gnutls_x509_crt_t certificate, gnutls_pubkey_t key, const struct pki_request *request,
             gnutls_x509_crt_t issuer, gnutls_x509_privkey_t issuer_key);

#endif
