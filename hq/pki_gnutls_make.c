/*
 * Making certificates, on GnuTLS.
 * Every certificate: version 3, random serial, basic constraints, key usage, both key identifiers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/pki.h"

#include "hq/address.h"
#include "hq/file.h"
#include "hq/pki_gnutls_private.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PKI_DAY 86400
#define PKI_AUTHORITY_DAYS (20 * 365 + 5)
#define PKI_SERVER_DAYS (10 * 365 + 2)
#define PKI_HOUR 3600
#define PKI_SERIAL_BYTES 16
#define PKI_FILE_MAX 65536

int pki_failed(int code, const char *doing, struct error *error)
{
    return error_set(error, code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EINVAL, "%s: %s", doing,
                     gnutls_strerror(code));
}

static int pki_set_serial(gnutls_x509_crt_t certificate)
{
    uint8_t serial[PKI_SERIAL_BYTES];
    int code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and never short */
    return code < 0 ? code : gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
}

static int pki_set_hosts(gnutls_x509_crt_t certificate, const struct pki_request *request)
{
    int code = 0;
    for (size_t i = 0; i < request->host_count && code >= 0; i++) {
        struct address address;
        const char *host = request->hosts[i];
        if (address_parse(&address, host, 0) < 0) {
            code = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, host,
                                                        (unsigned)strlen(host), GNUTLS_FSAN_APPEND);
        } else if (address.storage.ss_family == AF_INET) {
            const struct sockaddr_in *four = (const struct sockaddr_in *)&address.storage;
            code = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &four->sin_addr,
                                                        sizeof four->sin_addr, GNUTLS_FSAN_APPEND);
        } else {
            const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address.storage;
            code = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, &six->sin6_addr,
                                                        sizeof six->sin6_addr, GNUTLS_FSAN_APPEND);
        }
    }
    return code;
}

static int pki_set_identifiers(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
    uint8_t id[64];
    size_t size = sizeof id;
    int code = gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA1, id, &size);
    if (code >= 0)
        code = gnutls_x509_crt_set_subject_key_id(certificate, id, size);
    size = sizeof id;
    if (code >= 0)
        code = gnutls_x509_crt_get_subject_key_id(issuer, id, &size, NULL);
    return code < 0 ? code : gnutls_x509_crt_set_authority_key_id(certificate, id, size);
}

int pki_fill(gnutls_x509_crt_t certificate, gnutls_pubkey_t key, const struct pki_request *request,
             gnutls_x509_crt_t issuer, gnutls_x509_privkey_t issuer_key)
{
    time_t now = time(NULL);
    bool authority = !request->purpose;
    int code = gnutls_x509_crt_set_version(certificate, 3);
    if (code >= 0)
        code = pki_set_serial(certificate);
    if (code >= 0)
        code = gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, request->name,
                                             (unsigned)strlen(request->name));
    if (code >= 0) /* a device's clock may be behind by a while */
        code = gnutls_x509_crt_set_activation_time(certificate, now - PKI_DAY);
    if (code >= 0)
        code = gnutls_x509_crt_set_expiration_time(certificate, now + (time_t)request->hours * PKI_HOUR);
    if (code >= 0)
        code = gnutls_x509_crt_set_pubkey(certificate, key);
    if (code >= 0)
        code = gnutls_x509_crt_set_basic_constraints(certificate, authority, authority ? 0 : -1);
    if (code >= 0)
        code = gnutls_x509_crt_set_key_usage(certificate, authority
                                                              ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
                                                              : GNUTLS_KEY_DIGITAL_SIGNATURE);
    if (code >= 0 && request->purpose)
        code = gnutls_x509_crt_set_key_purpose_oid(certificate, request->purpose, 0);
    if (code >= 0)
        code = pki_set_hosts(certificate, request);
    if (code >= 0)
        code = pki_set_identifiers(certificate, issuer);
    return code < 0 ? code : gnutls_x509_crt_sign2(certificate, issuer, issuer_key, GNUTLS_DIG_SHA256, 0);
}

static int pki_write(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key, const char *key_path,
                     const char *certificate_path, struct error *error)
{
    gnutls_datum_t key_text = {0}, certificate_text = {0};
    int code =
        gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &key_text);
    if (code >= 0)
        code = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &certificate_text);
    int result = code < 0 ? pki_failed(code, "writing a certificate", error) : 0;
    if (result == 0)
        result = file_write(key_path, key_text.data, key_text.size, true, error);
    if (result == 0)
        result = file_write(certificate_path, certificate_text.data, certificate_text.size, false, error);
    if (key_text.data)
        gnutls_memset(key_text.data, 0, key_text.size);
    gnutls_free(key_text.data);
    gnutls_free(certificate_text.data);
    return result;
}

/* Makes key and certificate and writes both. authority NULL: signed by itself. identity may be NULL. */
static int pki_public(gnutls_pubkey_t *public, gnutls_x509_privkey_t key)
{
    gnutls_privkey_t private = NULL;
    int code = gnutls_pubkey_init(public);
    if (code >= 0)
        code = gnutls_privkey_init(&private);
    if (code >= 0)
        code = gnutls_privkey_import_x509(private, key, 0);
    if (code >= 0)
        code = gnutls_pubkey_import_privkey(*public, private, 0, 0);
    gnutls_privkey_deinit(private);
    return code;
}

