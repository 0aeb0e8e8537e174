"""Accepted risks: which findings the entries of a settings file cover, and how each entry stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

import msgspec

from scanner.checks import Verdicts
from scanner.findings import Acceptance, AcceptedRisk, CheckInfo, Finding, RiskStanding, RiskState, finding_of
from scanner.graph import EstateGraph
from scanner.settings._entries import RiskEntry
from scanner.settings._file import Settings
from scanner.settings._globs import matches
from scanner.settings._places import Places
from scanner.settings._proof import Proof
from scanner.settings._risk_findings import EXPIRED, TOO_BROAD, UNMATCHED, expired, too_broad_of, unmatched

_FAR = timedelta(days=2 * 365 + 1)
"""An entry that holds for longer than two years is told of."""
_MANY_FINDINGS, _MANY_SUBJECTS = 5, 2
"""From so many on, an entry that covers all of an estate's findings is taken for one that covers anything."""


class JudgedRisks(msgspec.Struct, frozen=True):
    """All findings, those that are covered with their acceptance and those about entries among them, sorted."""

    findings: tuple[Finding, ...]
    standings: tuple[RiskStanding, ...] = ()
    notes: tuple[str, ...] = ()


def with_accepted_risks(
    graph: EstateGraph, settings: Settings, findings: tuple[Finding, ...], verdicts: Verdicts, ran: Iterable[CheckInfo]
) -> JudgedRisks:
    """Accept what the settings cover, and judge the settings' entries by what is left; `ran` are the checks that did.

    Of two entries in force that cover one finding, the first in the file is the one that is shown.
    """
    if not settings.accepted:
        return JudgedRisks(findings)
    today, places = graph.estate.facts.moment.date(), Places(graph, settings.names)
    coverage = _Coverage(places, settings.accepted, findings)
    proof = Proof(graph, places, settings.names, verdicts, ran)
    too_broad = {entry.risk.number for entry in settings.accepted if _is_too_broad(entry, coverage, findings)}
    judged = tuple(coverage.accepted(finding, today, too_broad) for finding in findings)
    still_open = {finding.fingerprint for finding in judged if finding.acceptance is None}
    standings, about = [], []
    notes: list[str] = []
    for entry in settings.accepted:
        risk = entry.risk
        matched = coverage.of(risk)
        doubt = proof.doubt(entry) if not matched and today <= risk.expires else None
        state = _state(risk, today, matched, doubt, too_broad)
        standing = RiskStanding(risk=risk, state=state, matched=len(matched))
        standings.append(standing)
        notes += _notes(standing, today, doubt)
        if standing.state is RiskState.EXPIRED:
            back = tuple(print_ for print_ in matched if print_ in still_open)
            about.append(finding_of(EXPIRED, expired(settings.file or "", risk, back)))
        elif standing.state is RiskState.TOO_BROAD:
            about.append(finding_of(TOO_BROAD, too_broad_of(settings.file or "", risk, len(matched))))
        elif standing.state is RiskState.UNMATCHED:
            about.append(finding_of(UNMATCHED, unmatched(settings.file or "", risk)))
    ordered = tuple(sorted((*judged, *about), key=lambda finding: finding.order))
    return JudgedRisks(ordered, tuple(standings), tuple(notes))


def _is_too_broad(entry: RiskEntry, coverage: _Coverage, findings: tuple[Finding, ...]) -> bool:
    """Whether an entry that names neither a few checks nor a place covers all there is, and that is not little."""
    if entry.names_place or not entry.is_for_most_checks or len(findings) < _MANY_FINDINGS:
        return False
    subjects = {finding.subject for finding in findings}
    return len(subjects) >= _MANY_SUBJECTS and len(coverage.of(entry.risk)) == len(findings)


def _state(
    risk: AcceptedRisk, today: date, matched: tuple[str, ...], doubt: str | None, too_broad: Collection[int]
) -> RiskState:
    if today > risk.expires:
        return RiskState.EXPIRED
    if risk.number in too_broad:
        return RiskState.TOO_BROAD
    if matched:
        return RiskState.IN_FORCE
    return RiskState.NOT_TOLD if doubt else RiskState.UNMATCHED


def _notes(standing: RiskStanding, today: date, doubt: str | None) -> Iterator[str]:
    risk = standing.risk
    if doubt is not None:
        yield f"whether {risk.origin} still covers a finding could not be told: {doubt}"
    if risk.expires - today > _FAR:
        yield f"{risk.origin} holds until {risk.expires}, more than two years ahead: choose a nearer date"


class _Coverage:
    """Which entries cover which findings, whether or not they have expired."""

    def __init__(self, places: Places, entries: tuple[RiskEntry, ...], findings: Iterable[Finding]) -> None:
        self._by_finding: dict[str, tuple[AcceptedRisk, ...]] = {}
        self._by_risk: dict[int, list[str]] = {entry.risk.number: [] for entry in entries}
        by_check: dict[str, tuple[RiskEntry, ...]] = {}
        for finding in findings:
            if finding.check not in by_check:
                by_check[finding.check] = tuple(
                    entry for entry in entries if not entry.risk.checks or finding.check in entry.risk.checks
                )
            covering = _covering(places, by_check[finding.check], finding)
            self._by_finding[finding.fingerprint] = covering
            for risk in covering:
                self._by_risk[risk.number].append(finding.fingerprint)

    def of(self, risk: AcceptedRisk) -> tuple[str, ...]:
        """The fingerprints of what the entry covers, worst first."""
        return tuple(self._by_risk[risk.number])

    def accepted(self, finding: Finding, today: date, too_broad: Collection[int]) -> Finding:
        """The finding with the first entry in force that covers it; the entries of these numbers are not."""
        covering = self._by_finding[finding.fingerprint]
        in_force = (risk for risk in covering if today <= risk.expires and risk.number not in too_broad)
        risk = next(in_force, None)
        if risk is None:
            return finding
        acceptance = Acceptance(
            owner=risk.owner,
            reason=risk.reason,
            ticket=risk.ticket,
            expires=risk.expires,
            accepted_on=risk.accepted_on,
            origin=risk.origin,
        )
        return msgspec.structs.replace(finding, acceptance=acceptance)


def _covering(places: Places, entries: tuple[RiskEntry, ...], finding: Finding) -> tuple[AcceptedRisk, ...]:
    """Those of the entries for the finding's check that cover it."""
    if not entries:
        return ()
    held, names = places.of_finding(finding), places.names(finding.subject)
    return tuple(
        entry.risk
        for entry in entries
        if (entry.risk.within is None or entry.risk.within.key in held)
        and (entry.glob is None or matches(entry.glob, names))
    )
