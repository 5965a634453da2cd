/*
 * Status, state file and lock: what a technician is told, with and without a daemon.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/outbox.h"
#include "sync/lock.h"
#include "sync/status.h"

#include <errno.h>
#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define RECORD                                                                                               \
    "{\"visit\":\"019aab30-5c00-7abc-8def-0123456789ab\",\"n\":%d,\"type\":\"end\",\"at\":%lld,\"up\":5,"    \
    "\"boot\":\"11111111-2222-4333-8444-555555555555\",\"survey\":\"branch-exit/1\",\"lang\":\"zh\","        \
    "\"channel\":\"touch\",\"end\":\"completed\",\"answers\":1}"

static int64_t now = 1763000000000; /* 2025-11-13T02:13:20Z */

static struct settings settings_at(const char *outbox)
{
    struct settings settings = {.device = {.id = "kiosk-1", .branch = "north"}};
    (void)snprintf(settings.device.outbox, sizeof settings.device.outbox, "%s", outbox);
    return settings;
}

/* count records, the i-th (from 1) made i minutes before now; receipted up to high_water when > 0. */
static void fill(const char *path, int count, int64_t high_water)
{
    struct clock clock = testing_clock(&now);
    struct outbox *outbox = NULL;
    struct error error = {0};
    struct outbox_state state;
    assert_int_equal(outbox_open(&outbox, path, &clock, &error), 0);
    for (int i = 1; i <= count; i++) {
        char text[512];
        struct outbox_line line = {text, 0};
        line.length = (size_t)snprintf(text, sizeof text, RECORD, i, (long long)now - i * 60000LL);
        assert_int_equal(outbox_append(outbox, &line, 1, NULL, &error), 0);
    }
    assert_int_equal(outbox_state(outbox, &state, &error), 0);
    if (high_water > 0) {
        struct receipt receipt = {
            .high_water = high_water, .now = now - 5000, .epoch = "2b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e"};
        memcpy(receipt.store, state.store, ID_TEXT);
        assert_int_equal(outbox_chain_at(outbox, high_water, receipt.chain, &error), 0);
        assert_int_equal(outbox_keep_receipt(outbox, &receipt, &error), 0);
    }
    outbox_close(outbox);
}

static void collect(struct status *status, const struct settings *settings)
{
    struct clock clock = testing_clock(&now);
    struct error error = {0};
    if (status_collect(status, settings, &clock, &error) < 0)
        fail_msg("%s", error.text);
}

/* The text with store id, path and size, which vary, replaced by S, P and N. */
static void text_of(const struct status *status, char *text, size_t size)
{
    struct status fixed = *status;
    FILE *out = fmemopen(text, size, "w");
    assert_non_null(out);
    fixed.outbox = "P";
    fixed.outbox_bytes = 2048;
    (void)snprintf(fixed.state.store, sizeof fixed.state.store, "S");
    status_print_text(out, &fixed, now);
    assert_int_equal(fclose(out), 0);
}

static void text_without_a_daemon(void **state)
{
    struct settings settings = settings_at(testing_path(state, "outbox.db"));
    struct status status;
    char text[2048];
    fill(settings.device.outbox, 5, 0);
    collect(&status, &settings);
    assert_true(status.outbox_bytes > 0);
    text_of(&status, text, sizeof text);
    assert_string_equal(text, "device     kiosk-1, branch north\n"
                              "outbox     P, 2 KiB on disk\n"
                              "store      S\n"
                              "records    1 to 5 made, 1 to 5 held\n"
                              "receipted  nothing yet\n"
                              "unsent     5, the oldest for 60 s\n"
                              "daemon     not running\n");
}

