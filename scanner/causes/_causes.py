"""The causes of a scan: what each explains, and what all of that hurts."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.causes._hurts import Hurts
from scanner.findings import Cause, Finding
from scanner.graph import EstateGraph


def causes_of(graph: EstateGraph, findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """One cause for each finding that no other explains: the worst first, then those that explain most.

    Causes that are alike in both keep the order of their findings, and so do the effects of each.
    """
    ordered = tuple(findings)
    effects: dict[str, list[Finding]] = {}
    for finding in ordered:
        if finding.root_cause is not None:
            effects.setdefault(finding.root_cause, []).append(finding)
    hurts = Hurts(graph)
    causes = (_cause(f, effects.get(f.fingerprint, []), hurts) for f in ordered if f.root_cause is None)
    return tuple(sorted(causes, key=lambda cause: (cause.worst.rank, -len(cause.explains))))


def _cause(finding: Finding, effects: list[Finding], hurts: Hurts) -> Cause:
    worst_first = sorted(effects, key=lambda effect: effect.severity.rank)
    return Cause(
        finding=finding.fingerprint,
        explains=tuple(effect.fingerprint for effect in worst_first),
        worst=min((finding.severity, *(effect.severity for effect in effects)), key=lambda severity: severity.rank),
        hurts=hurts.of((finding, *worst_first)),
    )
