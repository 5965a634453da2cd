/*
 * The running headquarters, over real sockets and real mutual TLS; the peer is curl, a TLS of another make.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/keyfile.h"
#include "core/receipt.h"
#include "hq/device_api.h"
#include "hq/enroll.h"
#include "hq/init.h"
#include "hq/pki.h"
#include "hq/sender.h"
#include "hq/serve.h"
#include "hq/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define WAIT_MS 20000

static struct sender sender;

struct fixture {
    char *folder;
    pid_t pid;
    int device_port, people_port;
};

static const char *in_folder(struct fixture *f, const char *name)
{
    void *folder = f->folder;
    return testing_path(&folder, name);
}

/* --- headquarters in a process of its own ------------------------------------------------------------------------ */

static void serve_and_exit(const struct settings *settings, const char *ready)
{
    sigset_t signals;
    struct error error = {0};
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    _exit(serve_run(settings, ready, &signals, &error) < 0 ? 1 : 0);
}

/* Waits until the ready file is there, and reads the ports. */
static void wait_ready(struct fixture *f, const char *ready)
{
    const struct timespec pause = {0, 10000000};
    json_t *ports = NULL;
    for (int waited = 0; waited < WAIT_MS && !(ports = json_load_file(ready, 0, NULL)); waited += 10)
        (void)nanosleep(&pause, NULL);
    assert_non_null(ports);
    f->device_port = (int)json_integer_value(json_object_get(ports, "device_port"));
    f->people_port = (int)json_integer_value(json_object_get(ports, "people_port"));
    assert_int_equal(json_integer_value(json_object_get(ports, "pid")), f->pid);
    json_decref(ports);
}

static void start(struct fixture *f)
{
    static struct settings settings;
    struct error error = {0};
    const char *ready = in_folder(f, "ready");
    (void)unlink(ready);
    if (settings_load(&settings, in_folder(f, "hq/hq.ini"), &error) < 0)
        fail_msg("%s", error.text);
    memcpy(settings.device_address, "127.0.0.1", 10);
    f->pid = fork();
    assert_true(f->pid >= 0);
    if (f->pid == 0)
        serve_and_exit(&settings, ready);
    wait_ready(f, ready);
}

/* SIGTERM; returns the exit status. */
static int stop(struct fixture *f)
{
    int status = -1;
    if (f->pid > 0 && kill(f->pid, SIGTERM) == 0)
        (void)waitpid(f->pid, &status, 0);
    f->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void enroll(struct fixture *f, const char *device, const char *folder, bool replace)
{
    static struct settings settings;
    struct error error = {0};
    const struct enroll_options options = {.device = device,
                                           .branch = "b-1",
                                           .url = "https://localhost",
                                           .folder = in_folder(f, folder),
                                           .replace = replace};
    if (settings_load(&settings, in_folder(f, "hq/hq.ini"), &error) < 0 ||
        enroll_device(&settings, &options, &error) < 0)
        fail_msg("%s", error.text);
}

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct error error = {0};
    char web[256], top[200];
    if (!f || testing_folder((void **)&f->folder) < 0 || !getcwd(top, sizeof top))
        return -1;
    (void)snprintf(web, sizeof web, "%s/hq/web", top);
    const struct init_options options = {.folder = in_folder(f, "hq"), .web = web};
    if (init_headquarters(&options, &error) < 0)
        fail_msg("%s", error.text);
    enroll(f, "kiosk-1", "dev", false);
    sender_start(&sender, "kiosk-1", SENDER_STORE);
    for (int i = 0; i < 20; i++)
        sender_face(&sender, i, 1, 5, SENDER_NOW, "touch");
    start(f);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    (void)stop(f);
    int result = testing_folder_end((void **)&f->folder);
    free(f);
    return result;
}

/* --- curl -------------------------------------------------------------------------------------------------------- */

