/*
 * Command lines of the fleet's commands: one table of commands, one of options.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/fleet_cli.h"

#include "core/clock.h"
#include "core/log.h"
#include "hq/db_fleet.h"
#include "hq/import.h"
#include "hq/publish.h"
#include "hq/settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

/* What a command line said. */
struct fleet_cli {
    const char *config, *word; /* word: the one that is no option */
    const char *kind, *to, *device, *reason, *add, *remove;
    bool roll_back;
};

struct fleet_cli_command {
    const char *name;
    const char *options; /* letters of fleet_cli_options that belong to it */
    bool word;           /* one word is expected (publish: unless it rolls back) */
    int (*run)(const struct settings *settings, const struct fleet_cli *cli, struct error *error);
    const char *help;
};

static const struct option fleet_cli_options[] = {
    {"kind", required_argument, NULL, 'k'},   {"to", required_argument, NULL, 't'},
    {"roll-back", no_argument, NULL, 'b'},    {"device", required_argument, NULL, 'd'},
    {"reason", required_argument, NULL, 'r'}, {"add", required_argument, NULL, 'a'},
    {"remove", required_argument, NULL, 'm'}, {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

/* --- commands ---------------------------------------------------------------------------------------------------- */

static int fleet_cli_publish(const struct settings *settings, const struct fleet_cli *cli,
                             struct error *error)
{
    const struct publish_options options = {cli->word, cli->kind, cli->to, cli->roll_back};
    return publish_document(settings, &options, stdout, error);
}

static int fleet_cli_documents(const struct settings *settings, const struct fleet_cli *cli,
                               struct error *error)
{
    struct db *db = NULL;
    (void)cli;
    int result = db_open(&db, settings->database, error);
    if (result == 0)
        result = publish_list(db, stdout, error);
    db_close(db);
    return result;
}

static int fleet_cli_revoke(const struct settings *settings, const struct fleet_cli *cli, struct error *error)
{
    struct db *db = NULL;
    struct clock clock;
    clock_system(&clock);
    int result = db_open(&db, settings->database, error);
    if (result == 0)
        result = db_revoke(db, cli->device, cli->reason, clock_wall(&clock), error);
    db_close(db);
    if (result == 0)
        (void)printf(
            "device %s: its certificates count no longer; enroll --replace --token gives it a way back\n",
            cli->device);
    return result;
}

static int fleet_cli_group(const struct settings *settings, const struct fleet_cli *cli, struct error *error)
{
    struct db *db = NULL;
    if (strlen(cli->word) >= RECORD_NAME_MAX)
        return error_set(error, -EINVAL, "group %.80s: up to %d bytes are allowed", cli->word,
                         RECORD_NAME_MAX - 1);
    int result = db_open(&db, settings->database, error);
    if (result == 0)
        result = db_group(db, cli->word, cli->add ? cli->add : cli->remove, cli->add != NULL, error);
    db_close(db);
    return result;
}

static int fleet_cli_import(const struct settings *settings, const struct fleet_cli *cli, struct error *error)
{
    return import_folder(settings, cli->word, stdout, error);
}

static const struct fleet_cli_command fleet_cli_commands[] = {
    {"publish", "ktb", true, fleet_cli_publish,
     "Usage: tapline-hq publish FILE [--kind KIND] [--to TARGET] [--config FILE]\n"
     "       tapline-hq publish --roll-back [--kind KIND] [--to TARGET] [--config FILE]\n"
     "Checks and signs a document and makes it the one that devices fetch. What is published last to a "
     "target\n"
     "that a device belongs to is what the device gets.\n"
     "\n"
     "      --kind KIND    survey (the default), notices or settings\n"
     "      --to TARGET    all (the default), branch:ID or group:NAME\n"
     "      --roll-back    publish again what was there before\n"},
    {"documents", "", false, fleet_cli_documents,
     "Usage: tapline-hq documents [--config FILE]\n"
     "Lists what was published, newest first, and how many devices hold it and how many refuse it.\n"},
    {"revoke", "dr", false, fleet_cli_revoke,
     "Usage: tapline-hq revoke --device ID [--reason TEXT] [--config FILE]\n"
     "Ends all certificates and tokens of a device at once, for a lost or stolen one. What it has sent "
     "stays.\n"},
    {"group", "am", true, fleet_cli_group,
     "Usage: tapline-hq group NAME --add BRANCH | --remove BRANCH [--config FILE]\n"
     "Puts a branch into a group that documents can be published to, or takes it out.\n"},
    {"import", "", true, fleet_cli_import,
     "Usage: tapline-hq import FOLDER [--config FILE]\n"
     "Takes in the bundles that tapline-sync export wrote to a stick, and leaves a receipt beside each for\n"
     "tapline-sync import-receipt. Importing again changes nothing.\n"},
};

#define FLEET_CLI_COMMANDS (sizeof fleet_cli_commands / sizeof *fleet_cli_commands)

/* --- the command line ---------------------------------------------------------------------------------------- */

static const struct fleet_cli_command *fleet_cli_find(int count, char **words)
{
    for (size_t i = 0; count > 1 && i < FLEET_CLI_COMMANDS; i++)
        if (strcmp(words[1], fleet_cli_commands[i].name) == 0)
            return &fleet_cli_commands[i];
    return NULL;
}

bool fleet_cli_owns(int count, char **words)
{
    return fleet_cli_find(count, words) != NULL;
}

static int fleet_cli_usage(const struct fleet_cli_command *command, const char *what)
{
    (void)fprintf(stderr, "tapline-hq: %s: %s; see tapline-hq %s --help\n", command->name, what,
                  command->name);
    return EX_USAGE;
}

static void fleet_cli_take(struct fleet_cli *cli, int option, const char *value)
{
    switch (option) {
    case 'k':
        cli->kind = value;
        break;
    case 't':
        cli->to = value;
        break;
    case 'b':
        cli->roll_back = true;
        break;
    case 'd':
        cli->device = value;
        break;
    case 'r':
        cli->reason = value;
        break;
    case 'a':
        cli->add = value;
        break;
    case 'm':
        cli->remove = value;
        break;
    default:
        cli->config = value;
    }
}

/* Fills *cli; returns -1 to go on, or the exit status. */
static int fleet_cli_read(const struct fleet_cli_command *command, int count, char **words,
                          struct fleet_cli *cli)
{
    int option;
    while ((option = getopt_long(count, words, "c:h", fleet_cli_options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(command->help, stdout);
            return EX_OK;
        }
        if (option == '?')
            return EX_USAGE;
        if (option != 'c' && !strchr(command->options, option))
            return fleet_cli_usage(command, "an option of another command");
        fleet_cli_take(cli, option, optarg);
    }
    if (count - optind > 1)
        return fleet_cli_usage(command, "one word too many");
    cli->word = optind < count ? words[optind] : NULL;
    if ((cli->word != NULL) != (command->word && !cli->roll_back))
        return fleet_cli_usage(command, command->word ? "one word is expected, and none with --roll-back"
                                                      : "no word is expected");
    if (command->run == fleet_cli_revoke && !cli->device)
        return fleet_cli_usage(command, "--device is needed");
    if (command->run == fleet_cli_group && (cli->add != NULL) == (cli->remove != NULL))
        return fleet_cli_usage(command, "--add or --remove is needed");
    return -1;
}

int fleet_cli_run(int count, char **words)
{
    static struct settings settings;
    const struct fleet_cli_command *command = fleet_cli_find(count, words);
    struct fleet_cli cli = {.config = SETTINGS_CONFIG_PATH, .kind = "survey", .to = "all", .reason = ""};
    struct error error = {0};
    int status = fleet_cli_read(command, count - 1, words + 1, &cli);
    if (status >= 0)
        return status;
    (void)umask(077);
    int result = settings_load(&settings, cli.config, &error);
    if (result == 0)
        result = command->run(&settings, &cli, &error);
    if (result == 0 && fflush(stdout) != 0)
        result = error_set(&error, -EIO, "standard output: %s", strerror(errno));
    if (result == 0)
        return EX_OK;
    log_error("%s", error.text);
    return error_exit_status(&error);
}
