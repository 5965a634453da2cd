/*
 * Errors: a code for the program, a sentence for the person.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "core/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

int error_set(struct error *error, int code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        error->code = code;
    }
    return code;
}

int error_prefix(struct error *error, const char *format, ...)
{
    if (!error)
        return 0;
    char text[sizeof error->text], was[sizeof error->text];
    memcpy(was, error->text, sizeof was);
    va_list arguments;
    va_start(arguments, format);
    int used = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* a sentence too long for its room loses its end, never its beginning */
    if (used >= 0 && snprintf(error->text, sizeof error->text, "%s: %s", text, was) < 0)
        error->text[0] = '\0';
    return error->code;
}

int error_exit_status(const struct error *error)
{
    switch (error->code) {
    case -EBADMSG:
        return EX_DATAERR;
    case -EINVAL:
    case -ENOENT: /* a file that the configuration names is not there */
        return EX_CONFIG;
    case -EACCES:
    case -EPERM:
        return EX_NOPERM;
    case -EIO:
    case -ENOSPC:
    case -EROFS:
        return EX_IOERR;
    case -EAGAIN:
        return EX_TEMPFAIL;
    case -EPROTO:
        return EX_PROTOCOL;
    case -ENOMEM:
        return EX_OSERR;
    default:
        return EX_SOFTWARE;
    }
}
