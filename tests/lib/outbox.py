# Lines of a test's own in a device's outbox, and batches made without Tapline's code: what no kiosk would write.
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import random
import sqlite3
import ssl
import time
import uuid

from checker import chain_next, chain_start

BOOT = open("/proc/sys/kernel/random/boot_id", encoding="ascii").read().strip()


def up_now():
    """Milliseconds since boot, as the device's clock says them."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000000


def wall_now():
    return time.time_ns() // 1000000


def visit_id():
    """A UUIDv7 whose time is of no account."""
    value = random.getrandbits(128)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


def answer(at=None, up=None, boot=BOOT, mark=5, visit=None, n=1, **more):
    """A record line."""
    record = {"visit": visit or visit_id(), "n": n, "type": "answer", "at": wall_now() if at is None else at,
              "up": up_now() if up is None else up, "boot": boot, "survey": "branch-exit/1", "lang": "zh",
              "channel": "touch", "question": "overall", "kind": "faces", "scale": 5, "mark": mark, **more}
    return json.dumps(record, separators=(",", ":"))


def append(path, *lines):
    """Appends lines to an outbox that is there, with their chain; whatever they say."""
    connection = sqlite3.connect(path, timeout=10)
    number, chain = connection.execute("SELECT n, chain FROM record ORDER BY n DESC LIMIT 1").fetchone() or (
        0, chain_start(connection.execute("SELECT id FROM store").fetchone()[0]))
    for line in lines:
        number += 1
        chain = chain_next(chain, line.encode())
        connection.execute("INSERT INTO record (n, line, chain) VALUES (?, ?, ?)", (number, line, chain))
    connection.commit()
    connection.close()


def identities(path):
    """(visit, n) of every line of an outbox."""
    connection = sqlite3.connect(path, timeout=10)
    found = [(record["visit"], record["n"]) for record, in
             ((json.loads(line),) for line, in connection.execute("SELECT line FROM record ORDER BY n"))]
    connection.close()
    return found


def batch(store, lines, first=1, before=None, last=None, boot=BOOT, up=None, at=None, **more):
    """A batch as text, by the protocol's own words."""
    before = before or chain_start(store)
    after = before
    for line in lines:
        after = chain_next(after, line.encode())
    head = {"tapline": 1, "store": store, "first": first, "count": len(lines), "before": before.hex(),
            "after": after.hex(), "last": first + len(lines) - 1 if last is None else last,
            "at": wall_now() if at is None else at, "up": up_now() if up is None else up, "boot": boot,
            "version": "test", **more}
    return "".join(line + "\n" for line in [json.dumps(head), *lines])


def post(hq, device_folder, store, text):
    """(status, document) of a POST with the device's certificate."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(hq.folder / "ca.pem"))
    context.load_cert_chain(device_folder / "device.pem", device_folder / "device.key")
    connection = http.client.HTTPSConnection("localhost", hq.device_port, timeout=30, context=context)
    try:
        connection.request("POST", "/v1/stores/%s/records" % store, text.encode(),
                           {"Content-Type": "application/x-ndjson"})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()
