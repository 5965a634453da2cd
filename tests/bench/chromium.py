"""The kiosk's peer: Chromium --kiosk with an equivalent page (one tap, one durable IndexedDB write, thanks), lean flags.

The page measures itself where that favours it: from the input event's own time to the paint after the write.
"""

import http.server
import json
import pathlib
import queue
import subprocess
import threading
import time

PAGE = pathlib.Path(__file__).with_name("page.html")
FLAGS = ["--kiosk", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-default-browser-check",
         "--disable-features=Translate,MediaRouter", "--password-store=basic", "--window-position=0,0"]


class Chromium:
    """A browser on a display, and what its page tells."""

    def __init__(self, display, folder, width, height):
        self.display, self.width, self.height, self.events = display, width, height, queue.Queue()
        events = self.events

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = PAGE.read_bytes() if self.path == "/" else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                events.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.mark = f"--user-data-dir={folder}"
        begin = time.time()
        self.process = subprocess.Popen(
            ["chromium", *FLAGS, self.mark, f"--window-size={width},{height}", f"--app=http://127.0.0.1:{self.server.server_port}/"],
            env=display.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.start_ms = self.wait("first_frame")["wall_ms"] - begin * 1000

    def wait(self, name, seconds=30):
        until = time.monotonic() + seconds
        while True:
            event = self.events.get(timeout=max(0.01, until - time.monotonic()))
            if event["event"] == name:
                return event

    def pids(self):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (self.mark.encode() in (entry / "cmdline").read_bytes()
                                             or int(entry.name) in self._children(found)):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def _children(self, parents):
        children = []
        for parent in [self.process.pid, *parents]:
            try:
                for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
                    children += map(int, (task / "children").read_text().split())
            except OSError:
                continue
        return children

    def tap(self, mark):
        """A click on one of the five buttons; ms from the input to the paint after the durable write."""
        self.display.xdotool("mousemove", round(self.width * (mark - 0.5) / 5), round(self.height * 0.66), "click", 1)
        return self.wait("thanked")["ms"]

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.server.shutdown()
