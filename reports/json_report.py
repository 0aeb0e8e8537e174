"""Renders a scan as a JSON report; the types of json_v1.py say what programs may rely on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import msgspec

import region_map
from reports.comparison_json import comparison_v1
from reports.json_controls import framework_v1
from reports.json_settings import acceptance_of, settings_of
from reports.json_v1 import (
    SCHEMA_ID,
    CauseCounts,
    CauseV1,
    CheckV1,
    Coverage,
    ErrorV1,
    FindingCounts,
    FindingV1,
    GapV1,
    HopV1,
    ImpactV1,
    ReportV1,
    RequestsV1,
    ResourceV1,
    ScanV1,
    ScenarioV1,
    ScopeV1,
    ScriptV1,
    StartV1,
    Summary,
    TenantV1,
    Tool,
    UnknownV1,
)
from reports.standing import is_whole
from reports.tenants import TenantStanding, tenants_of
from scanner import __version__
from scanner.checks import all_checks
from scanner.findings import Cause, Finding, Impact, Scan, Scenario, Severity
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, AutomationAccount, Estate, Gap, HybridWorker, Resource, Subscription, Workspace
from scanner.inventory.resources import WorkerGroup
from scanner.inventory.snapshot import encode_hook

_LISTED_AT_ONCE = 100


def to_json(scan: Scan) -> str:
    """Render a scan as indented JSON with a final line break."""
    return "".join(json_chunks(scan))


def json_chunks(scan: Scan) -> Iterator[str]:
    """The text of `to_json`, a part of a list at a time: a big estate's report is never in memory as a whole."""
    joint = "{\n"
    for name, value in _head(scan).items():
        yield joint + _member(name, value)
        joint = ",\n"
    for name, listed in _LISTS.items():
        yield joint
        yield from _list_member(name, listed(scan))
    yield "\n}\n"


def _list_member(name: str, items: Iterable[msgspec.Struct]) -> Iterator[str]:
    """The text of a member that is a list, without the braces of its object."""
    opened, closed = f'  "{name}": [\n', "\n  ]"
    joint = opened
    for part in _batched(items, _LISTED_AT_ONCE):
        yield joint + _member(name, part).removeprefix(opened).removesuffix(closed)
        joint = ",\n"
    yield _member(name, []) if joint is opened else closed


def _member(name: str, value: Any) -> str:
    """One member of an indented object, without the braces."""
    text = msgspec.json.format(msgspec.json.encode({name: value}, enc_hook=encode_hook), indent=2).decode()
    return text.removeprefix("{\n").removesuffix("\n}")


def _batched(items: Iterable[Any], count: int) -> Iterator[list[Any]]:
    waiting = iter(items)
    while part := list(islice(waiting, count)):
        yield part


def report_of(scan: Scan) -> ReportV1:
    """Convert a scan to the public types."""
    lists: dict[str, Any] = {name: list(listed(scan)) for name, listed in _LISTS.items()}
    return ReportV1(**_head(scan), **lists)


def _head(scan: Scan) -> Mapping[str, Any]:
    return {
        "schema": SCHEMA_ID,
        "tool": Tool(name="hybrid-worker-audit", version=__version__, region_map_version=region_map.VERSION),
        "scan": _scan(scan),
        "summary": _summary(scan),
        "comparison": comparison_v1(scan.comparison) if scan.comparison else None,
        "settings": settings_of(scan.settings),
    }


def _finding(finding: Finding, on: date) -> FindingV1:
    return FindingV1(
        check=finding.check,
        severity=finding.severity.value,
        subject=finding.subject.text,
        account=finding.account.text if finding.account else None,
        subscription_id=finding.subscription_id,
        message=finding.message,
        evidence=finding.evidence,
        remediation=[str(step) for step in finding.remediation],
        scenarios=list(finding.scenarios),
        root_cause=finding.root_cause,
        root_cause_path=[HopV1(id=hop.id.text, relation=hop.relation) for hop in finding.path],
        fingerprint=finding.fingerprint,
        impact=_impact(finding.impact) if finding.impact else None,
        change=finding.change.value if finding.change else None,
        status="accepted" if finding.acceptance else "open",
        declared_severity=finding.declared.value if finding.declared else None,
        acceptance=acceptance_of(finding.acceptance, on) if finding.acceptance else None,
    )


