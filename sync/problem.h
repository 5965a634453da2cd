/*
 * What a problem document (RFC 9457) of headquarters, or of something that poses as it, has to say.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_PROBLEM_H
#define SYNC_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

/* The store belongs to another device: this one goes on under a name of its own. */
#define PROBLEM_FOREIGN_STORE "urn:tapline:problem:foreign-store"

/*
 * text gets the document's detail, else its title, else nothing, cut to size between characters. body is
 * untrusted: control characters do not pass.
 */
void problem_detail(const char *body, size_t length, char *text, size_t size);

/* Is it a problem document of this type? */
bool problem_is(const char *body, size_t length, const char *type);

#endif
