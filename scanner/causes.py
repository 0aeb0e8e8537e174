"""Root causes: one cause, one voice. A finding that another one explains carries that one's fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from scanner.findings import Finding
from scanner.graph import EstateGraph, same_host
from scanner.inventory import ArmId

_RUN_AS = ("run-as-retired",)
_MACHINE = ("worker-machine-missing", "worker-machine-stopped")
_SILENCE = (*_MACHINE, "worker-stale", "worker-purge-soon", "worker-disconnected")
_EXTENSION = ("worker-extension-missing", "worker-extension-failed")
_LINK = ("workspace-missing",)

EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    "worker-machine-stopped": ("worker-machine-missing",),
    "worker-stale": _MACHINE,
    "worker-purge-soon": _MACHINE,
    "worker-disconnected": _MACHINE,
    "worker-never-connected": (*_MACHINE, *_EXTENSION, "worker-identity-missing", "worker-account-url-mismatch"),
    "worker-heartbeat-missing": (*_SILENCE, "worker-platform-retired", "workspace-not-ingesting"),
    "worker-agent-outdated": ("worker-platform-retired", "workspace-not-ingesting"),
    "worker-extension-orphaned": ("worker-purged",),
    "group-empty": ("worker-purged",),
    "group-without-active-worker": (
        *_SILENCE,
        *_EXTENSION,
        "worker-never-connected",
        "worker-platform-retired",
        "worker-heartbeat-missing",
    ),
    "job-failure-signature": ("target-group-missing",),
    "run-as-certificate-missing": _RUN_AS,
    "run-as-thumbprint-mismatch": _RUN_AS,
    "run-as-certificate-expired": _RUN_AS,
    "run-as-certificate-not-exportable": (*_RUN_AS, "run-as-certificate-expired"),
    "run-as-subscription-mismatch": _RUN_AS,
    "runbook-uses-run-as": _RUN_AS,
    "workspace-link-one-sided": _LINK,
    "workspace-cross-subscription": _LINK,
    "region-mapping-unsupported": _LINK,
    "region-mapping-unlisted": _LINK,
    "region-mapping-partial": _LINK,
}
"""Each check, and those that explain it when they find something on a related resource; the first that does counts."""

ABOVE_ALL = "account-suspended"
"""The check that explains every finding below its account."""

_BY_ACCOUNT = frozenset({"runbook-uses-run-as", "job-failure-signature", "worker-extension-orphaned", "group-empty"})
"""Effects whose causes lie anywhere in their account; the fields below decide which of them fit."""

_SAME: Mapping[tuple[str, str], tuple[str, str]] = {
    ("job-failure-signature", "target-group-missing"): ("group_name", "group_name"),
    ("worker-extension-orphaned", "worker-purged"): ("machine_name", "worker_name"),
    ("group-empty", "worker-purged"): ("group_name", "group_name"),
}
"""Which field of an effect's evidence must name the same as which field of its cause's; case does not count."""


def with_root_causes(graph: EstateGraph, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each with the fingerprint of the one that explains it, if there is one."""
    ordered = tuple(findings)
    index = _Index(graph, ordered)
    return tuple(index.explained(finding) for finding in ordered)


class _Index:
    """The findings by check and place, and by check and account."""

    def __init__(self, graph: EstateGraph, findings: tuple[Finding, ...]) -> None:
        self._graph = graph
        self._by_place: dict[tuple[str, str], list[Finding]] = {}
        for finding in findings:
            self._by_place.setdefault((finding.check, finding.subject.key), []).append(finding)
        self._by_account: dict[tuple[str, str], list[Finding]] = {}
        for finding in findings:
            if finding.account is not None:
                self._by_account.setdefault((finding.check, finding.account.key), []).append(finding)

    def explained(self, finding: Finding) -> Finding:
        cause = next(self._causes(finding), None)
        return finding if cause is None else msgspec.structs.replace(finding, root_cause=cause.fingerprint)

    def _causes(self, finding: Finding) -> Iterator[Finding]:
        account = finding.account
        if account is not None and finding.subject != account:
            yield from self._by_place.get((ABOVE_ALL, account.key), ())
        for check in EXPLAINED_BY.get(finding.check, ()):
            for cause in self._candidates(finding, check):
                if cause.fingerprint != finding.fingerprint and _fits(finding, cause):
                    yield cause

    def _candidates(self, finding: Finding, check: str) -> Iterator[Finding]:
        for id_ in self._related(finding):
            yield from self._by_place.get((check, id_.key), ())
        if finding.check in _BY_ACCOUNT and finding.account is not None:
            yield from self._by_account.get((check, finding.account.key), ())

    def _related(self, finding: Finding) -> tuple[ArmId, ...]:
        """The subject itself, a group's workers below it, and the account above it."""
        workers = (worker.id for worker in self._graph.workers(finding.subject))
        return (finding.subject, *workers, *((finding.account,) if finding.account else ()))


def _fits(effect: Finding, cause: Finding) -> bool:
    fields = _SAME.get((effect.check, cause.check))
    if fields is None:
        return True
    own, other = str(effect.evidence.get(fields[0]) or ""), str(cause.evidence.get(fields[1]) or "")
    return same_host(own, other) if fields[0] == "machine_name" else bool(own) and own.lower() == other.lower()
