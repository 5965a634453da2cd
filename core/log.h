/*
 * What a program says to its technician: one line an event, on standard error.
 * Only programs (main and what main calls to run) log; library code returns errors.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>

/* Names the program in every line, and turns on sd-daemon(3) priority prefixes when the journal reads us. */
void log_open(const char *program);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
