"""Reads what the issues need of a JSON report, by its contract `hwaudit-report/1`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SCHEMA = "hwaudit-report/1"
SEVERITIES = ("critical", "high", "medium", "low", "info")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_EARLIER_SNAPSHOT = "an earlier snapshot"


class UnusableReportError(Exception):
    """The file is no report that this step reads; the text says what to do."""


@dataclass(frozen=True)
class Acceptance:
    """Who took on the risk of a finding, why, and until when (the last day, ISO 8601)."""

    owner: str
    reason: str
    ticket: str
    expires: str


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    `name` is what people call its subject. `steps` are texts, each with its command after a line break.
    `rests_on_report` is false where what shows it is older than the scan.
    """

    fingerprint: str
    check: str
    severity: str
    subject: str
    name: str
    message: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]
    root_cause: str | None
    acceptance: Acceptance | None
    rests_on_report: bool


@dataclass(frozen=True)
class Hurt:
    """What a cause hurts on one worker group: how much runs there, and the next run of a schedule."""

    group: str
    runbooks: int
    starts: int
    next_run: str | None


@dataclass(frozen=True)
class Cause:
    """A finding that no other explains, and the findings that it explains."""

    finding: Finding
    explains: tuple[Finding, ...]
    hurts: tuple[Hurt, ...]

    @property
    def still_open(self) -> tuple[Finding, ...]:
        """The findings of it that nobody accepted."""
        return tuple(each for each in (self.finding, *self.explains) if each.acceptance is None)

    @property
    def severity(self) -> str:
        """The worst of what is open, and where all is accepted of everything."""
        return min((each.severity for each in self.still_open or (self.finding, *self.explains)), key=rank)


@dataclass(frozen=True)
class Comparison:
    """What the report says of its baseline: fingerprints proven fixed, those unseen with the reason, and moves.

    `moved` has the fingerprint of a finding that moved with its worker or account, by check and former subject.
    """

    baseline: str
    fixed: frozenset[str]
    unseen: Mapping[str, str]
    moved: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Sight:
    """Where the scan looked and what it missed.

    `hidden` tells for each check what kept it from a verdict, `everywhere` what may have hidden anything. `tenants` and
    `walked` are marks, of tenants and of subscriptions; `limits` is one of all thresholds. `narrowed` says by what the
    scan was limited, empty where it was not.
    """

    outcomes: Mapping[str, str]
    hidden: Mapping[str, str]
    interrupted: bool
    everywhere: str
    tenants: frozenset[str]
    walked: frozenset[str]
    limits: str
    included: frozenset[str]
    redaction: str
    version: str
    narrowed: str


@dataclass(frozen=True)
class Report:
    """A report; `causes` are the most harmful first, `findings` by fingerprint."""

    scanned: datetime
    whole: bool
    causes: tuple[Cause, ...]
    findings: Mapping[str, Finding]
    comparison: Comparison | None
    sight: Sight


def rank(severity: str) -> int:
    """0 for the worst severity."""
    return SEVERITIES.index(severity)


def mark(text: str) -> str:
    """A short hash, so that the body of an issue lists no subscription that the issue is not about."""
    return hashlib.sha256(text.lower().encode()).hexdigest()[:8]


def subscription_of(id_: str) -> str:
    """The lower-cased subscription of an ARM id; empty where it names none."""
    found = _SUBSCRIPTION.match(id_)
    return found[1].lower() if found else ""


