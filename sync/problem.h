/*
 * What a problem document (RFC 9457) of headquarters, or of something that poses as it, has to say.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef SYNC_PROBLEM_H
#define SYNC_PROBLEM_H

#include <stddef.h>

/*
 * text gets the document's detail, else its title, else nothing, cut to size between characters. body is
 * untrusted: control characters do not pass.
 */
void problem_detail(const char *body, size_t length, char *text, size_t size);

#endif
