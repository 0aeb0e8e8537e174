"""The JSON report, version 1: a public contract with types of its own, so that a refactoring cannot change it.

Names are never changed or removed within version 1, only added. `json_schema()` is generated from these types and
shipped as `reports/schema/report.v1.schema.json`.
"""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

import region_map
from scanner import __version__
from scanner.findings import Impact, Scan, Scenario, Severity
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, AutomationAccount, Estate, Gap, HybridWorker, Resource, Subscription, Workspace
from scanner.inventory.resources import WorkerGroup
from scanner.inventory.snapshot import encode_hook

SCHEMA_ID: Literal["hwaudit-report/1"] = "hwaudit-report/1"

SeverityName = Literal["critical", "high", "medium", "low", "info"]
GapReasonName = Literal[
    "denied",
    "throttled",
    "timeout",
    "unreachable",
    "not_registered",
    "malformed",
    "truncated",
    "failed",
    "interrupted",
    "skipped",
]


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """The program and the data that judged."""

    name: str
    version: str
    region_map_version: str


class RequestsV1(msgspec.Struct, frozen=True, kw_only=True):
    """HTTP requests of the scan."""

    sent: int
    retried: int
    throttled: int


class ScopeV1(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for; empty lists and nulls mean everything visible."""

    subscriptions: list[str]
    excluded_subscriptions: list[str]
    management_group: str | None
    resource_group: str | None
    account: str | None


class ScanV1(msgspec.Struct, frozen=True, kw_only=True):
    """When and where; times are ISO 8601 in UTC with Z, `as_of` is null when each read's own time counts."""

    started_at: str
    finished_at: str
    as_of: str | None
    cloud: str
    tenant_id: str | None
    scope: ScopeV1
    interrupted: bool
    requests: RequestsV1
    notes: list[str]
    since: str | None
    skipped: list[str]
    included: list[str]


class FindingCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Findings by severity."""

    critical: int
    high: int
    medium: int
    low: int
    info: int


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Planned and answered reads; any Gap makes the ratio less than 1."""

    planned: int
    answered: int
    ratio: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of the report; groups and workers count System ones too."""

    subscriptions: int
    automation_accounts: int
    workspaces: int
    worker_groups: int
    workers: int
    findings: FindingCounts
    unknowns: int
    coverage: Coverage


class GapV1(msgspec.Struct, frozen=True, kw_only=True):
    """A planned read that was not answered."""

    id: str
    scope: str
    operation: str
    reason: GapReasonName
    status: int | None
    code: str
    message: str
    action: str | None
    request_id: str
    affects: list[str]
    count: int


class StartV1(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule or webhook that starts a runbook; `next_run` is null for a webhook."""

    kind: Literal["schedule", "webhook"]
    name: str
    runbook: str | None
    next_run: str | None


class ImpactV1(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding on a worker or a group hurts: the first of all starts, the next run first.

    `complete` is false where not everything behind it was read: there may be more.
    """

    group: str
    runbooks: list[str]
    runbooks_in_all: int
    starts: list[StartV1]
    starts_in_all: int
    recent_jobs: int
    complete: bool


class FindingV1(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong; each remediation is a text, with its command after a line break.

    `impact` is null for a subject that is neither a worker nor a group.
    """

    check: str
    severity: SeverityName
    subject: str
    account: str | None
    subscription_id: str
    message: str
    evidence: dict[str, Any]
    remediation: list[str]
    scenarios: list[str]
    root_cause: str | None
    fingerprint: str
    impact: ImpactV1 | None


class UnknownV1(msgspec.Struct, frozen=True, kw_only=True):
    """A check without a verdict; `because` is a gap id or the name of a field that Azure left out."""

    check: str
    subject: str
    because: str


class ScriptV1(msgspec.Struct, frozen=True, kw_only=True):
    """A read-only script to run on a worker, PowerShell on Windows and sh on Linux; `reads_as` tells how to read it."""

    os: Literal["Windows", "Linux"]
    script: str
    reads_as: str


class ScenarioV1(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of the troubleshooting article; `on_machine` are the commands of all its scripts.

    `unseen_checks` are the checks that could not judge and so keep the scenario at `not_seen`.
    """

    id: str
    title: str
    outcome: Literal["detected", "no_sign", "not_seen"]
    on_machine: list[str]
    findings: list[str]
    scripts: list[ScriptV1]
    unseen_checks: list[str]


class ErrorV1(msgspec.Struct, frozen=True, kw_only=True):
    """A check that crashed."""

    check: str
    message: str


class ResourceV1(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One resource that was seen; the optional fields belong to the kinds that have them."""

    kind: Literal["subscription", "automation_account", "workspace", "worker_group", "worker"]
    id: str
    name: str
    location: str | None
    subscription_id: str
    state: str | None = None
    tenant_id: str | None = None
    managed_by_tenants: list[str] | None = None
    linked_workspace: str | None = None
    group_type: str | None = None
    worker_type: str | None = None
    last_seen: str | None = None
    machine: str | None = None


class ReportV1(msgspec.Struct, frozen=True, kw_only=True):
    """A report; every list is sorted, and one estate gives one file, byte for byte."""

    schema: Literal["hwaudit-report/1"]
    tool: Tool
    scan: ScanV1
    summary: Summary
    gaps: list[GapV1]
    findings: list[FindingV1]
    unknowns: list[UnknownV1]
    scenarios: list[ScenarioV1]
    errors: list[ErrorV1]
    resources: list[ResourceV1]


def to_json(scan: Scan) -> str:
    """Render a scan as indented JSON with a final line break."""
    return msgspec.json.format(msgspec.json.encode(report_of(scan), enc_hook=encode_hook), indent=2).decode() + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    schema = msgspec.json.schema(ReportV1)
    for definition in schema["$defs"].values():
        if "description" in definition:  # Python 3.13 takes the indentation out of docstrings, older ones keep it
            definition["description"] = inspect.cleandoc(definition["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "hwaudit report, version 1"} | schema


def report_of(scan: Scan) -> ReportV1:
    """Convert a scan to the public types."""
    return ReportV1(
        schema=SCHEMA_ID,
        tool=Tool(name="hybrid-worker-audit", version=__version__, region_map_version=region_map.VERSION),
        scan=_scan(scan),
        summary=_summary(scan),
        gaps=[_gap(spot.gap, spot.affects) for spot in scan.blind_spots],
        findings=[
            FindingV1(
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
                fingerprint=finding.fingerprint,
                impact=_impact(finding.impact) if finding.impact else None,
            )
            for finding in scan.findings
        ],
        unknowns=[UnknownV1(check=u.check, subject=u.subject.text, because=u.because) for u in scan.unknowns],
        scenarios=[_scenario(scenario) for scenario in scan.scenarios],
        errors=[ErrorV1(check=error.check, message=error.message) for error in scan.errors],
        resources=_resources(scan.estate),
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
        ),
        interrupted=facts.interrupted,
        requests=RequestsV1(
            sent=facts.requests.sent, retried=facts.requests.retried, throttled=facts.requests.throttled
        ),
        notes=list(scan.notes),
        since=_time(facts.since) if facts.since else None,
        skipped=list(facts.skipped),
        included=list(facts.included),
    )


def _summary(scan: Scan) -> Summary:
    estate = scan.estate
    return Summary(
        subscriptions=len(estate.subscriptions),
        automation_accounts=len(estate.accounts),
        workspaces=len(estate.workspaces),
        worker_groups=len(estate.groups),
        workers=len(estate.workers),
        findings=FindingCounts(**{severity.value: scan.count(severity) for severity in Severity}),
        unknowns=len(scan.unknowns),
        coverage=Coverage(
            planned=estate.ledger.planned, answered=estate.ledger.answered, ratio=_ratio(scan.coverage_ratio)
        ),
    )


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
    )


def _resources(estate: Estate) -> list[ResourceV1]:
    graph = EstateGraph.of(estate)
    kinds: tuple[tuple[Resource, ...], ...] = (
        estate.accounts,
        estate.subscriptions,
        estate.workers,
        estate.groups,
        estate.workspaces,
    )
    return [_resource(graph, resource) for resources in kinds for resource in resources]


def _resource(graph: EstateGraph, resource: Resource) -> ResourceV1:
    common: dict[str, Any] = {
        "id": resource.id.text,
        "name": resource.name,
        "subscription_id": resource.id.subscription_id,
        "location": getattr(resource, "location", None),
    }
    match resource:
        case Subscription():
            return ResourceV1(
                kind="subscription",
                state=resource.state,
                tenant_id=resource.tenant_id,
                managed_by_tenants=list(resource.managed_by) or None,
                **common,
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
