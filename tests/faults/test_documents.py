# The downlink and the stick on the real programs: rows 70 and 71, and points 6 and 7 of the issue.
# SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import shutil

import peers
import pytest
from proxy import Proxy

BROKEN, WRONG_USE, REFUSED, TRY_AGAIN, CONFIGURATION = 65, 64, 77, 75, 78
SURVEY = peers.TOP / "assets" / "surveys" / "branch-exit.json"


def hq_run(hq, *words, check=True):
    return peers.run(peers.BUILD / "tapline-hq", *words, "--config", hq.config, check=check)


def sync_run(device, *words, check=True):
    return peers.run(*device.words(*words), env=device.environment, check=check)


def survey(folder, version):
    """The shipped survey with another version number."""
    document = json.loads(SURVEY.read_text())
    document["version"] = version
    path = pathlib.Path(folder) / ("survey-%d.json" % version)
    path.write_text(json.dumps(document))
    return path


def publish(hq, path, *more, check=True):
    return hq_run(hq, "publish", path, *more, check=check)


def version(device, kind="survey"):
    path = device.folder / "documents" / (kind + ".json")
    return json.loads(path.read_text()).get("version") if path.exists() else None


def wait_version(device, wanted):
    peers.wait_until(lambda: version(device) == wanted, what=lambda: "survey %s, not %s\n%s" % (
        wanted, version(device), device.process.output()))


def quick(hq, name, **more):
    return peers.Sync(hq.enroll(name, **more), heartbeat_s=1, documents_s=1)


def states(hq, kind="survey"):
    return dict(peers.query(hq.database, "SELECT code, serial FROM device_document d JOIN device ON device.id = d.device"
                            " WHERE kind = ?", kind))


def test_published_fetched_and_rolled_back(hq, tmp_path, assert_exactly_once):
    device = quick(hq, "kiosk-5")
    publish(hq, survey(tmp_path, 11))
    device.start()
    wait_version(device, 11)
    publish(hq, survey(tmp_path, 12))
    wait_version(device, 12)
    hq_run(hq, "publish", "--roll-back")
    wait_version(device, 11)
    # headquarters sees which one is held
    peers.wait_until(lambda: states(hq) == {"kiosk-5": 3}, what="the state of the device")
    listed = hq_run(hq, "documents").stdout.splitlines()
    assert len(listed) == 4 and listed[1].split()[:2] == ["survey", "3"] and listed[1].split()[5:7] == ["1", "0"]
    assert device.stop() == 0
    assert_exactly_once(device)


def test_targets(hq, tmp_path):
    north, south = quick(hq, "kiosk-5", branch="north"), quick(hq, "kiosk-6", branch="south")
    publish(hq, survey(tmp_path, 11))
    publish(hq, survey(tmp_path, 12), "--to", "branch:south")
    north.start(), south.start()
    wait_version(south, 12)
    wait_version(north, 11)
    assert publish(hq, survey(tmp_path, 13), "--to", "group:trial", check=False).returncode == CONFIGURATION
    hq_run(hq, "group", "trial", "--add", "north")
    publish(hq, survey(tmp_path, 13), "--to", "group:trial")
    wait_version(north, 13)
    assert version(south) == 12
    publish(hq, survey(tmp_path, 14))
    wait_version(north, 14)
    wait_version(south, 14)
    assert hq_run(hq, "group", "trial", "--add", "west", check=False).returncode == CONFIGURATION


