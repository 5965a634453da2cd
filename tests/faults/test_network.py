# Fault catalogue, network rows on the real programs, and the daemon killed anywhere (row 22).
# SPDX-License-Identifier: Apache-2.0
import shutil

import peers
import pytest
from proxy import Proxy

OUT_OF_REACH = 75  # EX_TEMPFAIL
RECORDS = 50


def kept_for_good(device, records):
    """Nothing of the outbox is gone, and nothing counts as receipted."""
    rows = peers.query(device.outbox, "SELECT count(*), min(n), max(n) FROM record")
    return rows == [(records, 1, records)] and device.receipted() == 0


def test_F46_captive_portal(hq, device, assert_exactly_once):
    device.fill(RECORDS)
    with Proxy(hq, device.folder, default="portal") as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        done = sync.once(check=False)
        assert done.returncode == OUT_OF_REACH
        assert "receipt" in done.stderr
        assert len(proxy.seen) == 1
        assert kept_for_good(device, RECORDS)
        # the daemon behind the portal tries again, believes nothing, and says what is wrong ...
        sync.start()
        peers.wait_until(lambda: len(proxy.seen) >= 5, what="more attempts")
        assert kept_for_good(device, RECORDS)
        status = sync.status()
        assert status["unsent"] == RECORDS
        assert status["daemon"]["running"]
        assert status["daemon"]["upload"] == "no-receipt"
        assert hq.high_water(device.store) == 0
        # ... and goes on by itself when somebody has accepted the terms
        proxy.default = "pass"
        sync.wait_receipted(RECORDS)
        assert sync.stop() == 0
    assert_exactly_once(device)


@pytest.mark.parametrize("fault", ["cut_reply", "cut_unsized"])
def test_F48_reply_cut(hq, device, assert_exactly_once, fault):
    device.fill(RECORDS)
    with Proxy(hq, device.folder, script=[fault]) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        done = sync.once(check=False)
        assert done.returncode == OUT_OF_REACH
        # headquarters has it, the device cannot know: unknown, so it is kept and sent again
        assert hq.high_water(device.store) == RECORDS
        assert kept_for_good(device, RECORDS)
        assert_exactly_once(device)
        assert sync.once().returncode == 0
        first, second = proxy.seen[:2]
        assert first[0] == fault and second[0] == "pass"
        assert second[1] == first[1]
    assert device.receipted() == RECORDS
    assert_exactly_once(device)


def test_F48_reply_cut_while_the_kiosk_goes_on(hq, device, assert_exactly_once):
    """The daemon, every other reply cut, taps in between: all arrive, each once."""
    script = ["cut_reply", "pass", "cut_unsized", "pass"] * 5
    with Proxy(hq, device.folder, script=script) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url, batch_records=7)
        sync.start()
        for _ in range(10):
            device.fill(10)
        sync.wait_receipted(100)
        assert sync.stop() == 0
    assert_exactly_once(device)


def test_F49_reply_lost(hq, device, assert_exactly_once):
    device.fill(RECORDS)
    with Proxy(hq, device.folder, script=["lose_reply", "lose_reply"]) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        for _ in range(2):
            assert sync.once(check=False).returncode == OUT_OF_REACH
            assert hq.high_water(device.store) == RECORDS
            assert kept_for_good(device, RECORDS)
        assert sync.once().returncode == 0
        lengths = [length for word, path, length in proxy.seen]
        assert len(lengths) == 3
    assert device.receipted() == RECORDS
    assert_exactly_once(device)
    # one effect: the numbers were not even looked at a second time
    assert peers.query(hq.database, "SELECT quarantined, duplicates FROM store") == [(0, 0)]


def test_F51_retry_after_is_capped(hq, device, assert_exactly_once):
    device.fill(RECORDS)
    with Proxy(hq, device.folder, script=[(503, {"Retry-After": "99999999999"}, b"")]) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        sync.start()
        daemon = peers.wait_until(lambda: proxy.seen and sync.status()["daemon"].get("next_attempt")
                                  and sync.status()["daemon"], what="the wait to be told")
        assert daemon["upload"] == "offline"
        wait_s = (daemon["next_attempt"] - daemon["since"]) / 1000
        assert 3590 <= wait_s <= 3600
        assert len(proxy.seen) == 1
        assert sync.stop() == 0
    assert device.once().returncode == 0
    assert_exactly_once(device)


def test_F52_server_errors(hq, device, assert_exactly_once):
    """Backed off from, whatever comes with them, and gone on by itself when they cease."""
    device.fill(RECORDS)
    script = [(500, {}, b""), (502, {"Content-Type": "text/html"}, b"<h1>Bad gateway</h1>"),
              (503, {"Content-Type": "application/problem+json"}, b'{"detail": "the database is down"}')]
    with Proxy(hq, device.folder, script=script) as proxy:
        assert peers.Sync(device.folder, url=proxy.url).once(check=False).returncode == OUT_OF_REACH
        sync = peers.Sync(device.folder, url=proxy.url)
        sync.start()
        sync.wait_receipted(RECORDS)
        assert sync.stop() == 0
        assert len(proxy.seen) >= 4
    assert_exactly_once(device)


# What the daemon calls on its way, and how many of each are walked over. Opening and loading come first and are alike,
# so the many openat() are walked in strides.
KILLED_AT = {
    "pwrite64": (1, 1, 60),
    "fdatasync": (1, 1, 30),
    "write": (1, 1, 60),
    "sendto": (1, 1, 30),
    "read": (1, 2, 80),
    "recvfrom": (1, 1, 40),
    "poll": (1, 1, 30),
    "connect": (1, 1, 10),
    "rename": (1, 1, 5),
    "ftruncate": (1, 1, 10),
    "fcntl": (1, 4, 120),
    "unlink": (1, 1, 10),
    "openat": (1, 6, 120),
    "close": (1, 4, 80),
}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("call", KILLED_AT)
def test_F22_kill_sync_anywhere(hq, device, assert_exactly_once, call):
    """Killed at the n-th call of each kind: what is thanked is kept, sent again, and has one effect."""
    start, stride, most = KILLED_AT[call]
    sync = peers.Sync(device.folder, batch_records=5)
    kills = made = 0
    for number in range(start, most + 1, stride):
        device.fill(12, 4)  # three batches: kills fall between them as well
        made += 12
        prefix = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=%s" % call, "-e",
                  "inject=%s:signal=KILL:when=%d" % (call, number)]
        done = sync.once(prefix=prefix, check=False)
        receipted, held = device.receipted(), hq.high_water(device.store)
        assert device.last() == made
        assert receipted <= held <= made
        assert_exactly_once(device, missing=made - held)
        if done.returncode == 0:
            assert held == made
            break
        assert done.returncode == -9, done.stderr
        kills += 1
    assert device.once().returncode == 0
    assert device.receipted() == made
    assert_exactly_once(device)
    if call in ("pwrite64", "fdatasync", "write"):
        assert kills > 0
