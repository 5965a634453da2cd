# A network of the test's own: a device's side in a namespace, headquarters' side outside, and what can be done to the
# wire between them. Needs root.
# SPDX-License-Identifier: Apache-2.0
import itertools
import os
import subprocess

_numbers = itertools.count(1)


def _run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, "%s: %s" % (" ".join(map(str, words)), done.stderr)
    return done.stdout


class Network:
    """here: headquarters' address; inside(words) are words that run in the device's namespace."""

    def __init__(self):
        number = next(_numbers)
        self.name = "tap%d-%d" % (os.getpid() % 100000, number)
        self.outer, self.inner = "tp%do%d" % (os.getpid() % 100000, number), "tp%di%d" % (os.getpid() % 100000, number)
        subnet = "10.%d.%d" % (200 + os.getpid() // 250 % 50, (os.getpid() + number) % 250)
        self.here, self.there = subnet + ".1", subnet + ".2"
        _run("ip", "netns", "add", self.name)
        _run("ip", "link", "add", self.outer, "type", "veth", "peer", "name", self.inner, "netns", self.name)
        _run("ip", "addr", "add", self.here + "/24", "dev", self.outer)
        _run("ip", "link", "set", self.outer, "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "addr", "add", self.there + "/24", "dev", self.inner)
        self.run("ip", "link", "set", self.inner, "up")

    @property
    def inside(self):
        return ["ip", "netns", "exec", self.name]

    def run(self, *words):
        return _run(*self.inside, *words)

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, timeout=30)
        subprocess.run(["ip", "link", "del", self.outer], capture_output=True, timeout=30)

    def link(self, up):
        """The cable at headquarters' end: the device's side loses its carrier."""
        _run("ip", "link", "set", self.outer, "up" if up else "down")

    def rule(self, out="", into=""):
        """nftables rules for what the device sends and gets; none: everything passes."""
        subprocess.run([*self.inside, "nft", "flush", "ruleset"], check=True, timeout=30)
        self.run("nft", "add", "table", "inet", "t")
        for hook, text in (("output", out), ("input", into)):
            self.run("nft", "add", "chain", "inet", "t", hook, "{ type filter hook %s priority 0; }" % hook)
            if text:
                self.run("nft", "add", "rule", "inet", "t", hook, *text.split())

    def count(self, text):
        """Counts what the device sends that this matches; read with counted()."""
        self.run("nft", "add", "table", "inet", "c")
        self.run("nft", "add", "chain", "inet", "c", "output", "{ type filter hook output priority -1; }")
        self.run("nft", "add", "rule", "inet", "c", "output", *text.split(), "counter")

    def counted(self):
        words = self.run("nft", "list", "table", "inet", "c").split()
        return int(words[words.index("packets") + 1])

    def slow(self, rate):
        """Both directions."""
        shape = ["root", "tbf", "rate", rate, "burst", "3000", "latency", "2000ms"]
        self.run("tc", "qdisc", "add", "dev", self.inner, *shape)
        _run("tc", "qdisc", "add", "dev", self.outer, *shape)