def _causes(scan: Scan) -> Iterator[CauseV1]:
    checks = {finding.fingerprint: finding.check for finding in scan.findings}
    return (_cause(cause, checks[cause.finding]) for cause in scan.causes)


def _cause(cause: Cause, check: str) -> CauseV1:
    return CauseV1(
        finding=cause.finding,
        check=check,
        severity=cause.worst.value,
        explains=list(cause.explains),
        hurts=[_impact(impact) for impact in cause.hurts],
    )


def _scenario(scenario: Scenario) -> ScenarioV1:
    return ScenarioV1(
        id=scenario.id,
        title=scenario.title,
        outcome=scenario.outcome.value,
        on_machine=list(scenario.on_machine),
        findings=list(scenario.findings),
        scripts=[
            ScriptV1(os=script.os.value, script=script.text, reads_as=script.reads_as) for script in scenario.scripts
        ],
        unseen_checks=list(scenario.because),
    )


def _impact(impact: Impact) -> ImpactV1:
    return ImpactV1(
        group=impact.group.text,
        runbooks=list(impact.runbooks),
        runbooks_in_all=impact.runbooks_in_all,
        starts=[
            StartV1(
                kind="schedule" if start.kind == "schedule" else "webhook",
                name=start.name,
                runbook=start.runbook,
                next_run=_time(start.next_run) if start.next_run else None,
            )
            for start in impact.starts
        ],
        starts_in_all=impact.starts_in_all,
        recent_jobs=impact.recent_jobs,
        complete=impact.complete,
    )


def _scan(scan: Scan) -> ScanV1:
    facts = scan.estate.facts
    scope = facts.scope
    return ScanV1(
        started_at=_time(facts.started_at),
        finished_at=_time(facts.finished_at),
        as_of=_time(facts.as_of) if facts.as_of else None,
        cloud=facts.cloud,
        tenant_id=facts.tenant_id,
        scope=ScopeV1(
            subscriptions=list(scope.subscriptions),
            excluded_subscriptions=list(scope.excluded_subscriptions),
            management_group=scope.management_group,
            resource_group=scope.resource_group,
            account=scope.account,
            shard=None if scope.shard is None else str(scope.shard),
        ),
        interrupted=facts.interrupted,
        requests=RequestsV1(
            sent=facts.requests.sent, retried=facts.requests.retried, throttled=facts.requests.throttled
        ),
        notes=list(scan.notes),
        since=_time(facts.since) if facts.since else None,
        skipped=list(facts.skipped),
        included=list(facts.included),
        redacted=facts.redaction is not None,
        redaction=facts.redaction,
        left_to_other_shards=len(facts.elsewhere),
        tenants=[_tenant(tenant) for tenant in tenants_of(scan.estate)] or msgspec.UNSET,
    )


def _tenant(tenant: TenantStanding) -> TenantV1:
    return TenantV1(
        name=tenant.name,
        tenant_id=tenant.id,
        subscriptions=tenant.subscriptions,
        gap=tenant.gap.id if tenant.gap else None,
    )


def _summary(scan: Scan) -> Summary:
    estate = scan.estate
    worst = Counter(cause.worst for cause in scan.causes)
    return Summary(
        subscriptions=len(estate.subscriptions),
        automation_accounts=len(estate.accounts),
        workspaces=len(estate.workspaces),
        worker_groups=len(estate.groups),
        workers=len(estate.workers),
        causes=CauseCounts(total=len(scan.causes), **{severity.value: worst[severity] for severity in Severity}),
        findings=FindingCounts(**{severity.value: scan.count(severity) for severity in Severity}),
        unknowns=len(scan.unknowns),
        coverage=Coverage(
            planned=estate.ledger.planned, answered=estate.ledger.answered, ratio=_ratio(scan.coverage_ratio)
        ),
        accepted=scan.accepted,
        whole=is_whole(scan),
    )


