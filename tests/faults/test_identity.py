# Fault catalogue, rows on identity: clones, restored images, replaced devices, lost databases, and headquarters'
# own copies put back. What was recorded is there afterwards, each once, and headquarters knows what is not.
# SPDX-License-Identifier: Apache-2.0
import json
import shutil
import sqlite3
import urllib.request

import checker
import outbox
import peers
import pytest
from peers import wait_until


def tapline_hq(hq, command, *more, check=True):
    return peers.run(peers.BUILD / "tapline-hq", command, *more, "--config", hq.config, check=check)


def page(hq, path):
    with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s" % (hq.people_port, path), timeout=10) as reply:
        return json.load(reply)


def alerts(hq, kind):
    return [alert for alert in page(hq, "alerts")["alerts"] if alert["kind"] == kind]


def held(hq):
    """Identities that have their effect at headquarters."""
    lines = peers.query(hq.database, "SELECT line FROM record WHERE state = 0")
    return sorted((record["visit"], record["n"]) for record in (json.loads(line) for line, in lines))


def held_answers(hq):
    rows = peers.query(hq.database, "SELECT line FROM record WHERE state = 0")
    return sorted((r["visit"], r["n"]) for r in (json.loads(line) for line, in rows) if r["channel"] != "device")


def answers(*paths):
    found = set()
    for path in paths:
        for line, in peers.query(path, "SELECT line FROM record"):
            record = json.loads(line)
            if record["channel"] != "device":
                found.add((record["visit"], record["n"]))
    return found


def copy_image(device, target):
    """The whole device as an image: only when nobody writes."""
    connection = sqlite3.connect(device.outbox)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copytree(device.folder, target)
    return peers.Sync(target)


def put_back(image, device):
    for ending in ("", "-wal", "-shm"):
        (device.folder / ("outbox.db" + ending)).unlink(missing_ok=True)
    shutil.copy(image.outbox, device.outbox)


