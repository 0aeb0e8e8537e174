"""The contract of a scan with whoever runs it, held by one scan of the demonstration, or of a real subscription.

`make live` runs the same tests against Azure: HWAUDIT_LIVE_ARGUMENTS holds the options of the scan, such as
`--auth cli --subscription ID`. Nothing is written but files in a temporary folder.
"""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from recorded import exchanges

from reports.json_v1 import json_schema
from scanner.cli import run
from scanner.recording import MANIFEST

ARGUMENTS = "HWAUDIT_LIVE_ARGUMENTS"
TARGETS = [
    "demonstration",
    pytest.param(
        "live", marks=[pytest.mark.live, pytest.mark.skipif(not os.environ.get(ARGUMENTS), reason=f"set {ARGUMENTS}")]
    ),
]


@dataclass(frozen=True)
class Scanned:
    """One recorded scan, and the folder that it wrote into."""

    code: int
    folder: Path

    @cached_property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "out" / "report.json").read_text())

    def again(self, *words: str) -> int:
        return run([*words, "--quiet"])


@pytest.fixture(scope="module", params=TARGETS)
def scanned(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    words = ["--demo"] if request.param == "demonstration" else shlex.split(os.environ[ARGUMENTS])
    kept = [
        "--snapshot",
        folder / "s",
        "--record",
        folder / "r",
        "--redact-key",
        folder / "key",
        "--out",
        folder / "out",
    ]
    code = run(["scan", *words, "--quiet", "--format", "json", *map(str, kept)])
    return Scanned(code, folder)


def test_a_scan_ends_with_0_and_leaves_all_its_files(scanned):
    assert scanned.code == 0
    assert (scanned.folder / "s").is_file()
    assert not (scanned.folder / "s.journal").exists()


def test_the_report_keeps_to_its_schema(scanned):
    jsonschema.Draft202012Validator(json_schema()).validate(scanned.report)


def test_every_planned_read_is_answered_or_a_gap(scanned):
    coverage = scanned.report["summary"]["coverage"]
    assert coverage["planned"] == coverage["answered"] + sum(gap["count"] for gap in scanned.report["gaps"])
    assert coverage["planned"] > 0


def test_every_finding_has_evidence_and_every_unknown_a_reason_that_is_there(scanned):
    gaps = {gap["id"] for gap in scanned.report["gaps"]}
    reasons = {unknown["because"] for unknown in scanned.report["unknowns"]}
    assert all(finding["evidence"] for finding in scanned.report["findings"])
    assert all(reasons)
    assert {reason for reason in reasons if reason.startswith("gap-")} <= gaps


def test_no_check_ended_in_an_error(scanned):
    assert scanned.report["errors"] == []


def test_the_same_snapshot_gives_the_same_report_to_the_byte(scanned):
    out = scanned.folder / "again"
    assert scanned.again("evaluate", str(scanned.folder / "s"), "--out", str(out), "--format", "json") == 0
    assert (out / "report.json").read_bytes() == (scanned.folder / "out" / "report.json").read_bytes()


def test_a_scan_differs_in_nothing_from_itself(scanned, capsys):
    snapshot = str(scanned.folder / "s")
    capsys.readouterr()
    assert run(["diff", snapshot, snapshot, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    parts = ("new_findings", "changed", "fixed", "unseen")
    assert [told["comparison"][part] for part in parts] == [[]] * len(parts)


def test_only_reads_and_the_two_queries_were_sent(scanned):
    sent = {
        (line["request"]["method"], line["request"]["url"].partition("?")[0])
        for line in exchanges(scanned.folder / "r")
    }
    assert {method for method, _ in sent} <= {"GET", "POST"}
    queries = ("/providers/microsoft.resourcegraph/resources", "/query")
    assert all(url.lower().endswith(queries) for method, url in sent if method == "POST")


def test_the_recording_holds_every_request_that_the_report_counts(scanned):
    manifest = json.loads((scanned.folder / "r" / MANIFEST).read_text())
    assert manifest["whole"] is True
    assert manifest["counts"]["requests"] == len(exchanges(scanned.folder / "r"))
    assert manifest["counts"]["requests"] == scanned.report["scan"]["requests"]["sent"]
