"""Shards on the command line: three of them and a merge are one scan, and what cannot be merged is said in one line."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from page_data import written_out
from typer.main import get_command

from scanner.cli import app

PAGE = Path("docs/large-tenants.md").read_text(encoding="utf-8")
COMMANDS = re.findall(
    r"(?m)^\s*(?:- run: )?(hwaudit (?:scan|merge) .*)$", "\n".join(re.findall(r"(?s)```.*?```", PAGE))
)
JSON = ("--format", "json")
AS_OF = ("--as-of", datetime.now(UTC).isoformat())
"""The demonstration stands still at it: its times do not move from one command to the next."""


def told(folder):
    """Both reports, apart from times, request ids and counts of requests."""
    report = json.loads((folder / "report.json").read_text())
    for name in ("started_at", "finished_at", "requests"):
        del report["scan"][name]
    for gap in report["gaps"]:
        del gap["request_id"]
    page = written_out((folder / "report.html").read_text())
    page = re.sub(r'<tr><th scope="row">(Started|Finished|Requests)</th>.*?</tr>', "", page)
    page = re.sub(r'"[^"]{19} UTC", (null|"[^"]*")\]', "answered]", page)
    page = re.sub(r"<dt>Finished</dt><dd>.*?</dd>", "", page)
    return report, re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "guid", page)


def test_three_shards_and_a_merge_are_one_scan(hwaudit, tmp_path):
    quiet = ("--quiet", *AS_OF)
    assert hwaudit("scan", "--demo", *quiet, "--out", tmp_path / "one").code == 0
    files = [tmp_path / f"{number}.hwaudit" for number in (1, 2, 3)]
    for number, file in enumerate(files, start=1):
        assert hwaudit("scan", "--demo", *quiet, "--shard", f"{number}/3", "--snapshot", file, *JSON).code == 0
    whole = tmp_path / "whole.hwaudit"
    assert hwaudit("merge", *files, files[0], "--quiet", "--snapshot", whole, "--out", tmp_path / "all").code == 0
    assert told(tmp_path / "all") == told(tmp_path / "one")
    assert hwaudit("evaluate", whole, "--quiet", "--out", tmp_path / "again").code == 0
    assert told(tmp_path / "again") == told(tmp_path / "one")


def test_a_lone_shard_fails_strictly_and_says_why(hwaudit, tmp_path):
    file = tmp_path / "1.hwaudit"
    outcome = hwaudit("scan", "--demo", "--shard", "1/3", "--snapshot", file, "--format", "json")
    assert "Note: this is shard 1/3" in outcome.out
    outcome = hwaudit("merge", file, "--strict", "--format", "json")
    assert outcome.code == 3
    assert "belong to shards whose snapshots were not merged" in outcome.out


@pytest.mark.parametrize("written", ["0/3", "4/3", "1/0", "3", "a/b", "1/2/3", "-1/3", "1.5/3", ""])
def test_a_shard_that_is_none_is_refused(hwaudit, written):
    assert hwaudit("scan", "--demo", f"--shard={written}").refuses(2, "--shard", "I/N")


def test_a_merge_names_the_file_that_it_cannot_read(hwaudit, tmp_path):
    assert hwaudit("merge", tmp_path / "none.hwaudit").refuses(2, "none.hwaudit")


def test_snapshots_of_different_scans_are_named(hwaudit, tmp_path):
    for name, words in (("a", ()), ("b", ("--skip", "logs"))):
        hwaudit(
            "scan", "--demo", "--quiet", *JSON, "--out", tmp_path / "r", "--snapshot", tmp_path / name, *AS_OF, *words
        )
    outcome = hwaudit("merge", tmp_path / "a", tmp_path / "b")
    assert outcome.refuses(2, "cannot be merged", "--skip (none and logs)", "scan both again with the same --skip")


# -- the documented workflow ----------------------------------------------------------------------------------


@pytest.mark.parametrize("line", COMMANDS)
def test_every_documented_command_line_is_one(line):
    words = [re.sub(r"\$(SHARD|TASKS?)", "1", word) for word in shlex.split(line)]
    command = get_command(app).commands[words[1]]
    assert command.make_context(words[1], words[2:]).params


def test_the_workflow_is_pinned_and_injects_nothing():
    assert len(COMMANDS) > 8
    [workflow] = re.findall(r"(?s)```yaml\n(.*?)```", PAGE)
    assert "\npermissions: {}\n" in workflow
    uses = re.findall(r"uses: (.*)", workflow)
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in uses)
    assert not any("${{" in line for line in re.findall(r"run: .*", workflow))
    matrix = re.search(r"shard: \[(.*)\]", workflow)
    count = re.search(r'--shard "\$SHARD/(\d+)"', workflow)
    assert matrix
    assert count
    assert matrix[1].split(", ") == [str(number) for number in range(1, int(count[1]) + 1)]
