/*
 * tapline-hq: headquarters. Makes itself, enrolls devices, receives their records, shows what they say.
 * Only the command line is read here; each command lives in its own file.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/log.h"
#include "core/version.h"
#include "hq/db.h"
#include "hq/enroll.h"
#include "hq/fleet_cli.h"
#include "hq/init.h"
#include "hq/list.h"
#include "hq/proof_cli.h"
#include "hq/serve.h"
#include "hq/settings.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#define HOSTS_MAX 32

enum command { COMMAND_INIT, COMMAND_ENROLL, COMMAND_SERVE, COMMAND_DEVICES, COMMAND_NONE };

static const char *const command_names[] = {"init", "enroll", "serve", "devices"};

/* What the command line said. */
struct arguments {
    enum command command;
    const char *config, *ready_file;
    const char *hosts[HOSTS_MAX];
    struct init_options init;
    struct enroll_options enroll;
    bool check_config;
};

enum option_id {
    OPTION_READY_FILE = 256,
    OPTION_CHECK_CONFIG,
    OPTION_SAMPLE_CONFIG,
    OPTION_HOST,
    OPTION_DEVICE_PORT,
    OPTION_PEOPLE_PORT,
    OPTION_WEB,
    OPTION_DEVICE,
    OPTION_BRANCH,
    OPTION_BRANCH_NAME,
    OPTION_COUNTER,
    OPTION_URL,
    OPTION_OUT,
    OPTION_SURVEY,
    OPTION_ICONS,
    OPTION_TOKEN,
    OPTION_TOKEN_HOURS,
    OPTION_CERTIFICATE,
    OPTION_REPLACE,
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
    {"sample-config", no_argument, NULL, OPTION_SAMPLE_CONFIG},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"ready-file", required_argument, NULL, OPTION_READY_FILE},
    {"host", required_argument, NULL, OPTION_HOST},
    {"device-port", required_argument, NULL, OPTION_DEVICE_PORT},
    {"people-port", required_argument, NULL, OPTION_PEOPLE_PORT},
    {"web", required_argument, NULL, OPTION_WEB},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"branch", required_argument, NULL, OPTION_BRANCH},
    {"branch-name", required_argument, NULL, OPTION_BRANCH_NAME},
    {"counter", required_argument, NULL, OPTION_COUNTER},
    {"url", required_argument, NULL, OPTION_URL},
    {"out", required_argument, NULL, OPTION_OUT},
    {"survey", required_argument, NULL, OPTION_SURVEY},
    {"icons", required_argument, NULL, OPTION_ICONS},
    {"token", no_argument, NULL, OPTION_TOKEN},
    {"token-hours", required_argument, NULL, OPTION_TOKEN_HOURS},
    {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"replace", no_argument, NULL, OPTION_REPLACE},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    (void)printf(
        "Usage: tapline-hq init FOLDER [--host NAME]... [--device-port N] [--people-port N] [--web FOLDER]\n"
        "       tapline-hq enroll --device ID --branch ID --url URL --out FOLDER [options]\n"
        "       tapline-hq serve [--config FILE] [--ready-file FILE]\n"
        "       tapline-hq enroll --device ID --branch ID --url URL --token [options]\n"
        "       tapline-hq devices [--config FILE]\n"
        "       tapline-hq alerts|missing|verify|backup|restore ...: each has its own --help\n"
        "       tapline-hq publish|documents|revoke|group|import ...: each has its own --help\n"
        "Headquarters: receives what devices recorded, each record once, and shows what customers say.\n"
        "\n"
        "init makes a headquarters in FOLDER, which must not be there:\n"
        "      --host NAME          name or address that devices use; repeat for more (localhost, "
        "127.0.0.1)\n"
        "      --device-port N      port for devices (8443); 0 is any free one\n"
        "      --people-port N      port of the page for people (8080); 0 is any free one\n"
        "      --web FOLDER         folder of the page's files (/usr/share/tapline/web)\n"
        "\n"
        "enroll registers a device, and makes the folder that is carried to it, or a token for it:\n"
        "      --device ID          new device\n"
        "      --branch ID          branch where it stands; made when it is new\n"
        "      --branch-name NAME   the branch's name on the page\n"
        "      --counter NAME       counter that it belongs to\n"
        "      --url URL            https://host:port by which it reaches the device port\n"
        "      --out FOLDER         folder to make\n"
        "      --token              print what to type on the device, which then enrolls itself\n"
        "      --token-hours N      hours that the token is good for (72)\n"
        "      --certificate FILE   certificate (PEM) that an authority of one's own made for it\n"
        "      --survey FILE        survey document on the device, absolute\n"
        "      --icons FOLDER       icons on the device, absolute\n"
        "      --replace            give an enrolled device a new certificate and end the old one\n"
        "\n"
        "serve listens until SIGTERM or SIGINT:\n"
        "      --ready-file FILE    write {\"device_port\", \"people_port\", \"pid\"} when listening\n"
        "\n"
        "  -c, --config FILE        configuration (" SETTINGS_CONFIG_PATH ")\n"
        "      --check-config       read configuration, keys and database, say what is wrong, and end\n"
        "      --sample-config      print a configuration in which every value is the default\n"
        "  -h, --help               this text\n"
        "  -V, --version            the version\n"
        "\n"
        "Ends with 0, or: 64 wrong usage, 65 broken database, 69 port taken, 73 it is there already,\n"
        "74 disk, 78 wrong configuration, certificate or key.\n");
}

