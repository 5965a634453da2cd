/*
 * The people port without a network: documents, periods, and whom it answers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/people_api.h"
#include "hq/sender.h"

#include <errno.h>
#include <jansson.h>

static struct sender sender;
static int64_t now = SENDER_NOW;

struct fixture {
    char *folder;
    struct db *db;
    struct clock clock;
    struct people_api api;
};

/* The query of the request that is being made: pairs of name and value. */
static const char *query[5];

static const char *argument(const void *context, const char *name)
{
    (void)context;
    for (int i = 0; query[i]; i += 2)
        if (strcmp(query[i], name) == 0)
            return query[i + 1];
    return NULL;
}

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char path[256];
    if (!f || testing_folder((void **)&f->folder) < 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/hq.db", f->folder);
    f->db = sender_database(path);
    f->clock = testing_clock(&now);
    assert_int_equal(people_api_open(&f->api, f->db, &f->clock, "hq/web", NULL), 0);
    sender_start(&sender, "kiosk-1", SENDER_STORE);
    sender_enroll(f->db, &sender, "b-1");
    memset(query, 0, sizeof query);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    people_api_close(&f->api);
    db_close(f->db);
    int result = testing_folder_end((void **)&f->folder);
    free(f);
    return result;
}

static struct http_response call(struct fixture *f, const char *method, const char *host, const char *path)
{
    const struct http_request request = {.method = method,
                                         .path = path,
                                         .host = host,
                                         .content_type = "",
                                         .content_encoding = "",
                                         .body = "",
                                         .argument = argument};
    struct http_response response = {0};
    people_api_handle(&f->api, &request, &response);
    return response;
}

static json_t *document(struct fixture *f, const char *path)
{
    struct http_response response = call(f, "GET", "localhost:8080", path);
    assert_int_equal(response.status, 200);
    json_t *made = json_loadb(response.body, response.body_size, 0, NULL);
    assert_non_null(made);
    free(response.body);
    return made;
}

static json_t *question(const json_t *group, size_t index)
{
    return json_array_get(json_object_get(group, "questions"), index);
}

static double real(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* 10 touch answers of which 8 are satisfied, and 9 by telephone. */
static void answers(struct fixture *f)
{
    for (int i = 0; i < 10; i++)
        sender_face(&sender, i, 1, i < 8 ? 4 + i % 2 : 1, SENDER_NOW, "touch");
    for (int i = 10; i < 19; i++)
        sender_face(&sender, i, 1, 5, SENDER_NOW, "phone");
    sender_end(&sender, 19, 2); /* not sent: still out */
    (void)sender_send(&sender, f->db, 0, 19);
}

static void the_summary_has_scores_and_suppresses_small_ones(void **state)
{
    struct fixture *f = *state;
    answers(f);
    json_t *summary = document(f, "/api/v1/summary");
    json_t *branch = json_array_get(json_object_get(summary, "branches"), 0);
    assert_string_equal(json_string_value(json_object_get(branch, "id")), "b-1");
    const json_t *groups[] = {branch, json_object_get(summary, "all")};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(json_array_size(json_object_get(groups[i], "questions")), 2);
        json_t *phone = question(groups[i], 0), *touch = question(groups[i], 1);
        assert_string_equal(json_string_value(json_object_get(phone, "channel")), "phone");
        assert_int_equal(real(phone, "n"), 9);
        assert_true(json_is_null(json_object_get(phone, "csat")));
        assert_string_equal(json_string_value(json_object_get(phone, "suppressed")), "n<10");
        assert_int_equal(real(touch, "n"), 10);
        assert_int_equal(real(json_object_get(touch, "counts"), "1"), 2);
        assert_int_equal(real(json_object_get(touch, "counts"), "4"), 4);
        assert_int_equal(real(json_object_get(touch, "counts"), "5"), 4);
        assert_float_equal(real(json_object_get(touch, "csat"), "value"), 0.8, 1e-6);
        assert_float_equal(real(json_object_get(touch, "csat"), "low"), 0.490162, 1e-6);
        assert_float_equal(real(json_object_get(touch, "csat"), "high"), 0.943318, 1e-6);
        assert_true(json_is_null(json_object_get(touch, "suppressed")));
        assert_int_equal(real(json_object_get(groups[i], "completeness"), "arrived"), 19);
        assert_int_equal(real(json_object_get(groups[i], "completeness"), "recorded"), 20);
        assert_float_equal(real(json_object_get(groups[i], "completeness"), "share"), 0.95, 1e-6);
    }
    assert_int_equal(real(summary, "now"), SENDER_NOW);
    json_decref(summary);
}

