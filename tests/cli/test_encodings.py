"""Whatever encoding a system takes for granted, files are in UTF-8, and a terminal gets what it can show."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from scanner.terminal import say

SNAPSHOT = Path(__file__).parents[2] / "docs/examples/contoso.snapshot"
MAIN = "from scanner.cli import main; main()"


def test_no_file_is_opened_in_the_encoding_of_the_system(tmp_path):
    strict = ("-X", "warn_default_encoding", "-W", "error::EncodingWarning")
    words = ("report", str(SNAPSHOT), "--format", "all", "--redact")
    ended = subprocess.run(
        [sys.executable, *strict, "-c", MAIN, *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert "Written:" in ended.stdout.decode("cp1252")
    assert json.loads((tmp_path / "hwaudit-report" / "report.json").read_text(encoding="utf-8"))


def test_what_a_terminal_lacks_is_escaped(monkeypatch):
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding="cp1252", newline=""))
    say("Café \N{RIGHTWARDS ARROW} \N{CJK UNIFIED IDEOGRAPH-4E16}")
    assert screen.getvalue() == b"Caf\xe9 \\u2192 \\u4e16\n"
