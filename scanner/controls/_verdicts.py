"""What a scan says of each check as a whole: that it found nothing counts only where it saw everything it needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from scanner.findings import CheckInfo, ControlStatus, Finding, Scan, Severity
from scanner.inventory import Estate, Reading


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One check's: `findings` and `accepted` are fingerprints, the worst first; settings made `lowered` of them info.

    `unjudged` tells why it did not judge everything, one sentence each without a full stop.
    """

    findings: tuple[str, ...]
    accepted: tuple[str, ...]
    unjudged: tuple[str, ...]
    lowered: int = 0

    @property
    def status(self) -> ControlStatus:
        """An open finding outweighs everything, and only what was judged in full is met."""
        if self.findings:
            return ControlStatus.NOT_MET
        if self.accepted:
            return ControlStatus.RISK_ACCEPTED
        return ControlStatus.NOT_ASSESSED if self.unjudged else ControlStatus.MET


class Verdicts:
    """The verdicts of all checks; `known` are all that there are, also those that did not run."""

    def __init__(self, scan: Scan, known: Iterable[CheckInfo]) -> None:
        self._estate = scan.estate
        self._told: dict[str, Verdict] = {}
        self._known = {info.id: info for info in known}
        self._ran = {info.id for info in scan.checks}
        self._crashed = {error.check for error in scan.errors}
        self._off = frozenset(scan.settings.off)
        self._unknowns = Counter(unknown.check for unknown in scan.unknowns)
        self._unread: Counter[str] = Counter()
        for spot in scan.blind_spots:
            self._unread.update(dict.fromkeys(spot.affects, spot.gap.count))
        self._open: dict[str, list[str]] = {}
        self._accepted: dict[str, list[str]] = {}
        self._lowered: Counter[str] = Counter()
        for finding in scan.findings:
            if _breaks(finding):
                self._lowered[finding.check] += finding.severity is Severity.INFO
                told = self._open if finding.acceptance is None else self._accepted
                told.setdefault(finding.check, []).append(finding.fingerprint)

    def of(self, check: str) -> Verdict:
        """What the scan says of the check with this id."""
        if check not in self._told:
            self._told[check] = self._verdict(check)
        return self._told[check]

    def _verdict(self, check: str) -> Verdict:
        return Verdict(
            findings=tuple(self._open.get(check, ())),
            accepted=tuple(self._accepted.get(check, ())),
            unjudged=tuple(self._unjudged(check)),
            lowered=self._lowered[check],
        )

    def _unjudged(self, check: str) -> Iterator[str]:
        info = self._known[check]
        if check in self._off:
            yield "the settings switch it off"
        elif check not in self._ran:
            yield f"it did not run, for it needs --include {info.included_by}" if info.included_by else "it did not run"
        elif check in self._crashed:
            yield "it crashed"
        elif unknown := self._unknowns[check]:
            yield f"{unknown} of its verdicts are unknown" if unknown > 1 else "1 of its verdicts is unknown"
        elif unread := self._unread[check]:
            yield f"{unread} reads that it needs got no answer" if unread > 1 else "1 read that it needs got no answer"
        elif not self._had_something_to_judge(info.reads[0]):
            yield "there was nothing to judge"
        if self._estate.facts.interrupted:
            yield "the scan was interrupted"
        if left := len(self._estate.facts.elsewhere):
            yield f"subscriptions in scope were left to other shards ({left})"

    def _had_something_to_judge(self, first: Reading) -> bool:
        """Whether the scan saw any of what the check reads first, which is what it judges."""
        if not self._estate.accounts:
            return False
        is_seen = _SEEN.get(first)
        return is_seen(self._estate) if is_seen else first in self._answered

    @cached_property
    def _answered(self) -> frozenset[Reading]:
        return frozenset(read.reading for read in self._estate.reads if read.gap is None)


def _breaks(finding: Finding) -> bool:
    """Whether a finding breaks a control: no info does, but one that is an info by the settings alone."""
    return any(severity.at_least(Severity.LOW) for severity in (finding.severity, finding.declared or Severity.INFO))


def _linked(estate: Estate) -> bool:
    return any(link.workspace is not None for link in estate.links)


_SEEN: Mapping[Reading, Callable[[Estate], bool]] = {
    Reading.WORKERS: lambda estate: bool(estate.workers),
    Reading.LINKED_WORKSPACE: _linked,
}
"""Reads whose answer can be that there is none; of the others, an answered read is made of something that was seen."""
