# Enrolment by token, renewal, revocation and the way back, on the real programs (row 54 and point 5 of the issue).
# SPDX-License-Identifier: Apache-2.0
import base64
import pathlib
import shlex
import ssl
import subprocess
import http.client

import peers
import pytest

REFUSED, THERE, TRY_AGAIN = 77, 73, 75


def token(hq, device, *more, branch="north"):
    """What headquarters tells to type on the device, as {option: value}."""
    done = peers.run(peers.BUILD / "tapline-hq", "enroll", "--config", hq.config, "--device", device, "--branch", branch,
                     "--url", hq.url, "--token", *more)
    words = shlex.split(done.stdout)
    assert words[:2] == ["tapline-sync", "enroll"]
    return dict(zip(words[2::2], words[3::2]))


def enroll(options, check=True, **changed):
    """Types it."""
    options = dict(options, **{"--" + key.replace("_", "-"): str(value) for key, value in changed.items()})
    words = [word for pair in options.items() for word in pair]
    return peers.run(peers.BUILD / "tapline-sync", "enroll", *words, check=check)


def enroll_again(config, token_text, check=True):
    return peers.run(peers.BUILD / "tapline-sync", "enroll", "--config", config, "--token", token_text, check=check)


def revoke(hq, device):
    peers.run(peers.BUILD / "tapline-hq", "revoke", "--config", hq.config, "--device", device, "--reason", "stolen")


def certificates(hq, device):
    return peers.query(hq.database, "SELECT used > 0, ends > 0, revoked > 0 FROM certificate"
                       " JOIN device ON device.id = certificate.device WHERE code = ? ORDER BY issued", device)


def subject(path):
    return peers.run("openssl", "x509", "-in", path, "-noout", "-subject", "-ext", "extendedKeyUsage").stdout


def expire(hq, folder, device):
    """Gives the device a certificate of headquarters' authority that has ended, as if years had passed."""
    request = folder / "expired.csr"
    peers.run("openssl", "req", "-new", "-key", folder / "device.key", "-subj", "/CN=" + device, "-out", request)
    index = folder / "index.txt"
    index.write_text("")
    config = folder / "ca.cnf"
    config.write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=%s\nserial=%s\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n"
                      "x509_extensions=x\n[p]\ncommonName=supplied\n[x]\nextendedKeyUsage=clientAuth\n"
                      % (index, folder / "serial", folder))
    (folder / "serial").write_text("7001\n")
    peers.run("openssl", "ca", "-batch", "-notext", "-config", config, "-cert", hq.folder / "ca.pem", "-keyfile",
              hq.folder / "ca.key", "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-in", request, "-out",
              folder / "device.pem")


def test_a_token_makes_a_device(hq, tmp_path, assert_exactly_once):
    folder = tmp_path / "kiosk-9"
    enroll(token(hq, "kiosk-9"), out=folder)
    assert "CN = kiosk-9" in subject(folder / "device.pem") and "Client Auth" in subject(folder / "device.pem")
    assert (folder / "device.key").stat().st_mode & 0o77 == 0
    assert not list(folder.glob("*.next"))
    assert "branch = north" in (folder / "tapline.ini").read_text()
    device = peers.Sync(folder)
    device.fill(30)
    assert device.once().returncode == 0
    assert device.receipted() == 30
    assert_exactly_once(device)


def test_a_token_is_good_once(hq, tmp_path):
    options = token(hq, "kiosk-9")
    enroll(options, out=tmp_path / "one")
    done = enroll(options, out=tmp_path / "two", check=False)
    assert done.returncode == REFUSED and "used already" in done.stderr
    assert not (tmp_path / "two" / "tapline.ini").exists()
    again = enroll(options, out=tmp_path / "one", check=False)
    assert again.returncode == THERE


def test_a_reply_that_was_lost_is_asked_for_again(hq, tmp_path):
    """The same key comes again with its token: the device is not locked out by a lost reply."""
    options = token(hq, "kiosk-9")
    folder = tmp_path / "one"
    enroll(options, out=folder)
    # as it stood before the reply came: the key is there, the certificate and the configuration are not
    (folder / "device.key").rename(folder / "device.key.next")
    (folder / "device.pem").unlink()
    (folder / "tapline.ini").unlink()
    enroll(options, out=folder)
    device = peers.Sync(folder)
    device.fill(1)
    assert device.once().returncode == 0