/* Runs curl; the reply's body goes to the file "reply". Returns the HTTP status, 0 when there was none. */
static int curl(struct fixture *f, const char *const *more, const char *url)
{
    const char *words[32] = {"curl",        "--silent",    "--max-time",
                             "30",          "--output",    in_folder(f, "reply"),
                             "--write-out", "%{http_code}"};
    size_t count = 8;
    for (; *more && count < 30; more++)
        words[count++] = *more;
    words[count] = url;
    int ends[2], status = 0;
    char text[16] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execvp("curl", (char *const *)words);
        _exit(127);
    }
    (void)close(ends[1]);
    ssize_t got = read(ends[0], text, sizeof text - 1);
    (void)close(ends[0]);
    (void)waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 127);
    return got > 0 ? (int)strtol(text, NULL, 10) : 0;
}

/* Posts the file body to the device port with the certificate of this folder; NULL: with none. */
static int post(struct fixture *f, const char *certificate, const char *key, const char *trusted)
{
    char url[128], body[256];
    const char *more[] = {"--cacert",
                          in_folder(f, trusted),
                          "--header",
                          "Content-Type: application/x-ndjson",
                          "--header",
                          "Expect:",
                          "--data-binary",
                          body,
                          certificate ? "--cert" : NULL,
                          certificate ? in_folder(f, certificate) : NULL,
                          "--key",
                          certificate ? in_folder(f, key) : NULL,
                          NULL};
    (void)snprintf(body, sizeof body, "@%s", in_folder(f, "body"));
    (void)snprintf(url, sizeof url, "https://localhost:%d/v1/stores/%s/records", f->device_port,
                   SENDER_STORE);
    (void)unlink(in_folder(f, "reply"));
    return curl(f, more, url);
}

static void write_batch(struct fixture *f, int from, int count)
{
    const struct batch batch = sender_batch(&sender, from, count);
    char *text = NULL;
    size_t size = 0;
    assert_int_equal(batch_pack(&batch.head, batch.lines, &text, &size, NULL), 0);
    testing_write(in_folder(f, "body"), text);
    free(text);
}

static int64_t high_water(struct fixture *f)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    struct receipt receipt;
    json_t *reply = json_load_file(in_folder(f, "reply"), 0, NULL);
    char *text = json_dumps(reply, JSON_COMPACT);
    json_decref(reply);
    assert_non_null(text);
    assert_int_equal(receipt_from_json(&receipt, text, strlen(text), NULL), 0);
    free(text);
    assert_int_equal(keyfile_read(in_folder(f, "dev/hq.pub"), key, sizeof key, false, NULL), 0);
    assert_int_equal(receipt_verify(&receipt, key, NULL), 0);
    return receipt.high_water;
}

static void assert_problem(struct fixture *f, int status)
{
    json_t *reply = json_load_file(in_folder(f, "reply"), 0, NULL);
    assert_non_null(reply);
    assert_int_equal(json_integer_value(json_object_get(reply, "status")), status);
    json_decref(reply);
}

/* --- the tests --------------------------------------------------------------------------------------------------- */

static void records_arrive_and_stay_over_a_restart(void **state)
{
    struct fixture *f = *state;
    write_batch(f, 0, 8);
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 200);
    assert_int_equal(high_water(f), 8);
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 200); /* again */
    assert_int_equal(high_water(f), 8);
    assert_int_equal(stop(f), 0);
    start(f);
    write_batch(f, 8, 12);
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 200);
    assert_int_equal(high_water(f), 20);

    char url[128];
    const char *none[] = {NULL};
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/api/v1/summary", f->people_port);
    assert_int_equal(curl(f, none, url), 200);
    json_t *summary = json_load_file(in_folder(f, "reply"), 0, NULL);
    const json_t *all = json_object_get(summary, "all");
    const json_t *question = json_array_get(json_object_get(all, "questions"), 0);
    assert_int_equal(json_integer_value(json_object_get(question, "n")), 20);
    json_decref(summary);
    assert_int_equal(stop(f), 0);
}

