#!/usr/bin/python3
# One device drains a backlog to headquarters; systemd-journal-upload sends the same records to systemd-journal-remote.
# Both over HTTPS with the same certificates, in the same run: ratios hold where absolute times drift.
# SPDX-License-Identifier: Apache-2.0
"""Usage: upload.py [RECORDS [RECORDS-BESIDE-JOURNAL]]   (defaults: 1000000 and 50000)

Prints records/s and CPU seconds per 100,000 records of either end. Headquarters' figures include its database, synced
before each receipt; the journal's its files, synced as it ends, after the measuring.
"""
import os
import pathlib
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import peers  # noqa: E402

JOURNAL = pathlib.Path("/lib/systemd")
JOURNAL_ATTEMPTS = 5
TICKS = os.sysconf("SC_CLK_TCK")


def process_cpu(pid):
    """CPU seconds of a running process, user and system."""
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def timed(words, receiver, environment=None):
    """Wall seconds, CPU seconds of the program, and of the receiver meanwhile."""
    spent = process_cpu(receiver)
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(word) for word in words], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   env=environment, timeout=1800)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    sender = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, sender, process_cpu(receiver) - spent


def say(name, records, wall, sender, receiver):
    part = 100000 / records
    print("%-34s %9d records %9.0f /s   CPU s per 100,000: sender %.3f + receiver %.3f = %.3f"
          % (name, records, records / wall, sender * part, receiver * part, (sender + receiver) * part), flush=True)
    return records / (sender + receiver)


def tapline(folder, hq, name, records):
    sync = peers.Sync(hq.enroll(name, out=folder / name))
    peers.run(peers.BUILD / "tests/bench/fill", sync.outbox, records, 1000, seconds=600)
    figures = timed(sync.words("--once"), hq.serving_pid, sync.environment)
    assert hq.high_water(sync.store) == records
    return sync, figures


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def entries(outbox):
    """The records as journal entries in the export format."""
    connection = sqlite3.connect("file:%s?mode=ro" % outbox, uri=True)
    for number, line in connection.execute("SELECT n, line FROM record ORDER BY n"):
        yield ("__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032x\nMESSAGE=%s\n\n"
               % (1764000000000000 + number * 1000, number * 1000, 1, line)).encode()
    connection.close()


def journal(folder, hq, sync, records):
    """The same records through the peer, with headquarters' own certificate. Debian's journal-remote is built without
    the check of client certificates, so it is spared that."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
    source, stored = folder / "source.journal", folder / "stored"
    stored.mkdir()
    writer = subprocess.Popen([JOURNAL / "systemd-journal-remote", "--output=%s" % source, "-"],
                              stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for entry in entries(sync.outbox):
        writer.stdin.write(entry)
    writer.stdin.close()
    assert writer.wait(600) == 0
    port = free_port()
    with open(folder / "journal-remote.log", "wb") as log:
        receiver = subprocess.Popen([JOURNAL / "systemd-journal-remote", "--listen-https=127.0.0.1:%d" % port,
                                     "--key=%s" % (hq.folder / "server.key"), "--cert=%s" % (hq.folder / "server.pem"),
                                     "--output=%s/" % stored], stderr=log)
    try:
        peers.wait_until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, what="journal-remote to listen")
        figures = timed([JOURNAL / "systemd-journal-upload", "--url=https://localhost:%d" % port,
                         "--key=%s" % (sync.folder / "device.key"), "--cert=%s" % (sync.folder / "device.pem"),
                         "--trust=%s" % (sync.folder / "ca.pem"), "--file=%s" % source, "--follow=no",
                         "--save-state=%s" % (folder / "state")], receiver.pid)
        receiver.terminate()  # it syncs as it ends
        receiver.wait(60)
    finally:
        if receiver.poll() is None:
            receiver.kill()
    arrived = int(subprocess.run("journalctl --directory=%s -o cat | wc -l" % stored, shell=True, check=True,
                                 capture_output=True, text=True, timeout=600).stdout)
    return figures if arrived == records else arrived


def journal_whole(folder, hq, sync, records):
    """The figures of a transfer that came whole: the peer ends well now and then although records are missing."""
    for _ in range(JOURNAL_ATTEMPTS):
        figures = journal(folder, hq, sync, records)
        if isinstance(figures, tuple):
            return figures
        print("journal-upload ended with status 0, and %d of %d records had arrived; once more" % (figures, records))
    sys.exit("journal-upload: no transfer of %d came whole" % JOURNAL_ATTEMPTS)


def main():
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1000000
    beside = int(sys.argv[2]) if len(sys.argv) > 2 else 50000
    with tempfile.TemporaryDirectory(prefix="tapline-bench-") as name:
        folder = pathlib.Path(name)
        hq = peers.Hq(folder / "hq").start()
        try:
            _, figures = tapline(folder, hq, "backlog", records)
            say("tapline, drain of one device", records, *figures)
            sync, figures = tapline(folder, hq, "beside", beside)
            ours = say("tapline-sync -> tapline-hq", beside, *figures)
            theirs = say("journal-upload -> journal-remote", beside, *journal_whole(folder, hq, sync, beside))
            print("records per CPU second, tapline to journal: %.2f" % (ours / theirs))
        finally:
            hq.stop()


if __name__ == "__main__":
    main()