def proven(hq, *devices):
    assert checker.check(hq.database, *(device.outbox for device in devices)) == ([], 0)
    done = tapline_hq(hq, "verify", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 problems" in done.stdout


def test_F79_cloned_card(hq, device, tmp_path):
    """Two devices from one card, both alive, both with customers: everything is kept, and the clone is told."""
    device.fill(10)
    device.once()
    twin = copy_image(device, tmp_path / "twin")
    device.start()
    twin.start()
    for _ in range(4):
        device.fill(6)
        twin.fill(5)
        for one in (device, twin):
            wait_until(lambda one=one: one.receipted() >= one.last(), what="%s to be receipted" % one.folder)
    assert device.stop() == 0
    assert twin.stop() == 0
    assert device.store != twin.store
    expected = answers(device.outbox, twin.outbox)
    assert len(expected) == 10 + 4 * 6 + 4 * 5
    assert held_answers(hq) == sorted(expected)
    told = alerts(hq, "clone")
    assert told and told[0]["device"] == "kiosk-1"
    assert "clone" in tapline_hq(hq, "alerts").stdout
    proven(hq, device, twin)


def test_F79_cloned_card_under_another_certificate(hq, device, tmp_path):
    """The card's database in a device that was enrolled properly: it goes on under a store of its own."""
    device.fill(10)
    device.once()
    other = peers.Sync(hq.enroll("kiosk-2", branch="south"))
    image = copy_image(device, tmp_path / "image")
    shutil.copy(image.outbox, other.outbox)
    other.fill(5)
    device.fill(3)
    other.once()
    device.once()
    assert other.store != device.store
    expected = answers(device.outbox, other.outbox)
    assert held_answers(hq) == sorted(expected) and len(expected) == 18
    assert [alert["device"] for alert in alerts(hq, "foreign-store")] == ["kiosk-2"]
    proven(hq, device, other)


@pytest.mark.parametrize("unsent", [0, 4])
def test_F80_restored_image(hq, device, tmp_path, unsent):
    """The database of yesterday: no number is used twice, nothing at headquarters is overwritten."""
    device.fill(10)
    device.once()
    if unsent:
        device.fill(unsent)
    image = copy_image(device, tmp_path / "image")
    device.fill(5)
    device.once()
    before, store = held(hq), device.store
    expected = answers(device.outbox)
    put_back(image, device)
    device.fill(3)
    device.once()
    assert device.store != store
    assert set(before) <= set(held(hq))
    expected |= answers(device.outbox)
    assert held_answers(hq) == sorted(expected) and len(expected) == 18 + unsent
    assert peers.query(hq.database, "SELECT high_water FROM store WHERE uuid = ?", store) == [(15 + unsent,)]
    assert peers.query(device.outbox, "SELECT parent, lineage FROM store") == [(store, store)]
    assert any(alert["subject"] == "fork" for alert in alerts(hq, "fault"))
    proven(hq, device)
    # a grandchild stays in the lineage
    put_back(image, device)
    device.fill(2)
    device.once()
    expected |= answers(device.outbox)
    assert held_answers(hq) == sorted(expected)
    assert peers.query(hq.database, "SELECT count(DISTINCT lineage) FROM store") == [(1,)]
    proven(hq, device)


def test_F81_replaced_device(hq, device, tmp_path):
    device.fill(12)
    device.once()
    before = page(hq, "summary")["branches"][0]
    peers.run(peers.BUILD / "tapline-hq", "enroll", "--config", hq.config, "--device", "kiosk-1", "--branch", "north",
              "--url", hq.url, "--out", tmp_path / "new", "--replace")
    new = peers.Sync(tmp_path / "new")
    new.fill(12)
    new.once()
    after = page(hq, "summary")["branches"][0]
    assert after["id"] == before["id"] == "north"
    assert after["questions"][0]["n"] == 2 * before["questions"][0]["n"]
    assert after["completeness"]["share"] == 1
    assert device.once(check=False).returncode == 77  # the old one's certificate counts no longer
    assert [alert["subject"] for alert in alerts(hq, "new-store")] == [new.store]
    proven(hq, device, new)


def test_F16_database_missing_at_start(hq, device):
    device.fill(10)
    device.once()
    device.start()
    device.fill(7)
    device.wait_receipted(17)
    device.stop()
    old = device.store
    for ending in ("", "-wal", "-shm"):
        (device.folder / ("outbox.db" + ending)).unlink(missing_ok=True)
    device.once()
    assert device.store != old
    told = alerts(hq, "new-store")
    assert [alert["subject"] for alert in told] == [device.store] and "0 records" in told[0]["text"]
    device.fill(3)
    device.once()
    proven(hq, device)


def epoch(hq):
    return peers.query(hq.database, "SELECT value FROM meta WHERE key = 'epoch'")[0][0]


def restore(hq, copy):
    hq.stop()
    said = tapline_hq(hq, "restore", "--from", copy).stdout
    assert "new epoch" in said
    hq.start()


def test_F65_headquarters_restored_from_a_backup(hq, device, tmp_path):
    """Everything since the backup is sent again; a second device was enrolled before it and sends for the first time."""
    other = peers.Sync(hq.enroll("kiosk-2"))
    device.fill(10)
    device.once()
    tapline_hq(hq, "backup", tmp_path / "copy.db")
    device.fill(15)
    device.once()
    other.fill(8)
    other.once()
    first, expected = epoch(hq), answers(device.outbox, other.outbox)
    refused = tapline_hq(hq, "restore", "--from", tmp_path / "copy.db", check=False)
    assert refused.returncode == 69 and "stop" in refused.stderr  # not while it runs
    device.start()
    restore(hq, tmp_path / "copy.db")
    assert epoch(hq) != first
    assert any(path.name.startswith("hq.db.before-") for path in hq.folder.iterdir())
    device.fill(1)
    wait_until(lambda: hq.high_water(device.store) == 26, what="the records since the backup")
    device.wait_receipted(26)
    assert device.stop() == 0
    other.once()
    assert held_answers(hq) == sorted(expected | answers(device.outbox))
    proven(hq, device, other)


def test_F65_what_was_purged_is_told_as_a_gap(hq, device, tmp_path):
    device.fill(10)
    device.once()
    tapline_hq(hq, "backup", tmp_path / "copy.db")
    device.fill(15)
    hasty = peers.Sync(device.folder, keep_days=0)
    hasty.start()
    wait_until(lambda: peers.query(device.outbox, "SELECT min(n) FROM record") == [(25,)], what="the purge")
    hasty.stop()
    old = device.store
    restore(hq, tmp_path / "copy.db")
    device.fill(5)
    device.once()
    assert device.store != old
    assert answers(device.outbox) <= set(held_answers(hq))
    missing = next(d for d in page(hq, "devices")["devices"] if d["id"] == "kiosk-1")["missing"]
    assert [(m["store"], m["first"], m["last"], m["why"]) for m in missing] == [(old, 11, 24, "purged")]
    assert "11 to 24  purged" in tapline_hq(hq, "missing").stdout
    completeness = page(hq, "summary")["branches"][0]["completeness"]
    assert completeness["gaps"] == 14 and completeness["share"] < 1
    assert completeness["recorded"] - completeness["arrived"] == 14
    proven(hq, device)


def test_F65_restored_before_a_fork(hq, device, tmp_path):
    """Headquarters forgets parent and child; whichever speaks first, the lineage and every effect are one."""
    tapline_hq(hq, "backup", tmp_path / "copy.db")
    device.fill(10)
    device.once()
    twin = copy_image(device, tmp_path / "twin")
    device.fill(4)
    twin.fill(3)
    device.once()
    twin.once()
    restore(hq, tmp_path / "copy.db")
    twin.once()  # the child, before its parent is known
    device.once()
    expected = answers(device.outbox, twin.outbox)
    assert held_answers(hq) == sorted(expected) and len(expected) == 17
    assert peers.query(hq.database, "SELECT count(DISTINCT lineage) FROM store") == [(1,)]
    proven(hq, device, twin)


def test_same_identity_with_other_bytes_goes_to_quarantine(hq, device):
    visit = outbox.visit_id()
    device.fill(2)
    outbox.append(device.outbox, outbox.answer(visit=visit, mark=5), outbox.answer(visit=visit, mark=1))
    device.fill(1)
    device.once()
    assert hq.high_water(device.store) == 5
    assert page(hq, "devices")["devices"][0]["quarantined"] == 1
    assert peers.query(hq.database, "SELECT seq, reason FROM quarantine")[0][0] == 4
    proven(hq, device)


def test_verify_says_what_is_wrong_where(hq, device):
    device.fill(12)
    device.once()
    connection = sqlite3.connect(hq.database)
    connection.execute("UPDATE record SET line = replace(line, 'touch', 'phone') WHERE seq = 4")
    connection.execute("UPDATE rollup SET count = count + 1 WHERE question = 'overall' AND answer = '1'")
    connection.commit()
    connection.close()
    done = tapline_hq(hq, "verify", check=False)
    assert done.returncode == 65
    assert device.store in done.stdout and "chain" in done.stdout
    assert "roll-up" in done.stdout
