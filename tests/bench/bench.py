#!/usr/bin/python3
"""make bench: each figure beside a floor that was measured in the same run. Prints a table; never passes or fails.

Absolute times belong to this machine at this moment; ratios are what to compare.
"""

import json
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lib"))
from checker import check  # noqa: E402
from chromium import Chromium  # noqa: E402
from peers import BUILD, Hq, Sync  # noqa: E402
from screen import Display, Kiosk  # noqa: E402

BACKLOG, ROUNDS, TAPS, IDLE_S = 200_000, 5, 100, 10
rows = []


def say(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def row(what, value, floor="", ratio="", target="", met=None):
    rows.append((what, value, floor, ratio, target, "" if met is None else "yes" if met else "NO"))


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def program(name, *words):
    done = subprocess.run([str(BUILD / "tests/bench" / name), *map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout) if done.stdout else None


def appends(folder):
    say("appends")
    figures = program("append", folder)
    ratio = figures["outbox"]["per_second"] / figures["sqlite"]["per_second"]
    row("append, records/s (one commit each)", f"{figures['outbox']['per_second']:,.0f}",
        f"bare SQLite FULL {figures['sqlite']['per_second']:,.0f}", f"{ratio:.2f}", ">= 0.8", ratio >= 0.8)
    return figures


def config(folder):
    path = folder / "tapline.ini"
    path.write_text(f"[device]\nid = bench\noutbox = outbox.db\nsurvey = {TOP}/assets/surveys/branch-exit.json\n"
                    f"[kiosk]\nicons = {TOP}/assets/icons\nthemes = {TOP}/assets/themes\nthanks_ms = 100\nlock_ms = 50\n")
    return path


def switches(*pids):
    total = 0
    for task in (task for pid in pids for task in pathlib.Path(f"/proc/{pid}/task").iterdir()):
        for line in (task / "status").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("voluntary_ctxt_switches") else 0
    return total


def pss_mib(*pids):
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            total += int(line.split()[1]) if line.startswith("Pss:") else 0
    return total / 1024


def slow_disk(kiosk):
    """ms that each frame of the transitions took while every fdatasync takes half a second more."""
    say("kiosk: slow disk")
    tracer = subprocess.Popen(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-p", str(kiosk.process.pid), "-e", "trace=fdatasync",
                               "-e", "inject=fdatasync:delay_enter=500000"], stderr=subprocess.PIPE, text=True)
    assert "attached" in tracer.stderr.readline()
    since = len(kiosk.read())
    for tap in range(10):
        kiosk.visit(2 if tap % 2 else 5, ["waiting"] if tap % 2 else [], seconds=20)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(10)
    tracer.stderr.close()
    return [e["took_us"] / 1000 for e in kiosk.read()[since:] if e["event"] == "frame"]


def browser(folder):
    """The same job in Chromium: start ms, PSS MiB, wake-ups, ms from tap to the paint after the durable write."""
    display = Display()
    try:
        starts = []
        for turn in range(3):
            say("chromium: start")
            chromium = Chromium(display, folder / "profile", 1280, 800)  # the second time it finds its profile
            starts.append(chromium.start_ms)
            if turn < 2:
                chromium.stop()
        time.sleep(3)
        before = switches(*chromium.pids())
        time.sleep(IDLE_S)
        idle = switches(*chromium.pids()) - before
        taps = []
        for tap in range(TAPS):
            say(f"chromium: tap {tap}")
            taps.append(chromium.tap(3 + tap % 3))
            time.sleep(0.2)
        memory = pss_mib(*chromium.pids())
        chromium.stop()
    finally:
        display.stop()
    return min(starts), memory, idle, taps


def screen(folder, floor):
    say("kiosk: start")
    display = Display()
    try:
        starts = []
        for turn in range(ROUNDS + 1):
            begin = time.monotonic_ns()
            kiosk = Kiosk(display, config(folder), folder / f"trace{turn}")
            starts.append((kiosk.wait(lambda e: e["event"] == "first_frame", 20)["ns"] - begin) / 1e6)
            if turn < ROUNDS:
                kiosk.stop()
        say("kiosk: idle")
        time.sleep(2)
        before = switches(kiosk.process.pid)
        time.sleep(IDLE_S)
        idle = switches(kiosk.process.pid) - before
        commits, thanks, since = [], [], len(kiosk.read())
        for tap in range(TAPS):
            say(f"kiosk: tap {tap}")
            thanked = kiosk.visit(3 + tap % 3)
            touched = next(e for e in reversed(kiosk.events) if e["event"] == "tap")["input_ns"]
            saved = next(e for e in reversed(kiosk.events) if e["event"] == "saved")["committed_ns"]
            commits.append((saved - touched) / 1e3)
            thanks.append((thanked["presented_ns"] - touched) / 1e3)
        presses = [(e["presented_ns"] - e["input_ns"]) / 1e6 for e in kiosk.events[since:] if e["event"] == "pressed"]
        memory = pss_mib(kiosk.process.pid)
        slow = slow_disk(kiosk)
        kiosk.stop()
    finally:
        display.stop()
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        value, base = percentile(thanks, share) / 1e3, floor["fdatasync"][name] / 1e3
        row(f"tap -> durable thanks on the screen, {name}", f"{value:.2f} ms", f"raw fdatasync {base:.2f} ms", f"{value / base:.1f}")
        value = percentile(commits, share) / 1e3
        row(f"tap -> durable, {name}", f"{value:.2f} ms", f"raw fdatasync {base:.2f} ms", f"{value / base:.1f}")
    row("finger -> pressed look presented, p99", f"{percentile(presses, 0.99):.2f} ms", f"{len(presses)} presses", "", "<= 1 frame (16.7 ms)",
        percentile(presses, 0.99) <= 16.7)
    row("transition frames over 20 ms, every fdatasync + 500 ms", str(sum(t > 20 for t in slow)), f"{len(slow)} frames, longest {max(slow):.1f} ms",
        "", "0", all(t <= 20 for t in slow))
    row("kiosk PSS, Chinese text shown", f"{memory:.1f} MiB", target="<= 40 MiB", met=memory <= 40)
    row(f"kiosk wake-ups in {IDLE_S} s idle, all threads", str(idle), target="0", met=idle == 0)
    start, pss, awake, taps = browser(folder)
    ours, theirs = statistics.median(starts), start
    row("kiosk start against a browser's best of 3", f"{ours:.0f} ms", f"Chromium --kiosk {theirs:.0f} ms", f"{ours / theirs:.2f}",
        "<= 0.25", ours / theirs <= 0.25)
    row("kiosk PSS against a browser's", f"{memory:.1f} MiB", f"Chromium --kiosk {pss:.0f} MiB", f"{memory / pss:.3f}", "<= 0.1",
        memory / pss <= 0.1)
    ours, theirs = percentile(thanks, 0.5) / 1e3, percentile(taps, 0.5)
    row("tap -> durable repaint against a browser's, p50", f"{ours:.2f} ms", f"Chromium, IndexedDB strict {theirs:.1f} ms",
        f"{ours / theirs:.2f}", "<= 0.33", ours / theirs <= 1 / 3)
    row(f"wake-ups in {IDLE_S} s idle", str(idle), f"Chromium --kiosk {awake}")
    row("kiosk start -> first frame, median", f"{statistics.median(starts):.0f} ms", f"first, cold: {starts[0]:.0f} ms", "",
        "<= 200 ms", statistics.median(starts) <= 200)


def drain(folder):
    ratios, ours, floors, plain = [], [], [], []
    for turn in range(ROUNDS):
        place = folder / f"drain{turn}"
        place.mkdir()
        say(f"drain {turn + 1} of {ROUNDS}")
        hq = Hq(place / "hq").start()
        try:
            sync = Sync(hq.enroll("bench"))
            sync.fill(BACKLOG, 1000)
            begin = time.monotonic()
            sync.once(seconds=300)
            took = time.monotonic() - begin
        finally:
            hq.stop()
        assert check(hq.database, sync.outbox) == ([], 0), "not everything arrived"
        bare = program("insert", sync.outbox, place)
        ours.append(BACKLOG / took)
        floors.append(bare["same_shape_per_second"])
        plain.append(bare["plain_per_second"])
        ratios.append(ours[-1] / floors[-1])
    ratio = statistics.median(ratios)
    row(f"drain of {BACKLOG:,} records, device -> headquarters, records/s", f"{statistics.median(ours):,.0f}",
        f"bare SQLite, same rows, same table {statistics.median(floors):,.0f}", f"{ratio:.2f}", ">= 0.3", ratio >= 0.3)
    row("  the same against a table without the unique index", f"{statistics.median(ours):,.0f}",
        f"bare SQLite, plain table {statistics.median(plain):,.0f}", f"{statistics.median(ours) / statistics.median(plain):.2f}")
    row("on the wire (zstd, batches of 5000)", f"{bare['wire_bytes_per_answer']:.1f} bytes an answer",
        f"{bare['wire_bytes_per_record']:.1f} a record")


def main():
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="bench-") as name:
        folder = pathlib.Path(name)
        figures = appends(folder)
        (folder / "outbox.db").unlink()
        screen(folder, figures)
        drain(folder)
    say("")
    widths = [max(len(line[i]) for line in [*rows, ("figure", "value", "floor", "ratio", "target", "met")]) for i in range(6)]
    for line in [("figure", "value", "floor in the same run", "ratio", "target", "met"), *rows]:
        print("  ".join(cell.ljust(max(width, 0)) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
