# A man in the middle that the test owns: ends the device's TLS with headquarters' own certificate, talks to the real
# headquarters with the device's, and spoils what it is told to spoil.
# SPDX-License-Identifier: Apache-2.0
import http.client
import socket
import ssl
import threading

PORTAL = (b"<!DOCTYPE html><html><head><title>Free WiFi</title></head>"
          b"<body><h1>Welcome</h1><p>Accept the terms to go on.</p></body></html>")


class Proxy:
    """
    Each request is treated by the next word of script, and by default when the script is used up. A word is
      "pass"          hand over the request and the reply
      "portal"        200 text/html, the request goes nowhere
      "cut_reply"     hand over the request, send half of the reply's body, close
      "cut_unsized"   the same without Content-Length: the half looks like a whole
      "lose_reply"    hand over the request, wait until headquarters has answered, close
      "lose_request"  take the request, hand over nothing, close
      (status, headers, body)  answer that, the request goes nowhere
      a function      called with (forward): forward.body is the request's, forward(body=...) hands over another;
                      forward() hands the request over and returns (status, headers, body);
                      what it returns is the answer, None closes
    """

    def __init__(self, hq, device_folder, script=(), default="pass"):
        self.script = list(script)
        self.default = default
        self.seen = []  # (word, path, length of the body), in order
        self.hq = hq
        self._lock = threading.Lock()
        self._closing = False
        self._server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(hq.folder / "ca.pem"))
        self._server.verify_mode = ssl.CERT_REQUIRED
        self._server.load_cert_chain(hq.folder / "server.pem", hq.folder / "server.key")
        self._client = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(hq.folder / "ca.pem"))
        self._client.load_cert_chain(device_folder / "device.pem", device_folder / "device.key")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return "https://localhost:%d" % self.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(10)

    def _accept(self):
        while not self._closing:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        try:
            plain.settimeout(30)
            with self._server.wrap_socket(plain, server_side=True) as connection:
                stream = connection.makefile("rb")
                while self._one(connection, stream):
                    pass
        except (OSError, ValueError):
            pass  # the device went away, or would not speak TLS with us: that is its right
        finally:
            plain.close()

    def _one(self, connection, stream):
        """One request; false when the connection shall end."""
        first = stream.readline(8192)
        if not first:
            return False
        method, path, _ = first.decode().split(" ", 2)
        headers = http.client.parse_headers(stream)
        body = stream.read(int(headers.get("Content-Length", 0)))
        with self._lock:
            word = self.script.pop(0) if self.script else self.default
            self.seen.append((word, path, len(body)))

        def forward(body=body):
            return self._forward(method, path, headers, body)
        forward.body = body

        if word == "portal":
            return self._reply(connection, 200, {"Content-Type": "text/html; charset=utf-8"}, PORTAL)
        if word == "lose_request":
            return False
        if isinstance(word, tuple):
            return self._reply(connection, *word)
        if callable(word):
            answer = word(forward)
            return answer is not None and self._reply(connection, *answer)
        status, reply_headers, reply = forward()
        if word == "pass":
            return self._reply(connection, status, reply_headers, reply)
        if word in ("cut_reply", "cut_unsized"):
            self._reply(connection, status, reply_headers, reply[:len(reply) // 2],
                        len(reply) if word == "cut_reply" else None)
        elif word != "lose_reply":
            raise AssertionError("no such word: %r" % (word,))
        return False

    def _forward(self, method, path, headers, body):
        upstream = http.client.HTTPSConnection("localhost", self.hq.device_port, timeout=30, context=self._client)
        try:
            keep = {name: value for name, value in headers.items()
                    if name.lower() not in ("host", "connection", "content-length")}
            upstream.request(method, path, body, keep)
            reply = upstream.getresponse()
            tags = {name: reply.headers[name] for name in ("Content-Type", "ETag") if name in reply.headers}
            return reply.status, tags, reply.read()
        except (OSError, http.client.HTTPException):
            return 502, {"Content-Type": "text/plain"}, b"headquarters is out of reach"
        finally:
            upstream.close()

    @staticmethod
    def _reply(connection, status, headers, body, length=-1):
        """length: what Content-Length says; -1: the truth, None: nothing, the end of the connection ends the body."""
        head = "HTTP/1.1 %d %s\r\n" % (status, http.client.responses.get(status, "Unknown"))
        head += "".join("%s: %s\r\n" % pair for pair in headers.items())
        if length is not None:
            head += "Content-Length: %d\r\n" % (len(body) if length < 0 else length)
        else:
            head += "Connection: close\r\n"
        connection.sendall(head.encode() + b"\r\n" + body)
        return length is not None
