# Fault catalogue, receiver rows on the real programs: headquarters killed before, within and after its commit.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import shutil
import threading

import checker
import outbox
import peers
import pytest
from proxy import Proxy

OUT_OF_REACH = 75  # EX_TEMPFAIL
RECORDS = 20

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def traced(pid):
    """True when every thread of the process is in a tracer's hands."""
    return all("TracerPid:\t0\n" not in (task / "status").read_text()
               for task in pathlib.Path("/proc/%d/task" % pid).iterdir())


def start_deadly(hq, call, number):
    """Headquarters that dies at the n-th such call of the thread that serves the device, counted from now."""
    hq.start()
    tracer = peers.Process(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=%s" % call, "-e",
                            "inject=%s:signal=KILL:when=%d" % (call, number), "-p", hq.serving_pid],
                           hq.folder / "strace.log")
    peers.wait_until(lambda: traced(hq.serving_pid) or not tracer.running(), what="strace to attach")
    assert tracer.running(), tracer.output()
    return tracer


def walk(hq, device, assert_exactly_once, call, most):
    """Kills headquarters at each n-th call in turn; yields what headquarters held before and after each death."""
    made = 0
    hq.stop()
    for number in range(1, most + 1):
        device.fill(RECORDS, RECORDS)
        made += RECORDS
        before = hq.high_water(device.store)
        tracer = start_deadly(hq, call, number)
        done = device.once(check=False)
        if done.returncode == 0:
            hq.stop()  # the walk is over: one upload needs fewer calls than that
            tracer.wait()
            break
        assert done.returncode == OUT_OF_REACH, done.stderr
        peers.wait_until(lambda: not hq.process.running(), what="headquarters to have died")
        tracer.wait()
        assert peers.query(device.outbox, "SELECT count(*) FROM record") == [(made,)]
        # what a restarted headquarters finds, before the device speaks again
        hq.start()
        held = hq.high_water(device.store)
        assert device.receipted() == before  # no receipt was seen, so none is believed
        assert_exactly_once(device, missing=made - held)
        yield before, held
        assert device.once().returncode == 0
        assert device.receipted() == hq.high_water(device.store) == made
        assert_exactly_once(device)
        hq.stop()
    else:
        pytest.fail("the walk over %s did not end after %d deaths" % (call, most))


@needs_strace
def test_F57_dies_after_commit(hq, device, assert_exactly_once):
    """Killed at each send to the device, from the first of the handshake to the last of the reply."""
    deaths = list(walk(hq, device, assert_exactly_once, "sendmsg", 30))
    assert any(held == before for before, held in deaths), "no death before the commit was met"
    assert any(held == before + RECORDS for before, held in deaths), "no death after the commit was met"


def test_F57_dies_after_commit_and_the_daemon_goes_on(hq, device, assert_exactly_once):
    """The daemon runs all the time; headquarters dies right after the commit and comes back."""

    def die_after_commit(forward):
        assert forward()[0] == 200
        hq.kill()

    with Proxy(hq, device.folder, script=[die_after_commit]) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        device.fill(RECORDS)
        sync.start()
        peers.wait_until(lambda: not hq.process.running(), what="headquarters to have died")
        device.fill(RECORDS)
        assert device.receipted() == 0
        assert hq.high_water(device.store) == RECORDS
        hq.start()
        sync.wait_receipted(2 * RECORDS)
        assert sync.stop() == 0
    assert_exactly_once(device)
    assert peers.query(hq.database, "SELECT quarantined, duplicates FROM store") == [(0, 0)]


@needs_strace
def test_F58_dies_before_commit(hq, device, assert_exactly_once):
    """Killed at each write into its log: what it has not committed it does not hold, and no receipt was given."""
    deaths = list(walk(hq, device, assert_exactly_once, "pwrite64", 60))
    assert deaths and deaths[0][0] == deaths[0][1], "a death before the first write left something behind"
    assert all(held in (before, before + RECORDS) for before, held in deaths), "a batch was held in part"


@needs_strace
def test_F58_dies_at_its_sync(hq, device, assert_exactly_once):
    deaths = list(walk(hq, device, assert_exactly_once, "fdatasync", 30))
    assert deaths
    assert all(held in (before, before + RECORDS) for before, held in deaths), "a batch was held in part"


def test_F59_the_same_batch_eight_times_at_once(hq, device, assert_exactly_once):
    device.fill(RECORDS)
    store = device.store
    lines = [line for line, in peers.query(device.outbox, "SELECT line FROM record ORDER BY n")]
    text, replies = outbox.batch(store, lines), []
    threads = [threading.Thread(target=lambda: replies.append(outbox.post(hq, device.folder, store, text)))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [(status, receipt["high_water"]) for status, receipt in replies] == [(200, RECORDS)] * 8
    assert peers.query(hq.database, "SELECT high_water, quarantined, duplicates FROM store") == [(RECORDS, 0, 0)]
    assert_exactly_once(device)


def test_F63_a_poison_record_blocks_nothing(hq, device, assert_exactly_once):
    """Kept raw, counted, shown; what stands around it is accepted."""
    device.fill(3)
    outbox.append(device.outbox, "no record at all", '{"visit": "\'; DROP TABLE record; --"}',
                  outbox.answer(mark=99))
    device.fill(3)
    assert device.once().returncode == 0
    assert hq.high_water(device.store) == 9
    raw = peers.query(hq.database, "SELECT seq, CAST(line AS TEXT) FROM quarantine ORDER BY seq")
    assert [seq for seq, _ in raw] == [4, 5, 6] and raw[0][1] == "no record at all"
    from test_identity import page
    assert page(hq, "devices")["devices"][0]["quarantined"] == 3
    assert_exactly_once(device)


def test_F73_an_old_batch_again(hq, device, assert_exactly_once):
    """Whoever repeats what was sent gets the present state, and changes nothing."""
    device.fill(10)
    store = device.store
    lines = [line for line, in peers.query(device.outbox, "SELECT line FROM record ORDER BY n")]
    old = outbox.batch(store, lines[:5])
    device.once()
    before = peers.query(hq.database, "SELECT count(*), sum(count) FROM rollup")
    for text in (old, outbox.batch(store, lines), old):
        status, receipt = outbox.post(hq, device.folder, store, text)
        assert (status, receipt["high_water"]) == (200, 10)
    assert peers.query(hq.database, "SELECT count(*), sum(count) FROM rollup") == before
    assert peers.query(hq.database, "SELECT count(*) FROM record") == [(10,)]
    assert checker.check(hq.database, device.outbox) == ([], 0)
    assert_exactly_once(device)
