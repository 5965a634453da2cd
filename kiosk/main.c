/*
 * tapline-kiosk: the touch screen at the branch exit.
 * Options and configuration; what runs is in app.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/log.h"
#include "core/version.h"
#include "kiosk/app.h"
#include "kiosk/fonts_fc.h"
#include "kiosk/settings.h"
#include "kiosk/signals.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#define WINDOW_LEAST 200 /* px */
#define WINDOW_MOST 16384

static const char help[] =
    "Usage: tapline-kiosk [OPTION]...\n"
    "Asks the survey on the screen and keeps every answer in the outbox.\n"
    "\n"
    "  --config FILE     configuration (default " DEVICE_CONFIG_PATH ")\n"
    "  --check-config    say whether configuration, survey and fonts are usable, and end\n"
    "  --sample-config   print a configuration in which every value is the default\n"
    "  --windowed WxH    in a window of this size that may be closed, for trying out\n"
    "  --trace FILE      append what happens, a line of JSON each, for measuring\n"
    "  --version         show the version and end\n"
    "  --help            show this help and end\n"
    "\n"
    "Exit status: 0 ended by a signal, 64 wrong usage, 65 broken survey or outbox,\n"
    "78 wrong configuration, others as in sysexits.h.\n";

struct arguments {
    const char *config, *trace;
    bool check;
    int w, h;
};

static bool read_size(const char *text, int *w, int *h)
{
    char *end;
    long width = strtol(text, &end, 10), height;

    if (end == text || *end != 'x')
        return false;
    text = end + 1;
    height = strtol(text, &end, 10);
    if (end == text || *end || width < WINDOW_LEAST || width > WINDOW_MOST || height < WINDOW_LEAST ||
        height > WINDOW_MOST)
        return false;
    *w = (int)width;
    *h = (int)height;
    return true;
}

/* Ends the program where the arguments say so. */
static void read_arguments(int argc, char **argv, struct arguments *arguments)
{
    enum { CONFIG = 256, CHECK, SAMPLE, WINDOWED, TRACE, VERSION, HELP };
    static const struct option options[] = {
        {"config", required_argument, NULL, CONFIG},
        {"check-config", no_argument, NULL, CHECK},
        {"sample-config", no_argument, NULL, SAMPLE},
        {"windowed", required_argument, NULL, WINDOWED},
        {"trace", required_argument, NULL, TRACE},
        {"version", no_argument, NULL, VERSION},
        {"help", no_argument, NULL, HELP},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case CONFIG:
            arguments->config = optarg;
            break;
        case CHECK:
            arguments->check = true;
            break;
        case SAMPLE:
            settings_write_sample(stdout);
            exit(EX_OK);
        case WINDOWED:
            if (read_size(optarg, &arguments->w, &arguments->h))
                break;
            log_error("--windowed %s: a size such as 1280x800 is expected (%d to %d)", optarg, WINDOW_LEAST,
                      WINDOW_MOST);
            exit(EX_USAGE);
        case TRACE:
            arguments->trace = optarg;
            break;
        case VERSION:
            puts("tapline-kiosk " TAPLINE_VERSION);
            exit(EX_OK);
        case HELP:
            fputs(help, stdout);
            exit(EX_OK);
        default:
            fputs("Try 'tapline-kiosk --help'.\n", stderr);
            exit(EX_USAGE);
        }
    }
    if (optind < argc) {
        log_error("%s: no such argument; try --help", argv[optind]);
        exit(EX_USAGE);
    }
}

static int load(const char *path, struct settings *settings, struct survey **survey, struct error *error)
{
    int result = settings_load(settings, path, error);

    if (result == 0)
        result = survey_load(survey, settings->device.survey, error);
    if (result < 0)
        return result;
    result = settings_language(settings, *survey, error);
    if (result < 0)
        error_prefix(error, "%s", path);
    return result;
}

static int check(const char *path, const struct survey *survey, struct error *error)
{
    struct fonts_fc_font fonts[SURVEY_LANGUAGES_MAX];
    int result = fonts_fc_find(survey->languages, survey->language_count, fonts, error);

    if (result == 0)
        printf("%s: usable; survey %s\n", path, survey->version);
    return result;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.config = DEVICE_CONFIG_PATH};
    struct settings settings;
    struct survey *survey = NULL;
    struct app_options options = {.settings = &settings};
    struct error error = {0};
    int result;

    log_open("tapline-kiosk");
    read_arguments(argc, argv, &arguments);
    signals_block();
    result = load(arguments.config, &settings, &survey, &error);
    if (result >= 0 && survey) {
        options.survey = survey;
        options.language = result;
        options.w = arguments.w;
        options.h = arguments.h;
        result = 0;
        if (arguments.check)
            result = check(arguments.config, survey, &error);
    }
    if (result == 0 && !arguments.check) {
        if (arguments.trace)
            result = trace_open(&options.trace, arguments.trace, &error);
        if (result == 0)
            result = app_run(&options, &error);
        trace_close(options.trace);
    }
    survey_free(survey);
    if (result == 0)
        return EX_OK;
    log_error("%s", error.text);
    return error_exit_status(&error);
}
