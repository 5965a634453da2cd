# Fault catalogue, the self-repair ladder on the real programs: damaged rows, pages and logs, lying flash, full disks.
# What can be read is carried over, what cannot is named to headquarters, and no byte of a damaged file is lost.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import checker
import outbox
import peers
import pytest
from disk import Ext4, Small
from peers import wait_until
from proxy import Proxy
from test_identity import alerts, answers, held_answers, page, proven

BROKEN = 65
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def fold(device):
    connection = sqlite3.connect(device.outbox)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def change(device, sql):
    connection = sqlite3.connect(device.outbox)
    assert connection.execute(sql).rowcount > 0
    connection.commit()
    connection.close()


def faults(hq):
    return {alert["subject"] for alert in alerts(hq, "fault")}


def fault_lines(hq, code):
    lines = [json.loads(line) for line, in peers.query(hq.database, "SELECT line FROM record WHERE state = 0")]
    return [line for line in lines if line.get("fault") == code]


@pytest.mark.parametrize("running", [False, True])
def test_F14_one_flipped_bit_in_a_row(hq, device, running):
    """The row is kept aside, a tombstone stands in its place, the rest goes on under a store that names its parent."""
    device.fill(10)
    old, expected = device.store, answers(device.outbox)
    lost = outbox.identities(device.outbox)[6]
    change(device, "UPDATE record SET line = replace(line, 'touch', 'touci') WHERE n = 7")
    if running:
        device.start()
        wait_until(lambda: device.store != old, what="the repair")
        device.wait_receipted(device.last())
        assert device.stop() == 0
    else:
        device.once()
    assert held_answers(hq) == sorted(expected - {lost})
    [tombstone] = fault_lines(hq, "damaged")
    assert (tombstone["store"], tombstone["first"], tombstone["last"]) == (old, 7, 7)
    aside = peers.query(device.outbox, "SELECT store, n, why, line FROM quarantine")
    assert aside[0][:3] == (old, 7, "damaged") and b"touci" in aside[0][3]
    assert {"damaged", "fork"} <= faults(hq)
    missing = page(hq, "devices")["devices"][0]["missing"]
    assert [(m["store"], m["first"], m["last"], m["why"]) for m in missing] == [(old, 7, 7, "damaged")]
    proven(hq, device)
    device.fill(3)
    device.once()
    proven(hq, device)


def test_F14_a_flipped_bit_in_a_chain_loses_nothing(hq, device):
    device.fill(10)
    expected = answers(device.outbox)
    change(device, "UPDATE record SET chain = zeroblob(32) WHERE n = 7")
    device.once()
    assert held_answers(hq) == sorted(expected)
    proven(hq, device)


def test_F14_rows_that_are_gone(hq, device):
    device.fill(12)
    device.once()
    device.fill(8)
    old, expected = device.store, answers(device.outbox)
    change(device, "DELETE FROM record WHERE n IN (15, 16)")
    left = answers(device.outbox)
    device.once()
    assert held_answers(hq) == sorted(left) and len(expected - left) == 2
    [tombstone] = fault_lines(hq, "damaged")
    assert (tombstone["store"], tombstone["first"], tombstone["last"]) == (old, 15, 16)
    proven(hq, device)


