# The real programs for tests: started in a folder of the test's own, ended by their own pid, every wait bounded.
# Programs come from $TAPLINE_BUILD (default: build/ of this checkout).
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TAPLINE_BUILD", TOP / "build")).resolve()
PATIENCE_S = 60  # nothing here takes long; a test that waits so long has failed


def wait_until(predicate, seconds=PATIENCE_S, what="the expected state"):
    """The predicate's first true value; fails the test when it does not come. what: words, or what makes them."""
    end = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        assert time.monotonic() < end, "waited %g s in vain for %s" % (seconds, what() if callable(what) else what)
        time.sleep(0.01)


class Process:
    """A program in the background; its output goes to a file."""

    started = []  # all of this test run, so that a test that fails leaves none behind

    def __init__(self, words, log, prefix=()):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen([str(word) for word in [*prefix, *words]], stdin=subprocess.DEVNULL,
                                          stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        self.started.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def wait(self, seconds=PATIENCE_S):
        return self.popen.wait(seconds)

    def send(self, number):
        if self.running():
            os.kill(self.pid, number)

    def stop(self, seconds=PATIENCE_S):
        """SIGTERM; returns the exit status."""
        self.send(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        """SIGKILL, also to what a tracer started: the whole session is this test's own."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.wait()

    def output(self):
        return self.log.read_text(errors="replace")

    @classmethod
    def end_all(cls):
        """Kills what still runs of what was started through this class."""
        while cls.started:
            process = cls.started.pop()
            if process.running():
                process.kill()


def run(*words, seconds=PATIENCE_S, check=True, **more):
    """Runs a program to its end; with check its status must be 0."""
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, **more)
    assert not check or done.returncode == 0, "%s: status %d\n%s%s" % (words[0], done.returncode, done.stdout,
                                                                      done.stderr)
    return done


def query(path, sql, *values):
    """Rows of a SQLite file that others may be writing."""
    connection = sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=10)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


class Hq:
    """A headquarters of its own: init, then start and stop as often as wanted, always on the same ports."""

    def __init__(self, folder, hosts=()):
        """hosts: names and addresses that devices use beside this machine's own."""
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "hq.ini"
        self.database = self.folder / "hq.db"
        self.process = None
        self.device_port = self.people_port = 0
        self.log = self.folder.with_name(self.folder.name + ".log")
        run(BUILD / "tapline-hq", "init", self.folder, "--device-port", 0, "--people-port", 0, "--web",
            TOP / "hq" / "web", *(word for host in ([*hosts, "localhost", "127.0.0.1"] if hosts else [])
                                  for word in ("--host", host)))

    def start(self, prefix=()):
        """Comes back when it listens. prefix: a tracer's words before the program's."""
        assert self.process is None or not self.process.running()
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        environment = ["env", "TAPLINE_HQ_DEVICE_PORT=%d" % self.device_port,
                       "TAPLINE_HQ_PEOPLE_PORT=%d" % self.people_port]
        self.process = Process([BUILD / "tapline-hq", "serve", "--config", self.config, "--ready-file", ready],
                               self.log, [*environment, *prefix])
        wait_until(lambda: ready.exists() or not self.process.running(), what="headquarters to listen")
        assert self.process.running(), self.process.output()
        ports = json.loads(ready.read_text())
        self.device_port, self.people_port = ports["device_port"], ports["people_port"]
        self.serving_pid = ports["pid"]
        return self

    def stop(self, seconds=PATIENCE_S):
        return self.process.stop(seconds)

    def kill(self):
        return self.process.kill()

    @property
    def url(self):
        return "https://localhost:%d" % self.device_port

    def enroll(self, device, branch="north", url=None, out=None):
        """A device's folder with tapline.ini, keys and certificates; its path."""
        folder = pathlib.Path(out or self.folder.parent / device)
        run(BUILD / "tapline-hq", "enroll", "--config", self.config, "--device", device, "--branch", branch, "--url",
            url or self.url, "--out", folder)
        return folder

    def high_water(self, store):
        rows = query(self.database, "SELECT high_water FROM store WHERE uuid = ?", store)
        return rows[0][0] if rows else 0


class Sync:
    """The upload daemon of one enrolled device, with waits short enough for tests."""

    FAST = {"TAPLINE_SYNC_RETRY_FIRST_MS": "20", "TAPLINE_SYNC_RETRY_MOST_S": "1",
            "TAPLINE_SYNC_CONNECT_TIMEOUT_S": "5", "TAPLINE_SYNC_TOTAL_TIMEOUT_S": "20"}

    def __init__(self, folder, url=None, **settings):
        """settings: keys of [sync] that shall differ, such as batch_records=50."""
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "tapline.ini"
        self.outbox = self.folder / "outbox.db"
        self.log = self.folder / "sync.log"
        self.process = None
        self.environment = dict(os.environ, **self.FAST)
        if url:
            settings["url"] = url
        for key, value in settings.items():
            self.environment["TAPLINE_SYNC_" + key.upper()] = str(value)

    def words(self, *more):
        return [BUILD / "tapline-sync", *more, "--config", self.config]

    def once(self, prefix=(), check=True, seconds=PATIENCE_S):
        return run(*prefix, *self.words("--once"), env=self.environment, check=check, seconds=seconds)

    def status(self):
        return json.loads(run(*self.words("status", "--json"), env=self.environment).stdout)

    def start(self, prefix=()):
        assert self.process is None or not self.process.running()
        prefix = ["env", *("%s=%s" % pair for pair in self.environment.items() if pair[0].startswith("TAPLINE_")),
                  *prefix]
        before = self.log.stat().st_size if self.log.exists() else 0
        self.process = Process(self.words("run"), self.log, prefix)
        # it has said its first line: from here on a signal finds it ready
        wait_until(lambda: self.log.stat().st_size > before or not self.process.running(), what="the daemon's first word")
        return self

    def stop(self, seconds=PATIENCE_S):
        return self.process.stop(seconds)

    def kill(self):
        return self.process.kill()

    def fill(self, records, transaction=1):
        """Appends plausible records as a kiosk would."""
        run(BUILD / "tests/bench/fill", self.outbox, records, transaction)

    @property
    def store(self):
        """The store's UUID; an outbox that is being made just now is waited for."""
        def identity():
            try:
                return query(self.outbox, "SELECT id FROM store")
            except sqlite3.OperationalError:
                return None
        return wait_until(identity, what="a store in the outbox")[0][0]

    def last(self):
        return query(self.outbox, "SELECT max(n) FROM record")[0][0]

    def receipted(self):
        rows = query(self.outbox, "SELECT high_water FROM receipt ORDER BY day DESC LIMIT 1")
        return rows[0][0] if rows else 0

    def wait_receipted(self, number, seconds=PATIENCE_S):
        wait_until(lambda: self.receipted() >= number, seconds,
                   lambda: "a receipt up to %d\n%s" % (number, self.process.output() if self.process else ""))
