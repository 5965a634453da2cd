#!/usr/bin/python3
# A device written from docs/PROTOCOL.md alone: shares no code with Tapline and was not written by looking at it.
# Keeps its store in memory; sections of the document are named where they are used.
# SPDX-License-Identifier: Apache-2.0
import hashlib
import http.client
import json
import os
import ssl
import time
import urllib.parse
import uuid

import nacl.signing

BOOT = str(uuid.uuid4())


def uuid7():
    """RFC 9562, section 5.7."""
    raw = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    raw[6], raw[8] = 0x70 | raw[6] & 0x0F, 0x80 | raw[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(raw)))


def clocks():
    return {"at": int(time.time() * 1000), "up": int(time.monotonic() * 1000), "boot": BOOT}


def chain_start(store):
    """Section 3."""
    return hashlib.blake2b(store.encode(), digest_size=32).digest()


def chain_next(chain, line):
    return hashlib.blake2b(chain + line, digest_size=32).digest()


class Store:
    """Sections 2, 3 and 6: lines of bytes, numbered from 1, and their chain."""

    def __init__(self, parent=None):
        self.name = str(uuid.uuid4())
        self.parent = parent.name if parent else None
        self.lineage = parent.lineage if parent else self.name
        self.lines, self.chains, self.receipt = [], [chain_start(self.name)], None

    def add(self, line):
        self.lines.append(line)
        self.chains.append(chain_next(self.chains[-1], line))

    def record(self, **members):
        self.add(json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode())

    def answer(self, mark, visit=None, n=1):
        visit = visit or uuid7()
        self.record(visit=visit, n=n, type="answer", **clocks(), survey="client/1", lang="en", channel="touch",
                    question="overall", kind="faces", scale=5, mark=mark)
        return visit

    def fork(self, why):
        """A child with every record still held; nothing is ever purged here."""
        child = Store(self)
        for line in self.lines:
            child.add(line)
        child.record(visit=uuid7(), n=1, type="fault", **clocks(), channel="device", fault="fork", detail=why, unsaved=0,
                     store=self.name, why=why, purged=0, carried=len(self.lines))
        return child

    def receipted(self):
        return self.receipt["high_water"] if self.receipt else 0

    def batch(self, first, count):
        """Section 4."""
        head = {"tapline": 1, "store": self.name, "first": first, "count": count, "before": self.chains[first - 1].hex(),
                "after": self.chains[first - 1 + count].hex(), "last": len(self.lines), **clocks(), "version": "client"}
        if self.parent:
            head.update(parent=self.parent, lineage=self.lineage)
        lines = [json.dumps(head).encode(), *self.lines[first - 1:first - 1 + count]]
        return b"".join(line + b"\n" for line in lines)


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__("headquarters answers %d: %s" % (status, body))
        self.status = status
        self.problem = json.loads(body) if body.startswith(b"{") else {}


class Device:
    """Sections 4 to 6: one connection to headquarters, with this device's certificate."""

    def __init__(self, url, ca, certificate, key, hq_key):
        """hq_key: headquarters' public key in hexadecimal."""
        self.verify_key = nacl.signing.VerifyKey(bytes.fromhex(hq_key.strip()))
        tls = ssl.create_default_context(cafile=ca)
        tls.load_cert_chain(certificate, key)
        place = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPSConnection(place.hostname, place.port, context=tls, timeout=30)
        self.stores = [Store()]

    @property
    def store(self):
        return self.stores[-1]

    def post(self, store, body):
        """The verified receipt; section 5."""
        self.connection.request("POST", "/v1/stores/%s/records" % store.name, body,
                                {"Content-Type": "application/x-ndjson"})
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status != 200:
            raise Refused(reply.status, text)
        receipt = json.loads(text)
        words = "tapline-receipt-1\n%(store)s\n%(epoch)s\n%(high_water)d\n%(chain)s\n%(now)d\n" % receipt
        self.verify_key.verify(words.encode(), bytes.fromhex(receipt["signature"]))  # BadSignatureError when not
        assert receipt["store"] == store.name
        return receipt

    def judge(self, receipt):
        """What a good receipt means; section 5, rules 1 to 4."""
        store, high_water = self.store, receipt["high_water"]
        if high_water >= len(store.chains) or store.chains[high_water].hex() != receipt["chain"]:
            self.stores.append(store.fork("fork"))
            return "fork"
        if store.receipt and receipt["epoch"] == store.receipt["epoch"] and high_water < store.receipted():
            return "lost"
        store.receipt = receipt
        return "good"

    def step(self, most=100):
        """One exchange: an empty batch first, then what is not receipted."""
        store = self.store
        first = store.receipted() + 1
        count = min(most, len(store.lines) - store.receipted()) if store.receipt else 0
        try:
            receipt = self.post(store, store.batch(first, count))
        except Refused as refusal:
            if refusal.problem.get("type") != "urn:tapline:problem:foreign-store":
                raise
            self.stores.append(store.fork("foreign"))
            return "fork"
        return self.judge(receipt)

    def drain(self, most=100):
        for _ in range(1000):
            if self.step(most) == "good" and self.store.receipted() == len(self.store.lines):
                return
        raise AssertionError("headquarters does not take what is left")
