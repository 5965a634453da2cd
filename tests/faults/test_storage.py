"""Storage and process faults under the outbox, on the real kiosk and the real outbox code: FAULTS 1, 2, 5, 8, 9, 15, 17, 19, 21.

What was thanked on the screen (or acknowledged by the appender) must be there afterwards, in order and whole.
"""

import fcntl
import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest
from checker import chain_next, chain_start
from disk import Ext4, Small
from peers import BUILD, TOP, query, wait_until
from screen import Kiosk

SURVEY = TOP / "assets" / "surveys" / "branch-exit.json"
ICONS = TOP / "assets" / "icons"


def device(folder, outbox, **kiosk):
    """A device's configuration with its outbox at a path."""
    settings = dict({"icons": ICONS, "thanks_ms": 150, "lock_ms": 50}, **kiosk)
    config = folder / "tapline.ini"
    config.write_text("[device]\nid = t-1\n" + f"outbox = {outbox}\nsurvey = {SURVEY}\n[kiosk]\n"
                      + "".join(f"{key} = {value}\n" for key, value in settings.items()))
    return config


def lines(outbox):
    """All lines of an outbox, in order, after proving numbers and chain without our own code."""
    connection = sqlite3.connect(outbox, timeout=10)
    connection.text_factory = bytes
    store, = connection.execute("SELECT id FROM store").fetchone()
    chain = chain_start(store.decode())
    found = []
    for expected, (number, line, stored) in enumerate(connection.execute("SELECT n, line, chain FROM record ORDER BY n"), 1):
        chain = chain_next(chain, line)
        assert (number, chain) == (expected, stored), f"record {number} of {outbox}"
        found.append(line)
    connection.close()
    return found


def identities(outbox):
    return [(r["visit"], r["n"]) for r in map(json.loads, lines(outbox))]


def tracer(kiosk, *words):
    """strace on a running program; the fault lasts until the tracer ends. Comes back when it is attached."""
    process = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-p", str(kiosk.process.pid), *words],
                               stderr=subprocess.PIPE, text=True)
    line = process.stderr.readline()
    assert "attached" in line, f"strace did not attach: {line}"
    return process


def detach(process):
    process.send_signal(signal.SIGINT)
    process.wait(10)
    process.stderr.close()


@pytest.fixture
def kiosk_on(display, tmp_path):
    """Starts kiosks; ends what is left of them."""
    started = []

    def start(outbox, wrapper=(), **settings):
        kiosk = Kiosk(display, device(tmp_path, outbox, **settings), tmp_path / "trace", tmp_path / "kiosk.log", wrapper)
        started.append(kiosk)
        kiosk.wait(lambda e: e["event"] == "screen", 20)
        return kiosk

    yield start
    for kiosk in started:
        if kiosk.process.poll() is None:
            kiosk.kill()


@pytest.fixture
def ext4(tmp_path):
    disk = Ext4(tmp_path)
    yield disk
    disk.unmount("-l")


@pytest.fixture
def small(tmp_path):
    disk = Small(tmp_path)
    yield disk
    disk.unmount()


@pytest.mark.root
def test_F01_power_cut(ext4):
    """30 cuts of a journalled file system at random instants: every acknowledged record survives."""
    randomness = random.Random(1)
    outbox, said = ext4.path / "outbox.db", 0
    for cut in range(30):
        process = subprocess.Popen([BUILD / "tests/faults/append", outbox, "1000000"], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        first = process.stdout.readline()
        assert first, f"nothing could be appended after cut {cut}"
        time.sleep(randomness.uniform(0, 0.06))
        # what stands in the pipe at this moment was acknowledged before the cut; what comes later may not count
        process.send_signal(signal.SIGSTOP)
        acknowledged = [first]
        fcntl.fcntl(process.stdout, fcntl.F_SETFL, os.O_NONBLOCK)
        acknowledged += (process.stdout.read() or b"").splitlines()
        process.send_signal(signal.SIGCONT)
        ext4.cut()
        process.kill()
        process.wait(10)
        process.stdout.close()
        ext4.remount()
        found = identities(outbox)
        for line in acknowledged:
            number, visit = line.decode().split()
            assert found[int(number) - 1] == (visit, 1), f"record {number} was acknowledged and lost by cut {cut}"
            said += 1
    assert said > 300


@pytest.mark.root
def test_F01_power_cut_under_the_kiosk(ext4, kiosk_on):
    """The same through the screen: what was thanked before the cut is there after it."""
    outbox, thanked = ext4.path / "outbox.db", set()
    for cut in range(3):
        kiosk = kiosk_on(outbox)
        for mark in (5, 3, 4, 5):
            kiosk.visit(mark)
        kiosk.tap("overall:4")  # on its way when the power goes
        ext4.cut()
        kiosk.kill()
        thanked |= {(e["visit"], r["n"]) for e in kiosk.events if e["event"] == "thanked" for r in e["records"]}
        ext4.remount()
        assert len(thanked) >= 8 * (cut + 1)
        # the last tap may have been thanked after the cut: the file system was gone, so it must not have been
        assert thanked <= set(identities(outbox))


@pytest.mark.parametrize("call, step", [("fdatasync", 1), ("pwrite64", 1), ("openat", 1), ("ftruncate", 1), ("fcntl", 8), ("unlink", 1)])
def test_F02_kill_at_every_call(tmp_path, call, step):
    """kill -9 at the n-th call of each kind: acknowledged records are there, the outbox opens, numbers go on."""
    outbox = tmp_path / "outbox.db"
    said, kills = {}, 0
    for when in range(1, 26 * step, step):
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                               f"inject={call}:signal=KILL:when={when}", BUILD / "tests/faults/append", outbox, "8"],
                              capture_output=True, text=True, timeout=60)
        kills += done.returncode != 0
        for line in done.stdout.splitlines():
            number, visit = line.split()
            said[int(number)] = visit
        if outbox.exists() and outbox.stat().st_size > 0:
            after = subprocess.run([BUILD / "tests/faults/append", outbox, "1"], capture_output=True, text=True, timeout=60)
            assert after.returncode == 0, after.stderr
            number, visit = after.stdout.split()
            said[int(number)] = visit
    found = identities(outbox)
    for number, visit in said.items():
        assert found[number - 1] == (visit, 1)
    assert kills > 0 and len(said) >= 25


