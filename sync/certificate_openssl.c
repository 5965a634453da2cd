/*
 * Keys and certificates of the device, on OpenSSL (which libcurl brings along).
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/certificate_openssl.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int certificate_failed(int code, const char *doing, struct error *error)
{
    char text[160];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return error_set(error, code, "%s: %s", doing, text);
}

/* What was written to memory, as malloc'd text. */
static char *certificate_text(BIO *memory)
{
    char *data = NULL;
    long length = BIO_get_mem_data(memory, &data);
    return length > 0 ? strndup(data, (size_t)length) : NULL;
}

static EVP_PKEY *certificate_key(const char *pem)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = memory ? PEM_read_bio_PrivateKey(memory, NULL, NULL, (void *)"") : NULL;
    BIO_free(memory);
    return key;
}

/* --- making ------------------------------------------------------------------------------------------------------ */

int certificate_make_key(char **key, struct error *error)
{
    EVP_PKEY *made = EVP_EC_gen("P-256");
    BIO *memory = BIO_new(BIO_s_secmem() ? BIO_s_secmem() : BIO_s_mem());
    char *text = made && memory && PEM_write_bio_PrivateKey(memory, made, NULL, NULL, 0, NULL, NULL) == 1
                     ? certificate_text(memory)
                     : NULL;
    BIO_free(memory);
    EVP_PKEY_free(made);
    if (!text)
        return certificate_failed(-EIO, "making a key", error);
    *key = text;
    return 0;
}

static X509_REQ *certificate_request(EVP_PKEY *key, const char *device)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = request ? X509_REQ_get_subject_name(request) : NULL;
    if (name && X509_REQ_set_version(request, 0) == 1 && X509_REQ_set_pubkey(request, key) == 1 &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)device, -1, -1, 0) ==
            1 &&
        X509_REQ_sign(request, key, EVP_sha256()) > 0)
        return request;
    X509_REQ_free(request);
    return NULL;
}

int certificate_make_request(const char *key, const char *device, char **request, struct error *error)
{
    EVP_PKEY *own = certificate_key(key);
    X509_REQ *made = own ? certificate_request(own, device) : NULL;
    unsigned char *der = NULL;
    int length = made ? i2d_X509_REQ(made, &der) : -1;
    char *text = length > 0 ? malloc((size_t)length * 2 + 4) : NULL;
    if (text)
        (void)EVP_EncodeBlock((unsigned char *)text, der, length);
    OPENSSL_free(der);
    X509_REQ_free(made);
    EVP_PKEY_free(own);
    if (!text)
        return certificate_failed(-EINVAL, "making a request for a certificate", error);
    *request = text;
    return 0;
}

/* --- taking ------------------------------------------------------------------------------------------------------ */

/* base64 may be in lines or not (RFC 7030, RFC 8951). */
static PKCS7 *certificate_unpack(const char *reply)
{
    EVP_ENCODE_CTX *context = EVP_ENCODE_CTX_new();
    size_t size = strlen(reply);
    unsigned char *der = size < INT_MAX / 2 ? malloc(size + 4) : NULL;
    int length = 0, rest = 0;
    PKCS7 *bag = NULL;
    if (context && der) {
        EVP_DecodeInit(context);
        if (EVP_DecodeUpdate(context, der, &length, (const unsigned char *)reply, (int)size) >= 0 &&
            EVP_DecodeFinal(context, der + length, &rest) >= 0) {
            const unsigned char *at = der;
            bag = d2i_PKCS7(NULL, &at, length + rest);
        }
    }
    EVP_ENCODE_CTX_free(context);
    free(der);
    return bag;
}

/* The bag's. */
static const STACK_OF(X509) * certificate_list(const PKCS7 *bag)
{
    return bag && PKCS7_type_is_signed((PKCS7 *)bag) && bag->d.sign ? bag->d.sign->cert : NULL;
}

static char *certificate_pem(X509 *certificate)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = memory && PEM_write_bio_X509(memory, certificate) == 1 ? certificate_text(memory) : NULL;
    BIO_free(memory);
    return text;
}

static bool certificate_names(X509 *certificate, const char *device)
{
    char name[256] = "";
    int length =
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return length > 0 && strlen(name) == (size_t)length && strcmp(name, device) == 0;
}