def test_notices_and_settings(hq, tmp_path):
    device = quick(hq, "kiosk-5")
    notices, settings = tmp_path / "notices.json", tmp_path / "settings.json"
    notices.write_text(json.dumps({"format": 1, "notices": [
        {"id": "queue", "text": {"zh": "您提出排队久，我们新增了窗口。", "en": "You said, we did."}, "until": 9000000000000}]}))
    settings.write_text(json.dumps({"format": 1, "settings": {"kiosk": {"idle_s": 30, "language": "zh"}}}))
    publish(hq, notices, "--kind", "notices")
    publish(hq, settings, "--kind", "settings")
    device.start()
    for kind, path in (("notices", notices), ("settings", settings)):
        held = device.folder / "documents" / (kind + ".json")
        peers.wait_until(held.exists, what=kind)
        assert held.read_bytes() == path.read_bytes()
    for kind, text in (("notices", '{"format": 1, "notices": [{"id": "a b", "text": {}}]}'), ("notices", "{"),
                       ("settings", '{"format": 1, "settings": {"kiosk": {"x": []}}}'), ("survey", '{"format": 1}')):
        notices.write_text(text)
        assert publish(hq, notices, "--kind", kind, check=False).returncode == BROKEN
    assert len(peers.query(hq.database, "SELECT 1 FROM document")) == 2


def spoil(change):
    """A word for the proxy: documents are changed on their way, everything else passes."""
    def word(forward):
        status, headers, body = forward()
        if body.startswith(b'{"kind"'):
            document = json.loads(body)
            change(document)
            body = json.dumps(document).encode()
        return status, headers, body
    return word