static void text_of_an_empty_outbox(void **state)
{
    struct settings settings = settings_at(testing_path(state, "outbox.db"));
    struct status status;
    char text[2048];
    settings.device.branch[0] = '\0';
    fill(settings.device.outbox, 0, 0);
    collect(&status, &settings);
    text_of(&status, text, sizeof text);
    assert_string_equal(text, "device     kiosk-1\n"
                              "outbox     P, 2 KiB on disk\n"
                              "store      S\n"
                              "records    none yet\n"
                              "receipted  nothing yet\n"
                              "unsent     0\n"
                              "daemon     not running\n");
}

/* Holds the lock in another process, as a daemon would, while the test looks. */
static pid_t hold_lock(const char *outbox, int *end)
{
    int ready[2], done[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int file = -1;
        byte = lock_take(outbox, &file, NULL) == 0 ? '+' : '-';
        (void)close(done[1]);
        if (write(ready[1], &byte, 1) == 1 && read(done[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    (void)close(ready[1]);
    (void)close(done[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    assert_int_equal(byte, '+');
    *end = done[1];
    return child;
}

static void text_with_a_daemon_in_trouble(void **state)
{
    struct settings settings = settings_at(testing_path(state, "outbox.db"));
    struct state_file file = {
        .trouble = "denied", .alarm = true, .why = "headquarters answers 403", .since = now - 86400000};
    struct status status;
    struct error error = {0};
    char text[2048];
    int end = -1, lock = -1;
    fill(settings.device.outbox, 200, 20);
    file.next_attempt = now + 600000;
    assert_int_equal(state_file_write(settings.device.outbox, &file, &error), 0);
    assert_false(lock_held(settings.device.outbox));
    pid_t daemon = hold_lock(settings.device.outbox, &end);
    assert_true(lock_held(settings.device.outbox));
    assert_int_equal(lock_take(settings.device.outbox, &lock, &error), -EAGAIN);
    assert_non_null(strstr(error.text, "another tapline-sync"));
    assert_int_equal(error_exit_status(&error), 75);
    collect(&status, &settings);
    text_of(&status, text, sizeof text);
    assert_string_equal(text, "device     kiosk-1, branch north\n"
                              "outbox     P, 2 KiB on disk\n"
                              "store      S\n"
                              "records    1 to 200 made, 1 to 200 held\n"
                              "receipted  up to 20, 2025-11-13T02:13:15Z, epoch "
                              "2b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e\n"
                              "unsent     180, the oldest for 21 min\n"
                              "daemon     running\n"
                              "upload     denied since 2025-11-12T02:13:20Z\n"
                              "ALARM      headquarters answers 403\n"
                              "next try   in 10 min\n");
    (void)close(end);
    assert_int_equal(waitpid(daemon, NULL, 0), daemon);
    assert_false(lock_held(settings.device.outbox)); /* given back by the kernel */
    assert_int_equal(lock_take(settings.device.outbox, &lock, &error), 0);
    (void)close(lock);
}

static json_t *json_of(const struct status *status)
{
    char text[4096] = "";
    struct error error = {0};
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    assert_int_equal(status_print_json(out, status, &error), 0);
    assert_int_equal(fclose(out), 0);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    return json;
}

static void json_tells_the_same(void **state)
{
    struct settings settings = settings_at(testing_path(state, "outbox.db"));
    struct state_file file = {.trouble = "offline", .why = "no \"route\"\xff", .since = 1, .next_attempt = 2};
    struct status status;
    struct error error = {0};
    fill(settings.device.outbox, 30, 20);
    assert_int_equal(state_file_write(settings.device.outbox, &file, &error), 0);
    collect(&status, &settings);
    json_t *json = json_of(&status);
    const char *device, *branch, *store, *epoch, *upload, *why;
    json_int_t first, last, receipted, unsent, oldest, at, bytes, since, next;
    int running, alarm;
    assert_int_equal(
        json_unpack(json,
                    "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:b, s:b, s:s, s:s, "
                    "s:I, s:I}}",
                    "device", &device, "branch", &branch, "store", &store, "epoch", &epoch, "first", &first,
                    "last", &last, "receipted", &receipted, "unsent", &unsent, "oldest_unsent_ms", &oldest,
                    "receipt_at", &at, "outbox_bytes", &bytes, "daemon", "running", &running, "alarm", &alarm,
                    "upload", &upload, "why", &why, "since", &since, "next_attempt", &next),
        0);
    assert_string_equal(device, "kiosk-1");
    assert_string_equal(store, status.state.store);
    assert_int_equal(first, 1);
    assert_int_equal(last, 30);
    assert_int_equal(receipted, 20);
    assert_int_equal(unsent, 10);
    assert_int_equal(oldest, 21 * 60000);
    assert_int_equal(at, now - 5000);
    assert_false(running);
    assert_false(alarm);
    assert_string_equal(upload, "offline");
    assert_string_equal(why, "(unreadable message)");
    json_decref(json);
}

static void json_of_what_is_not_known_is_null(void **state)
{
    struct settings settings = settings_at(testing_path(state, "outbox.db"));
    struct status status;
    fill(settings.device.outbox, 0, 0);
    collect(&status, &settings);
    json_t *json = json_of(&status);
    assert_true(json_is_null(json_object_get(json, "epoch")));
    assert_true(json_is_null(json_object_get(json, "receipt_at")));
    assert_true(json_is_null(json_object_get(json, "oldest_unsent_ms")));
    assert_null(json_object_get(json_object_get(json, "daemon"), "upload"));
    json_decref(json);
}

static void status_makes_no_outbox(void **state)
{
    struct settings settings = settings_at(testing_path(state, "outbox.db"));
    struct clock clock = testing_clock(&now);
    struct error error = {0};
    struct status status;
    assert_int_equal(status_collect(&status, &settings, &clock, &error), -ENOENT);
    assert_int_equal(access(settings.device.outbox, F_OK), -1);
    testing_write(settings.device.outbox, "this is not a database, by no means, not even nearly one at all");
    assert_int_equal(status_collect(&status, &settings, &clock, &error), -EBADMSG);
}

static void a_state_file_comes_back_or_is_refused(void **state)
{
    const char *outbox = testing_path(state, "outbox.db"),
               *file = testing_path(state, "outbox.db.sync-state");
    const struct state_file wrote = {
        .trouble = "forked", .alarm = true, .why = "银行", .since = 4102444800000, .next_attempt = 7};
    struct state_file read = {.trouble = "untouched"};
    struct error error = {0};
    assert_int_equal(state_file_read(outbox, &read, &error), -ENOENT);
    static const char *const broken[] = {
        "", "{", "[]", "{\"trouble\":\"well\"}",
        "{\"trouble\":1,\"alarm\":true,\"why\":\"\",\"since\":1,\"next_attempt\":1}"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        testing_write(file, broken[i]);
        assert_int_equal(state_file_read(outbox, &read, &error), -EBADMSG);
    }
    assert_string_equal(read.trouble, "untouched");
    assert_int_equal(state_file_write(outbox, &wrote, &error), 0);
    assert_int_equal(state_file_read(outbox, &read, &error), 0);
    assert_string_equal(read.trouble, wrote.trouble);
    assert_string_equal(read.why, wrote.why);
    assert_true(read.alarm);
    assert_int_equal(read.since, wrote.since);
    assert_int_equal(read.next_attempt, wrote.next_attempt);
    assert_int_equal(access(testing_path(state, "outbox.db.sync-state.new"), F_OK), -1);
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, testing_folder, testing_folder_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(text_without_a_daemon),
        FOLDER_TEST(text_of_an_empty_outbox),
        FOLDER_TEST(text_with_a_daemon_in_trouble),
        FOLDER_TEST(json_tells_the_same),
        FOLDER_TEST(json_of_what_is_not_known_is_null),
        FOLDER_TEST(status_makes_no_outbox),
        FOLDER_TEST(a_state_file_comes_back_or_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
