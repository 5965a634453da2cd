# The daemon on the real programs where the outbox or headquarters moves under it: rows 15, 22 and 30, and what a
# technician may count on: exit statuses, no wake-ups while idle, the end within a moment.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import random
import shutil
import time

import checker
import peers
import pytest
from proxy import Proxy

BROKEN, TRY_AGAIN, WRONG_CONFIGURATION = 65, 75, 78


def test_F30_two_daemons(hq, device, assert_exactly_once):
    device.fill(10)
    device.start()
    device.wait_receipted(10)
    second = device.once(check=False)
    assert second.returncode == TRY_AGAIN
    assert "another tapline-sync" in second.stderr
    device.fill(10)  # the first is not disturbed
    device.wait_receipted(20)
    device.kill()  # and its lock goes with it
    device.fill(10)
    assert device.once().returncode == 0
    assert_exactly_once(device)


def test_F22_headquarters_and_daemon_killed_while_draining(hq, device, assert_exactly_once):
    """A backlog of 20,000: both ends die at random moments, again and again; every record arrives once."""
    dice = random.Random(22)
    sync = peers.Sync(device.folder, batch_records=200)
    device.fill(20000, 1000)
    for round_number in range(12):
        sync.start()
        time.sleep(dice.uniform(0.005, 0.06))
        victims = [[sync], [hq], [sync, hq], [hq, sync]][round_number % 4]
        for victim in victims:
            victim.kill()
        if sync in victims:
            assert sync.receipted() <= hq.high_water(device.store)
        else:
            sync.kill()
        if hq in victims:
            hq.start()
        assert_exactly_once(device, missing=20000 - hq.high_water(device.store))
    assert sync.once().returncode == 0
    assert_exactly_once(device)


def test_F15_outbox_replaced_while_the_daemon_runs(hq, device, assert_exactly_once, tmp_path):
    device.fill(10)
    device.start()
    device.wait_receipted(10)
    old = device.store
    aside = tmp_path / "aside.db"
    for ending in ("", "-wal"):
        path = pathlib.Path(str(device.outbox) + ending)
        if path.exists():
            shutil.copy(path, str(aside) + ending)
    other = peers.Sync(tmp_path / "other")
    other.folder.mkdir()
    other.fill(7)
    other_store = other.store
    other.outbox.replace(device.outbox)
    for ending in ("-wal", "-shm"):
        pathlib.Path(str(device.outbox) + ending).unlink(missing_ok=True)
    peers.wait_until(lambda: hq.high_water(other_store) == 7, what="the new store's records")
    device.fill(1)
    peers.wait_until(lambda: hq.high_water(other_store) == 8, what="the record after")
    assert device.stop() == 0
    assert device.process.output().count("holds another store") == 1
    assert hq.high_water(old) == 10
    problems, unsent = checker.check(hq.database, aside, device.outbox)
    assert (problems, unsent) == ([], 0)


def test_F15_outbox_removed_while_the_daemon_runs(hq, device):
    device.fill(10)
    device.start()
    device.wait_receipted(10)
    old = device.store
    for ending in ("", "-wal", "-shm"):
        pathlib.Path(str(device.outbox) + ending).unlink(missing_ok=True)
    peers.wait_until(lambda: device.outbox.exists() and device.store != old, what="a new store")
    device.fill(5)
    peers.wait_until(lambda: hq.high_water(device.store) == 5, what="the new store's records")
    assert device.stop() == 0
    assert checker.check(hq.database, device.outbox) == ([], 0)


def test_records_that_come_during_a_drain_are_no_fork(hq, device):
    """A backlog of more than a batch, and customers who go on tapping while it drains: nothing but receipts."""
    device.fill(12000, 1000)
    for _ in range(5):
        tapping = subprocess.Popen([peers.BUILD / "tests/faults/append", device.outbox, "400"], stdout=subprocess.DEVNULL)
        try:
            done = device.once(check=False)
        finally:
            tapping.kill()
            tapping.wait(10)
        assert done.returncode == 0, done.stderr
        device.fill(6000, 1000)
    device.once()
    assert checker.check(hq.database, device.outbox) == ([], 0)


def test_broken_outbox_is_believed_the_second_time(hq, device):
    device.outbox.write_bytes(b"no database at all" * 100)
    for words in (["--once"], ["run"], ["status"]):
        done = peers.run(*device.words(*words), check=False)
        assert done.returncode == BROKEN, done.stderr
        assert str(device.outbox) in done.stderr
    assert "under another name" in peers.run(*device.words("--once"), check=False).stderr
    assert device.outbox.read_bytes() == b"no database at all" * 100  # left as it was


def test_nothing_wakes_an_idle_daemon(hq, device):
    device.fill(5)
    device.start()
    device.wait_receipted(5)

    def switches():
        return [line for task in pathlib.Path("/proc/%d/task" % device.process.pid).iterdir()
                for line in (task / "status").read_text().splitlines() if "voluntary_ctxt" in line]

    quiet = [None]

    def is_quiet():
        """Five seconds in a row without a switch: the looks after the last receipt are over."""
        before = switches()
        time.sleep(5)
        quiet[0] = switches()
        return quiet[0] == before

    peers.wait_until(is_quiet, what="the daemon to come to rest")
    time.sleep(3)
    assert switches() == quiet[0]
    device.fill(1)  # and yet it hears at once
    device.wait_receipted(6, seconds=10)


def test_the_end_comes_at_once_even_with_a_request_out(hq, device):
    device.fill(5)

    def never(forward):
        forward()
        time.sleep(8)

    with Proxy(hq, device.folder, script=[never]) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        sync.start()
        peers.wait_until(lambda: hq.high_water(device.store) == 5, what="the request to arrive")
        assert sync.stop(seconds=4) == 0
    assert sync.receipted() == 0


def test_wrong_keys_are_told_and_nothing_is_sent(hq, device, tmp_path):
    """Another authority, another key than the certificate's, another headquarters' signature."""
    device.fill(5)
    other = peers.Hq(tmp_path / "other-hq").start()
    stranger = peers.Sync(other.enroll("kiosk-1", out=tmp_path / "stranger"))
    # headquarters that our authority does not vouch for
    done = peers.Sync(device.folder, url=other.url).once(check=False)
    assert done.returncode == TRY_AGAIN and "certificate" in done.stderr
    assert other.high_water(device.store) == 0
    # a private key that is not the certificate's
    done = peers.Sync(device.folder, key=stranger.folder / "device.key").once(check=False)
    assert done.returncode == WRONG_CONFIGURATION and "device.key" in done.stderr
    # a receipt key that is not headquarters': what it signs is no receipt
    done = peers.Sync(device.folder, hq_key=stranger.folder / "hq.pub").once(check=False)
    assert done.returncode == TRY_AGAIN and "signature" in done.stderr
    assert device.receipted() == 0


@pytest.mark.parametrize("key", ["ca", "certificate", "key", "hq_key"])
def test_a_file_that_is_missing_or_broken_is_named(device, tmp_path, key):
    missing, broken = tmp_path / "missing.pem", tmp_path / "broken.pem"
    broken.write_text("nonsense\n")
    for path in (missing, broken):
        sync = peers.Sync(device.folder, **{key: path})
        for words in (["--check-config"], ["--once"]):
            done = peers.run(*sync.words(*words), env=sync.environment, check=False)
            assert done.returncode == WRONG_CONFIGURATION, (words, path, done.stderr)
            assert str(path) in done.stderr
