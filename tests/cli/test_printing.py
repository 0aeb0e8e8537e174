"""What becomes of the output never decides how a command ended."""

import os
import subprocess
import sys

import pytest
from told import complaints

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices of POSIX")
SCAN = ("scan", "--demo", "--skip", "logs,jobs,content,metrics,machines", "--format", "json")
MAIN = "from scanner.cli import main; main()"


def ended(words, folder, **streams):
    command = [sys.executable, "-c", MAIN, *words]
    return subprocess.run(command, cwd=folder, stderr=subprocess.PIPE, text=True, check=False, **streams)


@pytest.fixture
def closed_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.parametrize("words", [SCAN, ("checks",), ("checks", "--json"), ("regions",)])
def test_a_reader_that_went_away_changes_nothing(tmp_path, closed_pipe, words):
    end = ended(words, tmp_path, stdout=closed_pipe)
    assert (end.returncode, complaints(end.stderr)) == (0, "")


def test_a_full_device_is_told_and_the_reports_stand(tmp_path):
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        end = ended(SCAN, tmp_path, stdout=full)
    assert (end.returncode, complaints(end.stderr)) == (0, "hwaudit: cannot print (No space left on device)\n")
    assert (tmp_path / "hwaudit-report" / "report.json").exists()


def test_no_stdout_at_all_changes_nothing(tmp_path, monkeypatch, hwaudit):
    monkeypatch.setattr(sys, "stdout", None)
    assert hwaudit("scan", "--demo", "--format", "json").code == 0
