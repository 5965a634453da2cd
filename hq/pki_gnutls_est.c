/*
 * Certificates for keys that are made on the device, on GnuTLS: requests in, certificates out (RFC 7030).
 * Of a request only the public key is taken over; what it asks for otherwise has no say.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/pki.h"

#include "hq/file.h"
#include "hq/pki_gnutls_private.h"

#include <errno.h>
#include <gnutls/pkcs7.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PKI_FILE_MAX 65536
#define PKI_CHAIN_MAX 8

/* --- requests -------------------------------------------------------------------------------------------------- */

static int pki_import_request(const char *body, size_t size, gnutls_x509_crq_t *request, struct error *error)
{
    gnutls_datum_t der = {0};
    const gnutls_datum_t text = {(unsigned char *)body, (unsigned)size};
    gnutls_x509_crq_t made = NULL;
    if (size > PKI_FILE_MAX || gnutls_base64_decode2(&text, &der) < 0)
        return error_set(error, -EBADMSG, "the request is not base64");
    int code = gnutls_x509_crq_init(&made);
    if (code >= 0)
        code = gnutls_x509_crq_import(made, &der, GNUTLS_X509_FMT_DER);
    gnutls_free(der.data);
    if (code >= 0) /* whoever asks must hold the key */
        code = gnutls_x509_crq_verify(made, 0);
    if (code < 0) {
        gnutls_x509_crq_deinit(made);
        return error_set(error, code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EBADMSG,
                         "not a signing request (PKCS#10) signed with its own key: %s",
                         gnutls_strerror(code));
    }
    *request = made;
    return 0;
}

/* The public key, when it is strong enough to be certified. */
static int pki_request_key(gnutls_x509_crq_t request, gnutls_pubkey_t *key, struct error *error)
{
    unsigned bits = 0;
    int algorithm = gnutls_x509_crq_get_pk_algorithm(request, &bits);
    if (algorithm < 0 ||
        gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)algorithm, bits) < GNUTLS_SEC_PARAM_MEDIUM)
        return error_set(error, -EBADMSG, "the request's key is too weak; ECDSA on P-256 is expected");
    gnutls_pubkey_t made = NULL;
    int code = gnutls_pubkey_init(&made);
    if (code >= 0)
        code = gnutls_pubkey_import_x509_crq(made, request, 0);
    if (code < 0) {
        gnutls_pubkey_deinit(made);
        return pki_failed(code, "reading the request's key", error);
    }
    *key = made;
    return 0;
}

static int pki_request_name(gnutls_x509_crq_t request, char name[RECORD_NAME_MAX], struct error *error)
{
    size_t size = RECORD_NAME_MAX;
    int code = gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        name[0] = '\0';
    else if (code < 0 || strlen(name) != size)
        return error_set(error, -EBADMSG, "the request's common name is not the id of a device");
    return 0;
}

int pki_read_request(const char *body, size_t size, struct pki_request_facts *facts, struct error *error)
{
    struct pki_request_facts made = {0};
    gnutls_x509_crq_t request = NULL;
    gnutls_pubkey_t key = NULL;
    size_t id = sizeof made.key;
    int result = pki_import_request(body, size, &request, error);
    if (result < 0)
        return result;
    result = pki_request_key(request, &key, error);
    if (result == 0 && gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, made.key, &id) < 0)
        result = error_set(error, -EBADMSG, "the request's key cannot be told from others");
    if (result == 0)
        result = pki_request_name(request, made.name, error);
    gnutls_pubkey_deinit(key);
    gnutls_x509_crq_deinit(request);
    if (result == 0)
        *facts = made;
    return result;
}

/* --- certificates ---------------------------------------------------------------------------------------------- */

/* base64 of a certs-only PKCS#7, as malloc'd text. */
static int pki_pack(gnutls_x509_crt_t *certificates, unsigned count, char **reply, struct error *error)
{
    gnutls_pkcs7_t bag = NULL;
    gnutls_datum_t der = {0}, text = {0};
    int code = gnutls_pkcs7_init(&bag);
    for (unsigned i = 0; i < count && code >= 0; i++)
        code = gnutls_pkcs7_set_crt(bag, certificates[i]);
    if (code >= 0)
        code = gnutls_pkcs7_export2(bag, GNUTLS_X509_FMT_DER, &der);
    if (code >= 0)
        code = gnutls_base64_encode2(&der, &text);
    char *made = code >= 0 ? strndup((const char *)text.data, text.size) : NULL;
    gnutls_free(der.data);
    gnutls_free(text.data);
    gnutls_pkcs7_deinit(bag);
    if (!made)
        return code < 0 ? pki_failed(code, "packing certificates", error)
                        : error_set(error, -ENOMEM, "no memory to pack certificates");
    *reply = made;
    return 0;
}