def test_what_a_token_is_refused_for(hq, tmp_path):
    options = token(hq, "kiosk-9")
    wrong = enroll(options, out=tmp_path / "a", token="00" * 16, check=False)
    assert wrong.returncode == REFUSED and "not one for this device" in wrong.stderr
    other = enroll(options, out=tmp_path / "b", device="kiosk-8", check=False)
    assert other.returncode == REFUSED
    newer = token(hq, "kiosk-9", "--replace")
    old = enroll(options, out=tmp_path / "c", check=False)
    assert old.returncode == REFUSED
    enroll(newer, out=tmp_path / "d")


def test_F53_a_stranger_gets_no_token(hq, tmp_path):
    """The fingerprint is of another authority: nothing but the path of a public file was sent."""
    stranger = peers.Hq(tmp_path / "stranger").start()
    options = token(hq, "kiosk-9")
    done = enroll(options, out=tmp_path / "x", url=stranger.url, check=False)
    assert done.returncode == REFUSED and "fingerprint" in done.stderr
    assert peers.query(hq.database, "SELECT used FROM token") == [(0,)]
    assert "simpleenroll" not in stranger.process.output()
    enroll(options, out=tmp_path / "x")


def test_F54_revocation_takes_effect_at_once(hq, device, assert_exactly_once):
    device.fill(10)
    sync = peers.Sync(device.folder, refused_wait_s=1)
    sync.start()
    sync.wait_receipted(10)
    revoke(hq, "kiosk-1")  # on the connection that is open
    device.fill(10)
    peers.wait_until(lambda: sync.status()["daemon"].get("upload") == "denied", what="the refusal to be told")
    assert hq.high_water(device.store) == 10
    assert sync.status()["unsent"] == 10  # it goes on storing, and says so
    # the way back: a new token, in place
    options = token(hq, "kiosk-1", "--replace")
    assert sync.stop() == 0
    enroll_again(device.config, options["--token"])
    assert device.once().returncode == 0
    assert device.receipted() == 20
    assert_exactly_once(device)


def test_an_expired_device_has_a_way_back(hq, device, assert_exactly_once):
    device.fill(10)
    expire(hq, device.folder, "kiosk-1")
    done = device.once(check=False)
    assert done.returncode == REFUSED and device.receipted() == 0
    options = token(hq, "kiosk-1", "--replace")
    enroll_again(device.config, options["--token"])
    assert device.once().returncode == 0
    assert_exactly_once(device)


def short_lived(hq, device):
    """A device whose certificate is past half of its life from the start: it is good for an hour, and began a day ago."""
    hq.stop()
    hq.config.write_text(hq.config.read_text() + "certificate_hours = 1\n")
    hq.start()
    return peers.Sync(hq.enroll(device), heartbeat_s=1)


def test_renewal_at_half_of_life(hq, assert_exactly_once):
    sync = short_lived(hq, "kiosk-2")
    before = (sync.folder / "device.pem").read_text(), (sync.folder / "device.key").read_text()
    sync.fill(5)
    sync.start()
    sync.wait_receipted(5)
    peers.wait_until(lambda: (sync.folder / "device.pem").read_text() != before[0], what="the new certificate")
    peers.wait_until(lambda: len(certificates(hq, "kiosk-2")) == 2 and certificates(hq, "kiosk-2")[1][0],
                     what="the new certificate's first use")
    assert (sync.folder / "device.key").read_text() != before[1]
    # the old one counts for an overlap and then ends; the new one has no end but its own
    assert certificates(hq, "kiosk-2") == [(1, 1, 0), (1, 0, 0)]
    sync.fill(5)
    sync.wait_receipted(10)
    assert sync.stop() == 0
    assert_exactly_once(sync)
    (sync.folder / "device.pem").write_text(before[0])
    (sync.folder / "device.key").write_text(before[1])
    sync.fill(1)
    assert sync.once().returncode == 0  # within the overlap


@pytest.mark.parametrize("number", range(1, 7))
def test_renewal_killed_at_any_rename(hq, assert_exactly_once, number):
    """Key and certificate fit at the next start, whichever of the renames was the last."""
    sync = short_lived(hq, "kiosk-2")
    sync.fill(5)
    sync.start(prefix=["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename", "-e",
                       "inject=rename:signal=KILL:when=%d" % number])
    peers.wait_until(lambda: not sync.process.running() or
                     (len(certificates(hq, "kiosk-2")) == 2 and certificates(hq, "kiosk-2")[1][0]),
                     what="the kill or the renewal")
    sync.kill()
    assert sync.once().returncode == 0
    assert sync.receipted() == 5
    assert_exactly_once(sync)


