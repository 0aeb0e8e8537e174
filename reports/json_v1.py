"""The JSON report, version 1: a public contract with types of its own, so that a refactoring cannot change it.

Names are never changed or removed within version 1, only added. `json_schema()` is generated from these types and
shipped as `reports/schema/report.v1.schema.json`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from reports.comparison_v1 import ComparisonV1, schema_of

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

OriginName = Literal["microsoft", "inferred"]
ControlStatusName = Literal["met", "not_met", "risk_accepted", "not_assessed"]


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
    """What the user asked for; empty lists and nulls mean everything visible.

    `shard` is such as `1/3`: the first of three parts of the subscriptions, the others being of other scans.
    """

    subscriptions: list[str]
    excluded_subscriptions: list[str]
    management_group: str | None
    resource_group: str | None
    account: str | None
    shard: str | None


class TenantV1(msgspec.Struct, frozen=True, kw_only=True):
    """One of several tenants of a scan, by the name that the user gave; `tenant_id` is null where nothing told it.

    `subscriptions` counts those that were read through the login to it; `gap` is the id of what kept them from being
    listed in full.
    """

    name: str
    tenant_id: str | None
    subscriptions: int
    gap: str | None


class ScanV1(msgspec.Struct, frozen=True, kw_only=True):
    """When and where; times are ISO 8601 in UTC with Z, `as_of` is null when each read's own time counts.

    `left_to_other_shards` counts the subscriptions in scope that other shards have: nothing was looked at in them.
    `redacted` tells that all names, ids and addresses are pseudonyms; `redaction` is a mark of their key, by which
    nobody can undo them. `tenants` is there in a scan of several only, whose `tenant_id` is null.
    """

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
    redacted: bool
    redaction: str | None
    left_to_other_shards: int
    tenants: list[TenantV1] | msgspec.UnsetType = msgspec.UNSET


class FindingCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Findings by severity."""

    critical: int
    high: int
    medium: int
    low: int
    info: int


class CauseCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Causes in all, and by the worst severity among the findings that belong to each."""

    total: int
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
    """The numbers of the report; groups and workers count System ones too, `accepted` is among the findings.

    `whole` tells that everything in scope was seen and judged, by every check: no finding means something only then.
    """

    subscriptions: int
    automation_accounts: int
    workspaces: int
    worker_groups: int
    workers: int
    causes: CauseCounts
    findings: FindingCounts
    unknowns: int
    coverage: Coverage
    accepted: int
    whole: bool


class GapV1(msgspec.Struct, frozen=True, kw_only=True):
    """A planned read that was not answered; `listed_in` is the list's scope where `scope` is a malformed item of it."""

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
    listed_in: str | None


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


class HopV1(msgspec.Struct, frozen=True, kw_only=True):
    """A resource on the way to the root cause, and how it stands to the next one; the last one's relation is empty."""

    id: str
    relation: str


