/*
 * The kernel's word on links, addresses and routes, through rtnetlink.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/network.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct network {
    int fd;
};

int network_open(struct network **out, struct error *error)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                                     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
    struct network *network = calloc(1, sizeof *network);
    if (!network)
        return error_set(error, -ENOMEM, "no memory to watch the network");
    network->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (network->fd < 0 || bind(network->fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int code = -errno;
        network_close(network);
        return error_set(error, code, "the network cannot be watched: %s", strerror(-code));
    }
    *out = network;
    return 0;
}

void network_close(struct network *network)
{
    if (!network)
        return;
    if (network->fd >= 0)
        (void)close(network->fd);
    free(network);
}

int network_fd(const struct network *network)
{
    return network ? network->fd : -1;
}

static bool network_came_up(const struct nlmsghdr *message)
{
    const struct ifinfomsg *link = NLMSG_DATA(message);
    switch (message->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_NEWROUTE:
        return true;
    case RTM_NEWLINK:
        return message->nlmsg_len >= NLMSG_LENGTH(sizeof *link) && (link->ifi_flags & IFF_RUNNING) != 0;
    default:
        return false;
    }
}

bool network_drain(struct network *network)
{
    _Alignas(struct nlmsghdr) char events[16384];
    bool up = false;
    for (;;) {
        ssize_t got = recv(network->fd, events, sizeof events, 0);
        if (got < 0 && errno == ENOBUFS)
            up = true; /* so much has happened that the kernel gave up telling */
        else if (got <= 0 && !(got < 0 && errno == EINTR))
            return up;
        size_t left = got > 0 ? (size_t)got : 0;
        for (const struct nlmsghdr *message = (const struct nlmsghdr *)events; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left))
            up = up || network_came_up(message);
    }
}
