"""The scenarios of Microsoft's *Troubleshoot Hybrid Runbook Worker issues*, and what a scan can say of each.

Titles are in our own words; the order is the article's (localized versions of 2019-11-25 and 2021-01-27).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.findings import BlindSpot, CheckError, CheckInfo, Finding, Outcome, Scenario, Unknown
from scanner.graph import EstateGraph
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Estate,
    HybridWorker,
    OsType,
    Reading,
    WorkerGroup,
    with_prerequisites,
)
from scanner.on_machine import OnMachine, os_of

TITLES: Mapping[str, str] = {
    "S1": "A job stops unexpectedly and is tried three times",
    "S2": "Event 15011: the workspace is in another subscription, or its name is taken",
    "S3": "A worker is dropped after 30 days without a ping",
    "S4": "The Run As certificate is missing on the worker",
    "S5": "Registration answers 403: wrong id or key, unsupported region mapping, or a skewed clock",
    "S6": "A Linux runbook prompts for a password (sudo, GPG)",
    "S7": "The Linux agent does not run",
    "S8": "The class does not exist: an outdated Linux agent",
    "S9": "The Windows agent does not run",
    "S10": "Event 4502: a proxy intercepts TLS",
    "S11": "A runbook of the sandbox cannot connect to Microsoft 365",
    "S12": "A corrupt agent cache: the machine runs, no heartbeat arrives",
    "S13": "A Windows machine is already registered to another account",
    "S14": "A Linux machine is already registered, or its group is gone",
}

# "No sign" of a scenario is only as good as these checks; one that this version does not have keeps it at "not seen".
NEEDED_CHECKS: Mapping[str, tuple[str, ...]] = {
    "S1": (
        "job-failure-signature",
        "group-credential-missing",
        "group-without-active-worker",
        "worker-machine-stopped",
        "worker-below-minimum-hardware",
        "outbound-https-blocked",
    ),
    "S2": (
        "workspace-cross-subscription",
        "workspace-name-collision",
        "worker-reports-elsewhere",
        "agent-event-signature",
    ),
    "S3": (
        "worker-stale",
        "worker-purge-soon",
        "worker-purged",
        "worker-machine-stopped",
        "target-group-missing",
        "group-empty",
    ),
    "S4": (
        "run-as-certificate-missing",
        "run-as-thumbprint-mismatch",
        "run-as-certificate-expired",
        "run-as-certificate-not-exportable",
        "run-as-subscription-mismatch",
        "run-as-retired",
        "runbook-uses-run-as",
        "job-failure-signature",
    ),
    "S5": (
        "region-mapping-unsupported",
        "region-mapping-unlisted",
        "region-mapping-partial",
        "worker-reports-elsewhere",
        "worker-clock-skewed",
        "worker-never-connected",
    ),
    "S6": ("job-failure-signature",),
    "S7": ("worker-heartbeat-missing",),
    "S8": ("worker-agent-outdated",),
    "S9": ("worker-heartbeat-missing",),
    "S10": ("agent-event-signature",),
    "S11": ("runbook-uses-msonline",),
    "S12": ("worker-heartbeat-missing",),
    "S13": ("worker-registered-twice",),
    "S14": ("worker-registered-twice", "worker-extension-orphaned", "target-group-missing"),
}

_HAPPENS_ON: Mapping[str, OsType] = {
    "S7": OsType.LINUX,
    "S8": OsType.LINUX,
    "S9": OsType.WINDOWS,
    "S12": OsType.WINDOWS,
    "S13": OsType.WINDOWS,
    "S14": OsType.LINUX,
}
"""Scenarios of one operating system only, which share their checks with those of the other."""

_ABOUT_WORKERS = frozenset({"worker-heartbeat-missing", "worker-agent-outdated", "worker-registered-twice"})
"""Checks that judge workers one by one: where all of them are known to run the other system, nothing is hidden."""


def scenarios(
    graph: EstateGraph,
    checks: Iterable[CheckInfo],
    findings: Iterable[Finding],
    unknowns: Iterable[Unknown],
    errors: Iterable[CheckError],
    *,
    blind_spots: Iterable[BlindSpot],
) -> tuple[Scenario, ...]:
    """Tell each scenario's outcome: detected by findings, no sign when every needed check judged all, else not seen.

    `checks` are those that ran: one that is not enabled, or that this version does not have, judged nothing.
    """
    told, ran = tuple(findings), tuple(checks)
    blindness = _Blindness(graph, checks=ran, findings=told, unknowns=unknowns, errors=errors, blind_spots=blind_spots)
    on_machine = OnMachine(graph, told)
    made = []
    for id_, title in TITLES.items():
        found = tuple(finding.fingerprint for finding in told if id_ in finding.scenarios)
        because = () if found else blindness.of(id_)
        outcome = Outcome.DETECTED if found else Outcome.NOT_SEEN if because else Outcome.NO_SIGN
        scripts = on_machine.scripts(id_)
        made.append(Scenario(id=id_, title=title, outcome=outcome, findings=found, because=because, scripts=scripts))
    return tuple(made)


class _Blindness:
    """Which checks did not judge everything, scenario by scenario."""

    def __init__(
        self,
        graph: EstateGraph,
        *,
        checks: tuple[CheckInfo, ...],
        findings: tuple[Finding, ...],
        unknowns: Iterable[Unknown],
        errors: Iterable[CheckError],
        blind_spots: Iterable[BlindSpot],
    ) -> None:
        self._graph = graph
        self._ran = {check.id for check in checks} - {error.check for error in errors}
        self._unknowns: dict[str, list[Unknown]] = {}
        for unknown in unknowns:
            self._unknowns.setdefault(unknown.check, []).append(unknown)
        self._undecided = {(id_, finding.check) for finding in findings for id_ in finding.may_be}
        self._gaps = _gaps_by_check(checks, blind_spots)

    def of(self, scenario_id: str) -> tuple[str, ...]:
        """The checks behind which the scenario may hide; all of them where the scan is a part of its scope."""
        needed = NEEDED_CHECKS[scenario_id]
        if _is_partial(self._graph.estate):
            return needed
        return tuple(check for check in needed if check not in self._ran or self._may_hide(scenario_id, check))

    def _may_hide(self, scenario_id: str, check: str) -> bool:
        unknowns = self._unknowns.get(check, ())
        # A gap without an Unknown was outweighed by what was seen: that settles a verdict, and is no sight of the rest.
        silent = self._gaps.get(check, frozenset()) - {unknown.because for unknown in unknowns}
        return (
            (scenario_id, check) in self._undecided
            or bool(silent)
            or any(_hides(self._graph, scenario_id, unknown) for unknown in unknowns)
        )


def _is_partial(estate: Estate) -> bool:
    """Whether nothing of the estate, or only a part of what is in scope, was there to judge."""
    return not estate.accounts or bool(estate.facts.elsewhere) or estate.facts.interrupted


def _gaps_by_check(checks: Iterable[CheckInfo], blind_spots: Iterable[BlindSpot]) -> Mapping[str, frozenset[str]]:
    """The ids of the gaps in what the verdict of each check rests on, without those that only refine it."""
    spots = tuple(blind_spots)
    gaps = {}
    for check in checks:
        reads = with_prerequisites(check.reads)
        gaps[check.id] = frozenset(
            spot.gap.id for spot in spots if spot.gap.reading in reads and check.id in spot.affects
        )
    return gaps


def _hides(graph: EstateGraph, scenario_id: str, unknown: Unknown) -> bool:
    """Tell whether the scenario may hide behind an Unknown of its checks: not behind workers of the other system."""
    wanted = _HAPPENS_ON.get(scenario_id)
    if wanted is None or unknown.check not in _ABOUT_WORKERS:
        return True
    workers = _workers_in(graph, unknown.subject)
    return workers is None or any(os_of(graph, worker) in {wanted, None} for worker in workers)


def _workers_in(graph: EstateGraph, subject: ArmId) -> tuple[HybridWorker, ...] | None:
    """The workers that an Unknown on a worker, a group or an account is about; None when not all of them are known."""
    node = graph.node(subject)
    match node.resource if node else None:
        case HybridWorker() as worker:
            return (worker,)
        case WorkerGroup(id=group):
            return graph.workers(group) if graph.listed(Reading.WORKERS, group) else None
        case AutomationAccount(id=account) if graph.listed(Reading.GROUPS, account):
            groups = graph.groups(account)
            complete = all(graph.listed(Reading.WORKERS, group.id) for group in groups)
            return tuple(worker for group in groups for worker in graph.workers(group.id)) if complete else None
        case _:
            return None
