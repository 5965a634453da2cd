"""Faults that people, the screen and the service manager cause, on the real kiosk: FAULTS 18, 27, 74-78.

Every tap goes through the X server; nothing here knows a pixel.
"""

import base64
import ctypes
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from disk import Ext4
from screen import BUILD, Display, Kiosk

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
ASSETS = TOP / "assets"


def device(folder, survey="branch-exit", outbox=None, **kiosk):
    """A device's configuration; its outbox lies in the folder if nothing else is said."""
    settings = dict({"icons": ASSETS / "icons", "themes": ASSETS / "themes", "thanks_ms": 150, "lock_ms": 50}, **kiosk)
    config = folder / "tapline.ini"
    config.write_text("[device]\nid = t-1\n" + f"outbox = {outbox or folder / 'outbox.db'}\n"
                      + f"survey = {ASSETS / 'surveys'}/{survey}.json\n[kiosk]\n"
                      + "".join(f"{key} = {value}\n" for key, value in settings.items()))
    return config


def records(outbox):
    connection = sqlite3.connect(outbox, timeout=10)
    found = [json.loads(line) for line, in connection.execute("SELECT line FROM record ORDER BY n")]
    connection.close()
    return found


@pytest.fixture
def kiosk_with(display, tmp_path):
    """Starts kiosks; ends what is left of them."""
    started = []

    def start(on=display, environment=None, **settings):
        kiosk = Kiosk(on, device(tmp_path, **settings), tmp_path / "trace", tmp_path / "kiosk.log", (), environment)
        started.append(kiosk)
        kiosk.wait(lambda e: e["event"] == "screen", 20)
        kiosk.outbox = settings.get("outbox") or tmp_path / "outbox.db"
        return kiosk

    yield start
    for kiosk in started:
        if kiosk.process.poll() is None:
            kiosk.kill()


def events(kiosk, name):
    return [e for e in kiosk.read() if e["event"] == name]


def middle(kiosk, name):
    return kiosk.wait_target(name)


def settle(kiosk):
    """Longer than the lock time after the screen came up."""
    time.sleep(0.2)
    kiosk.read()


# --- the disk and the manager ---------------------------------------------------------------------------------------


@pytest.mark.root
def test_F18_frozen_disk(kiosk_with, tmp_path):
    """A disk that hangs for good: pending, then out of service; thawed, the screen comes back and the answer is there."""
    disk = Ext4(tmp_path)
    try:
        kiosk = kiosk_with(outbox=disk.path / "outbox.db")
        kiosk.visit(5)
        thanked = len(events(kiosk, "thanked"))
        subprocess.run(["fsfreeze", "--freeze", disk.path], check=True, timeout=20)
        try:
            since = len(kiosk.read())
            kiosk.tap("overall:4")
            kiosk.wait_screen("pending", 5, since)
            kiosk.wait_screen("sorry", 20, since)
            assert len(events(kiosk, "thanked")) == thanked
        finally:
            since = len(kiosk.read())
            subprocess.run(["fsfreeze", "--unfreeze", disk.path], check=True, timeout=20)
        kiosk.wait_screen("question", 20, since)
        assert len(events(kiosk, "thanked")) == thanked, "told 'could not be saved' and thanked all the same"
        kiosk.visit(3)
        assert {(e["visit"], r["n"]) for e in events(kiosk, "thanked") for r in e["records"]} <= {
            (r["visit"], r["n"]) for r in records(kiosk.outbox)}
        kiosk.stop()
    finally:
        disk.unmount("-l")


