/*
 * Log lines on standard error; the journal adds time and host, so we do not.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *log_program = "tapline";
static bool log_to_journal;

void log_open(const char *program)
{
    log_program = program;
    log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

__attribute__((format(printf, 3, 0))) static void log_line(const char *priority, const char *word,
                                                           const char *format, va_list arguments)
{
    char text[1024];
    (void)vsnprintf(text, sizeof text, format, arguments);
    /* one call, so that lines of several threads do not mix */
    (void)fprintf(stderr, "%s%s: %s%s\n", log_to_journal ? priority : "", log_program, word, text);
}

void log_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line("<3>", "error: ", format, arguments);
    va_end(arguments);
}

void log_warning(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line("<4>", "warning: ", format, arguments);
    va_end(arguments);
}

void log_info(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_line("<6>", "", format, arguments);
    va_end(arguments);
}
