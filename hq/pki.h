/*
 * Certificates: headquarters' own authority, the server's certificate, the devices', and who a peer is.
 * ECDSA on P-256. Private keys are written 0600, read only when nobody else can, and never overwritten.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PKI_H
#define HQ_PKI_H

#include "core/error.h"
#include "hq/identity.h"

#include <stddef.h>
#include <stdint.h>

/* Errors: -EINVAL (a file is not what it should be: which, and the remedy), -EEXIST, or an errno of the file.
 */

/* --- making: hq/pki_gnutls_make.c --- */

/* Key and certificate of an authority that may sign certificates, but no further authorities. */
int pki_make_authority(const char *key_path, const char *certificate_path, struct error *error);

struct pki_authority;

int pki_open_authority(struct pki_authority **authority, const char *key_path, const char *certificate_path,
                       struct error *error);
void pki_close_authority(struct pki_authority *authority); /* NULL is fine */

/* For a TLS server that is reached by these names or addresses (at least one). */
int pki_make_server(const struct pki_authority *authority, const char *const *hosts, size_t host_count,
                    const char *key_path, const char *certificate_path, struct error *error);

/* For a device, as TLS client; id becomes the common name, *identity what the port will see. */
int pki_make_device(const struct pki_authority *authority, const char *id, const char *key_path,
                    const char *certificate_path, struct identity *identity, struct error *error);

/* --- using: hq/pki_gnutls.c --- */

/* What a TLS listener needs, as PEM text. */
struct pki_server {
    char *key, *certificate, *authority; /* owned; freed by pki_free_server() */
};

/* Reads the three files and checks that the key is the certificate's and that it is valid today. */
int pki_load_server(struct pki_server *server, const char *key_path, const char *certificate_path,
                    const char *authority_path, struct error *error);
void pki_free_server(struct pki_server *server); /* wipes the key; a zeroed one is fine */

/* Whose certificates count. */
struct pki_trust;

int pki_open_trust(struct pki_trust **trust, const char *authority_path, struct error *error);
void pki_close_trust(struct pki_trust *trust); /* NULL is fine */

/* One certificate in DER; borrowed. */
struct pki_certificate {
    const uint8_t *data;
    size_t size;
};

/*
 * Who is it? The chain (the peer's own certificate first) must lead to a trusted authority, be valid now and
 * be meant for TLS clients. -ENODATA: there is no certificate; -EACCES: there is one that does not count.
 */
int pki_identify(const struct pki_trust *trust, const struct pki_certificate *chain, size_t count,
                 struct identity *identity, struct error *error);

/* The same for the peer of a TLS session (a gnutls_session_t) whose handshake is done. */
int pki_identify_session(const struct pki_trust *trust, void *session, struct identity *identity,
                         struct error *error);

#endif
