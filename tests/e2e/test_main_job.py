"""The main job on the real programs: 300 taps on a real display, headquarters killed, frozen and restarted in between.

What headquarters holds in the end is exactly what was thanked on the screen, each record once; an independent checker
proves the chain, and the page's figures are the figures of the taps.
"""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import urllib.request

import pytest
from peers import TOP, Hq, Sync, query, wait_until
from screen import Display, Kiosk

TAPS = 300
REASONS = ("waiting", "attitude", "accuracy", "explanation", "equipment", "fees")


@pytest.fixture
def house(tmp_path):
    """Headquarters, one enrolled device with sync and kiosk, a display; all ended by their own pids."""
    hq = Hq(tmp_path / "hq").start()
    folder = hq.enroll("kiosk-1", branch="north")
    quick = {"TAPLINE_KIOSK_THANKS_MS": "100", "TAPLINE_KIOSK_LOCK_MS": "50",
             "TAPLINE_KIOSK_ICONS": str(TOP / "assets/icons"),
             "TAPLINE_DEVICE_SURVEY": str(TOP / "assets/surveys/branch-exit.json")}
    sync = Sync(folder).start()
    display = Display()
    kiosk = Kiosk(display, folder / "tapline.ini", tmp_path / "trace", tmp_path / "kiosk.log", environment=quick)
    yield hq, sync, kiosk
    for process in (kiosk.process, sync.process.popen, hq.process.popen):
        if process.poll() is None:
            process.kill()
            process.wait(10)
    display.stop()


def page(hq, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{hq.people_port}{path}", timeout=10) as reply:
        return json.load(reply)


def test_300_taps_arrive_exactly_once(house, tmp_path):
    hq, sync, kiosk = house
    randomness = random.Random(20)
    marks, reasons, taps = collections.Counter(), collections.Counter(), 0
    troubles = {40: hq.kill, 80: hq.start, 110: lambda: os.kill(hq.serving_pid, signal.SIGSTOP),
                150: lambda: os.kill(hq.serving_pid, signal.SIGCONT), 180: sync.kill, 200: sync.start,
                220: hq.stop, 240: hq.start, 260: hq.kill, 262: hq.start}
    kiosk.wait_screen("question", 20)
    while taps < TAPS:
        for at in [at for at in troubles if at <= taps]:
            troubles.pop(at)()
        mark = randomness.choice((1, 2, 3, 4, 4, 5, 5, 5))
        chosen = randomness.sample(REASONS, randomness.randint(0, 2)) if mark <= 2 else []
        kiosk.visit(mark, chosen, seconds=20)
        taps += 1 + (mark <= 2) + len(chosen)
        marks[mark] += 1
        reasons.update(chosen)
    assert not troubles
    thanked = kiosk.thanked()
    assert kiosk.stop() == 0
    sync.wait_receipted(sync.last())
    assert sync.stop() == 0

    rows = query(hq.database, "SELECT line FROM record WHERE state = 0 ORDER BY store, seq")
    held = [(record["visit"], record["n"]) for record in (json.loads(line) for line, in rows)]
    assert len(held) == len(set(held)), "a record is there twice"
    assert set(held) == thanked, "headquarters and screen disagree"
    proof = subprocess.run([sys.executable, TOP / "tests/lib/checker.py", hq.database, sync.outbox], capture_output=True,
                           text=True, timeout=60)
    assert proof.returncode == 0, proof.stdout + proof.stderr

    summary = page(hq, "/api/v1/summary")
    text = json.dumps(summary)
    question = next(q for b in summary["branches"] for q in b["questions"] if q["question"] == "overall")
    assert question["n"] == sum(marks.values()), text
    assert {int(m): c for m, c in question["counts"].items() if c} == dict(marks), text
    satisfied = (marks[4] + marks[5]) / sum(marks.values())
    assert abs(question["csat"]["value"] - satisfied) < 0.0005, text
    assert question["csat"]["low"] < satisfied < question["csat"]["high"], text


def test_record_reaches_headquarters_at_once(house):
    """Nothing polls: an answer given while the line is up is there within the moment (bounded generously here)."""
    hq, sync, kiosk = house
    kiosk.wait_screen("question", 20)
    wait_until(lambda: sync.process.running())
    kiosk.visit(5)
    wait_until(lambda: hq.high_water(sync.store) == 2, 5, "the answer to arrive")