class AcceptanceV1(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted risk that covers a finding; dates are ISO 8601 (UTC), `expires` is the last day on which it holds.

    `age_days` is null where the settings file does not tell since when; both counts are to the day of the judgement.
    """

    owner: str
    reason: str
    ticket: str
    expires: str
    expires_in_days: int
    accepted_on: str | None
    age_days: int | None
    origin: str


class FindingV1(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong; each remediation is a text, with its command after a line break.

    `impact` is null for a subject that is neither a worker nor a group. `root_cause_path` leads from the subject to
    that of the root cause; it is empty without one, and where what was seen does not join the two. `change` is null
    without a baseline. `status` is `accepted` with an `acceptance`; `declared_severity` is the check's own where
    the settings gave another one.
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
    root_cause_path: list[HopV1]
    fingerprint: str
    impact: ImpactV1 | None
    change: Literal["new", "changed", "still"] | None
    status: Literal["open", "accepted"]
    declared_severity: SeverityName | None
    acceptance: AcceptanceV1 | None


class CauseV1(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that no other explains, what it explains, and what all of that hurts, once for each group.

    `finding` and `explains` are fingerprints; `severity` is the worst among it and them.
    """

    finding: str
    check: str
    severity: SeverityName
    explains: list[str]
    hurts: list[ImpactV1]


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


class PolicyV1(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in definition of Azure Policy; `id` is its GUID."""

    id: str
    name: str
    version: str


class InitiativeV1(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in initiative of Azure Policy, in which Microsoft maps policies to controls; `id` is its GUID."""

    id: str
    name: str
    version: str
    cloud: str


class ControlCheckV1(msgspec.Struct, frozen=True, kw_only=True):
    """A check behind a control; `because` tells why it is mapped, `in_part` what it leaves of the policies.

    `findings` (open) and `accepted` are fingerprints, the first of as many as `findings_in_all` and `accepted_in_all`
    say; `unjudged` tells why the check did not assess everything. `lowered_in_all` of them are of severity info by the
    settings alone, and count here with the severity that the check gave.
    """

    check: str
    origin: OriginName
    status: ControlStatusName
    because: str
    policies: list[PolicyV1]
    in_part: list[str]
    findings: list[str]
    findings_in_all: int
    accepted: list[str]
    accepted_in_all: int
    unjudged: list[str]
    lowered_in_all: int


class ControlV1(msgspec.Struct, frozen=True, kw_only=True):
    """A control: `in_part` where policies that Microsoft maps to it are not judged in full, `uncovered` by no check."""

    control: str
    status: ControlStatusName
    origins: list[OriginName]
    in_part: bool
    checks: list[ControlCheckV1]
    uncovered: list[PolicyV1]


class ControlCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Controls by status."""

    met: int
    not_met: int
    risk_accepted: int
    not_assessed: int


class ControlSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Controls by what all checks say, and by what the checks of one origin say alone."""

    all: ControlCounts
    microsoft: ControlCounts
    inferred: ControlCounts


class FrameworkV1(msgspec.Struct, frozen=True, kw_only=True):
    """The controls of one framework, as far as anything is mapped to them; no certification, see `disclaimer`."""

    framework: str
    name: str
    disclaimer: str
    source: str
    initiatives: list[InitiativeV1]
    remarks: list[str]
    summary: ControlSummary
    controls: list[ControlV1]


class CheckV1(msgspec.Struct, frozen=True, kw_only=True):
    """A check, and whether it ran to its end; one that was not run is enabled by an option."""

    id: str
    outcome: Literal["ran", "crashed", "not_run"]


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
    read_through: str | None = None
    linked_workspace: str | None = None
    group_type: str | None = None
    worker_type: str | None = None
    last_seen: str | None = None
    machine: str | None = None


class OptionV1(msgspec.Struct, frozen=True, kw_only=True):
    """An option that the settings file speaks of; `origin` is that file, or `command line` where it won."""

    name: str
    value: str
    origin: str


class ThresholdV1(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that is not at its default; both are spans such as `45d`, `2h` or `90m`."""

    name: str
    value: str
    default: str
    origin: str


class SeveritySettingV1(msgspec.Struct, frozen=True, kw_only=True):
    """A check whose severity the settings say; one that is `off` did not run."""

    check: str
    severity: Literal["critical", "high", "medium", "low", "info", "off"]
    declared: list[SeverityName]
    origin: str


class AcceptedRiskV1(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of accepted risk; `checks` is empty for every check, `matched` counts the findings that it covers.

    `state` is `not_told` where nothing matched and not all that it could cover was seen, `too_broad` where it would
    accept every finding, and so holds for none.
    """

    checks: list[str]
    subject: str | None
    within: str | None
    owner: str
    reason: str
    ticket: str
    expires: str
    accepted_on: str | None
    origin: str
    state: Literal["in_force", "expired", "unmatched", "not_told", "too_broad"]
    matched: int


class SettingsV1(msgspec.Struct, frozen=True, kw_only=True):
    """What is not at its default, and who said so; `file` is null where there was no settings file."""

    file: str | None
    options: list[OptionV1]
    thresholds: list[ThresholdV1]
    severities: list[SeveritySettingV1]
    accepted: list[AcceptedRiskV1]


class ReportV1(msgspec.Struct, frozen=True, kw_only=True):
    """A report; every list is sorted, and one estate gives one file, byte for byte.

    `comparison` is null without a baseline.
    """

    schema: Literal["hwaudit-report/1"]
    tool: Tool
    scan: ScanV1
    summary: Summary
    comparison: ComparisonV1 | None
    settings: SettingsV1
    gaps: list[GapV1]
    causes: list[CauseV1]
    findings: list[FindingV1]
    unknowns: list[UnknownV1]
    scenarios: list[ScenarioV1]
    errors: list[ErrorV1]
    checks: list[CheckV1]
    controls: list[FrameworkV1]
    resources: list[ResourceV1]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    return schema_of(ReportV1, "hwaudit report, version 1")
