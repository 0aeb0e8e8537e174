"""Reads what a file tells of an earlier scan: a snapshot or a JSON report, told apart by what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from reports.json_reading import record_of_report
from scanner.comparison import Baseline, Record, compare, record_of
from scanner.errors import UsageError
from scanner.findings import Comparison, Scan
from scanner.inventory import Estate
from scanner.inventory.snapshot import load
from scanner.options import FailOn
from scanner.pipeline import REDACTED, judged_at, shown_scan
from scanner.redaction import Redaction
from scanner.settings import Settings

_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Judge:
    """How estates on file are judged: as of `moment` (aware UTC), or of the one that each keeps.

    With a `redaction`, nothing real is told of them.
    """

    settings: Settings
    moment: datetime | None = None
    redaction: Redaction | None = None

    def judged(self, estate: Estate) -> Scan:
        """The scan; raises UsageError for an estate that another key redacted."""
        at = judged_at(estate, self.moment) if self.moment else estate
        return shown_scan(at, self.redaction, settings=self.settings)

    def told(self, report: Record, path: Path) -> Record:
        """The record of a report as it is; raises UsageError for one whose names are not those of the redaction."""
        if self.redaction is not None and report.redaction != self.redaction.mark:
            shown = "real names" if report.redaction is None else "the pseudonyms of another key"
            raise UsageError(
                f"{path} is a JSON report with {shown}, which cannot be redacted", "name the snapshot of that scan"
            )
        return report

    def name(self, path: Path) -> str:
        """What is told of the name of a file."""
        return self.redaction.word("file", str(path)) if self.redaction else str(path)


def named_baseline(path: Path | None, fail_on: FailOn, judge: Judge) -> Baseline | None:
    """The baseline of a scan, if one is named, judged by the same settings and under the same pseudonyms.

    Raises UsageError when `fail_on` needs one, or it cannot be used.
    """
    if path is not None:
        return baseline_at(path, judge)
    if fail_on.only_new:
        raise UsageError(
            f"--fail-on {fail_on} needs a baseline", "name an earlier snapshot or JSON report with --baseline"
        )
    return None


def baseline_at(path: Path, judge: Judge) -> Baseline:
    """What the file tells of a scan; a snapshot is judged by `judge`.

    Raises UsageError for a file that is neither, that cannot be read or redacted, or that a newer program wrote.
    """
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] != _GZIP_MAGIC:
                report = record_of_report(_report(file.read(), path), str(path))
                return Baseline(judge.told(report, path).named(judge.name(path)))
    except OSError as error:
        raise UsageError(f"cannot read {path}", error.strerror or "check the path") from error
    scan = judge.judged(load(path))
    return Baseline(record_of(scan, judge.name(path)), scan.estate)


def compared_files(old: Path, new: Path, judge: Judge) -> Comparison:
    """What changed between the scans that two files tell of; raises UsageError as `baseline_at` and `compare` do."""
    comparison = compare(baseline_at(old, judge).record, baseline_at(new, judge).record)
    notes = comparison.notes if judge.redaction is None else (REDACTED, *comparison.notes)
    return msgspec.structs.replace(comparison, notes=notes)


def _report(data: bytes, path: Path) -> bytes:
    text = data.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text.startswith(b"{"):
        raise UsageError(f"{path} is neither a snapshot nor a JSON report of hwaudit", "name a file that hwaudit wrote")
    return text
