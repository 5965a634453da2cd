/*
 * Certificates: what is made counts, and nothing else does.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/pki.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/stat.h>
#include <time.h>

static const char *const hosts[] = {"localhost", "127.0.0.1", "::1"};

/* An authority in the test's folder; prefix tells several apart. */
static struct pki_authority *authority(void **state, const char *key, const char *certificate)
{
    struct pki_authority *made = NULL;
    struct error error = {0};
    if (pki_make_authority(testing_path(state, key), testing_path(state, certificate), &error) < 0 ||
        pki_open_authority(&made, testing_path(state, key), testing_path(state, certificate), &error) < 0)
        fail_msg("%s", error.text);
    return made;
}

/* Reads a PEM certificate; the caller deinits it. */
static gnutls_x509_crt_t certificate(const char *path)
{
    gnutls_datum_t text = {0};
    gnutls_x509_crt_t made = NULL;
    assert_int_equal(gnutls_load_file(path, &text), 0);
    assert_int_equal(gnutls_x509_crt_init(&made), 0);
    assert_int_equal(gnutls_x509_crt_import(made, &text, GNUTLS_X509_FMT_PEM), 0);
    gnutls_free(text.data);
    return made;
}

/* Shows the certificate at path to what trusts the authority at trusted. */
static int identify(const char *trusted, const char *path, struct identity *identity)
{
    struct pki_trust *trust = NULL;
    struct error error = {0};
    gnutls_datum_t der = {0};
    gnutls_x509_crt_t shown = certificate(path);
    assert_int_equal(gnutls_x509_crt_export2(shown, GNUTLS_X509_FMT_DER, &der), 0);
    const struct pki_certificate chain = {der.data, der.size};
    assert_int_equal(pki_open_trust(&trust, trusted, &error), 0);
    int result = pki_identify(trust, &chain, 1, identity, &error);
    pki_close_trust(trust);
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(shown);
    return result;
}

static void a_device_is_who_its_certificate_says(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    struct identity made = {0}, seen = {0};
    assert_int_equal(pki_make_device(ca, "kiosk-1", 24, testing_path(state, "d.key"),
                                     testing_path(state, "d.pem"), &made, NULL),
                     0);
    assert_int_equal(identify(testing_path(state, "ca.pem"), testing_path(state, "d.pem"), &seen), 0);
    assert_string_equal(seen.device, "kiosk-1");
    assert_memory_equal(seen.fingerprint, made.fingerprint, sizeof seen.fingerprint);
    pki_close_authority(ca);
}

static void another_authority_does_not_count(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    struct pki_authority *other = authority(state, "other.key", "other.pem");
    struct identity made = {0}, seen = {0};
    assert_int_equal(pki_make_device(other, "kiosk-1", 24, testing_path(state, "d.key"),
                                     testing_path(state, "d.pem"), &made, NULL),
                     0);
    assert_int_equal(identify(testing_path(state, "ca.pem"), testing_path(state, "d.pem"), &seen), -EACCES);
    assert_string_equal(seen.device, "");
    pki_close_authority(ca);
    pki_close_authority(other);
}

static void a_server_is_no_device(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    struct identity seen = {0};
    assert_int_equal(
        pki_make_server(ca, hosts, 3, testing_path(state, "s.key"), testing_path(state, "s.pem"), NULL), 0);
    assert_int_equal(identify(testing_path(state, "ca.pem"), testing_path(state, "s.pem"), &seen), -EACCES);
    pki_close_authority(ca);
}

