"""docs/PROTOCOL.md is enough: a device that was written from it alone uploads to a real headquarters."""

import collections
import copy
import pathlib
import sys

import checker
import nacl.exceptions
import peers
import pytest

sys.path.insert(0, str(peers.TOP / "tests" / "vectors"))
import client  # noqa: E402  (it lies beside the vectors)


@pytest.fixture
def hq(tmp_path):
    yield peers.Hq(tmp_path / "hq").start()
    peers.Process.end_all()


def device(hq, name):
    folder = pathlib.Path(hq.enroll(name))
    return client.Device(hq.url, folder / "ca.pem", folder / "device.pem", folder / "device.key",
                         (folder / "hq.pub").read_text())


def held(hq):
    """(state, line) of everything that headquarters holds, by the checker's reading; which finds no fault with it."""
    problems, _ = checker.check(hq.database)
    assert problems == []
    return peers.query(hq.database, "SELECT state, coalesce(record.line, CAST(quarantine.line AS TEXT)) FROM record"
                                    " LEFT JOIN quarantine USING (lineage, store, seq)")


def test_records_arrive_in_batches_and_once(hq):
    one = device(hq, "kiosk-1")
    for mark in range(250):
        one.store.answer(mark % 5 + 1)
    one.drain(most=40)
    again = one.post(one.store, one.store.batch(1, 250))  # the reply was lost: all of it once more
    assert again["high_water"] == 250 and again["chain"] == one.store.chains[250].hex()
    assert [state for state, _ in held(hq)] == [checker.KEPT] * 250


def test_a_batch_that_leaves_a_gap_or_overlaps_changes_nothing(hq):
    one = device(hq, "kiosk-1")
    for mark in range(10):
        one.store.answer(mark % 5 + 1)
    assert one.post(one.store, one.store.batch(3, 4))["high_water"] == 0
    assert one.post(one.store, one.store.batch(1, 4))["high_water"] == 4
    assert one.post(one.store, one.store.batch(4, 6))["high_water"] == 4
    one.drain()
    assert len(held(hq)) == 10


def test_what_is_no_record_is_quarantined_and_the_rest_goes_on(hq):
    one = device(hq, "kiosk-1")
    one.store.answer(5)
    one.store.record(visit=client.uuid7(), n=1, type="rumour")
    visit = one.store.answer(4)
    one.store.answer(1, visit)  # the same identity with other bytes
    one.store.add(one.store.lines[0])  # and with the same
    one.drain()
    states = collections.Counter(state for state, _ in held(hq))
    assert states == {checker.KEPT: 2, checker.QUARANTINED: 2, checker.DUPLICATE: 1}


def test_a_clone_forks_and_nothing_counts_twice(hq):
    one = device(hq, "kiosk-1")
    for mark in range(5):
        one.store.answer(mark + 1)
    one.step(), one.step(most=3)
    clone = copy.copy(one)
    clone.stores = copy.deepcopy(one.stores)
    one.store.answer(1)
    clone.store.answer(2)
    one.drain()
    clone.drain()
    assert len(one.stores) == 1 and len(clone.stores) == 2
    states = collections.Counter(state for state, _ in held(hq))
    assert states == {checker.KEPT: 8, checker.DUPLICATE: 5}  # 5 common, one of each, and the fork's own record


def test_another_device_cannot_write_to_a_store_and_forks(hq):
    one, other = device(hq, "kiosk-1"), device(hq, "kiosk-2")
    one.store.answer(3)
    one.drain()
    other.stores = copy.deepcopy(one.stores)
    other.store.answer(4)
    with pytest.raises(client.Refused) as refusal:
        other.post(other.store, other.store.batch(1, 2))
    assert refusal.value.status == 403
    other.drain()
    assert other.store.parent == one.store.name
    assert collections.Counter(state for state, _ in held(hq)) == {checker.KEPT: 3, checker.DUPLICATE: 1}


def test_damage_on_the_way_is_refused(hq):
    one = device(hq, "kiosk-1")
    one.store.answer(3)
    body = one.store.batch(1, 1)
    with pytest.raises(client.Refused) as refusal:
        one.post(one.store, body.replace(b'"mark":3', b'"mark":5'))
    assert refusal.value.status == 400
    with pytest.raises(client.Refused):
        one.post(one.store, body[:-1])
    one.drain()
    assert len(held(hq)) == 1


def test_a_receipt_of_somebody_else_is_none(hq):
    one = device(hq, "kiosk-1")
    one.verify_key = client.nacl.signing.SigningKey.generate().verify_key
    with pytest.raises(nacl.exceptions.BadSignatureError):
        one.step()
