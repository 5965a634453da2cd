# The proof of the proof: the independent checker must see every kind of damage that it is there to see.
# SPDX-License-Identifier: Apache-2.0
import sqlite3
import sys

import checker
import peers
import pytest

HQ, OUTBOX = "hq", "outbox"

DAMAGE = {
    "a line altered": (HQ, "UPDATE record SET line = replace(line, 'touch', 'touco') WHERE seq = 4"),
    "a record missing": (HQ, "DELETE FROM record WHERE seq = 5"),
    "the last record missing": (HQ, "DELETE FROM record WHERE seq = 12"),
    "high water too high": (HQ, "UPDATE store SET high_water = high_water + 1"),
    "high water too low": (HQ, "UPDATE store SET high_water = high_water - 1"),
    "another chain": (HQ, "UPDATE store SET chain = zeroblob(32)"),
    "filed under another identity": (HQ, "UPDATE record SET n = n + 100 WHERE seq = 3"),
    "another store's name": (HQ, "UPDATE store SET uuid = '0b6e4a57-7d0f-4c39-9d0a-3f6f4b1c2d5e'"),
    "an effect counted twice": (HQ, "UPDATE rollup SET count = count + 1 WHERE answer = '3'"),
    "an effect lost": (HQ, "DELETE FROM rollup WHERE question = 'overall'"),
    "the outbox's line altered": (OUTBOX, "UPDATE record SET line = replace(line, 'touch', 'touco') WHERE n = 4"),
    "the outbox's row missing": (OUTBOX, "DELETE FROM record WHERE n = 4"),
    "the outbox's chain altered": (OUTBOX, "UPDATE record SET chain = zeroblob(32) WHERE n = 4"),
    "receipted too far": (OUTBOX, "UPDATE receipt SET high_water = high_water + 1"),
    "a receipt of another history": (OUTBOX, "UPDATE receipt SET chain = zeroblob(32)"),
    "the outbox shorter than headquarters": (OUTBOX, "DELETE FROM record WHERE n >= 10"),
}


@pytest.fixture
def filled(hq, device):
    device.fill(12)
    device.once()
    hq.stop()
    assert checker.check(hq.database, device.outbox) == ([], 0)
    return {HQ: hq.database, OUTBOX: device.outbox}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_seen(filled, name):
    where, sql = DAMAGE[name]
    connection = sqlite3.connect(filled[where])
    assert connection.execute(sql).rowcount > 0
    connection.commit()
    connection.close()
    problems, _ = checker.check(filled[HQ], filled[OUTBOX])
    assert problems
    assert peers.run(sys.executable, peers.TOP / "tests/lib/checker.py", filled[HQ], filled[OUTBOX],
                     check=False).returncode == 1


def test_the_same_identity_twice_in_effect_is_seen(filled):
    """What a headquarters without its unique index could come to hold."""
    connection = sqlite3.connect(filled[HQ])
    line, visit, n = connection.execute("SELECT line, visit, n FROM record WHERE seq = 1").fetchone()
    connection.execute("CREATE TABLE loose AS SELECT * FROM record")
    connection.execute("DROP VIEW chain_line")
    connection.execute("DROP TABLE record")
    connection.execute("ALTER TABLE loose RENAME TO record")
    connection.execute("UPDATE record SET line = ?, visit = ?, n = ? WHERE seq = 7", (line, visit, n))
    connection.commit()
    connection.close()
    problems, _ = checker.check(filled[HQ])
    assert any("twice in effect" in problem for problem in problems)


def test_what_is_still_to_come_is_no_problem_but_counted(hq, device):
    device.fill(5)
    device.once()
    device.fill(3)
    assert checker.check(hq.database, device.outbox) == ([], 3)
    done = peers.run(sys.executable, peers.TOP / "tests/lib/checker.py", hq.database, device.outbox)
    assert "3 records are not at headquarters yet" in done.stdout
