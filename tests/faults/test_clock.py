# Fault catalogue, the clock: devices whose wall clock starts in 1970, jumps, drifts, or stands in another century.
# Every record is kept with its own times; beside it headquarters finds when it truly happened, and counts by that.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import uuid

import checker
import outbox
import peers
from outbox import answer, up_now, wall_now
from test_identity import alerts, held_answers, page, proven

HOUR = 3600 * 1000
MINUTE = 60 * 1000


def times(hq):
    """(own time, corrected time, is it sure) of every kept answer, in order."""
    rows = peers.query(hq.database, "SELECT line, at, sure FROM record WHERE state = 0 ORDER BY store, seq")
    return [(record["at"], record["at"] if at is None else at, sure is None or sure) for record, at, sure in ((json.loads(line), at, sure) for line, at, sure in rows)
            if record["channel"] != "device"]


def send(device, *lines):
    device.fill(1)
    outbox.append(device.outbox, *lines)
    device.once()


def test_F31_a_clock_that_starts_in_1970(hq, device):
    up = up_now()
    send(device, *(answer(at=second * 1000, up=up - 2 * MINUTE + second * 1000) for second in range(60)))
    now = wall_now()
    found = times(hq)[1:]
    assert [own for own, _, _ in found] == [second * 1000 for second in range(60)]  # the line is what it was
    for second, (_, at, sure) in enumerate(found):
        assert sure and abs(at - (now - 2 * MINUTE + second * 1000)) < 30000
    hours = peers.query(hq.database, "SELECT min(hour), max(hour) FROM rollup")[0]
    assert now // HOUR - 1 <= hours[0] <= hours[1] <= now // HOUR
    proven(hq, device)


def test_F32_a_clock_that_jumps_back_keeps_the_order(hq, device):
    up, now = up_now(), wall_now()
    offsets = [0, 0, -30 * HOUR, -30 * HOUR, 5 * HOUR, 0]
    send(device, *(answer(at=now + offset, up=up - 60000 + i * 10000) for i, offset in enumerate(offsets)))
    found = times(hq)[1:]
    assert [own for own, _, _ in found] == [now + offset for offset in offsets]
    true = [at for _, at, _ in found]
    assert all(abs(at - (now - 60000 + i * 10000)) <= 2 * MINUTE for i, at in enumerate(true))
    assert peers.query(hq.database, "SELECT count(*) FROM record WHERE state = 0") == [(7,)]
    proven(hq, device)


def test_F33_a_clock_that_is_ahead_is_told(hq, device):
    """Kept and flagged, the sender's own head included; nothing is counted in the future."""
    device.fill(1)
    device.once()
    now, up = wall_now(), up_now()
    line = answer(at=now + 400 * 24 * HOUR, up=up)
    chain = peers.query(device.outbox, "SELECT chain FROM record WHERE n = 1")[0][0]
    text = outbox.batch(device.store, [line], first=2, before=chain, at=now + 400 * 24 * HOUR, up=up)
    status, receipt = outbox.post(hq, device.folder, device.store, text)
    assert status == 200 and receipt["high_water"] == 2
    assert abs(times(hq)[1][1] - now) < 30000
    [told] = alerts(hq, "clock")
    assert told["device"] == "kiosk-1" and "ahead" in told["text"]
    assert checker.check(hq.database)[0] == []


def test_F34_daylight_saving_and_zones_do_not_matter(hq, device):
    lines = []
    for zone in ("Asia/Shanghai", "America/New_York", "Pacific/Chatham"):
        before = wall_now()
        peers.run(peers.BUILD / "tests/bench/fill", device.outbox, 1, 1, env=dict(os.environ, TZ=zone))
        line = json.loads(peers.query(device.outbox, "SELECT line FROM record ORDER BY n DESC LIMIT 1")[0][0])
        assert before <= line["at"] <= wall_now()
        lines.append(line)
    device.once()
    assert [own for own, _, _ in times(hq)] == [at for _, at, _ in times(hq)] == [line["at"] for line in lines]
    proven(hq, device)


def test_F35_beyond_2038(hq, device):
    """64 bits everywhere; in a boot that nobody can vouch for, the record lies between its neighbours."""
    far = 2 ** 33 * 1000  # the year 2242
    now = wall_now()
    send(device, answer(at=far, boot=str(uuid.uuid4()), up=5000), answer(at=far, up=up_now()), answer())
    (own, bracketed, sure), (_, at, certain) = times(hq)[1:3]
    assert own == far and not sure and bracketed <= wall_now()
    assert certain and abs(at - now) < 60000
    proven(hq, device)


def test_F36_drift(hq, device):
    """A clock that loses 90 seconds, and one that is 40 wrong: the first is corrected, the second believed."""
    now, up = wall_now(), up_now()
    send(device, answer(at=now - 5 * MINUTE - 90000, up=up - 5 * MINUTE), answer(at=now - 4 * MINUTE - 40000, up=up - 4 * MINUTE))
    (_, first, _), (own, second, _) = times(hq)[1:]
    assert abs(first - (now - 5 * MINUTE)) < 30000
    assert second == own
    proven(hq, device)