@pytest.mark.root
def test_F05_full_disk(small, kiosk_on):
    """A full disk: 'could not be saved' instead of thanks; when space returns the screen comes back by itself."""
    outbox = small.path / "outbox.db"
    kiosk = kiosk_on(outbox)
    kiosk.visit(5)
    before = kiosk.thanked()
    since = len(kiosk.events)
    for _ in range(40):  # what is allocated already, and the ballast, may still take a few
        small.fill()
        shown = len(kiosk.read())
        kiosk.tap("overall:4")
        kiosk.wait(lambda e: e["event"] == "screen" and e["name"] in ("thanks", "sorry"), 20, shown)
        wait_until(lambda: kiosk.screen()["name"] in ("question", "sorry"), 20, "the screen to settle")
        if kiosk.screen()["name"] == "sorry":
            break
    assert kiosk.screen()["name"] == "sorry"
    refused = {(e["visit"], e["n"]) for e in kiosk.events[since:] if e["event"] == "refused"}
    assert refused and not refused & kiosk.thanked()
    small.free()
    since = len(kiosk.events)
    kiosk.wait_screen("question", 30, since)
    kiosk.visit(3)
    found = identities(outbox)
    assert kiosk.thanked() <= set(found) and before < kiosk.thanked()
    assert not refused & set(found), "told 'could not be saved' and saved all the same"
    assert sum(b'"fault":"storage"' in line for line in lines(outbox)) >= 1  # headquarters will hear of it


@pytest.mark.root
def test_F08_read_only_at_start(small, kiosk_on):
    """A read-only file system: out of service; a remount brings the screen back without a restart."""
    outbox = small.path / "outbox.db"
    assert subprocess.run([BUILD / "tests/faults/append", outbox, "3"], capture_output=True, timeout=20).returncode == 0
    small.read_only(True)
    kiosk = kiosk_on(outbox)
    kiosk.wait_screen("sorry", 20)
    assert not kiosk.targets().get("overall:5")
    small.read_only(False)
    kiosk.wait(lambda e: e["event"] == "targets" and any(t["id"] == "overall:5" for t in e["list"]), 30)
    kiosk.visit(5)
    assert kiosk.thanked() <= set(identities(outbox))


def fault_while_running(kiosk_on, outbox, inject):
    """One visit before, one tap while calls fail, one visit after: asserts what FAULTS asks for all such faults."""
    kiosk = kiosk_on(outbox)
    kiosk.visit(5)
    process = tracer(kiosk, "-e", "trace=" + inject.split(":")[0], "-e", "inject=" + inject)
    try:
        since = len(kiosk.read())
        kiosk.tap("overall:3")
        kiosk.wait_screen("sorry", 30, since)
        assert not [e for e in kiosk.events[since:] if e["event"] == "thanked"]
    finally:
        detach(process)
    since = len(kiosk.read())
    kiosk.wait_screen("question", 30, since)
    kiosk.visit(4)
    assert len(kiosk.thanked()) == 4
    assert kiosk.thanked() <= set(identities(outbox))
    assert kiosk.stop() == 0


@pytest.mark.root
def test_F08_read_only_while_running(kiosk_on, tmp_path):
    fault_while_running(kiosk_on, tmp_path / "outbox.db", "pwrite64:error=EROFS")


@pytest.mark.root
def test_F09_EIO_on_write(kiosk_on, tmp_path):
    fault_while_running(kiosk_on, tmp_path / "outbox.db", "pwrite64:error=EIO")


@pytest.mark.root
def test_F10_EIO_on_fdatasync(kiosk_on, tmp_path):
    fault_while_running(kiosk_on, tmp_path / "outbox.db", "fdatasync:error=EIO")


