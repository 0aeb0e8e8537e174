"""Delivers a scan: judges the estate, writes the reports, prints the summary, and chooses the exit code."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from reports import FORMATS
from reports.summary import to_summary
from scanner.errors import UsageError
from scanner.findings import Scan, Severity
from scanner.inventory import Estate, GapReason
from scanner.inventory.snapshot import dump, write_atomically
from scanner.options import FailOn
from scanner.pipeline import scan_of
from scanner.signals import INTERRUPTED, on_signals
from scanner.terminal import complain, say

FOUND = 1
INCOMPLETE = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the user wants of a scan, and where.

    `formats` are names in FORMATS; `live` tells that the estate is of this run, which then was interrupted with it.
    """

    formats: list[str]
    out: Path
    snapshot: Path | None = None
    fail_on: FailOn = FailOn.NEVER
    strict: bool = False
    quiet: bool = False
    live: bool = True

    @property
    def reports(self) -> dict[str, Path]:
        """The report files by format."""
        return {name: self.out / f"report.{FORMATS[name].extension}" for name in self.formats}

    @property
    def files(self) -> list[Path]:
        """All files that are written, in this order."""
        return [*self.reports.values(), *([self.snapshot] if self.snapshot else [])]

    def check_places(self) -> None:
        """Find out before a long scan whether its files can be written; raises UsageError when not."""
        for folder in dict.fromkeys(file.parent for file in self.files):
            standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
            try:
                with tempfile.TemporaryFile(dir=standing):
                    pass
            except OSError as error:
                raise UsageError(f"cannot write to {folder}", error.strerror or "choose another place") from error
        for file in self.files:
            if file.is_dir():
                raise UsageError(f"cannot write {file}", "it is a folder; choose another name")

    def deliver(self, estate: Estate) -> int:
        """Write everything and return the exit code; a signal on the way waits until the files are whole."""
        signals: list[None] = []
        with on_signals(lambda: signals.append(None)):
            scan = scan_of(estate)
            for name, place in self.reports.items():
                write_atomically(place, FORMATS[name].render(scan))
            if self.snapshot is not None:
                write_atomically(self.snapshot, dump(estate))
            if not self.quiet:
                say(to_summary(scan, self.files).rstrip("\n"))
        if signals or (self.live and estate.facts.interrupted):
            complain("interrupted: the reports hold what was seen until then")
            return INTERRUPTED
        return exit_code(scan, self.fail_on, strict=self.strict)


def exit_code(scan: Scan, fail_on: FailOn, *, strict: bool) -> int:
    """Choose the exit code of a judged scan, the strongest that applies."""
    if fail_on is not FailOn.NEVER and any(f.severity.at_least(Severity(fail_on.value)) for f in scan.findings):
        return FOUND
    if strict and any(spot.gap.reason is not GapReason.SKIPPED for spot in scan.blind_spots):
        return INCOMPLETE
    return 0