static int usage(const char *what, const char *word)
{
    (void)fprintf(stderr, "tapline-hq: %s%s; see tapline-hq --help\n", what, word);
    return EX_USAGE;
}

static bool read_number(const char *text, long low, long high, int *number_out)
{
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < low || number > high)
        return false;
    *number_out = (int)number;
    return true;
}

static bool read_port(const char *text, int *port)
{
    return read_number(text, 0, 65535, port);
}

/* Which way of enrolling, and is everything there that it needs? */
static bool enroll_complete(const struct enroll_options *enroll)
{
    int ways = (enroll->folder != NULL) + (enroll->certificate != NULL) + enroll->token;
    return enroll->device && enroll->branch && ways == 1 && (enroll->url || enroll->certificate);
}

/* The command that an option belongs to; COMMAND_NONE: to all. */
static enum command option_owner(int option)
{
    if (option >= OPTION_HOST && option <= OPTION_WEB)
        return COMMAND_INIT;
    if (option >= OPTION_DEVICE && option <= OPTION_REPLACE)
        return COMMAND_ENROLL;
    return option == OPTION_READY_FILE ? COMMAND_SERVE : COMMAND_NONE;
}

/* Takes one option's value; false when the value makes no sense. */
static bool take_option(struct arguments *arguments, int option, const char *value)
{
    switch (option) {
    case 'c':
        arguments->config = value;
        return true;
    case OPTION_CHECK_CONFIG:
        return arguments->check_config = true;
    case OPTION_READY_FILE:
        arguments->ready_file = value;
        return true;
    case OPTION_HOST:
        if (arguments->init.host_count == HOSTS_MAX)
            return false;
        arguments->hosts[arguments->init.host_count++] = value;
        return true;
    case OPTION_DEVICE_PORT:
        return read_port(value, &arguments->init.device_port);
    case OPTION_PEOPLE_PORT:
        return read_port(value, &arguments->init.people_port);
    case OPTION_WEB:
        arguments->init.web = value;
        return true;
    case OPTION_DEVICE:
        arguments->enroll.device = value;
        return true;
    case OPTION_BRANCH:
        arguments->enroll.branch = value;
        return true;
    case OPTION_BRANCH_NAME:
        arguments->enroll.branch_name = value;
        return true;
    case OPTION_COUNTER:
        arguments->enroll.counter = value;
        return true;
    case OPTION_URL:
        arguments->enroll.url = value;
        return true;
    case OPTION_OUT:
        arguments->enroll.folder = value;
        return true;
    case OPTION_SURVEY:
        arguments->enroll.survey = value;
        return true;
    case OPTION_ICONS:
        arguments->enroll.icons = value;
        return true;
    case OPTION_TOKEN:
        return arguments->enroll.token = true;
    case OPTION_TOKEN_HOURS:
        return read_number(value, 1, 8760, &arguments->enroll.token_hours);
    case OPTION_CERTIFICATE:
        arguments->enroll.certificate = value;
        return true;
    case OPTION_REPLACE:
        return arguments->enroll.replace = true;
    default:
        return false;
    }
}

static enum command find_command(const char *name)
{
    for (int i = 0; i < COMMAND_NONE; i++)
        if (strcmp(name, command_names[i]) == 0)
            return (enum command)i;
    return COMMAND_NONE;
}