class Manager:
    """What a service manager does for Type=notify and WatchdogSec: listens, kills what hangs."""

    def __init__(self, folder, watchdog_s):
        self.path, self.watchdog_s = folder / "notify", watchdog_s
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))

    def environment(self):
        return {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(int(self.watchdog_s * 1e6))}

    def hear(self, seconds):
        """The next word, or None after so long."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None


def test_F27_hang_is_seen_by_the_watchdog(kiosk_with, tmp_path):
    """Alive: a word in every half of the watchdog's time. Stopped: none, so a manager restarts it."""
    manager = Manager(tmp_path, 1.0)
    kiosk = kiosk_with(environment=manager.environment())
    assert manager.hear(10) in ("WATCHDOG=1", "READY=1")
    heard = [manager.hear(2) for _ in range(5)]
    assert "WATCHDOG=1" in heard and None not in heard
    kiosk.visit(5)
    os.kill(kiosk.process.pid, signal.SIGSTOP)
    while manager.hear(0.0001):
        pass  # sent before it was stopped
    assert manager.hear(manager.watchdog_s) is None
    kiosk.kill()  # as the manager would
    again = kiosk_with(environment=manager.environment())
    assert "READY=1" in [manager.hear(10) for _ in range(4)]
    again.visit(4)
    assert again.stop() == 0
    said = []
    while word := manager.hear(0.2):
        said.append(word)
    assert "STOPPING=1" in said


def test_F27_without_a_manager_nobody_is_told(kiosk_with):
    """At rest, without a manager: not one wake-up in any thread."""
    kiosk = kiosk_with()
    kiosk.visit(5)
    time.sleep(1)  # movements and texts of the way back have come to rest
    assert kiosk.screen()["name"] == "question"

    def switches():
        tasks = pathlib.Path(f"/proc/{kiosk.process.pid}/task")
        return {t.name: int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", (t / "status").read_text(), re.M)[1])
                for t in tasks.iterdir()}

    before = switches()
    time.sleep(5)
    assert switches() == before


# --- people ---------------------------------------------------------------------------------------------------------


def test_F74_mashing(kiosk_with, display):
    """A child hammers on the best face for 8 s: a bounded number of records, and a flag in the visits after the first."""
    kiosk = kiosk_with()
    x, y = middle(kiosk, "overall:5")
    settle(kiosk)
    display.xdotool("mousemove", x, y, "click", "--repeat", 160, "--delay", 50, 1)
    settle(kiosk)
    ends = [r for r in records(kiosk.outbox) if r["type"] == "end"]
    assert 1 <= len(ends) <= 6, f"{len(ends)} visits of 160 touches"
    assert events(kiosk, "ignored")[-1]["count"] >= 100
    assert events(kiosk, "mashing"), "nobody noticed"
    kiosk.wait(lambda e: e["event"] == "screen" and kiosk.screen()["name"] == "question", 10)
    time.sleep(6)  # quiet again
    kiosk.visit(3)  # an honest customer is welcome, and not flagged
    assert "flags" not in records(kiosk.outbox)[-1]
    kiosk.stop()


def test_F74_mashing_within_a_visit_is_flagged(kiosk_with, display):
    """Reasons hammered on and off: one record of them, and the visit's end bears the flag."""
    kiosk = kiosk_with()
    kiosk.tap("overall:1")
    x, y = middle(kiosk, "reason:waiting")
    settle(kiosk)
    display.xdotool("mousemove", x, y, "click", "--repeat", 61, "--delay", 60, 1)
    settle(kiosk)
    kiosk.tap("submit" if "submit" in kiosk.targets() else "skip")
    kiosk.wait(lambda e: e["event"] == "thanked")
    found = records(kiosk.outbox)
    assert len(found) <= 3
    assert found[-1]["type"] == "end" and found[-1]["flags"] == ["mashing"]


def test_F75_several_fingers(kiosk_with, display):
    """The first contact counts: other buttons pressed meanwhile do nothing."""
    kiosk = kiosk_with()
    (ax, ay), (bx, by) = middle(kiosk, "overall:4"), middle(kiosk, "overall:1")
    settle(kiosk)
    display.xdotool("mousemove", ax, ay, "mousedown", 1, "mousemove", bx, by, "mousedown", 3, "mouseup", 3,
                    "mousemove", ax, ay, "mouseup", 1)
    kiosk.wait(lambda e: e["event"] == "thanked")
    answers = [r for r in records(kiosk.outbox) if r["type"] == "answer"]
    assert [a["mark"] for a in answers] == [4]


