/*
 * The writer thread on real files: order, refusal, recovery proved by a fault record, a file that is swapped.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/record.h"
#include "core/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

#define EVENTS_MAX 512

/* Events as they came, for the test's thread to wait on. */
struct seen {
    pthread_mutex_t mutex;
    pthread_cond_t more;
    struct writer_event events[EVENTS_MAX];
    int count;
};

static int64_t now = 1763800000000;
static struct clock clock_of_test;

static void notice(void *user, const struct writer_event *event)
{
    struct seen *seen = user;
    (void)pthread_mutex_lock(&seen->mutex);
    if (seen->count < EVENTS_MAX)
        seen->events[seen->count++] = *event;
    (void)pthread_cond_broadcast(&seen->more);
    (void)pthread_mutex_unlock(&seen->mutex);
}

/* Waits for event number index, at most 20 s, and gives it. */
static struct writer_event event_at(struct seen *seen, int index)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    (void)pthread_mutex_lock(&seen->mutex);
    while (seen->count <= index)
        if (pthread_cond_timedwait(&seen->more, &seen->mutex, &until) == ETIMEDOUT)
            break;
    bool came = seen->count > index;
    struct writer_event event = seen->events[index];
    (void)pthread_mutex_unlock(&seen->mutex);
    if (!came)
        fail_msg("event %d did not come", index);
    return event;
}

static struct writer *start(const char *path, struct seen *seen)
{
    clock_of_test = testing_clock(&now);
    memset(seen, 0, sizeof *seen);
    (void)pthread_mutex_init(&seen->mutex, NULL);
    (void)pthread_cond_init(&seen->more, NULL);
    struct writer_options options = {
        .path = path, .clock = &clock_of_test, .notify = notice, .user = seen, .patience_ms = 150};
    struct writer *writer = NULL;
    struct error error = {0};
    if (writer_start(&writer, &options, &error) < 0)
        fail_msg("%s", error.text);
    return writer;
}

static int submit(struct writer *writer, uint64_t ticket)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{\"ticket\":%llu}", (unsigned long long)ticket);
    struct outbox_line line = {text, strlen(text)};
    return writer_submit(writer, ticket, &line, 1, NULL);
}

static char *line_at(const char *path, int64_t number)
{
    struct outbox *outbox = NULL;
    struct outbox_span span;
    assert_int_equal(outbox_open(&outbox, path, &clock_of_test, NULL), 0);
    assert_int_equal(outbox_read(outbox, number, 1, 1, &span, NULL), 0);
    char *line = span.count ? strndup(span.lines[0].text, span.lines[0].length) : NULL;
    outbox_span_free(&span);
    outbox_close(outbox);
    return line;
}

static int64_t last_of(const char *path)
{
    struct outbox *outbox = NULL;
    struct outbox_state state;
    assert_int_equal(outbox_open(&outbox, path, &clock_of_test, NULL), 0);
    assert_int_equal(outbox_state(outbox, &state, NULL), 0);
    outbox_close(outbox);
    return state.last;
}

static void jobs_are_saved_in_order_and_told_after(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct seen seen;
    struct writer *writer = start(path, &seen);
    for (uint64_t ticket = 1; ticket <= 200; ticket++) {
        while (submit(writer, ticket) == -EAGAIN) /* 64 may wait */
            (void)event_at(&seen, (int)ticket - 60);
    }
    for (int i = 0; i < 200; i++) {
        struct writer_event event = event_at(&seen, i);
        assert_int_equal(event.type, WRITER_SAVED);
        assert_true(event.ticket == (uint64_t)i + 1 && event.first == i + 1 && event.committed > 0);
    }
    writer_stop(writer);
    assert_true(last_of(path) == 200);
}

static void stopping_finishes_what_waits(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct seen seen;
    struct writer *writer = start(path, &seen);
    for (uint64_t ticket = 1; ticket <= 50; ticket++)
        assert_int_equal(submit(writer, ticket), 0);
    writer_stop(writer);
    assert_int_equal(seen.count, 50);
    assert_true(last_of(path) == 50);
}

