/*
 * The kiosk's dealings with the machine: service manager, watched files, errands, facts, the desk, the PIN.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "core/outbox.h"
#include "core/outbox_copy.h"
#include "kiosk/desk.h"
#include "kiosk/errand.h"
#include "kiosk/notify.h"
#include "kiosk/pin_sodium.h"
#include "kiosk/watch.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

static void path_in(void **state, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", (const char *)*state, name);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Waits for a word from another thread; a test that would hang fails instead. */
static void await(sem_t *word)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    assert_int_equal(sem_timedwait(word, &until), 0);
}

/* --- service manager --- */

static void the_manager_hears_what_it_asked_for(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct notify notify;
    char path[256], word[64], number[32];
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    path_in(state, "notify", path);
    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", path);
    assert_int_equal(bind(manager, (struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "4000000", 1);
    snprintf(number, sizeof number, "%d", (int)getpid());
    setenv("WATCHDOG_PID", number, 1);
    notify_open(&notify);
    assert_int_equal(notify.period_ms, 2000);
    notify_say(&notify, "READY=1");
    assert_int_equal(recv(manager, word, sizeof word, 0), 7);
    notify_alive(&notify, 1000);
    assert_int_equal(recv(manager, word, sizeof word, 0), 10);
    assert_int_equal(notify_deadline(&notify), 3000);
    notify_alive(&notify, 2999);
    assert_int_equal(recv(manager, word, sizeof word, 0), -1);
    notify_alive(&notify, 3000);
    assert_int_equal(recv(manager, word, sizeof word, 0), 10);
    notify_close(&notify);
    setenv("WATCHDOG_PID", "1", 1); /* somebody else is watched */
    notify_open(&notify);
    assert_int_equal(notify_deadline(&notify), NOTIFY_NEVER);
    notify_close(&notify);
    setenv("WATCHDOG_USEC", "soon", 1);
    unsetenv("WATCHDOG_PID");
    notify_open(&notify);
    assert_int_equal(notify_deadline(&notify), NOTIFY_NEVER);
    notify_close(&notify);
    unsetenv("NOTIFY_SOCKET");
    notify_open(&notify);
    notify_say(&notify, "READY=1");
    notify_alive(&notify, 1);
    assert_int_equal(notify_deadline(&notify), NOTIFY_NEVER);
    close(manager);
}

/* --- watched files --- */

struct watched {
    sem_t word;
    _Atomic size_t index;
};

static void on_change(void *user, size_t index)
{
    struct watched *watched = user;

    watched->index = index;
    sem_post(&watched->word);
}

static void changes_and_replacements_are_told(void **state)
{
    struct watched watched = {.index = 99};
    char first[256], second[256], aside[256];
    const char *paths[] = {first, "", second};
    struct watch *watch = NULL;
    struct error error = {0};

    path_in(state, "first", first);
    path_in(state, "second", second);
    path_in(state, "aside", aside);
    sem_init(&watched.word, 0, 0);
    assert_int_equal(watch_start(&watch, paths, 3, on_change, &watched, &error), 0);
    write_file(aside, "x"); /* not watched */
    write_file(first, "x");
    await(&watched.word);
    assert_int_equal(watched.index, 0);
    assert_int_equal(rename(aside, second), 0);
    await(&watched.word);
    assert_int_equal(watched.index, 2);
    watch_stop(watch);
    watch_stop(NULL);
    paths[0] = "/nonexistent/folder/file";
    assert_int_equal(watch_start(&watch, paths, 1, on_change, &watched, &error), -ENOENT);
    sem_destroy(&watched.word);
}

/* --- errands --- */

struct errand_bench {
    sem_t begin, ended;
    int worked, done, forgotten;
};

static void work(void *request)
{
    struct errand_bench *bench = *(struct errand_bench **)request;

    await(&bench->begin);
    bench->worked++;
}

static void done(void *user, void *request)
{
    struct errand_bench *bench = user;

    bench->done++;
    free(request);
    sem_post(&bench->ended);
}

static void forget(void *request)
{
    struct errand_bench *bench = *(struct errand_bench **)request;

    free(request);
    bench->forgotten++;
    sem_post(&bench->ended);
}

static void an_errand_reports_once_or_not_at_all(void **state)
{
    struct errand_bench bench = {.worked = 0};
    struct errand_options options = {.work = work, .done = done, .forget = forget, .user = &bench};
    struct errand *errand = NULL;
    struct error error = {0};

    (void)state;
    sem_init(&bench.begin, 0, 0);
    sem_init(&bench.ended, 0, 0);
    for (int cancelled = 0; cancelled < 2; cancelled++) {
        struct errand_bench **request = malloc(sizeof *request);

        assert_non_null(request);
        *request = &bench;
        options.request = request;
        assert_int_equal(errand_start(&errand, &options, &error), 0);
        if (cancelled)
            errand_cancel(errand);
        sem_post(&bench.begin);
        await(&bench.ended);
        if (!cancelled)
            errand_cancel(errand);
    }
    assert_int_equal(bench.worked, 2);
    assert_int_equal(bench.done, 1);
    assert_int_equal(bench.forgotten, 1);
    errand_cancel(NULL);
}

/* --- facts, menu, desk --- */

static void brightness_is_kept_above_dark(void **state)
{
    const char *folder = *state;
    char most[256], now[256];
    struct error error = {0};

    path_in(state, "max_brightness", most);
    path_in(state, "brightness", now);
    assert_int_equal(facts_brightness(""), -1);
    assert_int_equal(facts_brightness(folder), -1);
    assert_int_equal(facts_set_brightness(folder, 50, &error), -ENODEV);
    write_file(most, "937\n");
    write_file(now, "937\n");
    assert_int_equal(facts_brightness(folder), 100);
    assert_int_equal(facts_set_brightness(folder, 40, &error), 0);
    assert_int_equal(facts_brightness(folder), 40);
    write_file(now, "");
    assert_int_equal(facts_set_brightness(folder, -10, &error), 0);
    assert_int_equal(facts_brightness(folder), 5);
}

static const struct view_row *find(const struct service_menu *menu, const char *label)
{
    for (size_t i = 0; i < menu->count; i++)
        if (strcmp(menu->rows[i].label, label) == 0)
            return &menu->rows[i];
    return NULL;
}

static void the_menu_shows_what_is_known(void **state)
{
    struct facts facts = {.state = {.store = "s-1", .last = 17},
                          .disk_free = 5 << 20,
                          .disk_size = 9 << 20,
                          .brightness_percent = -1};
    struct service_source source = {
        .version = "1", .device = "d", .branch = "b", .survey = "s/1", .theme = "light", .volume = -1};
    struct service_menu menu;

    (void)state;
    service_menu(&menu, &source);
    assert_string_equal(find(&menu, "Store")->value, "...");
    assert_null(find(&menu, "Problem"));
    assert_null(find(&menu, "Copy the outbox"));
    assert_null(find(&menu, "Brighter"));
    assert_null(find(&menu, "Louder"));
    assert_true(find(&menu, "Restart")->button);
    facts.state.receipted = true;
    facts.state.receipt.high_water = 12;
    facts.brightness_percent = 60;
    source.facts = &facts;
    source.problem = "theme.ini: broken";
    source.can_export = true;
    source.volume = 80;
    service_menu(&menu, &source);
    assert_string_equal(find(&menu, "Last record")->value, "17");
    assert_string_equal(find(&menu, "Held by HQ")->value, "12 (5 to send)");
    assert_string_equal(find(&menu, "Disk")->value, "5 MiB free of 9");
    assert_string_equal(find(&menu, "Problem")->value, "theme.ini: broken");
    assert_non_null(find(&menu, "Copy the outbox"));
    assert_non_null(find(&menu, "Brighter"));
    assert_non_null(find(&menu, "Louder"));
    assert_true(menu.count < VIEW_ROWS); /* nothing was left out */
    for (size_t i = 0; i < menu.count; i++)
        assert_int_equal(menu.rows[i].button, menu.actions[i] != SERVICE_NOTHING);
    facts.outbox_error = (struct error){-EROFS, "read-only"};
    service_menu(&menu, &source);
    assert_string_equal(find(&menu, "Store")->value, "read-only");
}

struct desk_bench {
    sem_t word;
    void *news;
};

static bool post(void *user, void *news)
{
    struct desk_bench *bench = user;

    bench->news = news;
    sem_post(&bench->word);
    return true;
}

static int row_of(const struct service_menu *menu, const char *label)
{
    return (int)(find(menu, label) - menu->rows);
}

static void the_desk_gathers_and_copies(void **state)
{
    static struct settings settings;
    const struct survey survey = {.version = "s/1"};
    struct desk_bench bench = {.news = NULL};
    const struct desk_words words = {NULL, 0, 0};
    int64_t now = INT64_C(1700000000000);
    struct clock clock = testing_clock(&now);
    struct desk_options options = {
        .settings = &settings, .survey = &survey, .clock = &clock, .user = &bench, .post = post};
    struct outbox *outbox = NULL;
    struct service_menu menu;
    struct outbox_state copied;
    struct error error = {0};
    struct desk *desk;
    char copy[600];

    sem_init(&bench.word, 0, 0);
    snprintf(settings.device.id, sizeof settings.device.id, "d-1");
    snprintf(settings.device.outbox, sizeof settings.device.outbox, "%s/outbox.db", (const char *)*state);
    snprintf(settings.export_dir, sizeof settings.export_dir, "%s", (const char *)*state);
    assert_int_equal(outbox_open(&outbox, settings.device.outbox, &clock, &error), 0);
    assert_int_equal(outbox_append(outbox, &(struct outbox_line){"{}", 2}, 1, NULL, &error), 0);
    desk = desk_new(&options);
    assert_non_null(desk);
    assert_int_equal(desk_deadline(desk), DESK_NEVER);
    desk_open(desk);
    await(&bench.word);
    desk_take(desk, bench.news);
    desk_menu(desk, &words, &menu);
    assert_string_equal(find(&menu, "Last record")->value, "1");
    assert_int_equal(desk_item(desk, row_of(&menu, "Touch test")), SERVICE_TOUCH_TEST);
    assert_int_equal(desk_item(desk, row_of(&menu, "Restart")), SERVICE_RESTART);
    assert_int_equal(desk_item(desk, row_of(&menu, "Version")), SERVICE_NOTHING);
    assert_int_equal(desk_item(desk, 99), SERVICE_NOTHING);
    assert_int_equal(desk_item(desk, row_of(&menu, "Copy the outbox")), SERVICE_NOTHING);
    await(&bench.word);
    desk_take(desk, bench.news);
    desk_menu(desk, &words, &menu);
    assert_string_equal(find(&menu, "Copy")->value, "done: tapline-d-1-20231114T221320Z.db");
    outbox_close(outbox);
    snprintf(copy, sizeof copy, "%s/tapline-d-1-20231114T221320Z.db", settings.export_dir);
    assert_int_equal(outbox_open(&outbox, copy, &clock, &error), 0);
    assert_int_equal(outbox_state(outbox, &copied, &error), 0);
    assert_int_equal(copied.last, 1);
    outbox_close(outbox);
    assert_int_equal(outbox_copy(settings.device.outbox, copy, &error), -EEXIST);
    snprintf(copy, sizeof copy, "/nonexistent/x.db");
    assert_true(outbox_copy(settings.device.outbox, copy, &error) < 0);
    desk_close(desk);
    desk_free(desk);
    desk_free(NULL);
    sem_destroy(&bench.word);
}

/* --- PIN --- */

static void a_pin_is_known_by_its_hash_only(void **state)
{
    char hash[PIN_SODIUM_TEXT] = "", again[PIN_SODIUM_TEXT];
    struct error error = {0};

    (void)state;
    assert_int_equal(pin_sodium_hash(hash, "123", &error), -EINVAL);
    assert_int_equal(pin_sodium_hash(hash, "12345678901234567", &error), -EINVAL);
    assert_int_equal(pin_sodium_hash(hash, "12a4", &error), -EINVAL);
    assert_int_equal(pin_sodium_hash(hash, "2468", &error), 0);
    assert_int_equal(pin_sodium_hash(again, "2468", &error), 0);
    assert_string_not_equal(hash, again);
    assert_true(pin_sodium_is_hash(hash));
    assert_true(pin_sodium_matches(hash, "2468"));
    assert_false(pin_sodium_matches(hash, "2469"));
    assert_false(pin_sodium_matches(hash, ""));
    assert_false(pin_sodium_matches("", "2468"));
    assert_false(pin_sodium_is_hash("2468"));
    assert_false(pin_sodium_is_hash("$argon2id$v=19$m=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_manager_hears_what_it_asked_for, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test_setup_teardown(changes_and_replacements_are_told, testing_folder,
                                        testing_folder_end),
        cmocka_unit_test(an_errand_reports_once_or_not_at_all),
        cmocka_unit_test_setup_teardown(brightness_is_kept_above_dark, testing_folder, testing_folder_end),
        cmocka_unit_test(the_menu_shows_what_is_known),
        cmocka_unit_test_setup_teardown(the_desk_gathers_and_copies, testing_folder, testing_folder_end),
        cmocka_unit_test(a_pin_is_known_by_its_hash_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
