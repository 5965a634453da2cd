/*
 * The one way a library function says what went wrong.
 * A function that fails returns a negative errno value and leaves a sentence for a person: what, where, what
 * to do. SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

/*
 * Codes beyond plain errno that callers act upon:
 *   -EBADMSG   the data is not what it claims to be (broken database, survey, batch): exit status 65
 *   -EINVAL    the configuration or a key file is wrong:                              exit status 78
 *   -EAGAIN    would work later without anybody's help (locked, queue full)
 *   -ESTALE    the file that was opened is no longer the file at that path
 */
struct error {
    int code;       /* negative errno value, 0 while nothing went wrong */
    char text[512]; /* one sentence, UTF-8, no line break at its end */
};

/* Fills *error (may be NULL) and returns code, so that `return error_set(...)` reads well. */
int error_set(struct error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is there; returns error->code. */
int error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The exit status of sysexits.h that a program ends with for this error (65, 70, 71, 74, 75, 76, 77 or 78). */
int error_exit_status(const struct error *error);

#endif
