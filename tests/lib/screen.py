"""A display of the test's own (Xvfb) and the kiosk on it, driven as a person would: by looking where things are and tapping.

The kiosk's --trace file says where the targets are and what was thanked; nothing here knows a pixel.
"""

import json
import os
import pathlib
import signal
import subprocess
import time

LOCK_S = 0.1  # longer than the lock_ms of the configurations that tests use
BUILD = pathlib.Path(os.environ.get("TAPLINE_BUILD", "build")).resolve()


class Display:
    """Xvfb on a free display number; ended by its own pid."""

    def __init__(self, width=1280, height=800):
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
            pass_fds=[write], stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.name = f":{number}"
        self.environment = dict(os.environ, DISPLAY=self.name, SDL_VIDEODRIVER="x11")
        self.environment.pop("WAYLAND_DISPLAY", None)

    def screenshot(self, path):
        """Writes the whole screen as PNG."""
        subprocess.run(["import", "-silent", "-window", "root", str(path)], env=self.environment, check=True, timeout=20)

    def xdotool(self, *words):
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=20)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Kiosk:
    """tapline-kiosk on a display, and its trace as it grows."""

    def __init__(self, display, config, trace, log=None, wrapper=(), environment=None, lock_s=LOCK_S):
        self.lock_s, self.tapped = lock_s, 0.0
        self.display, self.trace, self.events, self._offset = display, pathlib.Path(trace), [], 0
        if self.trace.exists():
            self._offset = self.trace.stat().st_size
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [*wrapper, str(BUILD / "tapline-kiosk"), "--config", str(config), "--trace", str(trace)],
            env=dict(display.environment, **(environment or {})), stdout=self.log, stderr=self.log, start_new_session=True)

    def read(self):
        """Takes in what the trace has gained; a killed kiosk never leaves half a line behind."""
        if self.trace.exists():
            with open(self.trace, "rb") as file:
                file.seek(self._offset)
                data = file.read()
            self._offset += len(data)
            self.events += [json.loads(line) for line in data.splitlines()]
        return self.events

    def wait(self, wanted, seconds=10, since=0):
        """The first event from index since on for which wanted(event) holds; an error after so many seconds."""
        until = time.monotonic() + seconds
        while True:
            events = self.read()
            for event in events[since:]:
                if wanted(event):
                    return event
            if self.process.poll() is not None:
                raise RuntimeError(f"the kiosk ended with {self.process.returncode}")
            if time.monotonic() > until:
                raise TimeoutError(f"not seen within {seconds} s; last: {events[-3:]}")
            time.sleep(0.005)

    def wait_screen(self, name, seconds=10, since=0):
        return self.wait(lambda e: e["event"] == "screen" and e["name"] == name, seconds, since)

    def screen(self):
        """The screen that was shown last."""
        return next((e for e in reversed(self.read()) if e["event"] == "screen"), {"name": None})

    def targets(self):
        """id -> (x, y) of the middle of everything that can be touched now."""
        latest = next((e for e in reversed(self.read()) if e["event"] == "targets"), {"list": []})
        return {t["id"]: (round(t["x"] + t["w"] / 2), round(t["y"] + t["h"] / 2)) for t in latest["list"]}

    def wait_target(self, name, seconds=10):
        until = time.monotonic() + seconds
        while name not in self.targets():
            if self.process.poll() is not None:
                raise RuntimeError(f"the kiosk ended with {self.process.returncode}")
            if time.monotonic() > until:
                raise TimeoutError(f"{name} cannot be touched; there are {sorted(self.targets())}")
            time.sleep(0.005)
        return self.targets()[name]

    def tap(self, name, seconds=10):
        """Taps the middle of a target once it is there, and a hand's moment after the last tap or screen (lock_ms)."""
        x, y = self.wait_target(name, seconds)
        rest = max(self.screen().get("presented_ns", 0) / 1e9, self.tapped) + self.lock_s - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        self.tapped = time.monotonic()
        self.display.xdotool("mousemove", x, y, "click", 1)

    def thanked(self):
        """{(visit, n)} of every record that was thanked on the screen so far."""
        return {(e["visit"], r["n"]) for e in self.read() if e["event"] == "thanked" for r in e["records"]}

    def visit(self, mark, reasons=(), submit=True, seconds=10):
        """One customer from the question to the question again; returns the thanked event."""
        self.wait_target(f"overall:{mark}", seconds)
        since = len(self.events)
        self.tap(f"overall:{mark}", seconds)
        if mark <= 2:
            for reason in reasons:
                self.tap(f"reason:{reason}", seconds)
            self.tap("submit" if reasons and submit else "skip", seconds)
        thanked = self.wait(lambda e: e["event"] == "thanked", seconds, since)
        self.wait_screen("question", seconds, self.events.index(thanked))
        return thanked

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.read()

    def stop(self):
        """Ends it as a service manager would; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        self.read()
        if self.log is not subprocess.DEVNULL:
            self.log.close()
        return self.process.returncode
