/*
 * The running headquarters. What was opened first is closed last, so that no request outlives what it uses.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/serve.h"

#include "core/clock.h"
#include "core/log.h"
#include "hq/db.h"
#include "hq/device_port.h"
#include "hq/file.h"
#include "hq/http.h"
#include "hq/people_api.h"
#include "hq/pki.h"
#include "hq/signer.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SERVE_IDLE_S 30
#define SERVE_DEADLINE_S 120
#define SERVE_DEVICE_CONNECTIONS 4096
#define SERVE_PEOPLE_CONNECTIONS 128
#define SERVE_PEOPLE_BODY_MAX 4096

struct serve {
    struct clock clock;
    struct pki_server server;
    struct pki_trust *trust;
    struct signer signer;
    struct db *db;
    struct device_port device;
    struct people_api people_api;
    struct http *device_port, *people_port;
};

static int serve_open(struct serve *serve, const struct settings *settings, struct error *error)
{
    clock_system(&serve->clock);
    int result = pki_load_server(&serve->server, settings->server_key, settings->server_certificate,
                                 settings->ca, error);
    if (result == 0)
        result = pki_open_trust(&serve->trust, settings->ca, error);
    if (result == 0)
        result = signer_load(&serve->signer, settings->sign_key, error);
    if (result == 0)
        result = signer_match(&serve->signer, settings->hq_key, error);
    if (result == 0)
        result = db_open(&serve->db, settings->database, error);
    if (result == 0)
        result = people_api_open(&serve->people_api, serve->db, &serve->clock, settings->web, error);
    if (result == 0)
        result = est_open(&serve->device.est, serve->db, &serve->clock, settings->ca, settings->ca_key,
                          (int)settings->certificate_hours, error);
    serve->device.api = (struct device_api){serve->db, &serve->signer, &serve->clock};
    serve->device.documents = (struct document_api){.db = serve->db, .clock = &serve->clock};
    /* the public half of what receipts are signed with */
    memcpy(serve->device.documents.hq_key, serve->signer.secret + RECEIPT_SECRET_BYTES - RECEIPT_KEY_BYTES,
           RECEIPT_KEY_BYTES);
    return result;
}

static void serve_close(struct serve *serve)
{
    http_stop(serve->people_port);
    http_stop(serve->device_port);
    people_api_close(&serve->people_api);
    est_close(&serve->device.est);
    db_close(serve->db);
    signer_forget(&serve->signer);
    pki_close_trust(serve->trust);
    pki_free_server(&serve->server);
}

/* A line for each request that was refused or needs a look; what a client wrote cannot forge another line. */
static void serve_report(void *user, const char *peer, const char *method, const char *path, unsigned status,
                         const char *note)
{
    (void)user;
    char line[1024];
    (void)snprintf(line, sizeof line, "%s: %.20s %.120s: %u: %s", peer, method, path, status, note);
    for (char *c = line; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    if (status >= 500)
        log_error("%s", line);
    else
        log_warning("%s", line);
}

static int serve_listen(struct serve *serve, const struct settings *settings, struct error *error)
{
    struct http_options device = {
        .threads = 4,
        .connections = SERVE_DEVICE_CONNECTIONS,
        .idle_s = SERVE_IDLE_S,
        .deadline_s = SERVE_DEADLINE_S,
        .body_max = DEVICE_API_BODY_MAX,
        .server = &serve->server,
        .trust = serve->trust,
        .guest = est_guest,
        .handler = device_port_handle,
        .reporter = serve_report,
        .user = &serve->device,
    };
    struct http_options people = {
        .threads = 2,
        .connections = SERVE_PEOPLE_CONNECTIONS,
        .idle_s = SERVE_IDLE_S,
        .deadline_s = SERVE_DEADLINE_S,
        .body_max = SERVE_PEOPLE_BODY_MAX,
        .handler = people_api_handle,
        .reporter = serve_report,
        .user = &serve->people_api,
    };
    if (address_parse(&device.address, settings->device_address, (int)settings->device_port) < 0 ||
        address_parse(&people.address, settings->people_address, (int)settings->people_port) < 0)
        return error_set(error, -EINVAL, "[hq] an address is not in numbers");
    int result = http_start(&serve->device_port, &device, error);
    return result == 0 ? http_start(&serve->people_port, &people, error) : result;
}

static int serve_announce(const struct serve *serve, const struct settings *settings, const char *ready_file,
                          struct error *error)
{
    char text[128];
    int device_port = http_port(serve->device_port), people_port = http_port(serve->people_port);
    const char *six = strchr(settings->people_address, ':');
    log_info("devices: %s port %d (mutual TLS)", settings->device_address, device_port);
    log_info("people: http://%s%s%s:%d/", six ? "[" : "", settings->people_address, six ? "]" : "",
             people_port);
    if (!ready_file)
        return 0;
    int length = snprintf(text, sizeof text, "{\"device_port\": %d, \"people_port\": %d, \"pid\": %ld}\n",
                          device_port, people_port, (long)getpid());
    return file_replace(ready_file, text, (size_t)length, error);
}

int serve_run(const struct settings *settings, const char *ready_file, const sigset_t *signals,
              struct error *error)
{
    struct serve serve = {0};
    int result = serve_open(&serve, settings, error);
    if (result == 0)
        result = serve_listen(&serve, settings, error);
    if (result == 0)
        result = serve_announce(&serve, settings, ready_file, error);
    if (result == 0) {
        int signal = 0;
        (void)sigwait(signals, &signal);
        log_info("%s: ending", strsignal(signal));
    }
    serve_close(&serve);
    return result;
}

int serve_check(const struct settings *settings, struct error *error)
{
    struct serve serve = {0};
    int result = serve_open(&serve, settings, error);
    serve_close(&serve);
    return result;
}
