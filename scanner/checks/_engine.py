"""Runs checks over a graph, and turns every Gap in their reads into an Unknown: nothing unseen is ever acquitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from scanner.checks._check import Check
from scanner.findings import BlindSpot, CheckError, Evidence, Finding, Settled, Unknown, Unseen, finding_of
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, Gap, Reading, with_prerequisites


class Verdicts(msgspec.Struct, frozen=True):
    """What all checks say together, sorted."""

    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    blind_spots: tuple[BlindSpot, ...]
    errors: tuple[CheckError, ...]


class _Hidden(msgspec.Struct, frozen=True):
    """What one read left unseen, worked out once for all checks; `place` is what clears all of it when judged.

    What is `elsewhere` is hidden only from checks that look beyond one account.
    """

    reading: Reading
    because: str
    subjects: tuple[ArmId, ...]
    place: ArmId | None = None
    elsewhere: bool = False

    def is_needed_by(self, check: Check) -> bool:
        """Whether the check's verdict rests on the read."""
        rests = self.reading in with_prerequisites(check.info.reads)
        return rests and (check.info.looks_elsewhere or not self.elsewhere)


def judge(graph: EstateGraph, checks: Iterable[Check]) -> Verdicts:
    """Run every check; one that crashes becomes an entry under errors, and the others still speak."""
    ran = tuple(checks)
    gaps = graph.ledger.gaps
    kinds = [(_lost_with(graph, gap), gap.is_of_neighbours) for gap in gaps]
    affected = {kind: tuple(c.id for c in ran if _touches(*kind, c)) for kind in set(kinds)}
    hidden = (*_by_gaps(graph, gaps), *_by_no_lists(graph))
    findings: dict[str, Finding] = {}
    unknowns: dict[tuple[str, str, str], Unknown] = {}
    errors = []
    for check in ran:
        outcome = _run(check, graph)
        if isinstance(outcome, CheckError):
            errors.append(outcome)
            continue
        found, unseen, settled = outcome
        findings.update({finding.fingerprint: finding for finding in found})
        judged = settled | {finding.subject.key for finding in found}
        for unknown in (*unseen, *_of_hidden(check, hidden, judged)):
            unknowns.setdefault((unknown.check, unknown.subject.key, unknown.because), unknown)
    return Verdicts(
        findings=tuple(sorted(findings.values(), key=lambda finding: finding.order)),
        unknowns=tuple(sorted(unknowns.values(), key=lambda u: (u.check, u.subject.key, u.because))),
        blind_spots=tuple(BlindSpot(gap, affected[kind]) for gap, kind in zip(gaps, kinds, strict=True)),
        errors=tuple(errors),
    )


def _run(check: Check, graph: EstateGraph) -> tuple[list[Finding], list[Unknown], set[str]] | CheckError:
    findings: list[Finding] = []
    unknowns: list[Unknown] = []
    settled: set[str] = set()
    try:
        for judgement in check.judge(graph):
            match judgement:
                case Evidence():
                    findings.append(finding_of(check.info, judgement))
                case Unseen(subject, because):
                    unknowns.append(Unknown(check.id, subject, because.id if isinstance(because, Gap) else because))
                case Settled(subject):
                    settled.add(subject.key)
    except Exception as error:  # noqa: BLE001 - one broken check must not silence the others
        return CheckError(check.id, f"{type(error).__name__}: {error}")
    return findings, unknowns, settled


def _by_gaps(graph: EstateGraph, gaps: Iterable[Gap]) -> Iterator[_Hidden]:
    for gap in gaps:
        place = graph.ledger.place_of(gap)
        subjects = _subjects(graph, ArmId(gap.scope), place)
        yield _Hidden(_lost_with(graph, gap), gap.id, subjects, place, gap.is_of_neighbours)


def _lost_with(graph: EstateGraph, gap: Gap) -> Reading:
    """The read whose followers a Gap takes along: of an account that no list showed, nothing else was asked."""
    unseen = gap.reading is Reading.ACCOUNT and graph.presence(ArmId(gap.scope)) is not Presence.SEEN
    return Reading.ACCOUNTS if unseen else gap.reading


def _by_no_lists(graph: EstateGraph) -> Iterator[_Hidden]:
    """A collection whose owner the service denies, although it was seen: an answer, yet no empty list."""
    for read, scope in graph.ledger.without_result:
        if read.is_list and read.gap is None and graph.presence(scope) is Presence.SEEN:
            yield _Hidden(read.reading, read.reading.operation.split("/")[-2], _subjects(graph, scope, scope))


def _of_hidden(check: Check, hidden: Iterable[_Hidden], judged: set[str]) -> Iterator[Unknown]:
    for each in hidden:
        if each.is_needed_by(check) and (each.place is None or each.place.key not in judged):
            for subject in each.subjects:
                if subject.key not in judged:
                    yield Unknown(check.id, subject, each.because)


def _touches(reading: Reading, elsewhere: bool, check: Check) -> bool:
    touched = reading in with_prerequisites((*check.info.reads, *check.info.refines))
    return touched and (check.info.looks_elsewhere or not elsewhere)


def _subjects(graph: EstateGraph, scope: ArmId, place: ArmId) -> tuple[ArmId, ...]:
    """The smallest known containers that are hidden at `scope`: for a workspace, the accounts that are linked to it."""
    if place.type == "microsoft.operationalinsights/workspaces":
        linked = graph.accounts_linked_to(place)
        return tuple(account.id for account in linked) or (place.subscription,)
    return (scope,)
