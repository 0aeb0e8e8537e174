"""The causes of a scan: what each explains, and what all of that hurts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scanner.findings import Cause, Finding, Impact


def causes_of(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """One cause for each finding that no other explains: the worst first, then those that explain most.

    Causes that are alike in both keep the order of their findings, and so do the effects of each.
    """
    ordered = tuple(findings)
    effects: dict[str, list[Finding]] = {}
    for finding in ordered:
        if finding.root_cause is not None:
            effects.setdefault(finding.root_cause, []).append(finding)
    causes = (_cause(f, effects.get(f.fingerprint, [])) for f in ordered if f.root_cause is None)
    return tuple(sorted(causes, key=lambda cause: (cause.worst.rank, -len(cause.explains))))


def _cause(finding: Finding, effects: list[Finding]) -> Cause:
    worst_first = sorted(effects, key=lambda effect: effect.severity.rank)
    return Cause(
        finding=finding.fingerprint,
        explains=tuple(effect.fingerprint for effect in worst_first),
        worst=min((finding.severity, *(effect.severity for effect in effects)), key=lambda severity: severity.rank),
        hurts=_hurts((finding, *worst_first)),
    )


def _hurts(findings: Iterable[Finding]) -> tuple[Impact, ...]:
    """What the findings hurt, once for each group, the one whose next run is nearest first."""
    by_group = {finding.impact.group.key: finding.impact for finding in findings if finding.impact is not None}
    return tuple(sorted(by_group.values(), key=_soonest))


def _soonest(impact: Impact) -> tuple[bool, datetime | None, str]:
    next_run = impact.starts[0].next_run if impact.starts else None
    return (next_run is None, next_run, impact.group.key)
