#!/usr/bin/python3
# Independent checker: proves from the raw lines that headquarters holds what devices recorded, each once.
# Shares no code with Tapline; computes every chain anew (BLAKE2b-256) from the store's UUID.
# SPDX-License-Identifier: Apache-2.0
"""Usage: checker.py HQ.DB [OUTBOX.DB ...]

Reads headquarters' database and any number of devices' outboxes, writes nothing, prints what it found.
Ends with 0 when everything fits, with 1 and a line for each thing that does not, with 2 on wrong usage.
"""
import collections
import hashlib
import json
import sqlite3
import sys
import urllib.parse
import uuid

KEPT, DUPLICATE, QUARANTINED = 0, 1, 2
HOUR_MS = 3600 * 1000


def chain_start(store):
    return hashlib.blake2b(store.encode(), digest_size=32).digest()


def chain_next(chain, line):
    return hashlib.blake2b(chain + line, digest_size=32).digest()


def open_read_only(path):
    connection = sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(str(path)), uri=True, timeout=10)
    connection.text_factory = bytes
    connection.execute("BEGIN")  # everything below is seen at one moment
    return connection


def identity(line):
    """(visit, n) of a record line."""
    record = json.loads(line)
    return uuid.UUID(record["visit"]).bytes, record["n"]


class Headquarters:
    """What a headquarters' database says, taken apart and checked against itself."""

    def __init__(self, path):
        self.problems = []
        self.stores = {}  # uuid: {"high_water", "chain", "lines": {number: bytes}, "chains": {number: bytes}}
        self.identities = {}  # (visit, n): (store, number) of the kept record
        self.effects = collections.Counter()
        connection = open_read_only(path)
        for row in connection.execute("SELECT id, uuid, lineage, device, high_water, chain FROM store"):
            self._read_store(connection, *row)
        self._check_rollup(connection)
        connection.close()

    def _problem(self, text, *values):
        self.problems.append("headquarters: " + text % values)

    def _read_store(self, connection, key, name, lineage, device, high_water, chain):
        name = name.decode()
        store = {"high_water": high_water, "chain": bytes(chain), "lines": {}, "chains": {}}
        self.stores[name] = store
        running = chain_start(name)
        store["chains"][0] = running
        expected = 1
        rows = connection.execute(
            "SELECT record.lineage, record.seq, record.state, record.visit, record.n,"
            " CAST(record.line AS BLOB), quarantine.line, record.at"
            " FROM record LEFT JOIN quarantine USING (lineage, store, seq)"
            " WHERE record.store = ? ORDER BY record.seq", (key,))
        for row_lineage, number, state, visit, n, line, raw, at in rows:
            if number != expected:
                self._problem("store %s: record %d follows where %d should", name, number, expected)
            expected = number + 1
            if row_lineage != lineage:
                self._problem("store %s: record %d lies in lineage %d, not %d", name, number, row_lineage, lineage)
            line = raw if state == QUARANTINED else line
            if line is None:
                self._problem("store %s: record %d has no line", name, number)
                continue
            running = chain_next(running, line)
            store["lines"][number] = line
            store["chains"][number] = running
            if state == KEPT:
                self._take(name, device, number, visit, n, line, at)
        if expected - 1 != high_water:
            self._problem("store %s: high water is %d, records end at %d", name, high_water, expected - 1)
        if running != store["chain"]:
            self._problem("store %s: the chain over the lines is not the stored one", name)

    def _take(self, name, device, number, visit, n, line, at):
        who = identity(line)
        if who != (visit, n):
            self._problem("store %s: record %d is filed under another identity than its line's", name, number)
        if who in self.identities:
            self._problem("store %s: record %d and record %d of store %s are one (visit, n), twice in effect",
                          name, number, self.identities[who][1], self.identities[who][0])
        self.identities[who] = (name, number)
        record = json.loads(line)
        if record["type"] != "answer":
            return
        # effects lie in the hour of the corrected time; lines received before there was one lie in their own
        key = ((record["at"] if at is None else at) // HOUR_MS, device, record["survey"], record["question"], record["kind"],
               record["lang"], record["channel"])
        if record["kind"] in ("choice", "callback"):
            for code in {""} | set(record.get("codes", [])):
                self.effects[key + (code,)] += 1
        else:
            self.effects[key + (str(record["mark"]),)] += 1

    def _check_rollup(self, connection):
        counted = collections.Counter()
        for row in connection.execute("SELECT hour, device, survey, question, kind, lang, channel, answer, count"
                                      " FROM rollup"):
            key = tuple(value.decode() if isinstance(value, bytes) else value for value in row[:-1])
            counted[key] += row[-1]
        for key in sorted(set(counted) | set(self.effects), key=str):
            if counted[key] != self.effects[key]:
                self._problem("roll-up %s counts %d, the records say %d", key, counted[key], self.effects[key])