static void the_period_is_kept(void **state)
{
    static const struct {
        const char *from, *to;
        int n;
    } periods[] = {
        /* SENDER_NOW is 2025-11-24T16:00:00Z */
        {"2025-11-24T16:00:00Z", "2025-11-24T17:00:00.000Z", 10},
        {"2025-11-24T15:00:00Z", "2025-11-24T16:00:00Z", 0},
        {"2025-11-24T17:00:00Z", NULL, 0},
        {"2025-11-24T16:30:00Z", "2025-11-24T16:40:00Z", 10}, /* whole hours, outwards */
        {NULL, "2025-11-25T00:00:00Z", 10},
    };
    struct fixture *f = *state;
    answers(f);
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        size_t at = 0;
        memset(query, 0, sizeof query);
        if (periods[i].from) {
            query[at++] = "from";
            query[at++] = periods[i].from;
        }
        if (periods[i].to) {
            query[at++] = "to";
            query[at++] = periods[i].to;
        }
        json_t *summary = document(f, "/api/v1/summary");
        assert_int_equal(real(question(json_object_get(summary, "all"), 1), "n"), periods[i].n);
        json_decref(summary);
    }
}

static void a_period_that_is_none_is_400(void **state)
{
    static const char *const bad[] = {
        "yesterday", "2025-11-24",          "2025-11-24T16:00:00", "2025-11-24T16:00:00+01:00",
        "",          "2025-13-24T16:00:00Z"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        query[0] = i % 2 ? "from" : "to";
        query[1] = bad[i];
        struct http_response response = call(f, "GET", "localhost", "/api/v1/reasons");
        assert_int_equal(response.status, 400);
        assert_string_equal(response.type, "application/problem+json");
        free(response.body);
    }
}

static void reasons_come_most_frequent_first(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 10; i++)
        sender_reasons(&sender, i, 2, i < 6 ? "waiting" : "fees", i < 9 ? "attitude" : NULL);
    (void)sender_send(&sender, f->db, 0, 10);
    json_t *reasons = document(f, "/api/v1/reasons");
    json_t *asked = question(json_object_get(reasons, "all"), 0);
    json_t *codes = json_object_get(asked, "codes");
    static const struct {
        const char *code;
        int count;
    } expected[] = {{"attitude", 9}, {"waiting", 6}, {"fees", 4}};
    assert_int_equal(real(asked, "n"), 10);
    assert_int_equal(json_array_size(codes), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *code = json_array_get(codes, i);
        assert_string_equal(json_string_value(json_object_get(code, "code")), expected[i].code);
        assert_int_equal(real(code, "count"), expected[i].count);
        assert_float_equal(real(code, "share"), expected[i].count / 10.0, 1e-6);
    }
    json_decref(reasons);
    json_t *summary = document(f, "/api/v1/summary"); /* a choice is no score */
    assert_int_equal(json_array_size(json_object_get(json_object_get(summary, "all"), "questions")), 0);
    json_decref(summary);
}

