"""Golden screenshots: what the kiosk's own renderer draws, against pictures that somebody has looked at and liked.

Fonts and rounding may move an edge by a shade, so a pixel counts only when it differs plainly, and few may.
`tests/screens/test_golden.py` run as a program writes the pictures anew; look at them before they are committed.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from screen import Display, Kiosk

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GOLDEN = HERE / "golden"
KIOSK = pathlib.Path(os.environ.get("TAPLINE_BUILD", ROOT / "build")).resolve() / "tapline-kiosk"

FUZZ = "12%"  # of the range of a colour: what differs by less looks alike
FEW = 0.004   # share of the pixels that may differ plainly

# theme, language, size, scene
SCENES = [
    ("light", "en", "800x480", "question-overall"),
    ("light", "zh", "800x480", "question-reason-used"),
    ("light", "de", "800x480", "still_there-overall"),
    ("dark", "ar", "800x480", "question-reason-used"),
    ("dark", "ar", "800x480", "notice-queue"),
    ("light", "hi", "800x480", "question-callback-used"),
    ("contrast", "de", "800x480", "question-recommend-used"),
    ("dark", "zh", "800x480", "thanks"),
    ("light", "en", "800x480", "service"),
    ("light", "de", "480x800", "question-overall"),
]


def write_config(folder, *more):
    config = folder / "kiosk.ini"
    config.write_text("\n".join([
        "[device]", "id = golden", f"outbox = {folder}/outbox.db",
        f"survey = {ROOT}/assets/surveys/branch-languages.json",
        "[kiosk]", f"icons = {ROOT}/assets/icons", f"themes = {ROOT}/assets/themes", "dpi = 96", *more, ""]))
    return config


def render(folder, theme, language, size):
    """Draws all screens into folder; returns scene -> picture."""
    folder.mkdir(parents=True, exist_ok=True)
    config = write_config(folder, f"notices = {HERE}/notices.json")
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    subprocess.run([str(KIOSK), "--config", str(config), "--render", str(folder), "--size", size, "--theme", theme,
                    "--language", language], check=True, env=environment, timeout=60)
    pictures = {}
    for picture in folder.glob("*.png"):
        match = re.fullmatch(rf"{theme}-{language}-{size}-\d\d-(.+)\.png", picture.name)
        if match:
            pictures[match.group(1)] = picture
    return pictures


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """(theme, language, size) -> scene -> picture, each drawn once."""
    made = {}

    def draw(theme, language, size):
        key = (theme, language, size)
        if key not in made:
            made[key] = render(tmp_path_factory.mktemp("-".join(key)), *key)
        return made[key]

    return draw


def differing(one, other, fuzz=FUZZ):
    """Number of pixels that differ plainly; -1 when the sizes do."""
    result = subprocess.run(["compare", "-metric", "AE", "-fuzz", fuzz, str(one), str(other), "null:"],
                            stderr=subprocess.PIPE, text=True, timeout=60)
    if result.returncode > 1:
        return -1
    return int(float(result.stderr.split()[0]))


def golden(theme, language, size, scene):
    return GOLDEN / f"{theme}-{language}-{size}-{scene}.png"


@pytest.mark.parametrize("theme,language,size,scene", SCENES, ids=["-".join(s) for s in SCENES])
def test_screen_looks_as_it_did(drawn, theme, language, size, scene):
    picture = drawn(theme, language, size)[scene]
    width, height = map(int, size.split("x"))
    count = differing(golden(theme, language, size, scene), picture)
    assert count >= 0, "the pictures are of different sizes"
    assert count <= width * height * FEW, f"{count} pixels differ; look at {picture}"


def test_the_comparison_sees_a_changed_button(drawn):
    """A tolerance that lets everything pass would be worth nothing."""
    pictures = drawn("light", "zh", "800x480")
    assert differing(golden("light", "zh", "800x480", "question-reason-used"), pictures["question-reason"]) > 800 * 480 * FEW
    assert differing(golden("light", "en", "800x480", "question-overall"), pictures["question-overall"]) > 800 * 480 * FEW


def test_pictures_are_the_same_in_every_run(tmp_path):
    first = render(tmp_path / "first", "light", "ar", "800x480")
    second = render(tmp_path / "second", "light", "ar", "800x480")
    assert len(first) > 30 and first.keys() == second.keys()
    for scene, picture in first.items():
        assert picture.read_bytes() == second[scene].read_bytes(), scene


def test_a_display_shows_what_was_rendered(tmp_path):
    """The same pixels reach a real display (Xvfb), transitions being over."""
    display = Display(800, 480)
    try:
        kiosk = Kiosk(display, write_config(tmp_path, "language = zh", "lock_ms = 50"), tmp_path / "trace")
        try:
            kiosk.tap("overall:1")
            kiosk.wait(lambda e: e["event"] == "screen" and e.get("question") == "reason")
            for reason in ("waiting", "accuracy"):
                kiosk.tap(f"reason:{reason}")
            kiosk.wait_target("submit")
            wanted = golden("light", "zh", "800x480", "question-reason-used")
            picture = tmp_path / "screen.png"
            for _ in range(50): # until the second tick is on the screen
                display.screenshot(picture)
                count = differing(wanted, picture)
                if 0 <= count <= 800 * 480 * FEW:
                    break
            assert 0 <= count <= 800 * 480 * FEW, f"{count} pixels differ"
        finally:
            kiosk.stop()
    finally:
        display.stop()


def main():
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.png"):
        old.unlink()
    for theme, language, size, scene in SCENES:
        with tempfile.TemporaryDirectory() as folder:
            picture = render(pathlib.Path(folder), theme, language, size)[scene]
            target = golden(theme, language, size, scene)
            subprocess.run(["convert", str(picture), "-strip", "-colors", "64", "-define", "png:compression-level=9", f"PNG8:{target}"],
                           check=True, timeout=60)
            if differing(target, picture) > 0:
                shutil.copyfile(picture, target)
            print(target, target.stat().st_size)


if __name__ == "__main__":
    sys.exit(main())
