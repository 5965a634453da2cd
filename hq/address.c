/*
 * Network addresses in numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int address_parse(struct address *address, const char *text, int port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct address made = {0};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(&made.storage, &four, sizeof four);
        made.length = sizeof four;
    } else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
        memcpy(&made.storage, &six, sizeof six);
        made.length = sizeof six;
    } else {
        return -EINVAL;
    }
    *address = made;
    return 0;
}

bool address_is_loopback(const struct address *address)
{
    if (address->storage.ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)&address->storage;
        return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address->storage;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

void address_to_text(const struct sockaddr *address, char text[ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (address && address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        (void)inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
        (void)snprintf(text, ADDRESS_TEXT, "%s:%d", host, ntohs(four->sin_port));
    } else if (address && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
        (void)inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
        (void)snprintf(text, ADDRESS_TEXT, "[%s]:%d", host, ntohs(six->sin6_port));
    } else {
        (void)snprintf(text, ADDRESS_TEXT, "?");
    }
}