static void devices_show_what_is_still_out(void **state)
{
    struct fixture *f = *state;
    static struct sender silent;
    answers(f);
    sender_start(&silent, "kiosk-2", SENDER_OTHER_STORE);
    sender_enroll(f->db, &silent, "b-2");
    json_t *devices = document(f, "/api/v1/devices");
    json_t *list = json_object_get(devices, "devices");
    assert_int_equal(json_array_size(list), 2);
    const json_t *one = json_array_get(list, 0), *two = json_array_get(list, 1);
    assert_string_equal(json_string_value(json_object_get(one, "id")), "kiosk-1");
    assert_int_equal(real(one, "high_water"), 19);
    assert_int_equal(real(one, "last_reported"), 20);
    assert_int_equal(real(one, "unsent"), 1);
    assert_int_equal(real(one, "last_seen"), SENDER_NOW);
    const json_t *store = json_array_get(json_object_get(one, "stores"), 0);
    assert_string_equal(json_string_value(json_object_get(store, "id")), SENDER_STORE);
    assert_int_equal(real(store, "clock_offset"), -1000);
    assert_true(json_is_null(json_object_get(two, "last_seen")));
    assert_int_equal(json_array_size(json_object_get(two, "stores")), 0);
    json_decref(devices);
}

static void the_page_comes_with_its_fence(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[] = {"/", "/app.js", "/style.css", "/icon.svg"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct http_response response = call(f, "GET", "127.0.0.1:8080", paths[i]);
        const char *policy = NULL;
        assert_int_equal(response.status, 200);
        assert_true(response.body_size > 100);
        for (size_t h = 0; h < response.header_count; h++)
            if (strcmp(response.headers[h].name, "Content-Security-Policy") == 0)
                policy = response.headers[h].value;
        assert_non_null(policy);
        assert_non_null(strstr(policy, "default-src 'none'"));
        assert_null(strstr(policy, "unsafe"));
        free(response.body);
    }
    struct http_response page = call(f, "GET", "localhost", "/");
    char *text = strndup(page.body, page.body_size);
    assert_null(strstr(text, "style="));
    assert_null(strstr(text, "<style"));
    assert_null(strstr(text, "<script>"));
    assert_null(strstr(text, "http:"));
    assert_null(strstr(text, "https:"));
    free(text);
    free(page.body);
}

static void whom_and_what_it_refuses(void **state)
{
    static const struct {
        const char *method, *host, *path;
        unsigned status;
    } calls[] = {
        {"GET", "evil.example", "/", 421},
        {"GET", "localhost.evil.example", "/", 421},
        {"GET", "", "/", 421},
        {"GET", "[::1]:8080", "/", 200},
        {"GET", "LOCALHOST", "/", 200},
        {"POST", "localhost", "/api/v1/summary", 405},
        {"GET", "localhost", "/../hq.db", 404},
        {"GET", "localhost", "/api/v1/nothing", 404},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct http_response response = call(f, calls[i].method, calls[i].host, calls[i].path);
        assert_int_equal(response.status, calls[i].status);
        free(response.body);
    }
}

static void a_folder_without_the_page_is_refused(void **state)
{
    struct fixture *f = *state;
    struct people_api none;
    struct error error = {0};
    assert_int_equal(people_api_open(&none, f->db, &f->clock, f->folder, &error), -ENOENT);
    assert_non_null(strstr(error.text, "index.html"));
    assert_int_equal(error_exit_status(&error), 78);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_summary_has_scores_and_suppresses_small_ones, begin, end),
        cmocka_unit_test_setup_teardown(the_period_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_period_that_is_none_is_400, begin, end),
        cmocka_unit_test_setup_teardown(reasons_come_most_frequent_first, begin, end),
        cmocka_unit_test_setup_teardown(devices_show_what_is_still_out, begin, end),
        cmocka_unit_test_setup_teardown(the_page_comes_with_its_fence, begin, end),
        cmocka_unit_test_setup_teardown(whom_and_what_it_refuses, begin, end),
        cmocka_unit_test_setup_teardown(a_folder_without_the_page_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
