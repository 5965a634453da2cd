/*
 * tapline-kiosk: the touch screen at the branch exit.
 * Options and configuration; what runs is in app.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/keyfile.h"
#include "core/log.h"
#include "core/seal.h"
#include "core/version.h"
#include "kiosk/app.h"
#include "kiosk/fonts_fc.h"
#include "kiosk/notices.h"
#include "kiosk/pin_sodium.h"
#include "kiosk/render.h"
#include "kiosk/settings.h"
#include "kiosk/signals.h"
#include "kiosk/theme.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    "  --hash-pin        read a PIN from standard input, print its hash for pin_hash, and end\n"
    "  --render DIR      draw every screen into PNG files in this folder, and end\n"
    "    --size WxH      ... in this size; may be repeated (default 1280x800)\n"
    "    --language TAG  ... in this language; may be repeated (default all of the survey)\n"
    "    --theme NAME    ... in this theme; may be repeated (default all)\n"
    "  --version         show the version and end\n"
    "  --help            show this help and end\n"
    "\n"
    "Exit status: 0 ended by a signal, 64 wrong usage, 65 broken survey or outbox,\n"
    "75 to be started again (asked for in the service menu), 78 wrong configuration,\n"
    "others as in sysexits.h.\n";

struct arguments {
    const char *config, *trace;
    bool check, hash_pin;
    int w, h;
    struct render_options render; /* folder NULL: not asked for */
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

static void take_size(const char *option, int *w, int *h)
{
    if (read_size(optarg, w, h))
        return;
    log_error("%s %s: a size such as 1280x800 is expected (%d to %d)", option, optarg, WINDOW_LEAST,
              WINDOW_MOST);
    exit(EX_USAGE);
}

/* One more size ('s'), language ('l') or theme ('t') to draw. */
static void take_render_list(struct render_options *render, int list)
{
    size_t *count = list == 's'   ? &render->size_count
                    : list == 'l' ? &render->language_count
                                  : &render->theme_count;

    if (*count == RENDER_LIST_MAX) {
        log_error("%s: more than %d", optarg, RENDER_LIST_MAX);
        exit(EX_USAGE);
    }
    if (list == 's')
        take_size("--size", &render->sizes[*count].w, &render->sizes[*count].h);
    else if (list == 'l')
        render->languages[*count] = optarg;
    else
        render->theme_names[*count] = optarg;
    ++*count;
}

/* Ends the program where the arguments say so. */
static void read_arguments(int argc, char **argv, struct arguments *arguments)
{
    enum {
        CONFIG = 256,
        CHECK,
        SAMPLE,
        WINDOWED,
        TRACE,
        HASH_PIN,
        RENDER,
        SIZE,
        LANGUAGE,
        THEME,
        VERSION,
        HELP
    };
    static const struct option options[] = {
        {"config", required_argument, NULL, CONFIG},
        {"check-config", no_argument, NULL, CHECK},
        {"sample-config", no_argument, NULL, SAMPLE},
        {"windowed", required_argument, NULL, WINDOWED},
        {"trace", required_argument, NULL, TRACE},
        {"hash-pin", no_argument, NULL, HASH_PIN},
        {"render", required_argument, NULL, RENDER},
        {"size", required_argument, NULL, SIZE},
        {"language", required_argument, NULL, LANGUAGE},
        {"theme", required_argument, NULL, THEME},
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
            take_size("--windowed", &arguments->w, &arguments->h);
            break;
        case HASH_PIN:
            arguments->hash_pin = true;
            break;
        case RENDER:
            arguments->render.folder = optarg;
            break;
        case SIZE:
        case LANGUAGE:
        case THEME:
            take_render_list(&arguments->render, option == SIZE ? 's' : option == LANGUAGE ? 'l' : 't');
            break;
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

/* Everything that would be replaced or left out while running is an error here. */
static int check(const char *path, const struct settings *settings, const struct survey *survey,
                 struct error *error)
{
    struct fonts_fc_font fonts[SURVEY_LANGUAGES_MAX];
    struct notices *notices = NULL;
    struct theme theme = theme_light;
    char theme_path[2 * CONFIG_TEXT_MAX + 16];
    uint8_t key[SEAL_KEY_BYTES];
    size_t length = strlen(settings->theme);
    bool named = length < 5 || strcmp(settings->theme + length - 4, ".ini") != 0;
    int result = fonts_fc_find(survey->languages, survey->language_count, fonts, error);

    snprintf(theme_path, sizeof theme_path, "%s%s%s%s", named ? settings->themes : "", named ? "/" : "",
             settings->theme, named ? ".ini" : "");
    if (result == 0)
        result = theme_load(&theme, theme_path, error);
    if (result == 0 && settings->notices[0])
        result = notices_load(&notices, settings->notices, survey, error);
    if (result == 0 && settings->case_key[0])
        result = keyfile_read(settings->case_key, key, sizeof key, false, error);
    notices_free(notices);
    if (result == 0)
        printf("%s: usable; survey %s\n", path, survey->version);
    return result;
}

static int render(const struct settings *settings, const struct survey *survey,
                  struct render_options *options, struct error *error)
{
    struct notices *notices = NULL;
    int result = 0;

    options->survey = survey;
    options->icons = settings->icons;
    options->themes = settings->themes;
    options->dpi = (int)settings->dpi;
    if (settings->notices[0])
        result = notices_load(&notices, settings->notices, survey, error);
    options->notices = notices;
    if (result == 0)
        result = render_run(options, error);
    notices_free(notices);
    return result;
}

static int run(const struct arguments *arguments, struct app_options *options, struct error *error)
{
    int result = 0;

    if (arguments->trace)
        result = trace_open(&options->trace, arguments->trace, error);
    if (result == 0)
        result = app_run(options, error);
    trace_close(options->trace);
    return result;
}

/* The PIN is never an argument: those can be read by others. */
static int hash_pin(struct error *error)
{
    char digits[64] = "", hash[PIN_SODIUM_TEXT];
    int result;

    if (!fgets(digits, sizeof digits, stdin))
        digits[0] = '\0';
    digits[strcspn(digits, "\r\n")] = '\0';
    result = pin_sodium_hash(hash, digits, error);
    pin_sodium_wipe(digits, sizeof digits);
    if (result == 0)
        puts(hash);
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
    if (arguments.hash_pin) {
        result = hash_pin(&error);
        if (result < 0)
            log_error("%s", error.text);
        return result < 0 ? EX_DATAERR : EX_OK;
    }
    result = load(arguments.config, &settings, &survey, &error);
    if (result >= 0 && survey) {
        options.survey = survey;
        options.language = result;
        options.w = arguments.w;
        options.h = arguments.h;
        if (arguments.check)
            result = check(arguments.config, &settings, survey, &error);
        else if (arguments.render.folder)
            result = render(&settings, survey, &arguments.render, &error);
        else
            result = run(&arguments, &options, &error);
    }
    survey_free(survey);
    if (result == APP_RESTART)
        return EX_TEMPFAIL;
    if (result == 0)
        return EX_OK;
    log_error("%s", error.text);
    return error_exit_status(&error);
}
