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
int pki_make_device(const struct pki_authority *authority, const char *id, int hours, const char *key_path,
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

/* --- for keys that were made elsewhere (RFC 7030): hq/pki_gnutls_est.c --- */

#define PKI_KEY_ID_BYTES 32

/* What a signing request (PKCS#10) says, its signature verified. */
struct pki_request_facts {
    char name[RECORD_NAME_MAX];    /* common name; empty when it has none */
    uint8_t key[PKI_KEY_ID_BYTES]; /* SHA-256 of the public key */
};

/* body: base64 of DER, as EST carries it. -EBADMSG: not a request, its signature wrong, or its key too weak. */
int pki_read_request(const char *body, size_t size, struct pki_request_facts *facts, struct error *error);

/*
 * A certificate for the request's key, as TLS client of this device id, whatever else the request asks for.
 * *reply gets it as base64 of a certs-only PKCS#7; malloc'd, the caller's.
 */
int pki_sign_request(const struct pki_authority *authority, const char *body, size_t size, const char *id,
                     int hours, char **reply, struct identity *identity, struct error *error);

/* The certificates of a PEM text as base64 of a certs-only PKCS#7. */
int pki_bundle(const char *pem, char **reply, struct error *error);

/* Who a certificate (PEM file) names: for certificates that come from an authority of one's own. */
int pki_read_device(const struct pki_trust *trust, const char *path, struct identity *identity,
                    struct error *error);

/* SHA-256 of the first certificate of a PEM text, in hexadecimal: what a device is told to trust at first. */
#define PKI_FINGERPRINT_TEXT 65
int pki_fingerprint(const char *pem, char text[PKI_FINGERPRINT_TEXT], struct error *error);

/* The same for a PEM text; name stands for it in messages. */
int pki_identify_pem(const struct pki_trust *trust, const char *pem, const char *name,
                     struct identity *identity, struct error *error);

/* Did the key of the first certificate of this PEM text sign data (SHA-256)? 0 or -EBADMSG. */
int pki_verify_data(const char *pem, const void *data, size_t size, const void *signature,
                    size_t signature_size, struct error *error);

#endif