def _checks(scan: Scan) -> Iterator[CheckV1]:
    ran = {check.id for check in scan.checks}
    crashed = {error.check for error in scan.errors}
    for check in sorted(ran.union(each.id for each in all_checks())):
        yield CheckV1(id=check, outcome="crashed" if check in crashed else "ran" if check in ran else "not_run")


def _ratio(exact: float) -> float:
    # Rounding down keeps a scan with one Gap in a million reads below 1.
    return int(exact * 1_000_000) / 1_000_000


def _gap(gap: Gap, affects: tuple[str, ...]) -> GapV1:
    return GapV1(
        id=gap.id,
        scope=gap.scope,
        operation=gap.operation,
        reason=gap.reason.value,
        status=gap.status,
        code=gap.code,
        message=gap.message,
        action=gap.action,
        request_id=gap.request_id,
        affects=list(affects),
        count=gap.count,
        listed_in=gap.listed_in,
    )


def _resources(estate: Estate) -> Iterator[ResourceV1]:
    graph = EstateGraph.of(estate)
    kinds: tuple[tuple[Resource, ...], ...] = (
        estate.accounts,
        estate.subscriptions,
        estate.workers,
        estate.groups,
        estate.workspaces,
    )
    return (_resource(graph, resource) for resources in kinds for resource in resources)


def _resource(graph: EstateGraph, resource: Resource) -> ResourceV1:
    common: dict[str, Any] = {
        "id": resource.id.text,
        "name": resource.name,
        "subscription_id": resource.id.subscription_id,
        "location": getattr(resource, "location", None),
    }
    if graph.estate.facts.tenants:
        common["tenant_id"] = graph.home_of(resource.id)
    match resource:
        case Subscription():
            return ResourceV1(
                kind="subscription",
                state=resource.state,
                managed_by_tenants=list(resource.managed_by) or None,
                read_through=resource.login,
                **common | {"tenant_id": resource.tenant_id},
            )
        case AutomationAccount():
            link = graph.link(resource.id)
            return ResourceV1(
                kind="automation_account",
                state=resource.state,
                linked_workspace=_text(link.workspace if link else None),
                **common,
            )
        case Workspace():
            return ResourceV1(kind="workspace", state=resource.provisioning_state, **common)
        case WorkerGroup():
            return ResourceV1(kind="worker_group", group_type=resource.group_type, **common)
        case HybridWorker():
            return ResourceV1(
                kind="worker",
                worker_type=resource.worker_type,
                last_seen=_time(resource.last_seen) if resource.last_seen else None,
                machine=_text(resource.machine),
                **(common | {"name": resource.worker_name}),
            )
        case _:
            raise TypeError(f"{type(resource).__name__} is not part of the report")


def _text(id_: ArmId | None) -> str | None:
    return id_.text if id_ else None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_LISTS: Mapping[str, Callable[[Scan], Iterable[msgspec.Struct]]] = {
    "gaps": lambda scan: (_gap(spot.gap, spot.affects) for spot in scan.blind_spots),
    "causes": _causes,
    "findings": lambda scan: (_finding(found, scan.estate.facts.moment.date()) for found in scan.findings),
    "unknowns": lambda scan: (
        UnknownV1(check=u.check, subject=u.subject.text, because=u.because) for u in scan.unknowns
    ),
    "scenarios": lambda scan: map(_scenario, scan.scenarios),
    "errors": lambda scan: (ErrorV1(check=error.check, message=error.message) for error in scan.errors),
    "checks": _checks,
    "controls": lambda scan: map(framework_v1, scan.frameworks),
    "resources": lambda scan: _resources(scan.estate),
}
"""The lists of the report, in its order."""


def records(scan: Scan) -> Iterator[tuple[str, Any]]:
    """The report in parts: its head as `scan`, then each item of its lists under the list's name in the singular."""
    yield "scan", _head(scan)
    for name, listed in _LISTS.items():
        yield from ((name.removesuffix("s"), item) for item in listed(scan))