/* A client certificate of this authority that ended yesterday. */
static gnutls_x509_crt_t expired(void **state, gnutls_x509_crt_t issuer)
{
    gnutls_datum_t text = {0};
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t made = NULL;
    time_t yesterday = time(NULL) - 86400;
    assert_int_equal(gnutls_load_file(testing_path(state, "ca.key"), &text), 0);
    assert_int_equal(gnutls_x509_privkey_init(&key), 0);
    assert_int_equal(gnutls_x509_privkey_import2(key, &text, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
    assert_int_equal(gnutls_x509_crt_init(&made), 0);
    assert_int_equal(gnutls_x509_crt_set_version(made, 3), 0);
    assert_int_equal(gnutls_x509_crt_set_serial(made, "\x01", 1), 0);
    assert_int_equal(gnutls_x509_crt_set_dn_by_oid(made, GNUTLS_OID_X520_COMMON_NAME, 0, "kiosk-1", 7), 0);
    assert_int_equal(gnutls_x509_crt_set_activation_time(made, yesterday - 86400), 0);
    assert_int_equal(gnutls_x509_crt_set_expiration_time(made, yesterday), 0);
    assert_int_equal(gnutls_x509_crt_set_key(made, key), 0);
    assert_int_equal(gnutls_x509_crt_set_key_purpose_oid(made, GNUTLS_KP_TLS_WWW_CLIENT, 0), 0);
    assert_int_equal(gnutls_x509_crt_sign2(made, issuer, key, GNUTLS_DIG_SHA256, 0), 0);
    gnutls_free(text.data);
    gnutls_x509_privkey_deinit(key);
    return made;
}

static void an_expired_certificate_does_not_count(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    gnutls_x509_crt_t issuer = certificate(testing_path(state, "ca.pem"));
    gnutls_x509_crt_t late = expired(state, issuer);
    gnutls_datum_t text = {0};
    struct identity seen = {0};
    assert_int_equal(gnutls_x509_crt_export2(late, GNUTLS_X509_FMT_PEM, &text), 0);
    testing_write(testing_path(state, "late.pem"), (const char *)text.data);
    assert_int_equal(identify(testing_path(state, "ca.pem"), testing_path(state, "late.pem"), &seen),
                     -EACCES);
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(late);
    gnutls_x509_crt_deinit(issuer);
    pki_close_authority(ca);
}

static void no_certificate_and_no_sense_are_told_apart(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    struct pki_trust *trust = NULL;
    struct identity seen = {0};
    const struct pki_certificate garbage[5] = {{(const uint8_t *)"garbage", 7}};
    assert_int_equal(pki_open_trust(&trust, testing_path(state, "ca.pem"), NULL), 0);
    assert_int_equal(pki_identify(trust, NULL, 0, &seen, NULL), -ENODATA);
    assert_int_equal(pki_identify(trust, garbage, 1, &seen, NULL), -EACCES);
    assert_int_equal(pki_identify(trust, garbage, 5, &seen, NULL), -EACCES);
    pki_close_trust(trust);
    pki_close_authority(ca);
}

static void the_server_answers_to_its_names(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    const char *bad[] = {"local host"};
    assert_int_equal(
        pki_make_server(ca, hosts, 3, testing_path(state, "s.key"), testing_path(state, "s.pem"), NULL), 0);
    gnutls_x509_crt_t server = certificate(testing_path(state, "s.pem"));
    for (size_t i = 0; i < 3; i++)
        assert_true(gnutls_x509_crt_check_hostname(server, hosts[i]));
    assert_false(gnutls_x509_crt_check_hostname(server, "example.org"));
    assert_int_equal(gnutls_x509_crt_get_ca_status(server, NULL), 0);
    gnutls_x509_crt_deinit(server);
    assert_int_equal(
        pki_make_server(ca, bad, 1, testing_path(state, "x.key"), testing_path(state, "x.pem"), NULL),
        -EINVAL);
    pki_close_authority(ca);
}

static void keys_are_private_and_never_overwritten(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem");
    struct stat status;
    struct error error = {0};
    struct pki_authority *again = NULL;
    assert_int_equal(stat(testing_path(state, "ca.key"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(
        pki_make_authority(testing_path(state, "ca.key"), testing_path(state, "new.pem"), &error), -EEXIST);
    assert_int_equal(access(testing_path(state, "new.pem"), F_OK), -1);
    assert_int_equal(chmod(testing_path(state, "ca.key"), 0640), 0);
    assert_int_equal(
        pki_open_authority(&again, testing_path(state, "ca.key"), testing_path(state, "ca.pem"), &error),
        -EINVAL);
    assert_null(again);
    assert_int_equal(error_exit_status(&error), 78);
    pki_close_authority(ca);
}

static void files_that_do_not_belong_together_are_refused(void **state)
{
    struct pki_authority *ca = authority(state, "ca.key", "ca.pem"), *mixed = NULL;
    struct pki_authority *other = authority(state, "other.key", "other.pem");
    struct pki_server server = {0};
    struct error error = {0};
    assert_int_equal(
        pki_make_server(ca, hosts, 1, testing_path(state, "s.key"), testing_path(state, "s.pem"), NULL), 0);
    assert_int_equal(
        pki_open_authority(&mixed, testing_path(state, "ca.key"), testing_path(state, "other.pem"), &error),
        -EINVAL);
    assert_int_equal(
        pki_open_authority(&mixed, testing_path(state, "s.key"), testing_path(state, "s.pem"), &error),
        -EINVAL); /* not an authority */
    assert_int_equal(pki_load_server(&server, testing_path(state, "other.key"), testing_path(state, "s.pem"),
                                     testing_path(state, "ca.pem"), &error),
                     -EINVAL);
    assert_null(server.key);
    testing_write(testing_path(state, "text.pem"), "no certificate");
    assert_int_equal(pki_load_server(&server, testing_path(state, "s.key"), testing_path(state, "text.pem"),
                                     testing_path(state, "ca.pem"), &error),
                     -EINVAL);
    struct pki_trust *trust = NULL;
    assert_int_equal(pki_open_trust(&trust, testing_path(state, "text.pem"), &error), -EINVAL);
    assert_int_equal(pki_load_server(&server, testing_path(state, "s.key"), testing_path(state, "s.pem"),
                                     testing_path(state, "ca.pem"), &error),
                     0);
    pki_free_server(&server);
    pki_close_authority(other);
    pki_close_authority(ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_device_is_who_its_certificate_says, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(another_authority_does_not_count, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(a_server_is_no_device, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(an_expired_certificate_does_not_count, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(no_certificate_and_no_sense_are_told_apart, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(the_server_answers_to_its_names, testing_folder, testing_folder_end),
        cmocka_unit_test_setup_teardown(keys_are_private_and_never_overwritten, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(files_that_do_not_belong_together_are_refused, testing_folder,
                                        testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
