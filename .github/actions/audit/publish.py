"""Publishes a report to the run: outputs, the summary of the step, and annotations."""

from __future__ import annotations

import html
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commands import annotate
from running import Baseline

SUMMARY_LIMIT = 1024 * 1024
"""The bytes that the summary of a step may have; GitHub shows nothing of a longer one (GitHub Docs, 2026)."""
ANNOTATIONS = 10
"""How many annotations of a level GitHub shows for a step (GitHub Docs, 2026)."""
_FILES = {"html": "report.html", "json": "report.json", "markdown": "report.md", "sarif": "report.sarif"}
_LEVELS = {"critical": "error", "high": "warning"}
_CUT = (
    "\n\n> The rest does not fit into the summary of a step, which has {limit:,} bytes: {left:,} bytes were left out "
    "here. The report files have everything.\n"
)


def outputs(report: Mapping[str, Any], folder: Path, snapshot: str) -> dict[str, object]:
    """The outputs of the action that a report tells; numbers are counts, `coverage` is a share."""
    summary, findings = report["summary"], report["findings"]
    compared = report.get("comparison") is not None
    new = [finding for finding in findings if finding["change"] == "new"]
    files = {name: folder / file for name, file in _FILES.items()}
    return {
        **summary["findings"],
        "new": len(new) if compared else "",
        "new-high": len(_serious(new)) if compared else "",
        "accepted": summary["accepted"],
        "causes": summary["causes"]["total"],
        "unknowns": summary["unknowns"],
        "gaps": len(report["gaps"]),
        "coverage": summary["coverage"]["ratio"],
        "whole": json.dumps(summary["whole"]),
        "folder": folder.as_posix(),
        **{name: path.as_posix() if path.is_file() else "" for name, path in files.items()},
        "snapshot": Path(snapshot).as_posix() if snapshot and Path(snapshot).is_file() else "",
    }


def annotate_report(report: Mapping[str, Any], *, warned: int) -> None:
    """Annotate what was not seen, and the open findings of high or more: the new ones where a baseline tells them.

    `warned` is how many warnings the step has given before.
    """
    unseen = _unseen(report)
    if unseen:
        annotate("warning", unseen)
    compared = report.get("comparison") is not None
    serious = _serious(report["findings"])
    told = [finding for finding in serious if not compared or finding["change"] == "new"]
    room = ANNOTATIONS - warned - bool(unseen)
    for finding in told[:room]:
        title = f"{'new, ' if compared else ''}{finding['severity']}: {finding['check']}"
        annotate(_LEVELS[finding["severity"]], f"{finding['message']} ({finding['subject']})", title)
    for sentence in _left_unsaid(told, room, compared=compared):
        annotate("notice", sentence)


def write_summary(page: str) -> None:
    """Write the summary of the step, cut to what GitHub shows."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        Path(place).write_text(cut(page), encoding="utf-8", newline="\n")


def summary_of(report: str, baseline: Baseline) -> str:
    """The Markdown report, after what became of the baseline."""
    return f"{_quoted(baseline.told)}\n\n{report}" if baseline.told else report


def summary_of_failure(reason: str) -> str:
    """The summary of a run that wrote no report."""
    verdict = "> [!CAUTION]\n> Nothing was audited, and nothing is known to be healthy."
    return f"# Hybrid worker audit\n\n{verdict}\n\n{_quoted(reason)}\n"


def cut(page: str, limit: int = SUMMARY_LIMIT) -> str:
    """The page, up to a whole line, with a sentence that says how much is left out when it is too long."""
    whole = page.encode()
    if len(whole) <= limit:
        return page
    room = limit - len(_CUT.format(limit=limit, left=len(whole)).encode())
    kept = whole[:room].rpartition(b"\n")[0]
    return kept.decode() + _CUT.format(limit=limit, left=len(whole) - len(kept))


def _quoted(text: str) -> str:
    """A text of others as one line that is neither Markdown nor HTML."""
    return f"<pre>{html.escape(' '.join(text.split()))}</pre>"


def _serious(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The open findings of high or more, the worst first."""
    found = [each for each in findings if each["severity"] in _LEVELS and each["status"] == "open"]
    return sorted(found, key=lambda each: list(_LEVELS).index(each["severity"]))


def _unseen(report: Mapping[str, Any]) -> str:
    """What was not seen, in one sentence; empty when everything was seen and judged."""
    summary = report["summary"]
    if summary["whole"]:
        return ""
    reads = Counter[str]()
    for gap in report["gaps"]:
        reads[gap["reason"]] += gap["count"]
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in reads.most_common())
    planned, answered = summary["coverage"]["planned"], summary["coverage"]["answered"]
    scan, left = report["scan"], report["scan"]["left_to_other_shards"]
    idle = sum(check["outcome"] == "not_run" for check in report["checks"])
    more = (
        f", {len(report['errors']):,} checks crashed" if report["errors"] else "",
        f", {idle:,} checks did not run" if idle else "",
        f", {left:,} subscriptions were left to shards that are not in the report" if left else "",
        ", and the scan was interrupted before it had read all" if scan["interrupted"] else "",
    )
    return (
        f"{planned - answered:,} of {planned:,} planned reads were not answered{f' ({reasons})' if reasons else ''}, "
        f"{summary['unknowns']:,} verdicts are unknown{''.join(more)}: what was not seen is not judged healthy. "
        "The summary lists it, with the permissions that are missing."
    )


def _left_unsaid(told: list[dict[str, Any]], room: int, *, compared: bool) -> Iterator[str]:
    """What the annotations alone would hide."""
    if not compared and told:
        yield f"Without a baseline nothing is known to be new: all {len(told):,} open findings of high or more count."
    if len(told) > room:
        yield f"{len(told) - room:,} more open findings of high or more are in the summary and in the reports."
