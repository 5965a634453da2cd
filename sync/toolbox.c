/*
 * Command lines of the toolbox: one table of commands, one of options.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/toolbox.h"

#include "core/clock.h"
#include "core/device.h"
#include "core/log.h"
#include "sync/bundle.h"
#include "sync/enroll.h"
#include "sync/settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* What a command line said. */
struct toolbox {
    const char *config, *word;
    struct enroll_options enroll;
};

struct toolbox_command {
    const char *name;
    const char *options; /* letters of toolbox_options that belong to it */
    int (*run)(const struct toolbox *toolbox, struct error *error);
    bool word; /* a folder is expected */
    const char *help;
};

static const struct option toolbox_options[] = {
    {"url", required_argument, NULL, 'u'},    {"device", required_argument, NULL, 'd'},
    {"token", required_argument, NULL, 't'},  {"ca-fingerprint", required_argument, NULL, 'f'},
    {"out", required_argument, NULL, 'o'},    {"proxy", required_argument, NULL, 'p'},
    {"survey", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

/* --- commands ---------------------------------------------------------------------------------------------------- */

static int toolbox_enroll(const struct toolbox *toolbox, struct error *error)
{
    static struct settings settings;
    if (toolbox->enroll.folder) {
        int result = enroll_new(&toolbox->enroll, error);
        if (result == 0)
            (void)printf("device %s is ready: %s/tapline.ini\n", toolbox->enroll.device,
                         toolbox->enroll.folder);
        return result;
    }
    int result = settings_load(&settings, toolbox->config, error);
    if (result == 0)
        result = enroll_again(&settings, toolbox->enroll.token, error);
    if (result == 0)
        (void)printf("device %s has a new certificate: %s\n", settings.device.id, settings.certificate);
    return result;
}

static int toolbox_export(const struct toolbox *toolbox, struct error *error)
{
    static struct settings settings;
    struct clock clock;
    int64_t records = 0;
    clock_system(&clock);
    int result = settings_load(&settings, toolbox->config, error);
    if (result == 0)
        result = bundle_export(&settings, &clock, toolbox->word, &records, error);
    if (result == 0)
        (void)printf(
            "%lld records are in %s; they stay here until import-receipt says that headquarters has them\n",
            (long long)records, toolbox->word);
    return result;
}

static int toolbox_import_receipt(const struct toolbox *toolbox, struct error *error)
{
    static struct settings settings;
    struct clock clock;
    int64_t receipted = 0;
    clock_system(&clock);
    int result = settings_load(&settings, toolbox->config, error);
    if (result == 0)
        result = bundle_import_receipts(&settings, &clock, toolbox->word, &receipted, error);
    if (result == 0)
        (void)printf("headquarters holds this device's records up to %lld\n", (long long)receipted);
    return result;
}

static const struct toolbox_command toolbox_commands[] = {
    {"enroll", "udtfops", toolbox_enroll, false,
     "Usage: tapline-sync enroll --url URL --device ID --token TOKEN --ca-fingerprint HEX --out FOLDER "
     "[options]\n"
     "       tapline-sync enroll --token TOKEN [--config FILE]\n"
     "Makes this a device of headquarters, with a key that never leaves it; tapline-hq enroll --token "
     "prints\n"
     "what to type. The second form gives a device that is there a new certificate, when its own has "
     "expired\n"
     "or was revoked.\n"
     "\n"
     "      --proxy URL      http://[user:password@]host:port on the way\n"
     "      --survey FILE    survey document on this device\n"},
    {"export", "", toolbox_export, true,
     "Usage: tapline-sync export FOLDER [--config FILE]\n"
     "Writes everything that headquarters does not hold yet into FOLDER, signed, to be carried there.\n"},
    {"import-receipt", "", toolbox_import_receipt, true,
     "Usage: tapline-sync import-receipt FOLDER [--config FILE]\n"
     "Takes the receipts that tapline-hq import left in FOLDER. The daemon must not run meanwhile.\n"},
};

#define TOOLBOX_COMMANDS (sizeof toolbox_commands / sizeof *toolbox_commands)

/* --- the command line ---------------------------------------------------------------------------------------- */

static const struct toolbox_command *toolbox_find(int count, char **words)
{
    for (size_t i = 0; count > 1 && i < TOOLBOX_COMMANDS; i++)
        if (strcmp(words[1], toolbox_commands[i].name) == 0)
            return &toolbox_commands[i];
    return NULL;
}

bool toolbox_owns(int count, char **words)
{
    return toolbox_find(count, words) != NULL;
}

static int toolbox_usage(const struct toolbox_command *command, const char *what)
{
    (void)fprintf(stderr, "tapline-sync: %s: %s; see tapline-sync %s --help\n", command->name, what,
                  command->name);
    return EX_USAGE;
}

static void toolbox_take(struct toolbox *toolbox, int option, const char *value)
{
    switch (option) {
    case 'u':
        toolbox->enroll.url = value;
        break;
    case 'd':
        toolbox->enroll.device = value;
        break;
    case 't':
        toolbox->enroll.token = value;
        break;
    case 'f':
        toolbox->enroll.fingerprint = value;
        break;
    case 'o':
        toolbox->enroll.folder = value;
        break;
    case 'p':
        toolbox->enroll.proxy = value;
        break;
    case 's':
        toolbox->enroll.survey = value;
        break;
    default:
        toolbox->config = value;
    }
}

/* All of a new device's options, or none but the token. */
static bool toolbox_complete(const struct enroll_options *enroll)
{
    int given = (enroll->url != NULL) + (enroll->device != NULL) + (enroll->fingerprint != NULL) +
                (enroll->folder != NULL);
    return enroll->token && (given == 4 || (given == 0 && !enroll->proxy && !enroll->survey));
}

/* Fills *toolbox; returns -1 to go on, or the exit status. */
static int toolbox_read(const struct toolbox_command *command, int count, char **words,
                        struct toolbox *toolbox)
{
    int option;
    while ((option = getopt_long(count, words, "c:h", toolbox_options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(command->help, stdout);
            return EX_OK;
        }
        if (option == '?')
            return EX_USAGE;
        if (option != 'c' && !strchr(command->options, option))
            return toolbox_usage(command, "an option of another command");
        toolbox_take(toolbox, option, optarg);
    }
    if (count - optind != command->word)
        return toolbox_usage(command, command->word ? "one FOLDER is expected" : "one word too many");
    toolbox->word = command->word ? words[optind] : NULL;
    if (command->run == toolbox_enroll && !toolbox_complete(&toolbox->enroll))
        return toolbox_usage(command,
                             "--url, --device, --token, --ca-fingerprint and --out, or --token alone");
    return -1;
}

static int toolbox_exit_status(const struct error *error)
{
    return error->code == -EEXIST ? EX_CANTCREAT : error_exit_status(error);
}

int toolbox_run(int count, char **words)
{
    const struct toolbox_command *command = toolbox_find(count, words);
    struct toolbox toolbox = {.config = DEVICE_CONFIG_PATH};
    struct error error = {0};
    int status = toolbox_read(command, count - 1, words + 1, &toolbox);
    if (status >= 0)
        return status;
    int result = command->run(&toolbox, &error);
    if (result == 0 && fflush(stdout) != 0)
        result = error_set(&error, -EIO, "standard output: %s", strerror(errno));
    if (result == 0)
        return EX_OK;
    log_error("%s", error.text);
    return toolbox_exit_status(&error);
}