def read_report(data: bytes, name: str) -> Report:
    """The report in a file; raises UnusableReportError where it is none of this version."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnusableReportError(f"{name} is no JSON: write it with `hwaudit scan --format json`") from error
    schema = told.get("schema") if isinstance(told, dict) else None
    if schema != SCHEMA:
        known = isinstance(schema, str) and schema.startswith("hwaudit-report/")
        advice = "use the step of the hwaudit that wrote it" if known else "name the report.json that hwaudit wrote"
        raise UnusableReportError(f"{name} is not of the schema {SCHEMA}: {advice}")
    try:
        return _report(told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnusableReportError(f"{name} lacks what its schema promises: write the report again") from error


def _report(told: Mapping[str, Any]) -> Report:
    names = {each["id"].lower(): str(each["name"]) for each in told["resources"]}
    findings = {each["fingerprint"]: _finding(each, names) for each in told["findings"]}
    causes = (_cause(each, findings) for each in told["causes"])
    return Report(
        scanned=datetime.fromisoformat(told["scan"]["finished_at"]).astimezone(UTC),
        whole=told["summary"]["whole"] is True,
        causes=tuple(sorted(causes, key=_harm)),
        findings=findings,
        comparison=_comparison(told["comparison"]) if told["comparison"] is not None else None,
        sight=_sight(told),
    )


def _finding(told: Mapping[str, Any], names: Mapping[str, str]) -> Finding:
    evidence, accepted = told["evidence"], told["acceptance"]
    if not _FINGERPRINT.fullmatch(told["fingerprint"]):
        raise ValueError("no fingerprint")
    rank(told["severity"])
    return Finding(
        fingerprint=told["fingerprint"],
        check=str(told["check"]),
        severity=told["severity"],
        subject=str(told["subject"]),
        name=_name(str(told["subject"]), told["account"], names),
        message=str(told["message"]),
        facts=tuple(_facts(evidence)),
        steps=tuple(map(str, told["remediation"])),
        root_cause=told["root_cause"],
        acceptance=_acceptance(accepted) if accepted is not None else None,
        rests_on_report=evidence.get("told_by") != _EARLIER_SNAPSHOT,
    )


def _name(subject: str, account: str | None, names: Mapping[str, str]) -> str:
    """What people call a resource, whose id may end with a GUID, and its account."""
    name = names.get(subject.lower(), subject.rpartition("/")[2])
    inside = account is not None and account.lower() != subject.lower()
    return f"{name} in {str(account).rpartition('/')[2]}" if inside else name


def _acceptance(told: Mapping[str, Any]) -> Acceptance:
    return Acceptance(
        owner=str(told["owner"]), reason=str(told["reason"]), ticket=str(told["ticket"]), expires=str(told["expires"])
    )


def _facts(evidence: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The facts of an evidence that are one value each."""
    for name, value in evidence.items():
        if isinstance(value, bool):
            yield name, "yes" if value else "no"
        elif isinstance(value, str | int | float):
            yield name, str(value)


def _cause(told: Mapping[str, Any], findings: Mapping[str, Finding]) -> Cause:
    return Cause(
        finding=findings[told["finding"]],
        explains=tuple(findings[each] for each in told["explains"]),
        hurts=tuple(map(_hurt, told["hurts"])),
    )


def _hurt(told: Mapping[str, Any]) -> Hurt:
    runs = [start["next_run"] for start in told["starts"] if start["next_run"]]
    return Hurt(
        group=str(told["group"]).rpartition("/")[2],
        runbooks=int(told["runbooks_in_all"]),
        starts=int(told["starts_in_all"]),
        next_run=min(runs, default=None),
    )


def _harm(cause: Cause) -> tuple[int, int, int]:
    """The worst severity first, then what starts on most, then what explains most."""
    return rank(cause.severity), -sum(hurt.starts for hurt in cause.hurts), -len(cause.explains)


def _comparison(told: Mapping[str, Any]) -> Comparison:
    moves = (
        ((each["finding"]["check"], str(difference["old"]).lower()), each["finding"]["fingerprint"])
        for each in told["changed"]
        for difference in each["differences"]
        if difference["field"] == "subject"
    )
    return Comparison(
        baseline=str(told["old"]["file"] or "the baseline"),
        fixed=frozenset(each["fingerprint"] for each in told["fixed"]),
        unseen={each["finding"]["fingerprint"]: str(each["because"]) for each in told["unseen"]},
        moved=dict(moves),
    )


def _sight(told: Mapping[str, Any]) -> Sight:
    scan, resources = told["scan"], told["resources"]
    hidden: dict[str, str] = {error["check"]: "the check crashed" for error in told["errors"]}
    gaps = [(gap, f"{gap['reason']}: {gap['operation']} at {gap['scope']}") for gap in told["gaps"]]
    for gap, words in gaps:
        for check in gap["affects"]:
            hidden.setdefault(check, words)
    for unknown in told["unknowns"]:
        hidden.setdefault(unknown["check"], f"the check has no verdict on {unknown['subject']}")
    outside = (words for gap, words in gaps if not subscription_of(gap["scope"]))
    return Sight(
        outcomes={check["id"]: check["outcome"] for check in told["checks"]},
        hidden=hidden,
        interrupted=scan["interrupted"] is not False,
        everywhere=next(outside, ""),
        tenants=frozenset(map(mark, filter(None, (scan["tenant_id"], *(each.get("tenant_id") for each in resources))))),
        walked=frozenset(mark(subscription_of(each["id"])) for each in resources if each["kind"] == "subscription"),
        limits=mark(json.dumps(sorted((each["name"], each["value"]) for each in told["settings"]["thresholds"]))),
        included=frozenset(map(str, scan["included"])),
        redaction=str(scan["redaction"] or ""),
        version=str(told["tool"]["version"]),
        narrowed=_narrowed(scan["scope"], scan["left_to_other_shards"]),
    )


def _narrowed(scope: Mapping[str, Any], left: int) -> str:
    told: Sequence[tuple[Any, str]] = (
        (scope["shard"] or left, "the report is of one shard"),
        (scope["account"], "the scan was limited to one account"),
        (scope["resource_group"], "the scan was limited to one resource group"),
    )
    return next((words for value, words in told if value), "")
