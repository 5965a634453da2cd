# Fault catalogue, the link: rows 30 and 39 to 56 on the real programs over a network of the test's own, and over a
# scripted peer. Nothing here asserts how long something took, but for bounds.
# SPDX-License-Identifier: Apache-2.0
import base64
import pathlib
import socket
import ssl
import threading

import checker
import peers
import pytest
from network import Network
from proxy import Proxy

TRY_AGAIN, PROTOCOL = 75, 76
root = pytest.mark.root


# --- a network of the test's own --------------------------------------------------------------------------------


@pytest.fixture
def network():
    made = Network()
    yield made
    made.close()


@pytest.fixture
def far(network, tmp_path):
    """(network, headquarters, make): make(**settings) is a device that has only this network."""
    hq = peers.Hq(tmp_path / "far-hq", hosts=[network.here]).start()
    folder = hq.enroll("kiosk-1", out=tmp_path / "far", url="https://%s:%d" % (network.here, hq.device_port))

    def make(**settings):
        device = peers.Sync(folder, **settings)
        start = device.start
        device.start = lambda: start(prefix=network.inside)
        return device
    return network, hq, make


def exactly_once(hq, device, missing=0):
    assert checker.check(hq.database, device.outbox) == ([], missing)


def upload(device):
    return device.status()["daemon"].get("upload")


def wait_offline(device):
    peers.wait_until(lambda: upload(device) == "offline", what="the daemon to be offline")


@root
def test_F39_flapping_link(far):
    """The link goes and comes twenty times: few attempts, no storm, and everything arrives."""
    network, hq, make = far
    device = make(connect_timeout_s=1, total_timeout_s=3, retry_first_ms=500, retry_most_s=60)
    network.count("tcp flags & (syn | ack) == syn")
    device.fill(20)
    device.start()
    device.wait_receipted(20)
    for _ in range(20):
        network.link(False)
        device.fill(1)
        network.link(True)
    device.wait_receipted(40)
    # an attempt may send its SYN a few times; without jitter and bounds there were one and more for each flap
    assert network.counted() < 40
    assert device.stop() == 0
    exactly_once(hq, device)


@root
def test_the_link_returns_and_nothing_is_waited_out(far):
    """The next attempt is ten minutes away; the kernel says that the link is back, and the records go."""
    network, hq, make = far
    device = make(connect_timeout_s=1, total_timeout_s=2, retry_first_ms=600000, retry_most_s=600)
    network.link(False)
    device.fill(20)
    device.start()
    wait_offline(device)
    network.link(True)
    device.wait_receipted(20, seconds=30)
    assert device.stop() == 0
    exactly_once(hq, device)


@root
def test_F40_F41_a_slow_link_that_loses(far):
    """64 kbit/s, three packets of ten lost in all: completes."""
    network, hq, make = far
    network.slow("64kbit")
    network.rule(out="numgen random mod 100 < 16 drop", into="numgen random mod 100 < 16 drop")
    device = make(connect_timeout_s=20, total_timeout_s=30)
    device.fill(3000, 500)
    device.start()
    device.wait_receipted(3000, seconds=120)
    network.rule()
    assert device.stop() == 0
    exactly_once(hq, device)


@root
def test_F42_F44_blackhole_and_half_open(far):
    """A connection that is open goes dead without a word: a deadline ends the attempt, and it goes on later."""
    network, hq, make = far
    device = make(connect_timeout_s=1, total_timeout_s=2)
    device.fill(10)
    device.start()
    device.wait_receipted(10)
    network.rule(out="tcp dport %d drop" % hq.device_port, into="tcp sport %d drop" % hq.device_port)
    device.fill(10)
    wait_offline(device)
    assert hq.high_water(device.store) == 10
    assert device.status()["unsent"] == 10
    network.rule()
    device.wait_receipted(20)
    # a blackhole from the start
    assert device.stop() == 0
    device.fill(5)
    network.rule(out="tcp dport %d drop" % hq.device_port)
    device.start()
    wait_offline(device)
    network.rule()
    device.wait_receipted(25)
    assert device.stop() == 0
    exactly_once(hq, device)


@root
def test_F43_a_hole_for_large_packets(far):
    """Packets over 1200 bytes vanish on the way up: batches shrink until they get through."""
    network, hq, make = far
    device = make(connect_timeout_s=1, total_timeout_s=2)
    device.fill(10)
    device.start()
    device.wait_receipted(10)  # the handshake is through: the certificates are larger than the hole
    network.rule(out="meta length > 1200 drop")
    device.fill(300, 100)
    peers.wait_until(lambda: hq.high_water(device.store) > 10, what="a batch that was small enough")
    network.rule()
    device.wait_receipted(310)
    assert device.stop() == 0
    exactly_once(hq, device)


