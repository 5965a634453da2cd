/*
 * The device's key and certificate: made, asked for, put in place, whatever moment the power goes.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "sync/certificate_openssl.h"
#include "sync/file.h"
#include "sync/renew.h"

#include <errno.h>
#include <sys/stat.h>

static const char *at(void **state, const char *name)
{
    static char paths[8][FILE_PATH_MAX];
    static int turn;
    char *path = paths[turn++ % 8];
    (void)snprintf(path, FILE_PATH_MAX, "%s/%s", (const char *)*state, name);
    return path;
}

static void half_of_life(void **state)
{
    const struct certificate_life life = {1000, 3000};
    (void)state;
    assert_false(renew_due(&life, 500));
    assert_false(renew_due(&life, 1999));
    assert_true(renew_due(&life, 2000));
    assert_true(renew_due(&life, 2999));
    assert_false(renew_due(&life, 3000)); /* too late: it takes a token */
}

static void fingerprints_are_read(void **state)
{
    uint8_t bytes[CERTIFICATE_FINGERPRINT_BYTES] = {0};
    char text[200] = "";
    (void)state;
    for (int i = 0; i < 32; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%02X", i ? ":" : "", i);
    assert_true(certificate_read_fingerprint(text, bytes));
    assert_int_equal(bytes[31], 31);
    text[strlen(text) - 1] = '\0';
    assert_false(certificate_read_fingerprint(text, bytes));
    assert_false(certificate_read_fingerprint("", bytes));
    assert_false(certificate_read_fingerprint("zz", bytes));
}

static void a_next_key_is_kept_until_it_is_used(void **state)
{
    char *one = NULL, *two = NULL, *request = NULL;
    struct error error = {0};
    struct stat facts;
    const char *key = at(state, "device.key");
    assert_int_equal(renew_next_key(key, &one, &error), 0);
    assert_int_equal(renew_next_key(key, &two, &error), 0);
    assert_string_equal(one, two);
    assert_int_equal(stat(at(state, "device.key.next"), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    assert_int_equal(certificate_make_request(one, "kiosk-1", &request, &error), 0);
    assert_true(strlen(request) > 100 && !strchr(request, '\n'));
    free(one);
    free(two);
    free(request);
}

/* What a reply must be: each of these is none, and the files stay. */
static void replies_that_bring_no_certificate(void **state)
{
    static const struct {
        int status, code;
        const char *body;
    } table[] = {
        {200, -EBADMSG, ""},
        {200, -EBADMSG, "<html>"},
        {200, -EBADMSG, "AAAA"},
        {200, -EBADMSG, "MIIBAAAA"},
        {0, -EAGAIN, ""},
        {503, -EAGAIN, "{\"detail\":\"later\"}"},
        {403, -EPROTO, "{\"detail\":\"no\"}"},
        {500, -EAGAIN, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct transport_request request;
        struct error error = {0};
        struct renew renew = {.device = "kiosk-1",
                              .certificate_path = at(state, "device.pem"),
                              .key_path = at(state, "device.key")};
        assert_int_equal(renew_ask(&renew, &request, &error), 0);
        assert_string_equal(request.path, "/.well-known/est/simplereenroll");
        const struct transport_reply reply = {.status = table[i].status,
                                              .body = table[i].body ? table[i].body : "",
                                              .length = table[i].body ? strlen(table[i].body) : 0};
        assert_int_equal(renew_take(&renew, &reply, &error), table[i].code);
        assert_null(renew.key);
        assert_int_equal(access(at(state, "device.pem"), F_OK), -1);
        assert_int_equal(access(at(state, "device.key"), F_OK), -1);
    }
}

static void a_certificate_of_no_key_here_is_thrown_away(void **state)
{
    struct error error = {0};
    assert_int_equal(file_replace(at(state, "device.pem"), "old", 3, false, &error), 0);
    assert_int_equal(file_replace(at(state, "device.pem.next"), "nonsense", 8, false, &error), 0);
    assert_int_equal(renew_recover(at(state, "device.pem"), at(state, "device.key"), &error), 0);
    assert_int_equal(access(at(state, "device.pem.next"), F_OK), -1);
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(file_read(at(state, "device.pem"), 100, &text, &size, &error), 0);
    assert_string_equal(text, "old");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_life),
        cmocka_unit_test(fingerprints_are_read),
        cmocka_unit_test_setup_teardown(a_next_key_is_kept_until_it_is_used, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(replies_that_bring_no_certificate, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(a_certificate_of_no_key_here_is_thrown_away, testing_folder,
                                        testing_folder_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