static int pki_make(const struct pki_authority *authority, const struct pki_request *request,
                    const char *key_path, const char *certificate_path, struct identity *identity,
                    struct error *error)
{
    gnutls_pubkey_t public = NULL;
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t certificate = NULL;
    struct identity made = {0};
    size_t size = sizeof made.fingerprint;
    int code = gnutls_x509_privkey_init(&key);
    if (code >= 0)
        code = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                            GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    if (code >= 0)
        code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = pki_public(&public, key);
    if (code >= 0)
        code = pki_fill(certificate, public, request, authority ? authority->certificate : certificate,
                        authority ? authority->key : key);
    if (code >= 0)
        code = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, made.fingerprint, &size);
    int result = code < 0 ? pki_failed(code, "making a certificate", error)
                          : pki_write(certificate, key, key_path, certificate_path, error);
    if (result == 0 && identity) {
        memcpy(made.device, request->name, strlen(request->name) + 1);
        *identity = made;
    }
    gnutls_pubkey_deinit(public);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return result;
}

int pki_make_authority(const char *key_path, const char *certificate_path, struct error *error)
{
    const struct pki_request request = {.name = "Tapline headquarters", .hours = PKI_AUTHORITY_DAYS * 24};
    return pki_make(NULL, &request, key_path, certificate_path, NULL, error);
}

int pki_make_server(const struct pki_authority *authority, const char *const *hosts, size_t host_count,
                    const char *key_path, const char *certificate_path, struct error *error)
{
    for (size_t i = 0; i < host_count; i++)
        if (strlen(hosts[i]) == 0 || strlen(hosts[i]) > 253 ||
            strspn(hosts[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") !=
                strlen(hosts[i]))
            return error_set(error, -EINVAL,
                             "host \"%.80s\": a host name or an address in numbers is expected", hosts[i]);
    const struct pki_request request = {.name = "Tapline receiver",
                                        .hosts = hosts,
                                        .host_count = host_count,
                                        .purpose = GNUTLS_KP_TLS_WWW_SERVER,
                                        .hours = PKI_SERVER_DAYS * 24};
    return pki_make(authority, &request, key_path, certificate_path, NULL, error);
}

int pki_make_device(const struct pki_authority *authority, const char *id, int hours, const char *key_path,
                    const char *certificate_path, struct identity *identity, struct error *error)
{
    if (strlen(id) == 0 || strlen(id) >= sizeof identity->device)
        return error_set(error, -EINVAL, "device id \"%.80s\": 1 to %zu bytes are allowed", id,
                         sizeof identity->device - 1);
    const struct pki_request request = {.name = id, .purpose = GNUTLS_KP_TLS_WWW_CLIENT, .hours = hours};
    return pki_make(authority, &request, key_path, certificate_path, identity, error);
}

/* --- an authority that is there ------------------------------------------------------------------------------ */

static int pki_import(struct pki_authority *authority, const char *key_path, const char *certificate_path,
                      struct error *error)
{
    char *key = NULL, *certificate = NULL;
    size_t key_size = 0, certificate_size = 0;
    int result = file_read_secret(key_path, PKI_FILE_MAX, &key, &key_size, error);
    if (result == 0)
        result = file_read(certificate_path, PKI_FILE_MAX, &certificate, &certificate_size, error);
    if (result == 0) {
        const gnutls_datum_t key_text = {(unsigned char *)key, (unsigned)key_size};
        const gnutls_datum_t text = {(unsigned char *)certificate, (unsigned)certificate_size};
        int code = gnutls_x509_privkey_import2(authority->key, &key_text, GNUTLS_X509_FMT_PEM, NULL, 0);
        if (code < 0) {
            result = pki_failed(code, key_path, error);
        } else {
            code = gnutls_x509_crt_import(authority->certificate, &text, GNUTLS_X509_FMT_PEM);
            if (code < 0)
                result = pki_failed(code, certificate_path, error);
        }
    }
    if (key)
        gnutls_memset(key, 0, key_size);
    free(key);
    free(certificate);
    return result;
}

/* A key that is not the certificate's would sign certificates that nobody accepts. */
static int pki_check_pair(const struct pki_authority *authority, const char *key_path,
                          const char *certificate_path, struct error *error)
{
    uint8_t of_key[64], of_certificate[64];
    size_t key_size = sizeof of_key, certificate_size = sizeof of_certificate;
    if (gnutls_x509_privkey_get_key_id(authority->key, GNUTLS_KEYID_USE_SHA256, of_key, &key_size) < 0 ||
        gnutls_x509_crt_get_key_id(authority->certificate, GNUTLS_KEYID_USE_SHA256, of_certificate,
                                   &certificate_size) < 0 ||
        key_size != certificate_size || memcmp(of_key, of_certificate, key_size) != 0)
        return error_set(error, -EINVAL, "%s: not the key of %s; put the two files that belong together",
                         key_path, certificate_path);
    if (gnutls_x509_crt_get_ca_status(authority->certificate, NULL) <= 0)
        return error_set(error, -EINVAL, "%s: not the certificate of an authority", certificate_path);
    return 0;
}

int pki_open_authority(struct pki_authority **authority, const char *key_path, const char *certificate_path,
                       struct error *error)
{
    struct pki_authority *made = calloc(1, sizeof *made);
    if (!made || gnutls_x509_privkey_init(&made->key) < 0 || gnutls_x509_crt_init(&made->certificate) < 0) {
        pki_close_authority(made);
        return error_set(error, -ENOMEM, "%s: no memory to read it", key_path);
    }
    int result = pki_import(made, key_path, certificate_path, error);
    if (result == 0)
        result = pki_check_pair(made, key_path, certificate_path, error);
    if (result < 0) {
        pki_close_authority(made);
        return result;
    }
    *authority = made;
    return 0;
}

void pki_close_authority(struct pki_authority *authority)
{
    if (!authority)
        return;
    gnutls_x509_privkey_deinit(authority->key);
    gnutls_x509_crt_deinit(authority->certificate);
    free(authority);
}