@root
def test_F45_names_that_lead_nowhere(far, tmp_path):
    """A name server that is dead, a name that is none, a name that leads to nobody: backed off from."""
    network, hq, make = far
    real = "https://%s:%d" % (network.here, hq.device_port)
    config = pathlib.Path("/etc/netns") / network.name
    config.mkdir(parents=True)
    try:
        (config / "resolv.conf").write_text("nameserver %s\noptions timeout:1 attempts:1\n" % network.here)
        for host in ("hq.example.org", "hq.invalid"):
            device = make(url="https://%s:%d" % (host, hq.device_port), connect_timeout_s=2, total_timeout_s=3)
            device.fill(3)
            device.start()
            wait_offline(device)
            assert device.stop() == 0
    finally:
        (config / "resolv.conf").unlink()
        config.rmdir()
    device = make(url="https://%s:1" % network.here, connect_timeout_s=2)
    device.start()
    wait_offline(device)
    assert device.stop() == 0
    device = make(url=real)
    device.start()
    device.wait_receipted(6)
    assert device.stop() == 0
    exactly_once(hq, device)


# --- a scripted peer ---------------------------------------------------------------------------------------------


class Peer:
    """A TLS server that does with each connection what it is told, and counts what was said to it."""

    def __init__(self, hq, treat, certificate=None, key=None, **context):
        self.heard, self.connections, self._treat = bytearray(), 0, treat
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate or hq.folder / "server.pem", key or hq.folder / "server.key")
        for name, value in context.items():
            if name == "ciphers":
                self._context.set_ciphers(value)
            else:
                setattr(self._context, name, value)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "https://localhost:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        try:
            plain.settimeout(30)
            with self._context.wrap_socket(plain, server_side=True) as connection:
                self.heard += connection.recv(65536)
                self._treat(connection)
        except (OSError, ValueError):
            pass
        finally:
            plain.close()


def test_F47_a_receiver_that_trickles(hq, device, assert_exactly_once):
    done = threading.Event()

    def trickle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n")
        while not done.wait(0.2):
            connection.sendall(b" ")

    peer = Peer(hq, trickle)
    device.fill(10)
    sync = peers.Sync(device.folder, url=peer.url, low_speed=1000, low_speed_s=1, total_timeout_s=60)
    result = sync.once(check=False, seconds=40)
    assert result.returncode == TRY_AGAIN and "too slow" in result.stderr.lower()
    assert device.receipted() == 0
    done.set()
    peer.close()
    assert device.once().returncode == 0
    assert_exactly_once(device)


def test_F50_batches_that_are_too_large_are_halved(hq, device, assert_exactly_once):
    sizes = []

    def refuse_large(forward):
        sizes.append(len(forward.body))
        if len(forward.body) > 1500:
            return 413, {"Content-Type": "application/problem+json"}, b'{"title": "Content Too Large"}'
        return forward()

    device.fill(1000, 100)
    with Proxy(hq, device.folder, default=refuse_large) as proxy:
        sync = peers.Sync(device.folder, url=proxy.url)
        assert sync.once().returncode == 0
    assert max(sizes) > 1500 and device.receipted() == 1000
    assert_exactly_once(device)


def certificate(hq, tmp_path, name, san, *dates):
    """A server's certificate of headquarters' own authority."""
    key, request, out = (tmp_path / (name + ending) for ending in (".key", ".csr", ".pem"))
    peers.run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
              "-subj", "/CN=" + name, "-out", request)
    (tmp_path / (name + ".index")).write_text("")
    (tmp_path / (name + ".serial")).write_text("71\n")
    config = tmp_path / (name + ".cnf")
    config.write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=%s.index\nserial=%s.serial\nnew_certs_dir=%s\n"
                      "default_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n"
                      "[x]\nextendedKeyUsage=serverAuth\nsubjectAltName=%s\n"
                      % (tmp_path / name, tmp_path / name, tmp_path, san))
    peers.run("openssl", "ca", "-batch", "-notext", "-config", config, "-cert", hq.folder / "ca.pem", "-keyfile",
              hq.folder / "ca.key", "-in", request, "-out", out, *dates)
    return out, key