def test_F70_bad_unsigned_or_older_documents(hq, tmp_path, assert_exactly_once):
    """The last good one is kept, the next good one is taken, and the upload goes on all the while."""
    folder = hq.enroll("kiosk-1")
    publish(hq, survey(tmp_path, 11))
    publish(hq, survey(tmp_path, 12))
    stranger = peers.Hq(tmp_path / "stranger")
    peers.run(peers.BUILD / "tapline-hq", "publish", survey(tmp_path, 99), "--config", stranger.config)
    foreign = peers.query(stranger.database, "SELECT envelope FROM document")[0][0].encode()
    older = peers.query(hq.database, "SELECT envelope FROM document WHERE serial = 1")[0][0].encode()
    words = {
        "changed": spoil(lambda d: d.update(document=d["document"] + " ")),
        "unsigned": spoil(lambda d: d.pop("signature")),
        "other kind": spoil(lambda d: d.update(kind="notices")),
    }
    def answer(body):
        def word(forward):
            status, headers, real = forward()
            return status, headers, (body if real.startswith(b'{"kind"') else real)
        return word
    words.update({"stranger's": answer(foreign), "older": answer(older), "cut": answer(older[:len(older) // 2]),
                  "huge": answer(b"{" + b" " * 3000000)})
    with Proxy(hq, folder) as proxy:
        device = peers.Sync(folder, url=proxy.url, heartbeat_s=1, documents_s=1)
        device.start()
        wait_version(device, 12)
        number = 12
        for name, word in words.items():
            proxy.default = word
            number += 1
            publish(hq, survey(tmp_path, number))
            seen = len(proxy.seen)
            peers.wait_until(lambda: sum("survey" in path for _, path, _ in proxy.seen[seen:]) >= 2,
                             what="the device to ask twice: " + name)
            assert version(device) == 12, name
            device.fill(1)
            device.wait_receipted(device.last())
        proxy.default = "pass"
        wait_version(device, number)
        assert device.stop() == 0
    # what lies on the disk is looked at as strictly at the next start
    (folder / "documents" / "survey.json").write_text("{}")
    device = peers.Sync(folder, heartbeat_s=1, documents_s=1)
    device.start()
    wait_version(device, number)
    assert device.stop() == 0
    assert_exactly_once(device)


def test_a_survey_that_the_device_cannot_run_is_refused_and_seen(hq, tmp_path):
    """Signed by headquarters, but no survey to this device: it says so, and keeps the one it has."""
    folder = hq.enroll("kiosk-1")
    publish(hq, survey(tmp_path, 11))
    device = peers.Sync(folder, heartbeat_s=1, documents_s=1)
    device.start()
    wait_version(device, 11)
    # a newer headquarters may publish what this device does not know: here, notices signed as a survey
    notices = tmp_path / "n.json"
    notices.write_text('{"format": 1, "notices": []}')
    publish(hq, notices, "--kind", "notices")
    envelope = json.loads(peers.query(hq.database, "SELECT envelope FROM document WHERE kind = 'notices'")[0][0])
    import nacl.encoding
    import nacl.signing
    import hashlib
    seed = bytes.fromhex((hq.folder / "sign.key").read_text().strip())[:32]
    digest = hashlib.blake2b(envelope["document"].encode(), digest_size=32).hexdigest()
    message = "tapline-document-1\nsurvey\n2\n%d\n%s\n" % (envelope["issued"], digest)
    envelope.update(kind="survey", serial=2,
                    signature=nacl.signing.SigningKey(seed).sign(message.encode()).signature.hex())
    import sqlite3
    connection = sqlite3.connect(hq.database, timeout=20)
    with connection:
        connection.execute("INSERT INTO document VALUES ('survey', 2, 'all', '', ?, 'from the future', ?)",
                           (envelope["issued"], json.dumps(envelope)))
    connection.close()
    refused = peers.wait_until(lambda: peers.query(
        hq.database, "SELECT serial, refused, reason FROM device_document WHERE kind = 'survey' AND refused > 0"),
        what="the refusal at headquarters")
    assert refused[0][:2] == (1, 2) and "survey" in refused[0][2]
    assert version(device) == 11
    publish(hq, survey(tmp_path, 12))
    wait_version(device, 12)


def test_documents_are_for_devices_that_count(hq, tmp_path):
    device = quick(hq, "kiosk-5")
    publish(hq, survey(tmp_path, 11))
    hq_run(hq, "revoke", "--device", "kiosk-5")
    done = peers.run("curl", "-s", "-w", "%{http_code}", "--cacert", hq.folder / "ca.pem", "--cert",
                     device.folder / "device.pem", "--key", device.folder / "device.key",
                     hq.url + "/v1/documents/survey")
    assert done.stdout.endswith("403")
    done = peers.run("curl", "-s", "-w", "%{http_code}", "--cacert", hq.folder / "ca.pem",
                     hq.url + "/v1/documents/survey")
    assert done.stdout.endswith("401")


# --- the stick -------------------------------------------------------------------------------------------------------


def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir(exist_ok=True)
    return folder


def test_a_stick_there_and_back(hq, device, tmp_path, assert_exactly_once):
    folder = stick(tmp_path)
    device.fill(5000, 500)
    assert "5000 records" in sync_run(device, "export", folder).stdout
    assert device.receipted() == 0  # writing is no receipt
    assert "5000 records were new" in hq_run(hq, "import", folder).stdout  # also while headquarters runs
    assert_exactly_once(device)
    sync_run(device, "import-receipt", folder)
    assert device.receipted() == 5000
    # again, each of them, changes nothing
    assert "0 records were new" in hq_run(hq, "import", folder).stdout
    sync_run(device, "import-receipt", folder)
    assert "0 records" in sync_run(device, "export", folder).stdout
    # what comes later goes the same way, or over the network
    device.fill(10)
    sync_run(device, "export", folder)
    device.fill(10)
    assert device.once().returncode == 0
    assert "0 records were new" in hq_run(hq, "import", folder).stdout
    assert device.receipted() == 5020
    assert_exactly_once(device)


@pytest.mark.parametrize("damage", ["cut", "flipped body", "flipped manifest", "flipped signature", "empty", "garbage"])
def test_a_damaged_bundle_changes_nothing(hq, device, tmp_path, assert_exactly_once, damage):
    folder = stick(tmp_path)
    device.fill(100)
    sync_run(device, "export", folder)
    path = next(folder.glob("*.bundle"))
    good = path.read_bytes()
    at = {"flipped body": len(good) - 10, "flipped manifest": good.index(b'"made":') + 8,
          "flipped signature": good.index(b"\n") + 20}.get(damage)
    spoiled = {"cut": good[:len(good) // 2], "empty": b"", "garbage": b"{}\n00\n" * 50}.get(damage)
    if at:
        spoiled = bytearray(good)
        spoiled[at] = ord("1") if spoiled[at] != ord("1") else ord("2")
    path.write_bytes(bytes(spoiled))
    done = hq_run(hq, "import", folder, check=False)
    assert done.returncode == BROKEN and "REFUSED" in done.stdout
    assert hq.high_water(device.store) == 0
    assert not list(folder.glob("*.receipt"))
    path.write_bytes(good)
    hq_run(hq, "import", folder)
    sync_run(device, "import-receipt", folder)
    assert device.receipted() == 100
    assert_exactly_once(device)


def test_an_interrupted_import_goes_on(hq, device, tmp_path, assert_exactly_once):
    """Killed at any of its commits: what is in is in, once; the next import brings the rest."""
    folder = stick(tmp_path)
    device.environment["TAPLINE_SYNC_BATCH_RECORDS"] = "50"
    device.fill(400, 100)
    sync_run(device, "export", folder)
    hq.stop()
    highs = []
    for number in (1, 3, 6, 9):
        peers.run("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                  "inject=fdatasync:signal=KILL:when=%d" % number, peers.BUILD / "tapline-hq", "import", folder,
                  "--config", hq.config, check=False)
        highs.append(hq.high_water(device.store))
        assert_exactly_once(device, missing=400 - highs[-1])
    assert highs == sorted(highs)
    hq_run(hq, "import", folder)
    assert hq.high_water(device.store) == 400
    sync_run(device, "import-receipt", folder)
    assert device.receipted() == 400
    assert_exactly_once(device)


def test_a_stick_s_age_is_no_clock_fault(hq, device, tmp_path, assert_exactly_once):
    """A bundle that lay for a day on a stick says nothing about the device's clock, and shifts no record's hour."""
    folder = stick(tmp_path)
    device.fill(20)
    sync_run(device, "export", folder)
    peers.run("faketime", "-f", "+1d", peers.BUILD / "tapline-hq", "import", folder, "--config", hq.config)
    assert peers.query(hq.database, "SELECT kind FROM alert WHERE kind LIKE '%clock%'") == []
    assert hq.high_water(device.store) == 20
    assert_exactly_once(device)


def test_F71_a_bundle_of_another_s_store(hq, device, tmp_path, assert_exactly_once):
    """A valid device signs a bundle with another device's records: refused, as on the wire."""
    folder = stick(tmp_path)
    device.fill(10)
    assert device.once().returncode == 0
    device.fill(10)
    thief = peers.Sync(hq.enroll("kiosk-2"))
    for ending in ("", "-wal", "-shm"):
        if pathlib.Path(str(device.outbox) + ending).exists():
            shutil.copy(str(device.outbox) + ending, str(thief.outbox) + ending)
    sync_run(thief, "export", folder)
    done = hq_run(hq, "import", folder, check=False)
    assert done.returncode == REFUSED and "REFUSED" in done.stdout
    assert hq.high_water(device.store) == 10
    # a stranger's certificate does not count either
    stranger = peers.Hq(tmp_path / "stranger").start()
    alien = peers.Sync(stranger.enroll("kiosk-1", out=tmp_path / "alien"))
    alien.fill(5)
    for path in folder.glob("*.bundle"):
        path.unlink()
    sync_run(alien, "export", folder)
    assert hq_run(hq, "import", folder, check=False).returncode == REFUSED
    assert device.once().returncode == 0
    assert_exactly_once(device)


def test_a_receipt_that_is_not_headquarters_s(hq, device, tmp_path, assert_exactly_once):
    folder = stick(tmp_path)
    device.fill(100)
    sync_run(device, "export", folder)
    hq_run(hq, "import", folder)
    path = next(folder.glob("*.receipt"))
    receipt = json.loads(path.read_text())
    path.write_text(json.dumps(dict(receipt, high_water=receipt["high_water"] - 1)))
    assert sync_run(device, "import-receipt", folder, check=False).returncode == BROKEN
    assert device.receipted() == 0
    path.write_text(json.dumps(receipt))
    device.start()
    device.wait_receipted(100)
    assert sync_run(device, "import-receipt", folder, check=False).returncode == TRY_AGAIN
    assert device.stop() == 0
    assert_exactly_once(device)
