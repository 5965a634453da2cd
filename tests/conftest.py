"""What every end-to-end and fault test shares."""

import os
import pathlib
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "lib"))


def pytest_collection_modifyitems(items):
    """Tests marked as root need mounts and tracers; without them they are skipped aloud."""
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root: mounts file systems of its own"))


def pytest_configure(config):
    config.addinivalue_line("markers", "root: needs root")


@pytest.fixture
def display():
    from screen import Display
    shown = Display()
    yield shown
    shown.stop()