static void without_a_certificate_that_counts_nothing_goes_in(void **state)
{
    struct fixture *f = *state;
    struct pki_authority *other = NULL;
    struct identity identity;
    struct error error = {0};
    write_batch(f, 0, 8);
    assert_int_equal(post(f, NULL, NULL, "dev/ca.pem"), 401);
    assert_problem(f, 401);
    /* headquarters' own certificate is no device's */
    assert_int_equal(post(f, "hq/server.pem", "hq/server.key", "dev/ca.pem"), 403);
    assert_problem(f, 403);
    /* a device of the same name, by another authority */
    assert_int_equal(pki_make_authority(in_folder(f, "o.key"), in_folder(f, "o.pem"), &error), 0);
    assert_int_equal(pki_open_authority(&other, in_folder(f, "o.key"), in_folder(f, "o.pem"), &error), 0);
    assert_int_equal(pki_make_device(other, "kiosk-1", 24, in_folder(f, "od.key"), in_folder(f, "od.pem"),
                                     &identity, &error),
                     0);
    pki_close_authority(other);
    assert_int_equal(post(f, "od.pem", "od.key", "dev/ca.pem"), 403);
    /* and a client that does not trust headquarters sends nothing */
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "o.pem"), 0);
    write_batch(f, 0, 0);
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 200);
    assert_int_equal(high_water(f), 0);
}

static void an_old_certificate_ends_with_the_new_one(void **state)
{
    struct fixture *f = *state;
    write_batch(f, 0, 8);
    enroll(f, "kiosk-1", "new", true); /* while headquarters runs */
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 403);
    assert_problem(f, 403);
    assert_int_equal(post(f, "new/device.pem", "new/device.key", "new/ca.pem"), 200);
    assert_int_equal(high_water(f), 8);
}

static void a_body_too_large_is_413(void **state)
{
    struct fixture *f = *state;
    char *large = malloc(DEVICE_API_BODY_MAX + 2);
    assert_non_null(large);
    memset(large, 'x', DEVICE_API_BODY_MAX + 1);
    large[DEVICE_API_BODY_MAX + 1] = '\0';
    testing_write(in_folder(f, "body"), large);
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 413);
    assert_problem(f, 413);
    large[DEVICE_API_BODY_MAX] = '\0'; /* as large as may be: only no batch */
    testing_write(in_folder(f, "body"), large);
    assert_int_equal(post(f, "dev/device.pem", "dev/device.key", "dev/ca.pem"), 400);
    free(large);
}

/* F55: what speaks an older TLS, or none, gets nothing. */
static void older_tls_is_refused(void **state)
{
    struct fixture *f = *state;
    char url[128];
    const char *old[] = {"--insecure", "--tls-max", "1.1", NULL}, *plain[] = {NULL},
               *twelve[] = {"--insecure", "--tls-max", "1.2", NULL};
    (void)snprintf(url, sizeof url, "https://localhost:%d/", f->device_port);
    assert_int_equal(curl(f, old, url), 0);
    assert_int_equal(curl(f, twelve, url), 401);
    (void)snprintf(url, sizeof url, "http://localhost:%d/", f->device_port);
    assert_int_not_equal(curl(f, plain, url), 200);
}

static void a_port_that_is_taken_is_told(void **state)
{
    struct fixture *f = *state;
    static struct settings settings;
    struct error error = {0};
    sigset_t none;
    (void)sigemptyset(&none);
    assert_int_equal(settings_load(&settings, in_folder(f, "hq/hq.ini"), &error), 0);
    settings.device_port = f->device_port;
    memcpy(settings.device_address, "127.0.0.1", 10);
    assert_int_equal(serve_run(&settings, NULL, &none, &error), -EADDRINUSE);
    assert_non_null(strstr(error.text, "127.0.0.1:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_arrive_and_stay_over_a_restart, begin, end),
        cmocka_unit_test_setup_teardown(without_a_certificate_that_counts_nothing_goes_in, begin, end),
        cmocka_unit_test_setup_teardown(an_old_certificate_ends_with_the_new_one, begin, end),
        cmocka_unit_test_setup_teardown(a_body_too_large_is_413, begin, end),
        cmocka_unit_test_setup_teardown(older_tls_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_port_that_is_taken_is_told, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