static void F15_file_removed_is_made_anew_and_told(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct seen seen;
    struct writer *writer = start(path, &seen);
    assert_int_equal(submit(writer, 1), 0);
    (void)event_at(&seen, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(submit(writer, 2), 0);
    assert_int_equal(event_at(&seen, 1).type, WRITER_SAVED); /* in the new file, not in the unlinked one */
    writer_stop(writer);
    char *line = line_at(path, 1), *fault = line_at(path, 2);
    assert_string_equal(line, "{\"ticket\":2}");
    assert_non_null(strstr(fault, "\"fault\":\"outbox-moved\""));
    free(line);
    free(fault);
}

static void lock_that_stays_refuses_then_recovers(void **state)
{
    const char *path = testing_path(state, "o.db");
    struct seen seen;
    struct writer *writer = start(path, &seen);
    sqlite3 *db = NULL;
    assert_int_equal(submit(writer, 1), 0);
    (void)event_at(&seen, 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(submit(writer, 2), 0);
    struct writer_event event = event_at(&seen, 1);
    assert_int_equal(event.type, WRITER_REFUSED);
    assert_true(event.ticket == 2);
    assert_int_equal(event.error.code, -EAGAIN);
    assert_int_equal(event_at(&seen, 2).type, WRITER_DOWN);
    assert_int_equal(submit(writer, 3), -EAGAIN); /* refused on the spot while down */
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(event_at(&seen, 3).type, WRITER_RESTORED);
    assert_int_equal(submit(writer, 4), 0);
    assert_int_equal(event_at(&seen, 4).type, WRITER_SAVED);
    writer_stop(writer);
    /* 1, the fault that proved recovery and counts the refused, 4; never 2 or 3 */
    char *fault = line_at(path, 2), *line = line_at(path, 3);
    struct record record;
    assert_int_equal(record_parse(fault, strlen(fault), &record, NULL), 0);
    assert_string_equal(record.fault, "storage");
    assert_non_null(strstr(fault, "\"unsaved\":2"));
    assert_string_equal(line, "{\"ticket\":4}");
    assert_true(last_of(path) == 3);
    free(fault);
    free(line);
}

static void line_that_is_no_line_is_refused_alone(void **state)
{
    struct seen seen;
    struct writer *writer = start(testing_path(state, "o.db"), &seen);
    struct outbox_line line = {"two\nlines", 9};
    assert_int_equal(writer_submit(writer, 9, &line, 1, NULL), 0);
    assert_int_equal(event_at(&seen, 0).type, WRITER_REFUSED);
    assert_int_equal(submit(writer, 10), 0);
    assert_int_equal(event_at(&seen, 1).type, WRITER_SAVED);
    assert_int_equal(writer_submit(writer, 11, &line, 0, NULL), -EINVAL);
    writer_stop(writer);
}

static void broken_outbox_does_not_start(void **state)
{
    const char *path = testing_path(state, "o.db");
    char garbage[4097];
    memset(garbage, 'g', 4096);
    garbage[4096] = '\0';
    testing_write(path, garbage);
    clock_of_test = testing_clock(&now);
    struct seen seen = {0};
    struct writer_options options = {.path = path, .clock = &clock_of_test, .notify = notice, .user = &seen};
    struct writer *writer = NULL;
    struct error error = {0};
    assert_int_equal(writer_start(&writer, &options, &error), -EBADMSG);
    options.path = testing_path(state, "no/o.db");
    assert_int_equal(writer_start(&writer, &options, &error), -ENOENT);
    assert_null(writer);
    writer_stop(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_folder, testing_folder_end)
    const struct CMUnitTest tests[] = {
        TEST(jobs_are_saved_in_order_and_told_after), TEST(stopping_finishes_what_waits),
        TEST(F15_file_removed_is_made_anew_and_told), TEST(lock_that_stays_refuses_then_recovers),
        TEST(line_that_is_no_line_is_refused_alone),  TEST(broken_outbox_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
