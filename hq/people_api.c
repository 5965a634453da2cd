/*
 * The people port: four files and four documents, all read-only.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/people_api.h"

#include "hq/file.h"
#include "hq/people_json.h"
#include "hq/problem.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PEOPLE_API_FILE_MAX (1u << 20)
#define PEOPLE_API_HOUR_S 3600
/* nothing but our own files, nothing inline, in nobody's frame */
#define PEOPLE_API_POLICY                                                                                    \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "          \
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct {
    const char *path, *name, *type;
} people_api_files[PEOPLE_API_FILES] = {
    {"/", "index.html", "text/html; charset=utf-8"},
    {"/app.js", "app.js", "text/javascript; charset=utf-8"},
    {"/style.css", "style.css", "text/css; charset=utf-8"},
    {"/icon.svg", "icon.svg", "image/svg+xml"},
};

/* --- files ----------------------------------------------------------------------------------------------------- */

int people_api_open(struct people_api *api, struct db *db, const struct clock *clock, const char *web,
                    struct error *error)
{
    struct people_api made = {.db = db, .clock = clock};
    char path[FILE_PATH_MAX];
    int result = 0;
    for (size_t i = 0; i < PEOPLE_API_FILES && result == 0; i++) {
        result = file_path(path, web, people_api_files[i].name, error);
        if (result == 0)
            result = file_read(path, PEOPLE_API_FILE_MAX, &made.files[i], &made.sizes[i], error);
    }
    if (result < 0) {
        people_api_close(&made);
        (void)error_prefix(error, "[hq] web must name the folder of the page's files");
        return result;
    }
    *api = made;
    return 0;
}

void people_api_close(struct people_api *api)
{
    for (size_t i = 0; i < PEOPLE_API_FILES; i++)
        free(api->files[i]);
    *api = (struct people_api){0};
}

static void people_api_file(const struct people_api *api, size_t index, struct http_response *response)
{
    char *body = malloc(api->sizes[index] + 1);
    if (body)
        memcpy(body, api->files[index], api->sizes[index]);
    http_reply(response, 200, people_api_files[index].type, body, api->sizes[index]);
}

/* --- documents ------------------------------------------------------------------------------------------------- */

/* "2024-11-22T00:00:00Z", with or without a fraction, as seconds since 1970. False when it is not that. */
static bool people_api_time(const char *text, int64_t *seconds)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest && *rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    if (!rest || strcmp(rest, "Z") != 0)
        return false;
    *seconds = timegm(&parts);
    return true;
}

static int64_t people_api_hour(int64_t seconds, bool up)
{
    int64_t hour = seconds / PEOPLE_API_HOUR_S, rest = seconds % PEOPLE_API_HOUR_S;
    return hour - (rest < 0) + (up && rest != 0);
}

/* Arguments from and to, whole hours: from downwards, to upwards. Both may be left out. */
static bool people_api_period(const struct http_request *request, struct db_period *period,
                              struct http_response *response)
{
    const char *from = request->argument(request->context, "from");
    const char *to = request->argument(request->context, "to");
    int64_t seconds = 0;
    *period = (struct db_period){INT64_MIN, INT64_MAX};
    if (from && people_api_time(from, &seconds))
        period->from = people_api_hour(seconds, false);
    else if (from)
        problem_reply(response, 400, "from: a time such as 2024-11-22T00:00:00Z is expected");
    if (to && people_api_time(to, &seconds))
        period->to = people_api_hour(seconds, true);
    else if (to)
        problem_reply(response, 400, "to: a time such as 2024-11-22T00:00:00Z is expected");
    return response->status == 0;
}

static void people_api_send(const struct people_api *api, int result, json_t *document,
                            const struct error *error, struct http_response *response)
{
    if (result < 0) {
        http_add_header(response, "Retry-After", "5");
        problem_reply(response, 503, "%s", error->text);
        return;
    }
    (void)json_object_set_new(document, "now", json_integer(clock_wall(api->clock)));
    char *body = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(document);
    http_reply(response, 200, "application/json", body, body ? strlen(body) : 0);
}

static void people_api_scores(const struct people_api *api, const struct http_request *request,
                              int (*make)(struct db *, const struct db_period *, json_t **, struct error *),
                              struct http_response *response)
{
    struct db_period period;
    json_t *document = NULL;
    struct error error = {0};
    if (!people_api_period(request, &period, response))
        return;
    int result = make(api->db, &period, &document, &error);
    people_api_send(api, result, document, &error, response);
}

static void people_api_list(const struct people_api *api, int (*make)(struct db *, json_t **, struct error *),
                            struct http_response *response)
{
    json_t *document = NULL;
    struct error error = {0};
    int result = make(api->db, &document, &error);
    people_api_send(api, result, document, &error, response);
}

/* --- the port -------------------------------------------------------------------------------------------------- */

/*
 * Without a login, the browser's own rules are the fence; they hold only if a foreign name cannot be made to
 * point here (DNS rebinding). So the Host must be a name of this machine.
 */
static bool people_api_is_own(const char *host)
{
    static const char *const own[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        size_t length = strlen(own[i]);
        if (strncasecmp(host, own[i], length) == 0 && (host[length] == '\0' || host[length] == ':'))
            return true;
    }
    return false;
}

static void people_api_route(const struct people_api *api, const struct http_request *request,
                             struct http_response *response)
{
    for (size_t i = 0; i < PEOPLE_API_FILES; i++)
        if (strcmp(request->path, people_api_files[i].path) == 0) {
            people_api_file(api, i, response);
            return;
        }
    if (strcmp(request->path, "/api/v1/summary") == 0)
        people_api_scores(api, request, people_json_summary, response);
    else if (strcmp(request->path, "/api/v1/reasons") == 0)
        people_api_scores(api, request, people_json_reasons, response);
    else if (strcmp(request->path, "/api/v1/devices") == 0)
        people_api_list(api, people_json_devices, response);
    else if (strcmp(request->path, "/api/v1/alerts") == 0)
        people_api_list(api, people_json_alerts, response);
    else
        problem_reply(response, 404, "nothing is here; the page is at /");
}

void people_api_handle(void *user, const struct http_request *request, struct http_response *response)
{
    http_add_header(response, "Content-Security-Policy", PEOPLE_API_POLICY);
    http_add_header(response, "X-Content-Type-Options", "nosniff");
    http_add_header(response, "Referrer-Policy", "no-referrer");
    http_add_header(response, "Cache-Control", "no-store");
    if (!people_api_is_own(request->host)) {
        problem_reply(response, 421, "this page has no login yet and answers to localhost only");
    } else if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        http_add_header(response, "Allow", "GET, HEAD");
        problem_reply(response, 405, "%.20s: everything here is for reading", request->method);
    } else {
        people_api_route(user, request, response);
    }
    if (response->status < 500)
        response->note[0] = '\0'; /* a mistyped address is no news for the technician */
}
