/*
 * Problem documents.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/problem.h"

#include <jansson.h>

static void a_problem_says_what_rfc_9457_wants(void **state)
{
    (void)state;
    struct http_response response = {0};
    problem_reply(&response, 403, "store \"%s\" is not <yours>", "x");
    assert_int_equal(response.status, 403);
    assert_string_equal(response.type, "application/problem+json");
    assert_string_equal(response.note, "store \"x\" is not <yours>");
    json_t *document = json_loadb(response.body, response.body_size, 0, NULL);
    const char *type = NULL, *title = NULL, *detail = NULL;
    int status = 0;
    assert_int_equal(json_unpack_ex(document, NULL, JSON_STRICT, "{s:s, s:s, s:i, s:s}", "type", &type,
                                    "title", &title, "status", &status, "detail", &detail),
                     0);
    assert_string_equal(type, "about:blank");
    assert_string_equal(title, "Forbidden");
    assert_int_equal(status, 403);
    assert_string_equal(detail, "store \"x\" is not <yours>");
    json_decref(document);
    free(response.body);
}

/* What a client sent may be repeated in the sentence, and may be anything. */
static void bytes_that_are_no_text_leave_the_title(void **state)
{
    (void)state;
    struct http_response response = {0};
    problem_reply(&response, 400, "path \xff\xfe");
    json_t *document = json_loadb(response.body, response.body_size, 0, NULL);
    assert_non_null(document);
    assert_null(json_object_get(document, "detail"));
    assert_string_equal(json_string_value(json_object_get(document, "title")), "Bad Request");
    json_decref(document);
    free(response.body);
}

/* A second thought replaces the first one's body. */
static void the_last_problem_stands(void **state)
{
    (void)state;
    struct http_response response = {0};
    problem_reply(&response, 400, "one");
    problem_reply(&response, 404, "two");
    assert_int_equal(response.status, 404);
    assert_non_null(strstr(response.body, "two"));
    assert_null(strstr(response.body, "one"));
    free(response.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_says_what_rfc_9457_wants),
        cmocka_unit_test(bytes_that_are_no_text_leave_the_title),
        cmocka_unit_test(the_last_problem_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
