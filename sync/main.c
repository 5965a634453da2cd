/*
 * tapline-sync: brings the outbox's records to headquarters, and tells how far they are.
 * Only the command line is read here; the work is in daemon.c and status.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/clock.h"
#include "core/device.h"
#include "core/keyfile.h"
#include "core/log.h"
#include "core/receipt.h"
#include "core/version.h"
#include "sync/daemon.h"
#include "sync/settings.h"
#include "sync/status.h"
#include "sync/toolbox.h"
#include "sync/transport_curl.h"
#include "sync/verify.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

struct arguments {
    const char *config;
    bool once, json, check, status, verify;
};

static void print_help(void)
{
    (void)printf(
        "Usage: tapline-sync [run] [--once] [--config FILE]\n"
        "       tapline-sync status [--json] [--config FILE]\n"
        "       tapline-sync verify [--config FILE]\n"
        "       tapline-sync enroll|export|import-receipt ...: each has its own --help\n"
        "Brings this device's records to headquarters, each exactly once.\n"
        "\n"
        "  run                  upload until ended by SIGTERM (the default)\n"
        "  verify               check every record that is held here against its chain\n"
        "  status               tell what is here, what headquarters has, and what is wrong\n"
        "\n"
        "      --once           upload everything that is there, then end; not 0 when it failed\n"
        "      --json           status as one JSON object\n"
        "  -c, --config FILE    configuration (" DEVICE_CONFIG_PATH ")\n"
        "      --check-config   read configuration and keys, say what is wrong with them, and end\n"
        "      --sample-config  print a configuration in which every value is the default\n"
        "  -h, --help           this text\n"
        "  -V, --version        the version\n"
        "\n"
        "Ends with 0, or: 64 wrong usage, 65 broken outbox or a history that does not fit,\n"
        "74 disk, 75 headquarters out of reach or another tapline-sync running,\n"
        "76 headquarters rejects a batch, 77 refused by headquarters, 78 wrong configuration or key.\n");
}

static int usage(const char *words, const char *what)
{
    (void)fprintf(stderr, "tapline-sync: %s%s; see tapline-sync --help\n", words, what);
    return EX_USAGE;
}

/* Fills arguments; returns -1 to go on, or the exit status. */
static int read_arguments(int count, char **words, struct arguments *arguments)
{
    enum { ONCE = 256, JSON, CHECK, SAMPLE };
    static const struct option options[] = {
        {"once", no_argument, NULL, ONCE},
        {"json", no_argument, NULL, JSON},
        {"config", required_argument, NULL, 'c'},
        {"check-config", no_argument, NULL, CHECK},
        {"sample-config", no_argument, NULL, SAMPLE},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    int option = 0;
    while ((option = getopt_long(count, words, "c:hV", options, NULL)) != -1) {
        switch (option) {
        case ONCE:
            arguments->once = true;
            break;
        case JSON:
            arguments->json = true;
            break;
        case CHECK:
            arguments->check = true;
            break;
        case SAMPLE:
            settings_write_sample(stdout);
            return EX_OK;
        case 'c':
            arguments->config = optarg;
            break;
        case 'h':
            print_help();
            return EX_OK;
        case 'V':
            (void)printf("tapline-sync %s\n", TAPLINE_VERSION);
            return EX_OK;
        default:
            return EX_USAGE;
        }
    }
    if (count - optind > 1)
        return usage("one command at a time, not also ", words[optind + 1]);
    if (optind < count && strcmp(words[optind], "status") == 0)
        arguments->status = true;
    else if (optind < count && strcmp(words[optind], "verify") == 0)
        arguments->verify = true;
    else if (optind < count && strcmp(words[optind], "run") != 0)
        return usage("no such command: ", words[optind]);
    if (arguments->json && !arguments->status)
        return usage("--json belongs to status", "");
    if (arguments->once && (arguments->status || arguments->verify))
        return usage("--once belongs to run", "");
    return -1;
}

static int check(const struct settings *settings, struct error *error)
{
    uint8_t key[RECEIPT_KEY_BYTES];
    struct transport *transport = NULL;
    const struct transport_options options = {.url = settings->url,
                                              .ca = settings->ca,
                                              .certificate = settings->certificate,
                                              .key = settings->key,
                                              .proxy = settings->proxy};
    int result = keyfile_read(settings->hq_key, key, sizeof key, false, error);
    if (result == 0)
        result = transport_open(&transport, &options, error);
    transport_close(transport);
    return result;
}

static int show(const struct settings *settings, const struct clock *clock, bool json, struct error *error)
{
    struct status status;
    int result = status_collect(&status, settings, clock, error);
    if (result < 0)
        return result;
    if (json)
        return status_print_json(stdout, &status, error);
    status_print_text(stdout, &status, clock_wall(clock));
    return 0;
}

int main(int count, char **words)
{
    struct arguments arguments = {.config = DEVICE_CONFIG_PATH};
    struct settings settings;
    struct clock clock;
    struct error error = {0};
    if (toolbox_owns(count, words)) {
        log_open("tapline-sync");
        return toolbox_run(count, words);
    }
    int status = read_arguments(count, words, &arguments);
    if (status >= 0)
        return status;
    log_open("tapline-sync");
    clock_system(&clock);
    int result = settings_load(&settings, arguments.config, &error);
    if (result == 0 && arguments.check)
        result = check(&settings, &error);
    else if (result == 0 && arguments.status)
        result = show(&settings, &clock, arguments.json, &error);
    else if (result == 0 && arguments.verify)
        result = verify_outbox(stdout, &settings, &clock, &error);
    else if (result == 0)
        result = daemon_run(&settings, &clock, arguments.once, &error);
    if (fflush(stdout) != 0 && result == 0)
        result = error_set(&error, -EIO, "standard output: %s", strerror(errno));
    if (result == 0)
        return EX_OK;
    log_error("%s", error.text);
    return error_exit_status(&error);
}
