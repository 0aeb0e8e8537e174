"""The Scan: everything that a report is made of."""

from __future__ import annotations

import msgspec

from scanner.findings._checks import CheckInfo
from scanner.findings._comparison import Comparison
from scanner.findings._controls import FrameworkView
from scanner.findings._finding import CheckError, Finding, Impact, Unknown
from scanner.findings._scenarios import Scenario
from scanner.findings._settings import AppliedSettings
from scanner.findings._severity import Severity
from scanner.inventory import Estate, Gap


class BlindSpot(msgspec.Struct, frozen=True):
    """A Gap and the ids of the checks that it keeps from a verdict, or from a higher severity."""

    gap: Gap
    affects: tuple[str, ...]


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that no other explains, with what it explains and what all of that hurts.

    `finding` and `explains` are fingerprints, the effects worst first; `worst` is the worst severity among it and them;
    `hurts` has an entry for each group that is hurt.
    """

    finding: str
    explains: tuple[str, ...]
    worst: Severity
    hurts: tuple[Impact, ...]


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report needs, sorted; `notes` say how the scan and its judgement went.

    `causes` are the worst first, then those that explain most; each finding belongs to exactly one.
    `frameworks` are the controls views that were asked for. `comparison` is None where there is no baseline.
    """

    estate: Estate
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    blind_spots: tuple[BlindSpot, ...]
    errors: tuple[CheckError, ...]
    scenarios: tuple[Scenario, ...]
    checks: tuple[CheckInfo, ...]
    causes: tuple[Cause, ...]
    settings: AppliedSettings = AppliedSettings()
    frameworks: tuple[FrameworkView, ...] = ()
    comparison: Comparison | None = None

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return sum(1 for finding in self.findings if finding.severity is severity)

    @property
    def ran_any(self) -> bool:
        """Whether any check of the estate ran: those about the settings file read nothing of it."""
        return any(check.reads for check in self.checks)

    @property
    def has_judged(self) -> bool:
        """Whether any check ran, and there was an Automation account to judge."""
        return self.ran_any and bool(self.estate.accounts)

    @property
    def open_causes(self) -> tuple[Cause, ...]:
        """The causes that nobody accepted in full: their own finding is open, or one that they explain."""
        still_open = {finding.fingerprint for finding in self.findings if finding.acceptance is None}
        return tuple(cause for cause in self.causes if not still_open.isdisjoint((cause.finding, *cause.explains)))

    @property
    def accepted(self) -> int:
        """How many of the findings are accepted risks."""
        return sum(1 for finding in self.findings if finding.acceptance is not None)

    @property
    def coverage_ratio(self) -> float:
        """Answered over planned reads, 0.0 to 1.0; below 1.0 as soon as there is any Gap."""
        ledger = self.estate.ledger
        return ledger.answered / ledger.planned if ledger.planned else 0.0