def test_F76_drag_off(kiosk_with, display):
    """A finger that leaves the face before it leaves the glass has not answered."""
    kiosk = kiosk_with()
    (ax, ay), (bx, by) = middle(kiosk, "overall:4"), middle(kiosk, "overall:2")
    settle(kiosk)
    display.xdotool("mousemove", ax, ay, "mousedown", 1, "mousemove", bx, by, "mouseup", 1)
    display.xdotool("mousemove", 2, 2, "mousedown", 1, "mousemove", ax, ay, "mouseup", 1)
    settle(kiosk)
    assert not events(kiosk, "tap") and kiosk.screen()["question"] == "overall"
    kiosk.visit(5)
    assert len(events(kiosk, "thanked")) == 1


KEYS = ["alt+F4", "Escape", "ctrl+alt+F1", "ctrl+alt+F2", "ctrl+alt+Delete", "ctrl+alt+BackSpace", "super", "F11", "ctrl+q",
        "ctrl+w", "alt+Tab", "Return", "space", "5", "KP_5", "Tab", "Print", "ctrl+c", "alt+space", "Menu"]


@pytest.mark.parametrize("settings", [{}, {"ticket": "([A-Z])([0-9]{3})"}], ids=["plain", "with a scanner"])
def test_F77_keys(kiosk_with, display, settings):
    """Every key that ends, leaves or answers elsewhere does nothing, also where a scanner types."""
    kiosk = kiosk_with(**settings)
    settle(kiosk)
    shown = len(kiosk.read())
    for key in KEYS:
        display.xdotool("key", key)
    settle(kiosk)
    assert kiosk.process.poll() is None
    assert not [e for e in kiosk.read()[shown:] if e["event"] in ("tap", "screen", "ticket")]
    kiosk.visit(4)


def close_window(display):
    """WM_DELETE_WINDOW to the kiosk's window, as a window manager sends it."""

    class Message(ctypes.Structure):
        _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
                    ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
                    ("format", ctypes.c_int), ("data", ctypes.c_long * 5), ("pad", ctypes.c_long * 12)]

    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    handle = x11.XOpenDisplay(display.name.encode())
    found = subprocess.run(["xdotool", "search", "--name", "Tapline"], env=display.environment, check=True,
                           capture_output=True, text=True, timeout=20)
    window = int(found.stdout.split()[0])
    message = Message(type=33, send_event=1, display=handle, window=window,
                      message_type=x11.XInternAtom(handle, b"WM_PROTOCOLS", 0), format=32)
    message.data[0] = x11.XInternAtom(handle, b"WM_DELETE_WINDOW", 0)
    assert x11.XSendEvent(handle, window, 0, 0, ctypes.byref(message))
    x11.XSync(handle, 0)
    x11.XCloseDisplay(handle)
    return window


def test_F77_window_close(kiosk_with, display):
    """Closing the window is no way out."""
    kiosk = kiosk_with()
    settle(kiosk)
    close_window(display)
    settle(kiosk)
    assert kiosk.process.poll() is None
    kiosk.visit(5)


def test_F78_resized(kiosk_with, display):
    """The window gets another size: everything is laid out anew, inside it, and answers."""
    kiosk = kiosk_with()
    settle(kiosk)
    found = subprocess.run(["xdotool", "search", "--name", "Tapline"], env=display.environment, check=True,
                           capture_output=True, text=True, timeout=20)
    window = found.stdout.split()[0]
    for w, h in ((900, 600), (600, 780), (1280, 800)):
        since = len(kiosk.read())
        display.xdotool("windowsize", window, w, h)
        laid = kiosk.wait(lambda e: e["event"] == "targets", 10, since)
        assert all(t["x"] >= 0 and t["y"] >= 0 and t["x"] + t["w"] <= w and t["y"] + t["h"] <= h for t in laid["list"])
        settle(kiosk)
        kiosk.visit(4)


def test_F78_screen_lost(kiosk_with, tmp_path):
    """The display goes: the kiosk ends with an error, nothing thanked is lost, and it starts again on the next one."""
    first, second = Display(), Display()
    try:
        kiosk = kiosk_with(on=first)
        kiosk.visit(5)
        thanked = kiosk.thanked()
        first.stop()
        assert kiosk.process.wait(20) != 0
        again = kiosk_with(on=second)
        again.visit(3)
        assert thanked <= {(r["visit"], r["n"]) for r in records(again.outbox)}
        again.stop()
    finally:
        for shown in (first, second):
            if shown.process.poll() is None:
                shown.stop()


