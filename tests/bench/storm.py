#!/usr/bin/python3
# The storm after an outage: a fleet of devices, each with a backlog, comes back to headquarters that has just started.
# Devices keep to docs/PROTOCOL.md (tests/vectors/client.py): full jitter, one connection each, every receipt verified.
# SPDX-License-Identifier: Apache-2.0
"""Usage: storm.py [--devices 2000] [--records 50] [--spread 30] [--outage 3]

--spread: ceiling of a device's backoff, seconds, so over how long a time the devices come back; 0: all at once.
Prints the time until the last record is receipted, attempts that came to nothing, and the longest queue.
"""
import argparse
import asyncio
import json
import pathlib
import random
import ssl
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("lib", "vectors")]
import checker  # noqa: E402
import client  # noqa: E402
import peers  # noqa: E402
import upload  # noqa: E402

ATTEMPT_S = 60


class Fleet:
    def __init__(self, hq, spread):
        self.hq, self.spread = hq, spread
        self.attempts = self.failed = self.busy = self.done = self.most_open = self.open = self.queue = 0
        self.waits = []  # seconds from the start of headquarters to each device's last receipt
        self.random = random.Random(4)
        self.up_at = None

    async def exchange(self, device, tls):
        """One connection: ask, then everything. True when all is receipted."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.hq.device_port, ssl=tls,
                                                       server_hostname="localhost")
        try:
            while True:
                store = device.store
                first = store.receipted() + 1
                count = min(500, len(store.lines) - store.receipted()) if store.receipt else 0
                body = store.batch(first, count)
                writer.write(b"POST /v1/stores/%s/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                             b"Content-Length: %d\r\n\r\n" % (store.name.encode(), len(body)) + body)
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
                text = await reader.readexactly(length)
                if " 200 " not in head.partition("\r\n")[0]:
                    self.busy += 1
                    return False
                receipt = json.loads(text)
                words = "tapline-receipt-1\n%(store)s\n%(epoch)s\n%(high_water)d\n%(chain)s\n%(now)d\n" % receipt
                device.verify_key.verify(words.encode(), bytes.fromhex(receipt["signature"]))
                assert device.judge(receipt) == "good"
                if store.receipted() == len(store.lines):
                    return True
        finally:
            writer.close()

    async def live(self, device, tls, failures):
        """A device whose first failures lie behind it: it waits, tries, waits longer, until all is receipted."""
        while True:
            await asyncio.sleep(self.random.uniform(0, min(self.spread, 2 ** failures)))
            self.attempts += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            try:
                if await asyncio.wait_for(self.exchange(device, tls), ATTEMPT_S):
                    self.done += 1
                    self.waits.append(time.monotonic() - self.up_at)
                    return
            except (OSError, EOFError, asyncio.TimeoutError):
                pass
            finally:
                self.open -= 1
            if self.up_at:
                self.failed += 1
            failures += 1

    async def watch(self, everybody):
        """Connections that the kernel holds for headquarters and that it has not taken yet."""
        while not everybody.done():
            found = subprocess.run(["ss", "-Hltn", "sport = :%d" % self.hq.device_port], capture_output=True, text=True)
            for line in found.stdout.splitlines():
                self.queue = max(self.queue, int(line.split()[1]))
            await asyncio.sleep(0.05)

    async def run(self, devices, outage):
        everybody = asyncio.gather(*(self.live(device, tls, 10) for device, tls in devices))
        await asyncio.sleep(outage)  # they knock in vain
        await asyncio.get_running_loop().run_in_executor(None, self.hq.start)
        self.up_at = time.monotonic()
        await asyncio.gather(everybody, self.watch(everybody))


def enrolled(hq, folder, count):
    def one(number):
        name = "kiosk-%04d" % number
        out = hq.enroll(name, out=folder / name)
        tls = ssl.create_default_context(cafile=out / "ca.pem")
        tls.load_cert_chain(out / "device.pem", out / "device.key")
        device = client.Device(hq.url, out / "ca.pem", out / "device.pem", out / "device.key", (out / "hq.pub").read_text())
        return device, tls

    return [one(number) for number in range(count)]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name, value in (("--devices", 2000), ("--records", 50), ("--spread", 30), ("--outage", 3)):
        parser.add_argument(name, type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tapline-storm-") as name:
        folder = pathlib.Path(name)
        hq = peers.Hq(folder / "hq").start()
        hq.stop()  # it has its ports now
        devices = enrolled(hq, folder, options.devices)
        for device, _ in devices:
            for mark in range(options.records):
                device.store.answer(mark % 5 + 1)
        fleet = Fleet(hq, options.spread)
        asyncio.run(fleet.run(devices, options.outage))
        spent = upload.process_cpu(hq.serving_pid)
        hq.stop()
        problems, _ = checker.check(hq.database)
        assert problems == [] and fleet.done == options.devices
        fleet.waits.sort()
        print("storm: %d devices with %d records each, come back over %d s: all receipted after %.1f s (median %.1f s)"
              % (options.devices, options.records, options.spread, fleet.waits[-1], fleet.waits[len(fleet.waits) // 2]))
        print("storm: attempts while headquarters was up that came to nothing: %d (%d of them told to wait);"
              " longest accept queue %d, most attempts open at once %d; headquarters' CPU %.1f s"
              % (fleet.failed, fleet.busy, fleet.queue, fleet.most_open, spent))


if __name__ == "__main__":
    main()