def test_certificates_of_ones_own(hq, tmp_path, assert_exactly_once):
    """A bank's own authority made the certificate: it is registered, and one that names another device is not."""
    folder = hq.enroll("kiosk-3")  # for its files; the certificate is replaced by one of the authority's own making
    peers.run("openssl", "req", "-new", "-key", folder / "device.key", "-subj", "/CN=kiosk-3", "-out", folder / "own.csr")
    (folder / "own.ext").write_text("extendedKeyUsage=clientAuth\n")
    peers.run("openssl", "x509", "-req", "-in", folder / "own.csr", "-CA", hq.folder / "ca.pem", "-CAkey",
              hq.folder / "ca.key", "-CAcreateserial", "-days", "30", "-extfile", folder / "own.ext", "-out",
              folder / "device.pem")
    device = peers.Sync(folder)
    device.fill(3)
    assert device.once(check=False).returncode == REFUSED

    def register(name):
        return peers.run(peers.BUILD / "tapline-hq", "enroll", "--config", hq.config, "--device", name, "--branch",
                         "north", "--certificate", folder / "device.pem", "--replace", check=False)

    assert register("kiosk-4").returncode == 78
    assert register("kiosk-3").returncode == 0
    assert device.once().returncode == 0
    assert_exactly_once(device)


def test_without_the_authority_s_key_the_rest_works(hq, device, tmp_path, assert_exactly_once):
    options = token(hq, "kiosk-9")
    hq.stop()
    (hq.folder / "ca.key").rename(tmp_path / "ca.key")
    hq.start()
    device.fill(3)
    assert device.once().returncode == 0
    done = enroll(options, out=tmp_path / "x", check=False)
    assert done.returncode != 0 and "not made here" in done.stderr
    assert_exactly_once(device)


def test_est_speaks_to_others(hq, tmp_path):
    """cacerts and simpleenroll as RFC 7030 has them, with openssl's and Python's hands instead of ours."""
    context = ssl.create_default_context(cafile=str(hq.folder / "ca.pem"))
    connection = http.client.HTTPSConnection("localhost", hq.device_port, context=context, timeout=20)
    connection.request("GET", "/.well-known/est/cacerts")
    reply = connection.getresponse()
    assert reply.status == 200 and reply.headers["Content-Type"].startswith("application/pkcs7-mime")
    der = tmp_path / "cacerts.p7"
    der.write_bytes(base64.b64decode(reply.read()))
    shown = peers.run("openssl", "pkcs7", "-inform", "DER", "-in", der, "-print_certs").stdout
    assert "Tapline headquarters" in shown
    options = token(hq, "kiosk-7")
    key, request = tmp_path / "k.pem", tmp_path / "r.der"
    peers.run("openssl", "req", "-new", "-newkey", "rsa:3072", "-nodes", "-keyout", key, "-subj", "/CN=kiosk-7",
              "-outform", "DER", "-out", request)
    basic = base64.b64encode(("kiosk-7:" + options["--token"]).encode()).decode()
    headers = {"Content-Type": "application/pkcs10", "Authorization": "Basic " + basic}

    def ask(body, **more):
        connection.request("POST", "/.well-known/est/simpleenroll", body, dict(headers, **more))
        answer = connection.getresponse()
        return answer.status, answer.read()

    assert ask(base64.encodebytes(b"nonsense"))[0] == 400
    assert ask(base64.encodebytes(request.read_bytes()), Authorization="Basic AAAA")[0] == 401
    for body in (b"", b"\x00" * 3000, b"=" * 70000):
        assert ask(body)[0] == 400
    weak = tmp_path / "weak.der"
    peers.run("openssl", "req", "-new", "-newkey", "rsa:1024", "-nodes", "-keyout", tmp_path / "w.pem", "-subj",
              "/CN=kiosk-7", "-outform", "DER", "-out", weak)
    assert ask(base64.encodebytes(weak.read_bytes()))[0] == 400
    status, body = ask(base64.encodebytes(request.read_bytes()))
    assert status == 200
    der.write_bytes(base64.b64decode(body))
    pem = peers.run("openssl", "pkcs7", "-inform", "DER", "-in", der, "-print_certs").stdout
    (tmp_path / "c.pem").write_text(pem)
    assert "CN = kiosk-7" in pem
    peers.run("openssl", "verify", "-purpose", "sslclient", "-CAfile", hq.folder / "ca.pem", tmp_path / "c.pem")
    # reenrolling is for those who have a certificate
    connection.request("POST", "/.well-known/est/simplereenroll", b"", headers)
    assert connection.getresponse().status == 401
