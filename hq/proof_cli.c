/*
 * The command line of the proofs. What a device or a person wrote is printed without control characters.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/proof_cli.h"

#include "core/log.h"
#include "hq/db_proof.h"
#include "hq/settings.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum proof_command { PROOF_ALERTS, PROOF_MISSING, PROOF_VERIFY, PROOF_BACKUP, PROOF_RESTORE, PROOF_NONE };

static const struct {
    const char *name, *usage;
} proof_commands[] = {
    {"alerts", "alerts [--config FILE]\n"
               "Lists what somebody should look at: clones, lost records, gaps, faults, wrong clocks.\n"},
    {"missing", "missing [--config FILE]\n"
                "Lists the numbers of every store that headquarters does not hold, and why.\n"},
    {"verify",
     "verify [--config FILE]\n"
     "Reads everything that is stored, computes every chain and roll-up anew, and says what does not\n"
     "fit. Ends with 0 when everything fits, with 65 when not.\n"},
    {"backup", "backup FILE [--config FILE]\n"
               "Copies the database, while headquarters goes on, to FILE, which must not be there.\n"},
    {"restore",
     "restore --from FILE [--config FILE]\n"
     "       tapline-hq restore --in-place [--config FILE]\n"
     "Puts a copy in the place of the database, which is kept under another name, and begins a new\n"
     "epoch: devices then send again what the copy lacks. --in-place: the file was put there by hand\n"
     "already. Headquarters must not be running.\n"},
};

struct proof_arguments {
    enum proof_command command;
    const char *config, *file;
    bool in_place;
};

static enum proof_command proof_find(const char *name)
{
    for (int i = 0; i < PROOF_NONE; i++)
        if (strcmp(name, proof_commands[i].name) == 0)
            return (enum proof_command)i;
    return PROOF_NONE;
}

bool proof_cli_owns(int count, char **words)
{
    return count > 1 && proof_find(words[1]) != PROOF_NONE;
}

static void proof_time(int64_t at, char text[32])
{
    time_t seconds = (time_t)(at / 1000);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        (void)snprintf(text, 32, "?");
}

static void proof_print(const char *text)
{
    for (; *text; text++)
        (void)fputc(iscntrl((unsigned char)*text) ? '?' : *text, stdout);
}

static int proof_alert(void *user, const struct db_alert_row *row)
{
    char when[32];
    int64_t *count = user;
    proof_time(row->last, when);
    (void)printf("%s  %-13s ", when, row->kind);
    proof_print(row->device[0] ? row->device : "-");
    (void)printf("  %" PRId64 "x  ", row->count);
    if (strcmp(row->kind, "fault") == 0) {
        proof_print(row->subject);
        (void)printf(": ");
    }
    proof_print(row->text);
    (void)putchar('\n');
    (*count)++;
    return 0;
}

static int proof_missing(void *user, const struct db_missing_row *row)
{
    char when[32];
    int64_t *count = user;
    proof_time(row->reported, when);
    proof_print(row->device);
    (void)printf("  %s  %" PRId64 " to %" PRId64 "  %s  %s\n", row->store, row->first, row->last, row->why,
                 when);
    *count += row->last - row->first + 1;
    return 0;
}

static void proof_problem(void *user, const char *text)
{
    (void)user;
    (void)printf("PROBLEM: ");
    proof_print(text);
    (void)putchar('\n');
}

static void proof_progress(void *user, int64_t done, int64_t total)
{
    (void)user;
    (void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 " records ", done, total);
}

static int proof_verify(struct db *db, struct error *error)
{
    int64_t records = 0, problems = 0;
    bool person = isatty(STDERR_FILENO) == 1;
    const struct db_verify verify = {proof_problem, person ? proof_progress : NULL, NULL, &records,
                                     &problems};
    int result = db_verify(db, &verify, error);
    if (person)
        (void)fprintf(stderr, "\r\033[K");
    if (result < 0)
        return result;
    (void)printf("%" PRId64 " records, %" PRId64 " problems\n", records, problems);
    return problems == 0 ? 0
                         : error_set(error, -EBADMSG, "%" PRId64 " problems; what is stored is not what came",
                                     problems);
}

static int proof_restore(const struct settings *settings, const struct proof_arguments *arguments,
                         struct error *error)
{
    char aside[CONFIG_TEXT_MAX + 64];
    int result = db_restore(settings->database, arguments->file, aside, sizeof aside, error);
    if (result < 0)
        return result;
    (void)printf("a new epoch has begun; devices send again what is not here\n");
    if (aside[0])
        (void)printf("the database that was here is %s\n", aside);
    return 0;
}

static int proof_work(const struct proof_arguments *arguments, struct error *error)
{
    static struct settings settings;
    struct db *db = NULL;
    int64_t count = 0;
    int result = settings_load(&settings, arguments->config, error);
    if (result < 0)
        return result;
    if (arguments->command == PROOF_RESTORE)
        return proof_restore(&settings, arguments, error);
    result = db_open(&db, settings.database, error);
    if (result < 0)
        return result;
    switch (arguments->command) {
    case PROOF_ALERTS:
        result = db_alerts(db, proof_alert, &count, error);
        break;
    case PROOF_MISSING:
        result = db_missing(db, proof_missing, &count, error);
        if (result == 0)
            (void)printf("%" PRId64 " records are not here\n", count);
        break;
    case PROOF_VERIFY:
        result = proof_verify(db, error);
        break;
    default:
        result = db_backup(db, arguments->file, error);
    }
    db_close(db);
    return result;
}

static int proof_usage(enum proof_command command, const char *what)
{
    (void)fprintf(stderr, "tapline-hq %s: %s; see tapline-hq %s --help\n", proof_commands[command].name, what,
                  proof_commands[command].name);
    return EX_USAGE;
}

/* Fills arguments; returns -1 to go on, or the exit status. */
static int proof_read(int count, char **words, struct proof_arguments *arguments)
{
    enum { FROM = 256, IN_PLACE };
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"from", required_argument, NULL, FROM},
        {"in-place", no_argument, NULL, IN_PLACE},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    enum proof_command command = arguments->command;
    const char *from = NULL;
    int option;
    while ((option = getopt_long(count, words, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            arguments->config = optarg;
            break;
        case FROM:
            from = optarg;
            break;
        case IN_PLACE:
            arguments->in_place = true;
            break;
        case 'h':
            (void)printf("Usage: tapline-hq %s", proof_commands[command].usage);
            return EX_OK;
        default:
            return EX_USAGE;
        }
    }
    int rest = count - optind;
    if ((from || arguments->in_place) && command != PROOF_RESTORE)
        return proof_usage(command, "--from and --in-place belong to restore");
    if (command == PROOF_RESTORE && (from != NULL) == arguments->in_place)
        return proof_usage(command, "--from FILE or --in-place is needed");
    if (rest != (command == PROOF_BACKUP))
        return proof_usage(command, command == PROOF_BACKUP ? "one FILE is expected" : "a word too many");
    arguments->file = command == PROOF_BACKUP ? words[optind] : from;
    return -1;
}

int proof_cli_run(int count, char **words)
{
    struct proof_arguments arguments = {.command = proof_find(words[1]), .config = SETTINGS_CONFIG_PATH};
    struct error error = {0};
    int status = proof_read(count - 1, words + 1, &arguments);
    if (status >= 0)
        return status;
    (void)umask(077);
    int result = proof_work(&arguments, &error);
    if (result == 0 && fflush(stdout) != 0)
        result = error_set(&error, -EIO, "standard output: %s", strerror(errno));
    if (result == 0)
        return EX_OK;
    (void)fflush(stdout);
    log_error("%s", error.text);
    return error.code == -EEXIST  ? EX_CANTCREAT
           : error.code == -EBUSY ? EX_UNAVAILABLE
                                  : error_exit_status(&error);
}
