"""What a judgement says of one resource: a finding, or that there is no verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from scanner.findings._checks import CheckInfo
from scanner.findings._evidence import Evidence
from scanner.findings._severity import Severity
from scanner.findings._steps import Step
from scanner.inventory import ArmId
from scanner.inventory.snapshot import encode_hook


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule or webhook (`kind`) that starts a runbook; `next_run` is UTC, None for webhooks."""

    kind: str
    name: str
    runbook: str | None
    next_run: datetime | None = None


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """What a finding on a worker or group hurts: what is started there by `group`.

    `runbooks` are the first of `runbooks_in_all`, `starts` of `starts_in_all`, the next run first; `recent_jobs` ran in
    the last 7 days. `complete` is False where not all of this was read: there may be more.
    """

    group: ArmId
    runbooks: tuple[str, ...]
    runbooks_in_all: int
    starts: tuple[Start, ...]
    starts_in_all: int
    recent_jobs: int
    complete: bool


class Hop(msgspec.Struct, frozen=True):
    """One edge of the graph on the way from an effect to its cause: `id` `relation` the place of the next hop.

    The last hop of a path is the place of the cause, and its relation is empty.
    """

    id: ArmId
    relation: str = ""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted risk that covers a finding, as the settings file records it.

    `accepted_on` is None where the file does not tell it; `expires` is the last day on which it holds (UTC); `origin`
    names the file and the entry in it.
    """

    owner: str
    reason: str
    ticket: str
    expires: date
    accepted_on: date | None
    origin: str


class Change(StrEnum):
    """How a finding stands beside the baseline."""

    NEW = "new"
    CHANGED = "changed"
    STILL = "still"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong; `root_cause` is the fingerprint of the finding that explains it.

    `path` leads over the graph from this finding's place to that of its root cause, empty without one. `impact` tells
    what a finding on a worker or group hurts, None for any other subject. `declared` is the severity that the check
    gave where the settings gave another one. `change` is None where there is no baseline. `may_be` are the scenarios of
    which nobody saw whether it is a sign.
    """

    check: str
    severity: Severity
    subject: ArmId
    account: ArmId | None
    message: str
    evidence: dict[str, Any]
    remediation: tuple[Step, ...]
    scenarios: tuple[str, ...]
    fingerprint: str
    root_cause: str | None = None
    path: tuple[Hop, ...] = ()
    impact: Impact | None = None
    declared: Severity | None = None
    acceptance: Acceptance | None = None
    change: Change | None = None
    may_be: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, str, str, str]:
        """By which findings are sorted: the worst first."""
        return (self.severity.rank, self.check, self.subject.key, self.fingerprint)

    @property
    def subscription_id(self) -> str:
        """The subscription of the account concerned, else of the subject."""
        return (self.account or self.subject).subscription_id


class Unknown(msgspec.Struct, frozen=True):
    """A check that has no verdict on a subject; `because` is a gap id or a field name."""

    check: str
    subject: ArmId
    because: str


class CheckError(msgspec.Struct, frozen=True):
    """A check that crashed; the others ran."""

    check: str
    message: str


def finding_of(check: CheckInfo, evidence: Evidence) -> Finding:
    """Build the finding that `evidence` proves."""
    facts: dict[str, Any] = msgspec.to_builtins(evidence, enc_hook=encode_hook)
    return Finding(
        check=check.id,
        severity=evidence.severity,
        subject=evidence.subject,
        account=evidence.concerns,
        message=evidence.message(),
        evidence=facts,
        remediation=evidence.remediation(),
        scenarios=check.scenarios if evidence.scenarios is None else evidence.scenarios,
        fingerprint=fingerprint(check.id, evidence.subject, (facts[name] for name in evidence.identity)),
        may_be=evidence.may_be,
    )


def fingerprint(check: str, subject: ArmId, identity: Iterable[Any]) -> str:
    """Hash what a finding is about: stable over time, id case and renames of subscriptions."""
    parts = [check, subject.key, *(str(value).lower() for value in identity)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
