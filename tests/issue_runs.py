"""Runs of the step that keeps issues, in the stand-in for a repository."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
from builders import NOW, estate
from github_issues import REPOSITORY, TOKEN, GitHub
from reported import with_findings
from rootcauses.github import Client
from rootcauses.run import main

from reports.json_report import to_json
from scanner.comparison import Baseline, record_of, with_changes
from scanner.findings import Scan
from scanner.pipeline import scan_of


def scan(*parts: Any, day: int = 0, **facts: Any) -> Scan:
    """What hwaudit says of an estate on some day."""
    seen = estate(*parts)
    return scan_of(
        msgspec.structs.replace(
            seen, facts=msgspec.structs.replace(seen.facts, finished_at=NOW + timedelta(days=day), **facts)
        )
    )


def only(judged: Scan, *checks: str) -> Scan:
    """The scan with the findings of these checks alone, each a cause of its own."""
    kept = (msgspec.structs.replace(f, root_cause=None, path=()) for f in judged.findings if f.check in checks)
    return with_findings(judged, kept)


def changed(judged: Scan, **changes: Any) -> Scan:
    """The scan with something else in every finding."""
    return with_findings(judged, (msgspec.structs.replace(f, **changes) for f in judged.findings))


def written(judged: Scan, beside: Scan | None = None) -> dict[str, Any]:
    """The JSON report of a scan, with another as its baseline."""
    baseline = Baseline(record_of(beside, "last.snapshot")) if beside is not None else None
    return json.loads(to_json(with_changes(judged, baseline)))


class Step:
    """The step with its inputs; `waits` are the seconds that it would have waited."""

    def __init__(self, github: GitHub, folder: Any) -> None:
        self.github, self.folder = github, folder
        self.waits: list[float] = []
        self.code = 0
        self.inputs = {
            "HWAUDIT_LABEL": "hwaudit",
            "HWAUDIT_AUTHOR": "github-actions[bot]",
            "HWAUDIT_MIN_SEVERITY": "info",
            "HWAUDIT_MAX_ISSUES": "25",
            "HWAUDIT_ASSIGNEES": "",
            "HWAUDIT_DRY_RUN": "false",
            "HWAUDIT_REPORT": str(folder / "report.json"),
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": github.api,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_RUN_ID": "77",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_OUTPUT": str(folder / "output"),
        }

    def run(self, report: dict[str, Any] | str, **inputs: str) -> list[tuple[str, str]]:
        """Run once; the writes that it made."""
        (self.folder / "report.json").write_text(report if isinstance(report, str) else json.dumps(report))
        (self.folder / "output").unlink(missing_ok=True)
        before = len(self.github.writes)
        self.code = main(self.inputs | inputs, self._connect)
        return self.github.writes[before:]

    def _connect(self, api: str, repository: str, token: str) -> Client:
        return Client(api, repository, token, self.github, wait=self.waits.append, clock=lambda: 1_000.0)

    @property
    def outputs(self) -> dict[str, int]:
        lines = (self.folder / "output").read_text().splitlines()
        return {name: int(value) for name, _, value in (line.partition("=") for line in lines)}

    @property
    def summary(self) -> str:
        return (self.folder / "summary.md").read_text()
