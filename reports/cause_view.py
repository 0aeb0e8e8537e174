"""The causes of a scan for the page: each with what it explains, and with what all of that hurts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from scanner.findings import Cause, Finding, Impact, Scan, Severity

MOST_CAUSES = 1000
"""Causes that the page shows as cards, the worst first."""
MOST_EFFECTS = 20
"""Effects that one card names."""
MOST_HURT = 5
"""Groups of which one card tells what runs there."""


class CauseCard(msgspec.Struct, frozen=True, kw_only=True):
    """A cause as a whole finding, the first of what it explains, and the first of what that hurts."""

    finding: Finding
    effects: tuple[Finding, ...]
    effects_in_all: int
    by_severity: tuple[tuple[Severity, int], ...]
    hurts: tuple[Impact, ...]
    hurts_in_all: int


class CauseGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The causes of one severity, which is the worst of a cause and what it explains; `count` are all of them."""

    severity: Severity
    count: int
    cards: tuple[CauseCard, ...]


class CausesView(msgspec.Struct, frozen=True, kw_only=True):
    """All causes, the worst first; `explained` counts the findings that have one of them as their cause."""

    count: int
    explained: int
    shown: int
    groups: tuple[CauseGroup, ...]


def causes_view(scan: Scan) -> CausesView:
    """The causes of a scan by severity, the first thousand as cards."""
    found = {finding.fingerprint: finding for finding in scan.findings}
    causes = sorted(causes_of(scan), key=lambda cause: _order(cause, found[cause.finding]))
    counts = Counter(cause.worst for cause in causes)
    shown = [(cause.worst, _card(cause, found)) for cause in causes[:MOST_CAUSES]]
    groups = [
        CauseGroup(
            severity=severity,
            count=counts[severity],
            cards=tuple(card for worst, card in shown if worst is severity),
        )
        for severity in Severity
        if counts[severity]
    ]
    return CausesView(
        count=len(causes),
        explained=sum(len(cause.explains) for cause in causes),
        shown=len(shown),
        groups=tuple(groups),
    )


def causes_of(scan: Scan) -> Sequence[Cause]:
    """The findings that no other explains, each with all that it explains, also by way of others."""
    found = {finding.fingerprint: finding for finding in scan.findings}
    effects: dict[str, list[Finding]] = {}
    for finding in scan.findings:
        source = _source(finding, found)
        if source is not finding:
            effects.setdefault(source.fingerprint, []).append(finding)
    return [
        _cause(finding, effects.get(finding.fingerprint, ()))
        for finding in scan.findings
        if finding.root_cause not in found
    ]


def _source(finding: Finding, found: Mapping[str, Finding]) -> Finding:
    """The end of the chain of causes."""
    passed = {finding.fingerprint}
    cause = found.get(finding.root_cause or "")
    while cause is not None and cause.fingerprint not in passed:
        finding = cause
        passed.add(finding.fingerprint)
        cause = found.get(finding.root_cause or "")
    return finding


def _cause(finding: Finding, effects: Iterable[Finding]) -> Cause:
    ordered = sorted(effects, key=lambda effect: (effect.severity.rank, effect.check, effect.subject.key))
    hurt = {each.impact.group.key: each.impact for each in (*reversed(ordered), finding) if each.impact is not None}
    return Cause(
        finding=finding.fingerprint,
        explains=tuple(effect.fingerprint for effect in ordered),
        worst=min((each.severity for each in (finding, *ordered)), key=lambda severity: severity.rank),
        hurts=tuple(hurt[key] for key in sorted(hurt)),
    )


def _order(cause: Cause, finding: Finding) -> tuple[int, int, int, str, str]:
    return (cause.worst.rank, finding.severity.rank, -len(cause.explains), finding.check, finding.subject.key)


def _card(cause: Cause, found: Mapping[str, Finding]) -> CauseCard:
    effects = tuple(found[print_] for print_ in cause.explains)
    counts = Counter(effect.severity for effect in effects)
    return CauseCard(
        finding=found[cause.finding],
        effects=effects[:MOST_EFFECTS],
        effects_in_all=len(effects),
        by_severity=tuple((severity, counts[severity]) for severity in Severity if counts[severity]),
        hurts=cause.hurts[:MOST_HURT],
        hurts_in_all=len(cause.hurts),
    )
