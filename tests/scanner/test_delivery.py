"""Delivering a scan: places are checked first, and a signal never leaves a file half-written."""

import os
import signal
import sys

import pytest
from builders import account, estate

from reports import FORMATS, Renderer
from scanner.delivery import Delivery
from scanner.errors import UsageError


def test_a_report_that_is_a_folder_is_refused_before_the_scan(tmp_path):
    (tmp_path / "report.json").mkdir()
    with pytest.raises(UsageError, match="it is a folder"):
        Delivery(["json"], tmp_path).check_places()


def test_a_snapshot_that_is_a_folder_is_refused_before_the_scan(tmp_path):
    with pytest.raises(UsageError, match="it is a folder"):
        Delivery(["json"], tmp_path / "out", snapshot=tmp_path).check_places()


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to itself ends a process there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_writing_waits_until_the_files_are_whole(tmp_path, monkeypatch, number):
    def interrupted(scan):
        os.kill(os.getpid(), number)
        return FORMATS["json"].render(scan)

    monkeypatch.setattr("scanner.delivery.FORMATS", FORMATS | {"slow": Slow("slow", "", "", action=interrupted)})
    delivery = Delivery(["slow", "json"], tmp_path, snapshot=tmp_path / "s", quiet=True)
    assert delivery.deliver(estate(account())) == 130
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.json", "report.slow", "s"]


class Slow(Renderer, frozen=True):
    """A renderer that does something first."""

    action: object = None

    def render(self, scan):
        return self.action(scan)
