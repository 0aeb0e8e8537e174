"""Delivers a scan: judges the estate, writes the reports, prints the summary, and chooses the exit code."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from reports import FORMATS, Renderer
from reports.summary import to_summary
from scanner.comparison import Baseline
from scanner.errors import UsageError
from scanner.findings import Change, Comparison, Finding, Scan, Severity
from scanner.inventory import Estate, GapReason
from scanner.inventory.journal import Journal
from scanner.inventory.snapshot import dump, write_atomically
from scanner.options import FailOn
from scanner.pipeline import shown_scan
from scanner.redaction import KeyFile
from scanner.settings import NO_SETTINGS, Settings
from scanner.signals import INTERRUPTED, on_signals
from scanner.terminal import complain, say

FOUND = 1
INCOMPLETE = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the user wants of a scan, and where.

    `formats` are names in FORMATS, `frameworks` those of the controls catalogue. `live` tells that the estate is of
    this run, which then was interrupted with it. `key` is the key file of a redaction, None for real names.
    """

    formats: list[str]
    out: Path
    snapshot: Path | None = None
    fail_on: FailOn = FailOn.NEVER
    strict: bool = False
    quiet: bool = False
    live: bool = True
    settings: Settings = NO_SETTINGS
    baseline: Baseline | None = None
    frameworks: tuple[str, ...] = ()
    key: KeyFile | None = None

    @property
    def reports(self) -> dict[str, Path]:
        """The report files by format."""
        return {name: self.out / f"report.{FORMATS[name].extension}" for name in self.formats}

    @property
    def rendered(self) -> list[tuple[Path, Renderer]]:
        """The report files, each followed by those that go beside it, with what renders them."""
        found: list[tuple[Path, Renderer]] = []
        for name, place in self.reports.items():
            companions = FORMATS[name].companions
            found += [(place, FORMATS[name]), *((self.out / beside, companions[beside]) for beside in companions)]
        return found

    @property
    def journal(self) -> Path:
        """Where a scan keeps what was answered until its files are whole.

        To go on, it needs the real names: with a redaction it stands beside the key, away from what is passed on.
        """
        if self.key is not None:
            return self.key.path.with_name(f"{self.key.path.name}.journal")
        named = self.snapshot.with_name(f"{self.snapshot.name}.journal") if self.snapshot else None
        return named or self.out / "hwaudit.journal"

    @property
    def files(self) -> list[Path]:
        """All files that are written, in this order."""
        return [*(place for place, _ in self.rendered), *([self.snapshot] if self.snapshot else [])]

    def check_places(self) -> None:
        """Find out before a long scan whether its files can be written; raises UsageError when not."""
        files = [*self.files, *([self.journal] if self.live else [])]
        for folder in dict.fromkeys(file.parent for file in files):
            standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
            try:
                with tempfile.TemporaryFile(dir=standing):
                    pass
            except OSError as error:
                raise UsageError(f"cannot write to {folder}", error.strerror or "choose another place") from error
        for file in files:
            if file.is_dir():
                raise UsageError(f"cannot write {file}", "it is a folder; choose another name")

    def deliver(self, estate: Estate, journal: Journal | None = None) -> int:
        """Write everything and return the exit code; a signal on the way waits until the files are whole.

        The journal of a whole scan is removed then. Raises UsageError when a file cannot be written.
        """
        journal = journal or Journal()
        is_cut_off = self.live and estate.facts.interrupted
        signals: list[None] = []
        with on_signals(lambda: signals.append(None)):
            scan = self._scan(estate)
            self._write(scan, journal)
            if not is_cut_off:
                journal.remove()
            if not self.quiet:
                say(to_summary(scan, self.files).rstrip("\n"))
            if journal.resumed and not self.quiet:
                say(f"Resumed: {journal.recalled} reads came from the journal")
        if signals or is_cut_off:
            advice = "; the same command with --resume goes on from there" if is_cut_off and journal.holds else ""
            complain(f"interrupted: the reports hold what was seen until then{advice}")
            return INTERRUPTED
        return exit_code(scan, self.fail_on, strict=self.strict)

    def _scan(self, estate: Estate) -> Scan:
        """Judge the estate as it may be shown; before any report is written, the key file tells its pseudonyms."""
        scan = shown_scan(
            estate,
            self.key.redaction if self.key else None,
            settings=self.settings,
            baseline=self.baseline,
            frameworks=self.frameworks,
        )
        if self.key is not None:
            self.key.save()
        return scan

    def _write(self, scan: Scan, journal: Journal) -> None:
        """Write each file as soon as it is rendered, so that no two are in memory at once."""
        try:
            for place, renderer in self.rendered:
                write_atomically(place, renderer.render(scan))
            if self.snapshot is not None:
                write_atomically(self.snapshot, dump(scan.estate))
        except UsageError as error:
            kept = "; the same command with --resume reads nothing again" if journal.holds else ""
            raise UsageError(error.message, error.advice + kept) from error


def exit_code(scan: Scan, fail_on: FailOn, *, strict: bool) -> int:
    """Choose the exit code of a judged scan, the strongest that applies."""
    if fail_on is not FailOn.NEVER and any(_gates(finding, fail_on) for finding in scan.findings):
        return FOUND
    if strict and any(spot.gap.reason is not GapReason.SKIPPED for spot in scan.blind_spots):
        return INCOMPLETE
    return 0


def fails(comparison: Comparison, fail_on: FailOn) -> bool:
    """Tell whether findings of the new scan make the exit code 1."""
    if fail_on is FailOn.NEVER:
        return False
    news = [new.finding for new in comparison.new_findings]
    others = [] if fail_on.only_new else [*(changed.finding for changed in comparison.changed), *comparison.still]
    return any(
        finding.status == "open" and finding.severity.at_least(Severity(fail_on.severity))
        for finding in (*news, *others)
    )


def _gates(finding: Finding, fail_on: FailOn) -> bool:
    """Whether a finding makes the exit code 1: never one whose risk was accepted."""
    counts = finding.change in {None, Change.NEW} if fail_on.only_new else True
    return counts and finding.acceptance is None and finding.severity.at_least(Severity(fail_on.severity))
