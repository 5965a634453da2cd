/*
 * Network addresses in numbers. No names are looked up, so nothing here waits.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_ADDRESS_H
#define HQ_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define ADDRESS_TEXT 56 /* "[IPv6]:port" with its NUL */

struct address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* -EINVAL when text is not an IPv4 or IPv6 address in numbers. */
int address_parse(struct address *address, const char *text, int port);

bool address_is_loopback(const struct address *address);

/* "127.0.0.1:8443", "[::1]:8443" */
void address_to_text(const struct sockaddr *address, char text[ADDRESS_TEXT]);

#endif
