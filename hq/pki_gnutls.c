/*
 * Using certificates, on GnuTLS: what the listener shows, and who its peers are.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/pki.h"

#include "hq/file.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PKI_FILE_MAX 65536
#define PKI_CHAIN_MAX 4

struct pki_trust {
    gnutls_x509_trust_list_t list;
};

/* --- the server's own ------------------------------------------------------------------------------------ */

/* When the server's own certificate, the first of its file, ends; -1 when that cannot be said. */
static time_t pki_expiration(gnutls_certificate_credentials_t credentials)
{
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    if (gnutls_certificate_get_x509_crt(credentials, 0, &chain, &count) < 0 || count == 0)
        return -1;
    time_t until = gnutls_x509_crt_get_expiration_time(chain[0]);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_free(chain);
    return until;
}

static int pki_check_server(const struct pki_server *server, const char *key_path,
                            const char *certificate_path, struct error *error)
{
    gnutls_certificate_credentials_t credentials = NULL;
    const gnutls_datum_t key = {(unsigned char *)server->key, (unsigned)strlen(server->key)};
    const gnutls_datum_t certificate = {(unsigned char *)server->certificate,
                                        (unsigned)strlen(server->certificate)};
    int code = gnutls_certificate_allocate_credentials(&credentials);
    if (code < 0)
        return error_set(error, -ENOMEM, "%s: no memory to check it", certificate_path);
    code = gnutls_certificate_set_x509_key_mem(credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
    time_t until = code < 0 ? -1 : pki_expiration(credentials);
    gnutls_certificate_free_credentials(credentials);
    if (code < 0)
        return error_set(error, -EINVAL, "%s and %s: not a certificate and its key: %s", certificate_path,
                         key_path, gnutls_strerror(code));
    if (until < time(NULL))
        return error_set(error, -EINVAL, "%s: expired, or the clock of this machine is wrong",
                         certificate_path);
    return 0;
}

int pki_load_server(struct pki_server *server, const char *key_path, const char *certificate_path,
                    const char *authority_path, struct error *error)
{
    struct pki_server made = {0};
    size_t size = 0;
    int result = file_read_secret(key_path, PKI_FILE_MAX, &made.key, &size, error);
    if (result == 0)
        result = file_read(certificate_path, PKI_FILE_MAX, &made.certificate, &size, error);
    if (result == 0)
        result = file_read(authority_path, PKI_FILE_MAX, &made.authority, &size, error);
    if (result == 0)
        result = pki_check_server(&made, key_path, certificate_path, error);
    if (result < 0) {
        pki_free_server(&made);
        return result;
    }
    *server = made;
    return 0;
}

void pki_free_server(struct pki_server *server)
{
    if (server->key)
        gnutls_memset(server->key, 0, strlen(server->key));
    free(server->key);
    free(server->certificate);
    free(server->authority);
    *server = (struct pki_server){0};
}

/* --- whom we trust ---------------------------------------------------------------------------------------- */

int pki_open_trust(struct pki_trust **trust, const char *authority_path, struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    int result = file_read(authority_path, PKI_FILE_MAX, &text, &size, error);
    if (result < 0)
        return result;
    struct pki_trust *made = calloc(1, sizeof *made);
    if (!made || gnutls_x509_trust_list_init(&made->list, 0) < 0) {
        result = error_set(error, -ENOMEM, "%s: no memory to read it", authority_path);
    } else {
        const gnutls_datum_t datum = {(unsigned char *)text, (unsigned)size};
        if (gnutls_x509_trust_list_add_trust_mem(made->list, &datum, NULL, GNUTLS_X509_FMT_PEM, 0, 0) < 1)
            result =
                error_set(error, -EINVAL, "%s: holds no certificate of an authority (PEM)", authority_path);
    }
    free(text);
    if (result < 0) {
        pki_close_trust(made);
        return result;
    }
    *trust = made;
    return 0;
}

void pki_close_trust(struct pki_trust *trust)
{
    if (!trust)
        return;
    if (trust->list)
        gnutls_x509_trust_list_deinit(trust->list, 1);
    free(trust);
}

/* --- who it is --------------------------------------------------------------------------------------------- */

static int pki_verify(const struct pki_trust *trust, gnutls_x509_crt_t *chain, size_t count,
                      struct error *error)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned status = 0;
    int code =
        gnutls_x509_trust_list_verify_crt2(trust->list, chain, (unsigned)count, &purpose, 1,
                                           GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM), &status, NULL);
    if (code < 0)
        return error_set(error, -EACCES, "the certificate cannot be checked: %s", gnutls_strerror(code));
    if (status != 0) {
        gnutls_datum_t text = {0};
        (void)gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0);
        (void)error_set(error, -EACCES, "the certificate does not count here: %s",
                        text.data ? (const char *)text.data : "not valid");
        gnutls_free(text.data);
        return -EACCES;
    }
    return 0;
}

static int pki_read_identity(gnutls_x509_crt_t certificate, struct identity *identity, struct error *error)
{
    struct identity made = {0};
    size_t size = sizeof made.device, fingerprint = sizeof made.fingerprint;
    int code =
        gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, made.device, &size);
    if (code < 0 || size == 0 || strlen(made.device) != size)
        return error_set(error, -EACCES, "the certificate's common name is not the id of a device");
    code = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, made.fingerprint, &fingerprint);
    if (code < 0)
        return error_set(error, -EACCES, "the certificate has no fingerprint: %s", gnutls_strerror(code));
    *identity = made;
    return 0;
}

int pki_identify(const struct pki_trust *trust, const struct pki_certificate *chain, size_t count,
                 struct identity *identity, struct error *error)
{
    gnutls_x509_crt_t certificates[PKI_CHAIN_MAX] = {0};
    if (count == 0)
        return error_set(error, -ENODATA, "no certificate was shown; devices show the one made by enrolment");
    if (count > PKI_CHAIN_MAX)
        return error_set(error, -EACCES, "a chain of %zu certificates; up to %d are looked at", count,
                         PKI_CHAIN_MAX);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        const gnutls_datum_t datum = {(unsigned char *)chain[i].data, (unsigned)chain[i].size};
        if (gnutls_x509_crt_init(&certificates[i]) < 0 ||
            gnutls_x509_crt_import(certificates[i], &datum, GNUTLS_X509_FMT_DER) < 0)
            result = error_set(error, -EACCES, "what was shown is not a certificate");
    }
    if (result == 0)
        result = pki_verify(trust, certificates, count, error);
    if (result == 0)
        result = pki_read_identity(certificates[0], identity, error);
    for (size_t i = 0; i < count; i++)
        gnutls_x509_crt_deinit(certificates[i]);
    return result;
}

int pki_identify_session(const struct pki_trust *trust, void *session, struct identity *identity,
                         struct error *error)
{
    unsigned count = 0;
    const gnutls_datum_t *shown = gnutls_certificate_type_get((gnutls_session_t)session) == GNUTLS_CRT_X509
                                      ? gnutls_certificate_get_peers((gnutls_session_t)session, &count)
                                      : NULL;
    struct pki_certificate chain[PKI_CHAIN_MAX];
    for (unsigned i = 0; shown && i < count && i < PKI_CHAIN_MAX; i++)
        chain[i] = (struct pki_certificate){shown[i].data, shown[i].size};
    return pki_identify(trust, chain, shown ? count : 0, identity, error);
}