class Outbox:
    """What a device's outbox says, taken apart and checked against itself."""

    def __init__(self, path):
        self.path = path
        self.problems = []
        self.lines = {}  # number: bytes
        self.chains = {}
        self.receipt = None  # (high water, chain), the newest
        connection = open_read_only(path)
        self.store = connection.execute("SELECT id FROM store").fetchone()[0].decode()
        running = chain_start(self.store)
        expected = 1
        for number, line, chain in connection.execute("SELECT n, line, chain FROM record ORDER BY n"):
            chain = bytes(chain)
            if not self.lines and number > 1:  # what came before is purged: its chain is taken as given
                self.lines[number], self.chains[number] = line, chain
                running, expected = chain, number + 1
                continue
            if number != expected:
                self.problems.append("%s: record %d follows where %d should" % (path, number, expected))
            expected = number + 1
            running = chain_next(running, line)
            if running != chain:
                self.problems.append("%s: record %d does not fit its chain" % (path, number))
            self.lines[number], self.chains[number] = line, chain
        self.last = expected - 1
        row = connection.execute("SELECT high_water, chain FROM receipt ORDER BY day DESC LIMIT 1").fetchone()
        if row:
            self.receipt = (row[0], bytes(row[1]))
        connection.close()

    def compare(self, headquarters):
        """What does not fit between this outbox and headquarters; and how many records are still only here."""
        problems = list(self.problems)
        held = headquarters.stores.get(self.store)
        if held is None:
            held = {"high_water": 0, "chain": chain_start(self.store), "lines": {},
                    "chains": {0: chain_start(self.store)}}
        if held["high_water"] > self.last:
            problems.append("%s: headquarters holds %d records, the device made %d"
                            % (self.path, held["high_water"], self.last))
        for number, line in self.lines.items():
            if number <= held["high_water"] and held["lines"].get(number) != line:
                problems.append("%s: record %d is another one at headquarters" % (self.path, number))
            if number <= held["high_water"] and held["chains"].get(number) != self.chains[number]:
                problems.append("%s: the chains part at record %d" % (self.path, number))
        if self.receipt and self.receipt[0] > held["high_water"]:
            problems.append("%s: receipted up to %d, headquarters holds %d"
                            % (self.path, self.receipt[0], held["high_water"]))
        elif self.receipt and held["chains"].get(self.receipt[0]) != self.receipt[1]:
            problems.append("%s: the receipt's chain is not headquarters'" % self.path)
        return problems, self.last - held["high_water"]


def check(hq_database, *outboxes):
    """All problems as a list of sentences, and the number of records that headquarters does not hold yet."""
    headquarters = Headquarters(hq_database)
    problems, unsent = list(headquarters.problems), 0
    for path in outboxes:
        more, missing = Outbox(path).compare(headquarters)
        problems += more
        unsent += missing
    return problems, unsent


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    headquarters = Headquarters(arguments[0])
    problems = list(headquarters.problems)
    for name, store in sorted(headquarters.stores.items()):
        print("store %s: %d records" % (name, store["high_water"]))
    for path in arguments[1:]:
        more, missing = Outbox(path).compare(headquarters)
        problems += more
        print("%s: %d records are not at headquarters yet" % (path, missing))
    for problem in problems:
        print("PROBLEM: " + problem)
    print("%d problems" % len(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
