"""What a technician meets: help, sample files, and what a program says about things that are broken."""

import subprocess

import pytest
from peers import BUILD, TOP, Hq

SURVEY = (TOP / "assets/surveys/branch-exit.json").read_text()


@pytest.mark.parametrize("program", ["tapline-kiosk", "tapline-sync", "tapline-hq"])
def test_programs_explain_themselves(program):
    for option, expected in (("--help", "Usage:"), ("--version", "0.1.0")):
        done = subprocess.run([BUILD / program, option], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and expected in done.stdout
    done = subprocess.run([BUILD / program, "--no-such-option"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 64 and done.stderr


def sample(*programs):
    """The sample configuration that programs print, each section once."""
    sections = {}
    for program in programs:
        text = subprocess.run([BUILD / program, "--sample-config"], capture_output=True, text=True, check=True, timeout=20).stdout
        for part in text.split("\n\n"):
            sections.setdefault(part.splitlines()[0], part.strip())
    return "\n\n".join(sections.values()) + "\n"


def test_sample_files_name_every_option():
    """assets/tapline.ini and assets/hq.ini: every option there is, every value the default."""
    assert (TOP / "assets/tapline.ini").read_text() == sample("tapline-kiosk", "tapline-sync")
    assert (TOP / "assets/hq.ini").read_text() == sample("tapline-hq")


@pytest.mark.parametrize("program, options", [("tapline-kiosk", []), ("tapline-sync", []), ("tapline-hq", ["serve"])])
@pytest.mark.parametrize("text, words", [("[device]\nname = x\n", ":2: [device]: name"), ("[hq]\nid = x\n", ":2: [hq]"),
                                         ("rubbish\n", ":1: neither")])
def test_broken_configuration_names_file_line_and_remedy(tmp_path, program, options, text, words):
    config = tmp_path / "broken.ini"
    config.write_text(text)
    for check in ([], ["--check-config"]):
        done = subprocess.run([BUILD / program, *options, "--config", config, *check], capture_output=True, text=True, timeout=20)
        assert done.returncode == 78, done
        place = words if not (program == "tapline-hq" and "device" in words) else ":2: [device]"
        assert f"{config}{place}" in done.stderr, done.stderr


@pytest.mark.parametrize("broken, status, words", [
    ("survey", 65, "$.questions[0].scale: a whole number from 4 to 5"),
    ("survey-json", 65, "not JSON"),
    ("survey-absent", 78, "No such file"),
    ("outbox", 65, "set the file aside"),
    ("outbox-folder", 78, "mend [device] outbox"),
])
def test_kiosk_says_what_is_broken(display, tmp_path, broken, status, words):
    survey, outbox = tmp_path / "survey.json", tmp_path / "outbox.db"
    survey.write_text({"survey": SURVEY.replace('"scale": 5', '"scale": 9'), "survey-json": SURVEY[:200]}.get(broken, SURVEY))
    if broken == "survey-absent":
        survey.unlink()
    if broken == "outbox":
        outbox.write_text("not a database at all\n" * 500)
    if broken == "outbox-folder":
        outbox = tmp_path / "no-such-folder" / "outbox.db"
    config = tmp_path / "tapline.ini"
    config.write_text(f"[device]\nid = t\nsurvey = {survey}\noutbox = {outbox}\n")
    done = subprocess.run([BUILD / "tapline-kiosk", "--config", config], capture_output=True, text=True, timeout=20,
                          env=display.environment)
    assert done.returncode == status, done
    assert words in done.stderr and str(survey if "survey" in broken else outbox) in done.stderr, done.stderr


def test_headquarters_notices_a_public_key_of_another(tmp_path):
    """Devices are given sign.pub; with the wrong one they would refuse every receipt and blame the network."""
    hq = Hq(tmp_path / "hq")
    (hq.folder / "sign.pub").write_text("ab" * 32 + "\n")
    done = subprocess.run([BUILD / "tapline-hq", "serve", "--config", hq.config, "--check-config"], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 78 and "sign.pub" in done.stderr and "sign_key" in done.stderr, done