def test_F37_visits_under_a_wrong_clock_are_unique(hq, device):
    faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    if not os.path.exists(faketime):
        import pytest
        pytest.skip("libfaketime is not installed")
    environment = dict(os.environ, LD_PRELOAD=faketime, FAKETIME="1970-01-02 00:00:00", FAKETIME_DONT_FAKE_MONOTONIC="1")
    for _ in range(2):
        peers.run(peers.BUILD / "tests/bench/fill", device.outbox, 500, 500, env=environment)
    found = outbox.identities(device.outbox)
    assert len(found) == len(set(found)) == 1000
    assert json.loads(peers.query(device.outbox, "SELECT line FROM record WHERE n = 1")[0][0])["at"] < 10 * 24 * HOUR
    device.once()
    assert len(held_answers(hq)) == 1000
    proven(hq, device)


def test_a_boot_that_is_over_lies_between_its_neighbours_until_it_is_known(hq, device):
    """Bracketed and marked; a batch of that boot restates it exactly, in the roll-ups too."""
    old_boot, now, up = str(uuid.uuid4()), wall_now(), up_now()
    device.fill(1)
    device.once()
    store, chain = device.store, peers.query(device.outbox, "SELECT chain FROM record WHERE n = 1")[0][0]
    lines = [answer(at=1000 * i, up=50000 + 1000 * i, boot=old_boot, mark=2) for i in range(3)]
    status, _ = outbox.post(hq, device.folder, store, outbox.batch(store, lines, first=2, before=chain))
    assert status == 200
    assert [sure for _, _, sure in times(hq)[1:]] == [0, 0, 0]
    assert checker.check(hq.database)[0] == []
    # the machine that had this boot says what its clock shows: it is up for 5 hours and a bit
    for line in lines:
        chain = checker.chain_next(chain, line.encode())
    text = outbox.batch(store, [], first=5, before=chain, boot=old_boot, up=50000 + 5 * HOUR)
    assert outbox.post(hq, device.folder, store, text)[0] == 200
    for i, (own, at, sure) in enumerate(times(hq)[1:]):
        assert own == 1000 * i and sure
        assert abs(at - (now - 5 * HOUR + 1000 * i)) < 30000
    hours = {hour for hour, in peers.query(hq.database, "SELECT DISTINCT hour FROM rollup WHERE answer = '2'")}
    assert hours <= {(now - 5 * HOUR) // HOUR, (now - 5 * HOUR) // HOUR + 1}
    assert up and checker.check(hq.database)[0] == []
    done = peers.run(peers.BUILD / "tapline-hq", "verify", "--config", hq.config)
    assert "0 problems" in done.stdout


def test_F66_headquarters_own_clock(hq, device, tmp_path):
    """It jumps; devices' up time does not: flagged, and nothing is lost."""
    faketime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
    if not os.path.exists(faketime):
        import pytest
        pytest.skip("libfaketime is not installed")
    device.fill(3)
    device.once()
    hq.stop()
    hq.start(["LD_PRELOAD=" + faketime, "FAKETIME=+20m", "FAKETIME_DONT_FAKE_MONOTONIC=1"])
    device.fill(3)
    device.once()
    [told] = alerts(hq, "hq-clock")
    assert told["device"] == "" and "forward" in told["text"]
    proven(hq, device)


def test_F38_a_backlog_of_thirty_days(hq, device):
    """Drained in order; the page's completeness is that of the period asked for."""
    now, up = wall_now(), up_now()
    device.fill(1)
    # the machine was up all the while: a boot of its own, whose up time goes on in the sender's head
    lines = [answer(at=now - (30 * 24 - hour) * HOUR, up=40 * 24 * HOUR - (30 * 24 - hour) * HOUR, boot=BOOT30, mark=1 + hour % 5)
             for hour in range(30 * 24)]
    store = device.store
    before = checker.chain_start(store)
    text = outbox.batch(store, lines[:360], boot=BOOT30, up=40 * 24 * HOUR, last=len(lines))
    assert outbox.post(hq, device.folder, store, text)[1]["high_water"] == 360
    half = page(hq, "summary")["branches"][0]["completeness"]
    assert (half["arrived"], half["recorded"]) == (360, 720)
    for line in lines[:360]:
        before = checker.chain_next(before, line.encode())
    text = outbox.batch(store, lines[360:], first=361, before=before, boot=BOOT30, up=40 * 24 * HOUR)
    assert outbox.post(hq, device.folder, store, text)[1]["high_water"] == 720
    assert [own for own, _, _ in times(hq)] == [at for _, at, _ in times(hq)] == sorted(own for own, _, _ in times(hq))

    def iso(ms):
        import datetime
        return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:00:00Z")

    day = now - 10 * 24 * HOUR
    period = page(hq, "summary?from=%s&to=%s" % (iso(day), iso(day + 24 * HOUR)))["branches"][0]
    assert (period["completeness"]["arrived"], period["completeness"]["recorded"]) == (24, 24)
    assert sum(q["n"] for q in period["questions"]) == 24
    assert up and checker.check(hq.database)[0] == []


BOOT30 = "11111111-2222-4333-8444-555555555555"