int certificate_take(const char *reply, const char *key, const char *device, char **certificate,
                     struct error *error)
{
    PKCS7 *bag = certificate_unpack(reply);
    EVP_PKEY *own = certificate_key(key);
    const STACK_OF(X509) *list = certificate_list(bag);
    char *text = NULL;
    bool found = false;
    for (int i = 0; own && i < sk_X509_num(list) && !found; i++) {
        X509 *one = sk_X509_value(list, i);
        EVP_PKEY *public = X509_get0_pubkey(one);
        found = public && EVP_PKEY_eq(public, own) == 1 && certificate_names(one, device);
        if (found)
            text = certificate_pem(one);
    }
    EVP_PKEY_free(own);
    PKCS7_free(bag);
    ERR_clear_error();
    if (!found)
        return error_set(error, -EBADMSG,
                         "the reply holds no certificate of device %s for the key that was made", device);
    if (!text)
        return error_set(error, -ENOMEM, "no memory for a certificate");
    *certificate = text;
    return 0;
}

int certificate_take_authority(const char *reply, const uint8_t fingerprint[CERTIFICATE_FINGERPRINT_BYTES],
                               char **certificate, struct error *error)
{
    PKCS7 *bag = certificate_unpack(reply);
    const STACK_OF(X509) *list = certificate_list(bag);
    char *text = NULL;
    bool found = false;
    for (int i = 0; i < sk_X509_num(list) && !found; i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned length = 0;
        X509 *one = sk_X509_value(list, i);
        found = X509_digest(one, EVP_sha256(), digest, &length) == 1 &&
                length == CERTIFICATE_FINGERPRINT_BYTES && memcmp(digest, fingerprint, length) == 0;
        if (found)
            text = certificate_pem(one);
    }
    PKCS7_free(bag);
    ERR_clear_error();
    if (!found)
        return error_set(error, -EACCES,
                         "what answers there shows no authority with this fingerprint: it is not your "
                         "headquarters, or --ca-fingerprint is of another one");
    if (!text)
        return error_set(error, -ENOMEM, "no memory for a certificate");
    *certificate = text;
    return 0;
}

static int certificate_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool certificate_read_fingerprint(const char *text, uint8_t fingerprint[CERTIFICATE_FINGERPRINT_BYTES])
{
    uint8_t bytes[CERTIFICATE_FINGERPRINT_BYTES];
    size_t count = 0;
    while (count < sizeof bytes) {
        if (*text == ':' && count > 0)
            text++;
        int high = certificate_digit(text[0]), low = high < 0 ? -1 : certificate_digit(text[1]);
        if (low < 0)
            return false;
        bytes[count++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text)
        return false;
    memcpy(fingerprint, bytes, sizeof bytes);
    return true;
}

/* --- using ------------------------------------------------------------------------------------------------------- */

/* UTC ms; false when it is no time. */
static bool certificate_moment(const ASN1_TIME *time, int64_t *moment)
{
    struct tm parts = {0};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *moment = (int64_t)timegm(&parts) * 1000;
    return true;
}

int certificate_life(const char *path, struct certificate_life *life, struct error *error)
{
    struct certificate_life made = {0};
    BIO *file = BIO_new_file(path, "r");
    X509 *certificate = file ? PEM_read_bio_X509(file, NULL, NULL, (void *)"") : NULL;
    bool good = certificate && certificate_moment(X509_get0_notBefore(certificate), &made.from) &&
                certificate_moment(X509_get0_notAfter(certificate), &made.until);
    X509_free(certificate);
    BIO_free(file);
    ERR_clear_error();
    if (!good)
        return error_set(error, -EINVAL, "%s: holds no certificate (PEM)", path);
    *life = made;
    return 0;
}

bool certificate_fits(const char *certificate, const char *key)
{
    BIO *memory = BIO_new_mem_buf(certificate, -1);
    X509 *parsed = memory ? PEM_read_bio_X509(memory, NULL, NULL, (void *)"") : NULL;
    EVP_PKEY *own = certificate_key(key);
    EVP_PKEY *public = parsed ? X509_get0_pubkey(parsed) : NULL;
    bool fits = own && public && EVP_PKEY_eq(public, own) == 1;
    EVP_PKEY_free(own);
    X509_free(parsed);
    BIO_free(memory);
    ERR_clear_error();
    return fits;
}

int certificate_sign(const char *key, const void *data, size_t size,
                     uint8_t signature[CERTIFICATE_SIGNATURE_MAX], size_t *length, struct error *error)
{
    EVP_PKEY *own = certificate_key(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t made = CERTIFICATE_SIGNATURE_MAX;
    bool good = own && context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, own) == 1 &&
                EVP_DigestSign(context, signature, &made, data, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(own);
    if (!good)
        return certificate_failed(-EINVAL, "signing with the device's key", error);
    *length = made;
    return 0;
}
