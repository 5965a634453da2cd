"""make run as a newcomer has it: it wires everything up, goes on with its data, and Ctrl-C leaves nothing behind."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.request

from peers import TOP, wait_until


def started_from(folder):
    """Programs whose command line names the folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ") if entry.name.isdigit() else b""
        except OSError:
            continue
        if str(folder).encode() in words and int(entry.name) != os.getpid():
            found.append(words)
    return found


def run(folder, **more):
    environment = dict(os.environ, TAPLINE_RUN=str(folder), **more)
    environment.pop("DISPLAY", None)
    environment.pop("WAYLAND_DISPLAY", None)
    return subprocess.Popen([sys.executable, TOP / "tools/run"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, start_new_session=True)


def test_run_goes_on_with_its_data_and_ends_clean(tmp_path):
    folder = tmp_path / "run"
    output, _ = run(folder, TAPLINE_RUN_CUSTOMERS="4").communicate(timeout=90)
    assert "dashboard: http://127.0.0.1:" in output and "unsent     0" in output, output
    assert len(list((folder / "screens").glob("*.png"))) == 4
    assert started_from(folder) == []
    key = (folder / "hq" / "sign.key").read_bytes()

    again = run(folder)
    address = next(line for line in again.stdout if line.startswith("dashboard:")).split()[1]

    def answers():
        with urllib.request.urlopen(address + "api/v1/summary", timeout=10) as reply:
            return sum(q["n"] for b in json.load(reply)["branches"] for q in b["questions"] if q["question"] == "overall")

    assert answers() >= 4  # the first run's
    before = answers()
    wait_until(lambda: answers() > before, 60, "new customers")
    os.killpg(again.pid, signal.SIGINT)  # Ctrl-C reaches the whole group
    output, _ = again.communicate(timeout=60)
    assert "Traceback" not in output and again.returncode == 0, output
    assert started_from(folder) == []
    assert (folder / "hq" / "sign.key").read_bytes() == key
