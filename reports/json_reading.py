"""Reads JSON reports again, also those of other versions: what an older one does not tell is not told, never empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec

from reports.json_v1 import SCHEMA_ID
from scanner.comparison import Coverage, JudgedBy, Record, RecordedGap, Thing, hidden_by
from scanner.errors import UsageError
from scanner.findings import Compared, Item, Kind, Severity, Side, Source, Unknown, span_of
from scanner.inventory import ArmId, Reading, Scope, Shard, leaves_neighbours

_SCHEMA = re.compile(r"hwaudit-report/([0-9]{1,9})")
_NEWEST = int(SCHEMA_ID.rpartition("/")[2])
_LISTS = ("findings", "unknowns", "gaps", "errors", "resources")
_VANISHED: Mapping[str, str] = {
    reading.operation.split("/")[-2]: reading.operation for reading in (Reading.GROUPS, Reading.WORKERS)
}
"""The RBAC action of a list, by what an Unknown names where the service denies its owner."""
_KINDS: Mapping[str, Kind] = {kind: kind for kind in get_args(Kind)}
_LINK = Reading.LINKED_WORKSPACE.operation.lower()


class _Scope(msgspec.Struct, frozen=True):
    subscriptions: tuple[str, ...] = ()
    excluded_subscriptions: tuple[str, ...] = ()
    management_group: str | None = None
    resource_group: str | None = None
    account: str | None = None
    shard: str | None = None


class _Scan(msgspec.Struct, frozen=True):
    finished_at: datetime
    as_of: datetime | None = None
    tenant_id: str | None = None
    scope: _Scope = _Scope()
    interrupted: bool = False
    redaction: str | None = None


class _Tool(msgspec.Struct, frozen=True):
    version: str = ""


class _Finding(msgspec.Struct, frozen=True):
    check: str
    severity: Severity
    subject: str
    fingerprint: str
    account: str | None = None
    message: str = ""
    evidence: dict[str, Any] = msgspec.field(default_factory=dict)
    root_cause: str | None = None
    acceptance: Any = None
    declared_severity: Severity | None = None


class _Unknown(msgspec.Struct, frozen=True):
    check: str
    subject: str
    because: str = ""


class _Gap(msgspec.Struct, frozen=True):
    scope: str
    operation: str
    reason: str
    id: str = ""
    affects: tuple[str, ...] = ()
    listed_in: str | None = None


class _Error(msgspec.Struct, frozen=True):
    check: str


class _Check(msgspec.Struct, frozen=True):
    id: str
    outcome: str


class _Resource(msgspec.Struct, frozen=True):
    kind: str
    id: str
    name: str = ""
    location: str | None = None
    tenant_id: str | None = None
    linked_workspace: str | None = None
    machine: str | None = None


class _Threshold(msgspec.Struct, frozen=True):
    name: str
    value: str


class _SeveritySetting(msgspec.Struct, frozen=True):
    check: str
    severity: str


class _Settings(msgspec.Struct, frozen=True):
    thresholds: tuple[_Threshold, ...] = ()
    severities: tuple[_SeveritySetting, ...] = ()


class _Report(msgspec.Struct, frozen=True):
    """A report on file: a list that is None is one that its program did not write."""

    scan: _Scan
    tool: _Tool = _Tool()
    findings: tuple[_Finding, ...] | None = None
    unknowns: tuple[_Unknown, ...] | None = None
    gaps: tuple[_Gap, ...] | None = None
    errors: tuple[_Error, ...] | None = None
    checks: tuple[_Check, ...] | None = None
    resources: tuple[_Resource, ...] | None = None
    settings: _Settings | None = None


class _Schema(msgspec.Struct, frozen=True):
    schema: str = ""


def record_of_report(data: bytes, name: str) -> Record:
    """The record of a JSON report; `name` is its file, for errors.

    Raises UsageError for anything that is not a report, that is damaged, or that a newer program wrote.
    """
    try:
        _refuse_foreign(_schema(data), name)
        return _record(msgspec.json.decode(data, type=_Report), name)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{name} is truncated or damaged ({error})", "write the report again, or fetch it again"
        ) from error


def _schema(data: bytes) -> str:
    try:
        return msgspec.json.decode(data, type=_Schema).schema
    except msgspec.ValidationError:  # JSON, but nothing that hwaudit writes
        return ""


def _refuse_foreign(schema: str, name: str) -> None:
    found = _SCHEMA.fullmatch(schema)
    if found is None:
        raise UsageError(f"{name} is neither a snapshot nor a JSON report of hwaudit", "name a file that hwaudit wrote")
    if int(found[1]) > _NEWEST:
        raise UsageError(
            f"{name} is a report of version {schema}, this hwaudit reads {SCHEMA_ID}", "use a newer hwaudit"
        )


def _record(report: _Report, name: str) -> Record:
    scan, resources, gaps = report.scan, report.resources or (), report.gaps or ()
    tenants = {scan.tenant_id, *(resource.tenant_id for resource in resources)} - {None, ""}
    return Record(
        side=Side(
            name=name,
            source=Source.REPORT,
            finished_at=scan.finished_at.astimezone(UTC),
            as_of=scan.as_of and scan.as_of.astimezone(UTC),
            tenants=tuple(sorted(str(tenant).lower() for tenant in tenants)),
            version=report.tool.version,
        ),
        coverage=_coverage(report),
        findings=tuple(map(_compared, report.findings or ())),
        unknowns=tuple(Unknown(u.check, ArmId(u.subject), u.because) for u in report.unknowns or ()),
        gaps=tuple(_gaps(report)),
        things=tuple(_things(resources, gaps)),
        settings=_judged_by(report.settings),
        redaction=scan.redaction,
    )


def _coverage(report: _Report) -> Coverage:
    scope, resources = report.scan.scope, report.resources or ()
    ran = _mentioned(report) if report.checks is None else {c.id for c in report.checks if c.outcome != "not_run"}
    return Coverage(
        scope=Scope(
            subscriptions=scope.subscriptions,
            excluded_subscriptions=scope.excluded_subscriptions,
            management_group=scope.management_group,
            resource_group=scope.resource_group,
            account=scope.account,
            shard=_shard(scope.shard),
        ),
        walked=frozenset(ArmId(each.id).subscription_id for each in resources if each.kind == "subscription"),
        ran=frozenset(ran),
        crashed=frozenset(error.check for error in report.errors or ()),
        checks_told=report.checks is not None,
        untold=tuple(name for name in _LISTS if getattr(report, name) is None),
        interrupted=report.scan.interrupted,
    )


def _judged_by(settings: _Settings | None) -> JudgedBy:
    """By which settings; raises ValueError for a limit or a severity that is none."""
    if settings is None:
        return JudgedBy(told=False)
    return JudgedBy(
        limits={each.name: _span(each.value) for each in settings.thresholds},
        severities={
            each.check: None if each.severity == "off" else Severity(each.severity) for each in settings.severities
        },
    )


def _span(told: str) -> timedelta:
    span = span_of(told)
    if span is None:
        raise ValueError(f"{told!r} is no time span")
    return span


def _mentioned(report: _Report) -> set[str]:
    """The checks that certainly ran: those that said something, or that a Gap is told to affect."""
    said = {finding.check for finding in report.findings or ()} | {unknown.check for unknown in report.unknowns or ()}
    return said.union(*(gap.affects for gap in report.gaps or ()))


def _shard(written: str | None) -> Shard | None:
    if written is None:
        return None
    number, _, count = written.partition("/")
    return Shard(int(number), int(count))


def _compared(finding: _Finding) -> Compared:
    return Compared(
        fingerprint=finding.fingerprint,
        check=finding.check,
        severity=finding.severity,
        subject=ArmId(finding.subject),
        account=ArmId.parse(finding.account),
        message=finding.message,
        root_cause=finding.root_cause,
        status="open" if finding.acceptance is None else "accepted",
        declared=finding.declared_severity,
        evidence=finding.evidence,
    )


def _gaps(report: _Report) -> Iterator[RecordedGap]:
    for gap in report.gaps or ():
        for place in dict.fromkeys((gap.scope, gap.listed_in or gap.scope)):
            yield RecordedGap(
                id=gap.id,
                place=ArmId(place),
                operation=gap.operation,
                reason=gap.reason,
                hides=hidden_by(gap.operation, gap.affects, elsewhere=leaves_neighbours(gap.scope, gap.reason)),
            )
    for unknown in report.unknowns or ():
        operation = _VANISHED.get(unknown.because)
        if operation is not None:
            yield RecordedGap(
                id="", place=ArmId(unknown.subject), operation=operation, reason="vanished", hides=frozenset()
            )


def _things(resources: Iterable[_Resource], gaps: Iterable[_Gap]) -> Iterator[Thing]:
    unanswered = {ArmId(gap.scope).key for gap in gaps if gap.operation.lower() == _LINK}
    every = tuple(resources)
    # The first versions did not tell links: a report without any proves no absence of one.
    links_told = any(resource.linked_workspace for resource in every)
    for resource in every:
        if resource.kind not in _KINDS:  # of a later program, within version 1
            continue
        id_ = ArmId(resource.id)
        yield Thing(
            item=Item(kind=_KINDS[resource.kind], id=id_, name=resource.name or id_.name, location=resource.location),
            workspace=ArmId.parse(resource.linked_workspace),
            link_told=resource.kind == "automation_account" and links_told and id_.key not in unanswered,
            machine=ArmId.parse(resource.machine),
        )
