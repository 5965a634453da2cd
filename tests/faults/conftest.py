# What the fault tests share: a headquarters, a device, and the proof that records arrived, each once.
# SPDX-License-Identifier: Apache-2.0
import subprocess

import checker
import peers
import pytest


@pytest.fixture(scope="session", autouse=True)
def fill_program():
    """The program that fills outboxes is no part of `make all`."""
    if not (peers.BUILD / "tests/bench/fill").exists():
        subprocess.run(["make", "-s", "-C", str(peers.TOP), "BUILD=%s" % peers.BUILD,
                        "%s/tests/bench/fill" % peers.BUILD], check=True, timeout=600)


@pytest.fixture(autouse=True)
def nothing_stays_behind():
    """Programs end with the test, whatever happens in it."""
    yield
    peers.Process.end_all()


@pytest.fixture
def hq(tmp_path):
    """A running headquarters."""
    return peers.Hq(tmp_path / "hq").start()


@pytest.fixture
def device(hq):
    """An enrolled device whose daemon is not started yet."""
    return peers.Sync(hq.enroll("kiosk-1"))


@pytest.fixture
def assert_exactly_once(hq):
    """Call with devices and the number of records that may still be missing: proof by the independent checker."""

    def proof(*devices, missing=0):
        problems, unsent = checker.check(hq.database, *(device.outbox for device in devices))
        assert problems == []
        assert unsent == missing

    return proof