def damage_page(device, which):
    """Garbage over a page in the middle of the record table."""
    fold(device)
    size = 4096
    pages = os.path.getsize(device.outbox) // size
    page_number = {"middle": pages // 2, "last": pages - 1}[which]
    with open(device.outbox, "r+b") as file:
        file.seek(page_number * size)
        file.write(os.urandom(size))


@pytest.mark.parametrize("which,sent", [("middle", 0), ("last", 0), ("last", 600)])
def test_F12_damaged_page(hq, device, which, sent):
    if sent:
        device.fill(sent, 100)
        device.once()
    device.fill(600, 100)
    old, expected = device.store, answers(device.outbox)
    damage_page(device, which)
    device.once()
    damaged = [path for path in device.folder.iterdir() if ".damaged-" in path.name and "-wal" not in path.name]
    assert len(damaged) == 1
    assert device.store != old
    assert peers.query(device.outbox, "SELECT parent FROM store") == [(old,)]
    got = set(held_answers(hq))
    assert got <= expected and len(expected) - len(got) <= 40  # a page of 4096 bytes holds no more
    buried = sum(line["last"] - line["first"] + 1 for line in fault_lines(hq, "damaged"))
    assert buried >= (len(expected) - len(got) if which == "middle" else 1)  # nothing knows how long the end was
    assert {"damaged", "fork"} <= faults(hq)
    proven(hq, device)
    device.fill(5)
    device.once()
    proven(hq, device)


def test_F12_damaged_while_the_daemon_runs_and_others_append(hq, device):
    """The file is replaced under an appender's feet: what it was told is durable is there."""
    device.fill(600, 100)
    damage_page(device, "middle")
    device.start()
    wait_until(lambda: any(".damaged-" in path.name for path in device.folder.iterdir()), what="the salvage")
    visits = set()
    for _ in range(5):  # the first may have the old file still open: then it says nothing that is not so
        done = peers.run(peers.BUILD / "tests/faults/append", device.outbox, 20, check=False)
        visits |= {line.split()[1] for line in done.stdout.split("\n") if line}
        if done.returncode == 0:
            break
    assert done.returncode == 0 and len(visits) >= 20
    wait_until(lambda: visits <= {visit for visit, _ in held_answers(hq)}, what="the answers after the salvage")
    assert device.stop() == 0
    proven(hq, device)


def test_not_an_outbox_is_never_touched(hq, device, tmp_path):
    """A path that is mistyped is no damage."""
    other = sqlite3.connect(tmp_path / "precious.db")
    other.execute("CREATE TABLE precious (a)")
    other.commit()
    other.close()
    before = (tmp_path / "precious.db").read_bytes()
    shutil.copy(tmp_path / "precious.db", device.outbox)
    done = device.once(check=False)
    assert done.returncode == BROKEN
    assert device.outbox.read_bytes() == before
    assert not [path for path in device.folder.iterdir() if "damaged" in path.name]


def test_F13_damaged_log(hq, device):
    """A database whose last writer died, with a log that does not fit any more: the valid prefix counts."""
    device.fill(50)
    holder = sqlite3.connect(device.outbox)
    holder.execute("BEGIN")
    holder.execute("SELECT count(*) FROM record").fetchone()
    device.fill(50)  # stays in the log: a reader holds it
    log = pathlib.Path(str(device.outbox) + "-wal")
    whole = log.read_bytes()
    database = device.outbox.read_bytes()
    holder.close()
    for ending in ("", "-wal", "-shm"):
        pathlib.Path(str(device.outbox) + ending).unlink(missing_ok=True)
    device.outbox.write_bytes(database)
    half = len(whole) // 2
    log.write_bytes(whole[:half] + os.urandom(64) + whole[half + 64:])
    device.once()
    last = device.last()
    assert 0 < last < 100
    assert hq.high_water(device.store) == last
    proven(hq, device)
    device.fill(10)
    device.once()
    proven(hq, device)


@pytest.mark.root
@needs_strace
def test_F04_flash_that_lies_about_flushes(hq, device, tmp_path):
    """Acknowledged, reported, then gone after a power cut: headquarters names the range."""
    disk = Ext4(tmp_path)
    try:
        path = disk.path / "outbox.db"
        sync = peers.Sync(device.folder)
        sync.environment["TAPLINE_DEVICE_OUTBOX"] = str(path)
        sync.outbox = path
        sync.fill(10)
        sync.once()
        subprocess.run(["sync", "-f", path], check=True, timeout=30)

        liar = ["strace", "-f", "-o", "/dev/null", "-e", "inject=fdatasync,fsync,sync_file_range:retval=0"]
        peers.run(*liar, peers.BUILD / "tests/bench/fill", path, 20, 20)
        # the device says how many it has made; before they are sent, the power goes
        before = peers.query(path, "SELECT chain FROM record WHERE n = 10")[0][0]
        text = outbox.batch(sync.store, [], first=11, before=before, last=30)
        assert outbox.post(hq, device.folder, sync.store, text)[0] == 200
        disk.cut()
        disk.remount()
        kept = sync.last()
        if kept == 30:
            pytest.skip("the kernel wrote it back before the cut")
        sync.fill(2)
        sync.once()
        [lost] = alerts(hq, "lost")
        assert lost["device"] == "kiosk-1" and "30" in lost["text"]
        missing = page(hq, "devices")["devices"][0]["missing"]
        assert (missing[0]["last"], missing[0]["why"]) == (30, "lost")
        assert checker.check(hq.database, path) == ([], 0)
    finally:
        disk.unmount("-l")


@pytest.mark.root
def test_F06_full_disk_blocks_the_purge_too(hq, device, tmp_path):
    """The ballast gives way; the purge makes room; headquarters hears of it; the ballast comes back."""
    small = Small(tmp_path, "64m")
    try:
        path = small.path / "outbox.db"
        sync = peers.Sync(device.folder, keep_days=0, status_s=1)
        sync.environment["TAPLINE_DEVICE_OUTBOX"] = str(path)
        sync.outbox = path
        sync.fill(3000, 1000)
        sync.once()
        ballast = small.path / "outbox.db.ballast"
        assert ballast.stat().st_size == 4 << 20
        small.fill()
        sync.start()
        wait_until(lambda: "ballast is given up for the purge" in sync.process.output(), what="the ballast to go")
        small.free()
        wait_until(lambda: peers.query(path, "SELECT count(*) FROM record")[0][0] < 3000, what="the purge")
        wait_until(lambda: "disk-full" in faults(hq), what="the fault record")
        wait_until(ballast.exists, what="the ballast to be there again")
        assert sync.stop() == 0
        assert checker.check(hq.database, path) == ([], 0)
    finally:
        small.unmount()


@pytest.mark.root
def test_F07_no_inodes_left(hq, device, tmp_path):
    """The database cannot be opened, and can again when there is room; nothing is lost."""
    folder = tmp_path / "few"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=12", "tmpfs", folder], check=True, timeout=30)
    try:
        path = folder / "outbox.db"
        sync = peers.Sync(device.folder)
        sync.environment["TAPLINE_DEVICE_OUTBOX"] = str(path)
        sync.outbox = path
        sync.fill(20)
        fillers = []
        try:
            for number in range(20):
                (folder / ("filler%d" % number)).touch()
                fillers.append(folder / ("filler%d" % number))
        except OSError:
            pass
        sync.start()
        wait_until(lambda: "outbox" in sync.process.output() or not sync.process.running(), what="the complaint")
        for filler in fillers:
            filler.unlink()

        def arrived():
            if not sync.process.running():  # where even its lock could not be made it says so and ends; systemd restarts
                sync.start()
            return path.exists() and sync.receipted() == 20

        wait_until(arrived, what="the records to arrive")
        assert sync.stop() == 0
    finally:
        subprocess.run(["umount", "-l", folder], check=False, timeout=30)


OLD_SCHEMA = """
CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, parent TEXT, made INTEGER NOT NULL) STRICT;
CREATE TABLE record (n INTEGER PRIMARY KEY CHECK (n > 0), line TEXT NOT NULL, chain BLOB NOT NULL) STRICT;
CREATE TABLE receipt (day INTEGER PRIMARY KEY, epoch TEXT NOT NULL, high_water INTEGER NOT NULL,
 chain BLOB NOT NULL, now INTEGER NOT NULL, signature BLOB NOT NULL) STRICT;
"""


@needs_strace
def test_F29_killed_during_a_schema_migration(hq, device, tmp_path):
    """At every write of it: the old schema opens, the new one opens, and the records are there."""
    old = tmp_path / "old.db"
    connection = sqlite3.connect(old)
    connection.executescript("PRAGMA journal_mode = WAL;" + OLD_SCHEMA)
    connection.execute("INSERT INTO store VALUES (1, '0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e', NULL, 0)")
    connection.executescript("PRAGMA application_id = %d; PRAGMA user_version = 1" % 0x5461704C)
    connection.close()
    outbox.append(old, *(outbox.answer() for _ in range(5)))
    expected = answers(old)
    deaths = 0
    for number in range(1, 60):
        for ending in ("", "-wal", "-shm"):
            pathlib.Path(str(device.outbox) + ending).unlink(missing_ok=True)
        shutil.copy(old, device.outbox)
        done = peers.run("strace", "-f", "-o", "/dev/null", "-e", "inject=pwrite64:signal=KILL:when=%d" % number,
                         peers.BUILD / "tests/faults/append", device.outbox, 1, check=False)
        if done.returncode == 0:
            break
        deaths += 1
        peers.run(peers.BUILD / "tests/faults/append", device.outbox, 1)
        assert expected <= answers(device.outbox)
        assert peers.query(device.outbox, "PRAGMA user_version") == [(2,)]
    assert deaths >= 3 and done.returncode == 0
    device.once()
    assert expected <= set(held_answers(hq))
    proven(hq, device)


def test_F50_a_record_that_is_too_large_for_the_way_is_parked(hq, device):
    """Kept on the device, named to headquarters, and the rest goes on."""
    device.fill(4)
    outbox.append(device.outbox, outbox.answer(padding="x" * 2500))
    device.fill(4)
    old, expected = device.store, answers(device.outbox)
    large = outbox.identities(device.outbox)[4]

    with Narrow(hq, device.folder, 900) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        sync.once()
    assert held_answers(hq) == sorted(expected - {large})
    [parked] = fault_lines(hq, "parked")
    assert (parked["store"], parked["number"]) == (old, 5)
    [(number, why, line)] = peers.query(device.outbox, "SELECT n, why, line FROM quarantine")
    assert (number, why) == (5, "parked") and b"xxxx" in line
    assert page(hq, "devices")["devices"][0]["missing"][0]["why"] == "parked"
    proven(hq, device)


class Narrow(Proxy):
    """Answers 413 to what is larger than a line of it unpacked."""

    def __init__(self, hq, folder, most):
        self.most = most
        super().__init__(hq, folder)

    def _forward(self, method, path, headers, body):
        text = subprocess.run(["zstd", "-dc"], input=body, capture_output=True, timeout=30, check=True).stdout
        if any(len(line) > self.most for line in text.splitlines()):
            return 413, {"Content-Type": "text/plain"}, b"too large"
        return super()._forward(method, path, headers, body)
