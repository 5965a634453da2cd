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
from peers import BUILD, TOP, Hq, Sync, query, wait_until
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


@pytest.mark.parametrize("program", ["tapline-kiosk", "tapline-sync", "tapline-hq"])
def test_programs_explain_themselves(program):
    for option, expected in (("--help", "Usage:"), ("--version", "0.1.0")):
        done = subprocess.run([BUILD / program, option], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and expected in done.stdout
    done = subprocess.run([BUILD / program, "--no-such-option"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 64 and done.stderr


def sample(*programs):
    """The sample configuration that programs print, each section once."""
    sections = {}
    for program in programs:
        text = subprocess.run([BUILD / program, "--sample-config"], capture_output=True, text=True, check=True, timeout=20).stdout
        for part in text.split("\n\n"):
            sections.setdefault(part.splitlines()[0], part.strip())
    return "\n\n".join(sections.values()) + "\n"


def test_sample_files_name_every_option():
    """assets/tapline.ini and assets/hq.ini: every option there is, every value the default."""
    assert (TOP / "assets/tapline.ini").read_text() == sample("tapline-kiosk", "tapline-sync")
    assert (TOP / "assets/hq.ini").read_text() == sample("tapline-hq")


@pytest.mark.parametrize("program, options", [("tapline-kiosk", []), ("tapline-sync", []), ("tapline-hq", ["serve"])])
@pytest.mark.parametrize("text, words", [("[device]\nname = x\n", ":2: [device]: name"), ("[hq]\nid = x\n", ":2: [hq]"),
                                         ("rubbish\n", ":1: neither")])
def test_broken_configuration_names_file_line_and_remedy(tmp_path, program, options, text, words):
    config = tmp_path / "broken.ini"
    config.write_text(text)
    for check in ([], ["--check-config"]):
        done = subprocess.run([BUILD / program, *options, "--config", config, *check], capture_output=True, text=True, timeout=20)
        assert done.returncode == 78, done
        place = words if not (program == "tapline-hq" and "device" in words) else ":2: [device]"
        assert f"{config}{place}" in done.stderr, done.stderr


def test_wire_vectors_in_another_language():
    """The vector files hold against Python's own BLAKE2b and Ed25519: anyone can write the other end from them."""
    import hashlib

    from nacl.signing import VerifyKey
    folder = TOP / "tests/vectors"
    chain = json.loads((folder / "chain.json").read_text())
    value = hashlib.blake2b(chain["store"].encode(), digest_size=32).digest()
    assert value.hex() == chain["chains"][0]
    for line, expected in zip(chain["lines"], chain["chains"][1:], strict=True):
        value = hashlib.blake2b(value + line.encode(), digest_size=32).digest()
        assert value.hex() == expected
    head, *lines = (folder / "batch.ndjson").read_text().splitlines()
    head = json.loads(head)
    value = bytes.fromhex(head["before"])
    for line in lines:
        value = hashlib.blake2b(value + line.encode(), digest_size=32).digest()
    assert value.hex() == head["after"] and len(lines) == head["count"]
    receipt = json.loads((folder / "receipt.json").read_text())
    document = json.loads(receipt["document"])
    assert receipt["words"] == "tapline-receipt-1\n{store}\n{epoch}\n{high_water}\n{chain}\n{now}\n".format(**document)
    VerifyKey(bytes.fromhex(receipt["public"])).verify(receipt["words"].encode(), bytes.fromhex(document["signature"]))