/* What the words that are not options say. Returns -1 to go on, or the exit status. */
static int read_words(struct arguments *arguments, int count, char **words)
{
    if (count == 0)
        return arguments->check_config ? -1 : usage("a command is expected", "");
    arguments->command = find_command(words[0]);
    if (arguments->command == COMMAND_NONE)
        return usage("no such command: ", words[0]);
    if (arguments->command == COMMAND_INIT && count != 2)
        return usage("init: one FOLDER is expected", "");
    if (arguments->command != COMMAND_INIT && count > 1)
        return usage("one word too many: ", words[1]);
    if (arguments->command == COMMAND_INIT)
        arguments->init.folder = words[1];
    if (arguments->command == COMMAND_ENROLL && !enroll_complete(&arguments->enroll))
        return usage("enroll: --device, --branch, and --url with --out or --token, or --certificate", "");
    return -1;
}

static int print_sample(void)
{
    static struct settings settings;
    const struct config_group group = {settings_options, settings_option_count, &settings};
    config_write_sample(stdout, &group, 1);
    return EX_OK;
}

/* Fills arguments; returns -1 to go on, or the exit status. */
static int read_arguments(int count, char **words, struct arguments *arguments)
{
    enum command owner = COMMAND_NONE;
    int option, index = 0;
    while ((option = getopt_long(count, words, "c:hV", long_options, &index)) != -1) {
        switch (option) {
        case 'h':
            print_help();
            return EX_OK;
        case 'V':
            (void)printf("tapline-hq %s\n", TAPLINE_VERSION);
            return EX_OK;
        case OPTION_SAMPLE_CONFIG:
            return print_sample();
        case '?':
            return EX_USAGE;
        default:
            if (!take_option(arguments, option, optarg))
                return usage("an option's value makes no sense: ", optarg ? optarg : "");
            if (option_owner(option) != COMMAND_NONE && owner != COMMAND_NONE &&
                owner != option_owner(option))
                return usage("options of two commands: --", long_options[index].name);
            if (option_owner(option) != COMMAND_NONE)
                owner = option_owner(option);
        }
    }
    int status = read_words(arguments, count - optind, words + optind);
    if (status < 0 && owner != COMMAND_NONE && owner != arguments->command)
        return usage("an option that belongs to ", command_names[owner]);
    return status;
}

static int run_devices(const struct settings *settings, struct error *error)
{
    struct db *db = NULL;
    int result = db_open(&db, settings->database, error);
    if (result == 0)
        result = list_devices(db, stdout, error);
    db_close(db);
    return result;
}

static int run_serve(const struct settings *settings, const char *ready_file, struct error *error)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL); /* a peer that hangs up is no reason to end */
    return serve_run(settings, ready_file, &signals, error);
}

static int run(const struct arguments *arguments, struct error *error)
{
    static struct settings settings;
    if (arguments->command == COMMAND_INIT)
        return init_headquarters(&arguments->init, error);
    int result = settings_load(&settings, arguments->config, error);
    if (result < 0)
        return result;
    if (arguments->check_config)
        return serve_check(&settings, error);
    if (arguments->command == COMMAND_ENROLL && arguments->enroll.token)
        return enroll_token(&settings, &arguments->enroll, stdout, error);
    if (arguments->command == COMMAND_ENROLL)
        return enroll_device(&settings, &arguments->enroll, error);
    if (arguments->command == COMMAND_DEVICES)
        return run_devices(&settings, error);
    return run_serve(&settings, arguments->ready_file, error);
}

static int exit_status(const struct error *error)
{
    switch (error->code) {
    case -EEXIST:
        return EX_CANTCREAT;
    case -EADDRINUSE:
        return EX_UNAVAILABLE;
    case -EADDRNOTAVAIL:
        return EX_CONFIG;
    default:
        return error_exit_status(error);
    }
}

int main(int count, char **words)
{
    struct arguments arguments = {.command = COMMAND_NONE, .config = SETTINGS_CONFIG_PATH};
    struct error error = {0};
    arguments.enroll.token_hours = 72;
    arguments.init =
        (struct init_options){.hosts = arguments.hosts, .device_port = 8443, .people_port = 8080};
    log_open("tapline-hq");
    if (proof_cli_owns(count, words))
        return proof_cli_run(count, words);
    if (fleet_cli_owns(count, words))
        return fleet_cli_run(count, words);
    int status = read_arguments(count, words, &arguments);
    if (status >= 0)
        return status;
    (void)umask(077);
    if (run(&arguments, &error) < 0) {
        log_error("%s", error.text);
        return exit_status(&error);
    }
    return EX_OK;
}