# --- the ways through ------------------------------------------------------------------------------------------------


def test_ticket_goes_with_the_visit_once(kiosk_with, display):
    """A scanned ticket is stamped on every record of its visit, and is not taken a second time."""
    kiosk = kiosk_with(ticket="([A-Z])-?([0-9]{3})", ticket_service_group=1, counter="c-7")
    settle(kiosk)
    display.xdotool("key", "--delay", 2, "B", "0", "4", "2", "Return")
    assert kiosk.wait(lambda e: e["event"] == "ticket")["taken"]
    kiosk.visit(1, ["waiting"])
    found = records(kiosk.outbox)
    assert [(r["ticket"], r["service"], r["counter"]) for r in found] == [("B042", "B", "c-7")] * 3
    since = len(kiosk.read())
    display.xdotool("key", "--delay", 2, "B", "0", "4", "2", "Return")
    assert not kiosk.wait(lambda e: e["event"] == "ticket", 10, since)["taken"]
    kiosk.visit(5)
    assert "ticket" not in records(kiosk.outbox)[-1] and records(kiosk.outbox)[-1]["counter"] == "c-7"


def test_call_back_number_is_sealed(kiosk_with, tmp_path):
    """The number reaches the outbox sealed, and stands nowhere in the clear: neither in files nor in memory."""
    sodium = ctypes.CDLL("libsodium.so.23")
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    sodium.crypto_box_keypair(public, secret)
    (tmp_path / "case.key").write_text(public.raw.hex() + "\n")
    kiosk = kiosk_with(survey="branch-full", case_key=tmp_path / "case.key")
    kiosk.tap("overall:1")
    kiosk.wait_target("reason:waiting")
    kiosk.tap("skip")
    for digit in "13900271828":
        kiosk.tap(f"digit:{digit}")
    assert "submit" not in kiosk.targets(), "a number without consent"
    kiosk.tap("agree")
    kiosk.tap("submit")
    for question in ("response_time", "attitude", "accuracy"):
        kiosk.tap(f"{question}:3")
    kiosk.wait(lambda e: e["event"] == "thanked")
    kiosk.wait_screen("question", 10, len(kiosk.events) - 1)
    sealed, = [r["sealed"] for r in records(kiosk.outbox) if r["type"] == "answer" and r["kind"] == "callback"]
    box, plain = base64.b64decode(sealed), ctypes.create_string_buffer(24)
    assert sodium.crypto_box_seal_open(plain, box, ctypes.c_ulonglong(len(box)), public, secret) == 0
    assert plain.raw == b"13900271828".ljust(24, b"\0")
    for path in tmp_path.iterdir():
        if path.is_file():
            assert b"13900271828" not in path.read_bytes(), f"in {path}"
    with open(f"/proc/{kiosk.process.pid}/mem", "rb") as memory:
        for line in pathlib.Path(f"/proc/{kiosk.process.pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            if "w" not in rights or line.endswith("[vvar]"):
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            memory.seek(start)
            assert b"13900271828" not in memory.read(end - start), f"in memory: {line}"


def test_second_chance_and_time_out(kiosk_with):
    """Silence: 'are you still there?' with a countdown; a touch goes on, silence ends the visit and keeps the answer."""
    kiosk = kiosk_with(answer_timeout_s=1, second_chance_s=2)
    kiosk.tap("overall:1")
    kiosk.wait_screen("still_there", 10)
    since = len(kiosk.read())
    kiosk.tap("stay")
    kiosk.wait_screen("question", 10, since)
    assert kiosk.screen()["question"] == "reason"
    kiosk.wait(lambda e: e["event"] == "thanked", 15)
    assert [(r["type"], r.get("end")) for r in records(kiosk.outbox)] == [("answer", None), ("end", "timeout")]


def test_service_menu(kiosk_with, display, tmp_path):
    """The corner held and the PIN lead in; a wrong PIN costs time; a copy of the outbox is whole; restart ends with 75."""
    made = subprocess.run([BUILD / "tapline-kiosk", "--hash-pin"], input="2468\n", capture_output=True, text=True,
                          check=True, timeout=20).stdout.strip()
    (tmp_path / "stick").mkdir()
    kiosk = kiosk_with(pin_hash=made, export_dir=tmp_path / "stick")
    kiosk.visit(5)
    x, y = middle(kiosk, "corner")
    settle(kiosk)
    display.xdotool("mousemove", x, y, "mousedown", 1)
    kiosk.wait_screen("pin", 10)
    display.xdotool("mouseup", 1)
    for digit in "1357":
        kiosk.tap(f"digit:{digit}")
    kiosk.tap("submit")
    settle(kiosk)
    assert kiosk.screen()["name"] == "pin"
    time.sleep(2.2)  # the price of a first wrong one
    for digit in "2468":
        kiosk.tap(f"digit:{digit}")
    kiosk.tap("submit")
    kiosk.wait_screen("service", 10)
    kiosk.tap("item:Copy the outbox")
    deadline = time.monotonic() + 10
    while not list((tmp_path / "stick").glob("*.db")) and time.monotonic() < deadline:
        time.sleep(0.02)
    copy, = (tmp_path / "stick").glob("*.db")
    assert records(copy) == records(kiosk.outbox)
    kiosk.tap("item:Restart")
    assert kiosk.process.wait(10) == 75


def test_notices_alternate_and_are_reloaded(kiosk_with, display, tmp_path):
    """At rest notices take turns with the question; a new document counts at once, a broken one not at all."""
    document = tmp_path / "notices.json"
    document.write_text((ASSETS / "notices.json").read_text(encoding="utf-8"), encoding="utf-8")
    kiosk = kiosk_with(notices=document, attract_s=5, notice_s=1)
    kiosk.wait_screen("notice", 15)
    document.write_text("{ broken")
    since = len(kiosk.read())
    kiosk.wait_screen("question", 10, since)
    kiosk.wait_screen("notice", 10, len(kiosk.read()) - 1)  # the last good ones go on
    assert "not JSON" in (tmp_path / "kiosk.log").read_text()
    display.xdotool("mousemove", 600, 400, "click", 1)  # anywhere
    kiosk.wait(lambda e: kiosk.screen()["name"] == "question")
    kiosk.visit(4)
    assert not events(kiosk, "refused")


def pixel(display, folder):
    """The colour of the upper left corner."""
    display.screenshot(folder / "corner.png")
    return subprocess.run(["convert", folder / "corner.png", "-format", "%[pixel:p{1,1}]", "info:"], check=True,
                          capture_output=True, text=True, timeout=20).stdout


def test_themes_are_reloaded_and_a_broken_one_is_not_seen(kiosk_with, display, tmp_path):
    """Another theme in the file is on the screen at once; a broken one changes nothing but the log."""
    themes = tmp_path / "themes"
    themes.mkdir()
    for path in (ASSETS / "themes").glob("*.ini"):
        (themes / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    kiosk = kiosk_with(themes=themes)
    settle(kiosk)
    light = pixel(display, tmp_path)
    (themes / "aside").write_text((themes / "dark.ini").read_text(encoding="utf-8"), encoding="utf-8")
    (themes / "aside").rename(themes / "light.ini")
    deadline = time.monotonic() + 10
    while (dark := pixel(display, tmp_path)) == light and time.monotonic() < deadline:
        pass
    assert dark != light
    (themes / "light.ini").write_text("[theme]\ntext = invisible\n")
    deadline = time.monotonic() + 10
    while "light.ini" not in (tmp_path / "kiosk.log").read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "light.ini" in (tmp_path / "kiosk.log").read_text()
    settle(kiosk)
    assert pixel(display, tmp_path) == dark
    kiosk.visit(5)


def test_broken_looks_and_key_at_the_start(kiosk_with, tmp_path):
    """No theme, no key, no notices: the built-in looks, no call-back question, and the log says what is missing."""
    kiosk = kiosk_with(survey="branch-full", themes=tmp_path / "none", case_key=tmp_path / "none.key",
                       notices=tmp_path / "none.json")
    kiosk.tap("overall:1")
    kiosk.wait_target("reason:waiting")
    kiosk.tap("skip")
    kiosk.wait(lambda e: e["event"] == "screen" and e["question"] == "response_time")
    log = (tmp_path / "kiosk.log").read_text()
    assert "light.ini" in log and "none.key" in log and "none.json" in log