@pytest.mark.root
def test_F10_one_failed_fdatasync_is_mended_within_the_tap(kiosk_on, tmp_path):
    """One EIO and no more: reopened, re-read, re-appended; the customer is thanked and the record is there once."""
    outbox = tmp_path / "outbox.db"
    kiosk = kiosk_on(outbox)
    kiosk.visit(5)
    process = tracer(kiosk, "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=1")
    kiosk.visit(4)
    detach(process)
    found = identities(outbox)
    assert kiosk.thanked() == set(found) and len(found) == len(set(found)) == 4


@pytest.mark.parametrize("how", ["rm", "mv", "rm-wal"])
def test_F15_database_gone_while_open(kiosk_on, tmp_path, how):
    """Removed or moved away under the kiosk: never thanked for a record that is in no file at the path."""
    outbox = tmp_path / "outbox.db"
    kiosk = kiosk_on(outbox)
    kiosk.visit(5)
    before = kiosk.thanked()
    if how == "rm":
        for file in tmp_path.glob("outbox.db*"):
            file.unlink()
    elif how == "mv":
        outbox.rename(tmp_path / "elsewhere.db")
    else:
        (tmp_path / "outbox.db-wal").unlink()
    kiosk.visit(4)
    kiosk.visit(3)
    after = kiosk.thanked() - before
    assert len(after) == 4 and after <= set(identities(outbox))
    assert any(b'"fault":"outbox-moved"' in line for line in lines(outbox))


@pytest.mark.root
def test_F17_slow_disk(kiosk_on, display, tmp_path):
    """fdatasync takes half a second: the tap shows as pressed at once, thanks come when it is true."""
    kiosk = kiosk_on(tmp_path / "outbox.db")
    kiosk.visit(5)
    display.screenshot(tmp_path / "idle.png")
    process = tracer(kiosk, "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=500000")
    try:
        since = len(kiosk.read())
        kiosk.tap("overall:2")  # the reasons come at once, whatever the disk does
        kiosk.wait_target("skip")
        assert not [e for e in kiosk.events[since:] if e["event"] == "saved"]
        kiosk.tap("skip")
        kiosk.wait_screen("pending", 5, since)
        display.screenshot(tmp_path / "pending.png")
        assert not [e for e in kiosk.read()[since:] if e["event"] == "thanked"]
        thanked = kiosk.wait(lambda e: e["event"] == "thanked", 20, since)
        tap = next(e for e in kiosk.events[since:] if e["event"] == "tap")
        assert thanked["presented_ns"] - tap["input_ns"] >= 500_000_000
        assert (tmp_path / "idle.png").read_bytes() != (tmp_path / "pending.png").read_bytes()
    finally:
        detach(process)


def test_F19_another_writer_holds_the_lock(kiosk_on, tmp_path):
    """Locked for a second: the tap waits, is thanked when saved, and is lost in no case."""
    outbox = tmp_path / "outbox.db"
    kiosk = kiosk_on(outbox)
    kiosk.visit(5)
    other = sqlite3.connect(outbox, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    since = len(kiosk.read())
    kiosk.tap("overall:4")
    kiosk.wait_screen("pending", 5, since)
    time.sleep(1)
    assert not [e for e in kiosk.read()[since:] if e["event"] == "thanked"]
    other.execute("ROLLBACK")
    other.close()
    kiosk.wait(lambda e: e["event"] == "thanked", 10, since)
    assert kiosk.thanked() == set(identities(outbox)) and len(kiosk.thanked()) == 4


@pytest.mark.root
def test_F21_kill_the_kiosk_anywhere(kiosk_on, tmp_path):
    """kill -9 at the n-th write or sync while customers tap: all that was thanked is there, and it starts again."""
    outbox, thanked = tmp_path / "outbox.db", set()
    for call, when in (("pwrite64", 2), ("pwrite64", 5), ("pwrite64", 9), ("fdatasync", 1), ("fdatasync", 2), ("fdatasync", 4),
                       ("openat", 1), ("futex", 30)):
        kiosk = kiosk_on(outbox)
        # the first screen does not wait for the database; a death before it is made leaves nothing to look into
        wait_until(lambda: outbox.exists() and query(outbox, "SELECT 1 FROM sqlite_schema WHERE name = 'store'"), 20)
        process = tracer(kiosk, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={when}")
        try:
            for mark in (5, 4, 1, 5, 5, 5):
                kiosk.visit(mark, seconds=20)
        except RuntimeError:
            pass  # killed, as planned
        if kiosk.process.poll() is None:
            kiosk.kill()
        process.stderr.close()
        process.wait(10)
        thanked |= kiosk.thanked()
        assert thanked <= set(identities(outbox))
    kiosk = kiosk_on(outbox)
    kiosk.visit(5)
    found = identities(outbox)
    assert thanked | kiosk.thanked() <= set(found) and len(found) == len(set(found))
    assert query(outbox, "SELECT count(*) FROM store") == [(1,)]