int pki_sign_request(const struct pki_authority *authority, const char *body, size_t size, const char *id,
                     int hours, char **reply, struct identity *identity, struct error *error)
{
    const struct pki_request wanted = {.name = id, .purpose = GNUTLS_KP_TLS_WWW_CLIENT, .hours = hours};
    struct identity made = {0};
    size_t fingerprint = sizeof made.fingerprint;
    gnutls_x509_crq_t request = NULL;
    gnutls_pubkey_t key = NULL;
    gnutls_x509_crt_t certificate = NULL;
    if (strlen(id) >= sizeof made.device)
        return error_set(error, -EINVAL, "device id \"%.80s\": too long", id);
    int result = pki_import_request(body, size, &request, error);
    if (result < 0)
        return result;
    result = pki_request_key(request, &key, error);
    if (result == 0) {
        int code = gnutls_x509_crt_init(&certificate);
        if (code >= 0)
            code = pki_fill(certificate, key, &wanted, authority->certificate, authority->key);
        if (code >= 0)
            code = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, made.fingerprint,
                                                   &fingerprint);
        result = code < 0 ? pki_failed(code, "making a certificate", error)
                          : pki_pack(&certificate, 1, reply, error);
    }
    gnutls_x509_crt_deinit(certificate);
    gnutls_pubkey_deinit(key);
    gnutls_x509_crq_deinit(request);
    if (result < 0)
        return result;
    memcpy(made.device, id, strlen(id) + 1);
    *identity = made;
    return 0;
}

int pki_bundle(const char *pem, char **reply, struct error *error)
{
    const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
    gnutls_x509_crt_t certificates[PKI_CHAIN_MAX] = {0};
    unsigned count = PKI_CHAIN_MAX;
    int code = gnutls_x509_crt_list_import(certificates, &count, &text, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0)
        return pki_failed(code, "reading the authority's certificates", error);
    int result = pki_pack(certificates, count, reply, error);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(certificates[i]);
    return result;
}

int pki_identify_pem(const struct pki_trust *trust, const char *pem, const char *name,
                     struct identity *identity, struct error *error)
{
    gnutls_x509_crt_t chain[PKI_CHAIN_MAX] = {0};
    gnutls_datum_t ders[PKI_CHAIN_MAX] = {0};
    struct pki_certificate shown[PKI_CHAIN_MAX];
    unsigned count = PKI_CHAIN_MAX;
    const gnutls_datum_t text = {(unsigned char *)pem, (unsigned)strlen(pem)};
    int code = gnutls_x509_crt_list_import(chain, &count, &text, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0)
        return error_set(error, -EINVAL, "%s: holds no certificate (PEM)", name);
    for (unsigned i = 0; i < count && code >= 0; i++) {
        code = gnutls_x509_crt_export2(chain[i], GNUTLS_X509_FMT_DER, &ders[i]);
        shown[i] = (struct pki_certificate){ders[i].data, ders[i].size};
    }
    int result =
        code < 0 ? pki_failed(code, name, error) : pki_identify(trust, shown, count, identity, error);
    for (unsigned i = 0; i < count; i++) {
        gnutls_free(ders[i].data);
        gnutls_x509_crt_deinit(chain[i]);
    }
    return result == -EACCES || result == -ENODATA ? error_prefix(error, "%s", name) : result;
}

int pki_read_device(const struct pki_trust *trust, const char *path, struct identity *identity,
                    struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    int result = file_read(path, PKI_FILE_MAX, &text, &size, error);
    if (result == 0)
        result = pki_identify_pem(trust, text, path, identity, error);
    free(text);
    return result;
}

int pki_fingerprint(const char *pem, char text[PKI_FINGERPRINT_TEXT], struct error *error)
{
    const gnutls_datum_t datum = {(unsigned char *)pem, (unsigned)strlen(pem)};
    gnutls_x509_crt_t certificate = NULL;
    uint8_t digest[IDENTITY_FINGERPRINT_BYTES];
    size_t size = sizeof digest;
    int code = gnutls_x509_crt_init(&certificate);
    if (code >= 0)
        code = gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_PEM);
    if (code >= 0)
        code = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, digest, &size);
    gnutls_x509_crt_deinit(certificate);
    if (code < 0)
        return pki_failed(code, "reading the authority's certificate", error);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return 0;
}

int pki_verify_data(const char *pem, const void *data, size_t size, const void *signature,
                    size_t signature_size, struct error *error)
{
    const gnutls_datum_t holder = {(unsigned char *)pem, (unsigned)strlen(pem)};
    const gnutls_datum_t text = {(unsigned char *)data, (unsigned)size};
    const gnutls_datum_t hand = {(unsigned char *)signature, (unsigned)signature_size};
    gnutls_x509_crt_t parsed = NULL;
    gnutls_pubkey_t key = NULL;
    int code = gnutls_x509_crt_init(&parsed);
    if (code >= 0)
        code = gnutls_x509_crt_import(parsed, &holder, GNUTLS_X509_FMT_PEM);
    if (code >= 0)
        code = gnutls_pubkey_init(&key);
    if (code >= 0)
        code = gnutls_pubkey_import_x509(key, parsed, 0);
    if (code >= 0) {
        gnutls_sign_algorithm_t how =
            gnutls_pk_to_sign(gnutls_pubkey_get_pk_algorithm(key, NULL), GNUTLS_DIG_SHA256);
        code = gnutls_pubkey_verify_data2(key, how, 0, &text, &hand);
    }
    gnutls_pubkey_deinit(key);
    gnutls_x509_crt_deinit(parsed);
    return code < 0 ? error_set(error, -EBADMSG, "the signature does not fit: %s", gnutls_strerror(code)) : 0;
}