@pytest.mark.parametrize("fault", ["wrong authority", "wrong host", "expired", "not yet"])
def test_F53_a_server_that_is_not_headquarters(hq, device, tmp_path, assert_exactly_once, fault):
    """Nothing is sent: not one byte of a request is heard."""
    if fault == "wrong authority":
        other = peers.Hq(tmp_path / "other")
        pair = other.folder / "server.pem", other.folder / "server.key"
    elif fault == "wrong host":
        pair = certificate(hq, tmp_path, "elsewhere", "DNS:elsewhere.example", "-days", "30")
    elif fault == "expired":
        pair = certificate(hq, tmp_path, "old", "DNS:localhost", "-startdate", "20200101000000Z", "-enddate",
                           "20210101000000Z")
    else:
        pair = certificate(hq, tmp_path, "early", "DNS:localhost", "-startdate", "20900101000000Z", "-enddate",
                           "20910101000000Z")
    peer = Peer(hq, lambda connection: None, *pair)
    device.fill(5)
    done = peers.Sync(device.folder, url=peer.url).once(check=False)
    assert done.returncode == TRY_AGAIN and "certificate" in done.stderr.lower()
    assert peer.connections > 0 and peer.heard == b""
    peer.close()
    assert device.once().returncode == 0
    assert_exactly_once(device)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_F55_tls_downgrade(hq, device, assert_exactly_once):
    peer = Peer(hq, lambda connection: None, ciphers="ALL:@SECLEVEL=0", minimum_version=ssl.TLSVersion.TLSv1,
                maximum_version=ssl.TLSVersion.TLSv1_1)
    device.fill(5)
    done = peers.Sync(device.folder, url=peer.url).once(check=False)
    assert done.returncode == TRY_AGAIN
    assert peer.connections > 0 and peer.heard == b""
    peer.close()
    assert device.once().returncode == 0
    assert_exactly_once(device)


def test_F56_a_body_altered_on_the_way(hq, device, assert_exactly_once):
    device.fill(50)

    def alter(forward):
        body = bytearray(forward.body)
        body[len(body) // 2] ^= 1
        return forward(bytes(body))

    with Proxy(hq, device.folder, default=alter) as proxy:
        done = peers.Sync(device.folder, url=proxy.url).once(check=False)
        assert done.returncode != 0
    assert hq.high_water(device.store) == 0 and device.receipted() == 0
    assert device.once().returncode == 0
    assert_exactly_once(device)


class ConnectProxy:
    """An HTTP proxy that opens tunnels for whoever has the password."""

    def __init__(self, password):
        self.wanted = b"basic " + base64.b64encode(password.encode()).lower()
        self.opened, self.refused = 0, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        head = b""
        try:
            while b"\r\n\r\n" not in head:
                head += near.recv(4096) or b"\r\n\r\n"
            if b"proxy-authorization: " + self.wanted not in head.lower():
                self.refused += 1
                near.sendall(b"HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                             b"Content-Length: 0\r\nConnection: close\r\n\r\n")
                return
            host, port = head.split()[1].decode().rsplit(":", 1)
            far = socket.create_connection((host, int(port)), timeout=20)
            self.opened += 1
            near.sendall(b"HTTP/1.1 200 Established\r\n\r\n")
            pump = threading.Thread(target=self._pump, args=(far, near), daemon=True)
            pump.start()
            self._pump(near, far)
            pump.join(20)
        except OSError:
            pass
        finally:
            near.close()

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_a_proxy_with_a_password(hq, device, assert_exactly_once):
    proxy = ConnectProxy("kiosk:secret")
    device.fill(50)
    done = peers.Sync(device.folder, proxy="http://kiosk:wrong@" + proxy.address).once(check=False)
    assert done.returncode == TRY_AGAIN and "407" in done.stderr
    assert (proxy.opened, device.receipted()) == (0, 0) and proxy.refused > 0
    assert peers.Sync(device.folder, proxy="http://kiosk:secret@" + proxy.address).once().returncode == 0
    assert proxy.opened == 1 and device.receipted() == 50
    # the environment has no say: a proxy that somebody left there is not used
    device.environment.update(https_proxy="http://127.0.0.1:1", HTTPS_PROXY="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
    device.fill(1)
    assert device.once().returncode == 0
    proxy.close()
    assert_exactly_once(device)


def test_F30_two_daemons_and_the_toolbox(hq, device, tmp_path, assert_exactly_once):
    """A second daemon says so and ends; a receipt from a stick is not put in beside a running one."""
    device.fill(10)
    device.start()
    device.wait_receipted(10)
    second = device.once(check=False)
    assert second.returncode == TRY_AGAIN and "another tapline-sync" in second.stderr
    third = peers.run(*device.words("import-receipt", tmp_path), env=device.environment, check=False)
    assert third.returncode == TRY_AGAIN
    assert device.stop() == 0
    assert_exactly_once(device)


def test_F64_an_unfinished_handshake_costs_nothing(hq, device, assert_exactly_once):
    """Five bytes of a TLS handshake, four times, and silence: headquarters does not spin, devices get through."""
    def ticks():
        words = pathlib.Path("/proc/%d/stat" % hq.serving_pid).read_text().rsplit(")", 1)[1].split()
        return int(words[11]) + int(words[12])

    held = [socket.create_connection(("127.0.0.1", hq.device_port)) for _ in range(8)]
    for connection in held:
        connection.sendall(b"\x16\x03\x01\x02\x00")
    device.fill(100)
    assert device.once().returncode == 0
    before = ticks()
    with pytest.raises(socket.timeout):
        held[0].settimeout(2)
        held[0].recv(1)
    assert ticks() - before < 50  # of about 200 a second of spinning threads had cost
    for connection in held:
        connection.close()
    assert_exactly_once(device)
