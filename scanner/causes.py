"""Root causes: one cause, one voice. A finding that another one explains carries that one's fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scanner.findings import Finding
from scanner.graph import EstateGraph
from scanner.inventory import ArmId

# Each check, and the checks that explain it when they find something on a related resource; the first that does counts.
_RUN_AS = ("run-as-retired",)
EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    "group-without-active-worker": (
        "worker-stale",
        "worker-purge-soon",
        "worker-disconnected",
        "worker-never-connected",
    ),
    "run-as-certificate-missing": _RUN_AS,
    "run-as-thumbprint-mismatch": _RUN_AS,
    "run-as-certificate-expired": _RUN_AS,
    "run-as-certificate-not-exportable": (*_RUN_AS, "run-as-certificate-expired"),
    "run-as-subscription-mismatch": _RUN_AS,
    "workspace-link-one-sided": ("workspace-missing",),
    "workspace-cross-subscription": ("workspace-missing",),
    "region-mapping-unsupported": ("workspace-missing",),
    "region-mapping-unlisted": ("workspace-missing",),
    "region-mapping-partial": ("workspace-missing",),
}


def with_root_causes(graph: EstateGraph, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each with the fingerprint of the one that explains it, if there is one."""
    ordered = tuple(findings)
    by_place: dict[tuple[str, str], Finding] = {}
    for finding in ordered:
        by_place.setdefault((finding.check, finding.subject.key), finding)
    return tuple(_explained(graph, finding, by_place) for finding in ordered)


def _explained(graph: EstateGraph, finding: Finding, by_place: Mapping[tuple[str, str], Finding]) -> Finding:
    related = _related(graph, finding)
    for check in EXPLAINED_BY.get(finding.check, ()):
        for id_ in related:
            cause = by_place.get((check, id_.key))
            if cause is not None:
                return msgspec.structs.replace(finding, root_cause=cause.fingerprint)
    return finding


def _related(graph: EstateGraph, finding: Finding) -> tuple[ArmId, ...]:
    """The subject itself and the resources below it in the graph: a group's workers."""
    return (finding.subject, *(worker.id for worker in graph.workers(finding.subject)))
