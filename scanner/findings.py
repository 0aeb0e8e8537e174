"""What the judgement of an estate says: findings, unknowns, errors, and the Scan that a report is made of."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal

import msgspec

from scanner.escape import visible
from scanner.inventory import ArmId, Estate, Gap, OsType, Reading
from scanner.inventory.snapshot import encode_hook


class Severity(StrEnum):
    """How much a finding matters; compare by `rank`, 0 is the worst."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical to 4 for info."""
        return _RANKS[self]

    def at_least(self, other: Severity) -> bool:
        """Tell whether this severity is as bad as `other`, or worse."""
        return self.rank <= other.rank


_RANKS: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}


class Step(msgspec.Struct, frozen=True):
    """One step of a remedy; `command` is ready to paste into `shell`, and names real resources."""

    text: str
    command: str | None = None
    shell: Literal["az", "powershell"] = "az"

    @classmethod
    def az(cls, text: str, *words: str) -> Step:
        """A step with an `az` command; `words` are quoted for a POSIX shell, for names come from the tenant.

        A name with control characters gives no command: what is pasted into a terminal could leave its quotes.
        """
        return cls(text, "az " + shlex.join(_joined(words)), "az") if _pasteable(words) else cls(text)

    @classmethod
    def powershell(cls, text: str, cmdlet: str, **parameters: str | bool) -> Step:
        """A step with a cmdlet; string values are quoted for PowerShell, True makes a switch; as for `az` otherwise."""
        if not _pasteable(value for value in parameters.values() if isinstance(value, str)):
            return cls(text)
        words = [cmdlet]
        for name, value in parameters.items():
            words += [f"-{name}"] if value is True else [f"-{name}", quoted_for_powershell(str(value))]
        return cls(text, " ".join(words), "powershell")

    def __str__(self) -> str:
        """The text on one line, whatever the names in it, and the command after a line break."""
        text = visible(self.text)
        return f"{text}\n{self.command}" if self.command else text


def _joined(words: Iterable[str]) -> Iterator[str]:
    """Write `--name=-value` for a value that az would take for an option."""
    option: str | None = None
    for word in words:
        if option is not None and word.startswith("-") and not _OPTION.fullmatch(word):
            yield f"{option}={word}"
            option = None
            continue
        if option is not None:
            yield option
        option = word if _OPTION.fullmatch(word) else None
        if option is None:
            yield word
    if option is not None:
        yield option


_OPTION = re.compile(r"--[a-z][a-z-]*")


def _pasteable(words: Iterable[str]) -> bool:
    return all(word == visible(word) for word in words)


# PowerShell reads typographic quotes as quotes too, so each is doubled like the plain one.
_POWERSHELL_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")


def quoted_for_powershell(value: str) -> str:
    """Return the value as a string literal of PowerShell, in which nothing is expanded."""
    return "'" + _POWERSHELL_QUOTES.sub(r"\1\1", value) + "'"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The facts behind a finding, typed; every field goes into the reports, so none may hold a secret.

    `identity` names the fields that tell two findings of one check on one subject apart: names and ids, never
    measurements, so that a finding keeps its fingerprint while a worker grows older.
    """

    identity: ClassVar[tuple[str, ...]] = ()

    @property
    def subject(self) -> ArmId:
        """The resource that the finding is about, in the case of its own list or GET."""
        raise NotImplementedError

    @property
    def concerns(self) -> ArmId | None:
        """The Automation account that the finding concerns."""
        raise NotImplementedError

    @property
    def severity(self) -> Severity:
        """How bad it is, from the facts alone."""
        raise NotImplementedError

    @property
    def scenarios(self) -> tuple[str, ...] | None:
        """The scenarios that these facts are a sign of; None for all that the check declares."""
        return None

    def message(self) -> str:
        """One sentence with the human names of the resources, without a full stop."""
        raise NotImplementedError

    def remediation(self) -> tuple[Step, ...]:
        """What to do, in order, with commands that name the real resources."""
        raise NotImplementedError


class Unseen(msgspec.Struct, frozen=True):
    """The check could not judge `subject`: `because` is the Gap behind it, or the name of the field Azure left out."""

    subject: ArmId
    because: Gap | str


class Settled(msgspec.Struct, frozen=True):
    """What was seen already clears `subject`, although a read below it is a Gap (one active worker is enough, say)."""

    subject: ArmId


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


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong; `root_cause` is the fingerprint of the finding that explains it.

    `impact` tells what a finding on a worker or a group hurts, None for any other subject.
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
    impact: Impact | None = None

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


class CheckInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a check says about itself: all of it comes from its declaration and its docstring.

    `included_by` is the word of `--include` without which the check does not run, None for one that always does.
    """

    id: str
    title: str
    documentation: str
    severities: tuple[Severity, ...]
    reads: tuple[Reading, ...]
    refines: tuple[Reading, ...]
    scenarios: tuple[str, ...]
    included_by: str | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """The RBAC actions that the check needs, sorted."""
        readings = (*self.reads, *self.refines)
        return tuple(sorted({operation for reading in readings for operation in reading.operations}))


class Outcome(StrEnum):
    """What a scan can say of one scenario of the troubleshooting article."""

    DETECTED = "detected"
    NO_SIGN = "no_sign"
    NOT_SEEN = "not_seen"


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Read-only commands for a worker of one operating system: PowerShell on Windows, sh on Linux.

    `reads_as` is one sentence that tells how to read their output; `comments` (without the #) name the machines.
    """

    os: OsType
    commands: tuple[str, ...]
    reads_as: str
    comments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole script, ready to be copied: comments first, then a command a line, with a final line break."""
        return "".join(f"{line}\n" for line in (*(f"# {comment}" for comment in self.comments), *self.commands))


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of the article and its outcome here, with what decides on a worker what the cloud cannot see.

    `because` are the ids of the checks that could not judge, for an outcome of NOT_SEEN only.
    """

    id: str
    title: str
    outcome: Outcome
    findings: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()

    @property
    def on_machine(self) -> tuple[str, ...]:
        """The commands of all scripts, in order."""
        return tuple(command for script in self.scripts for command in script.commands)


class BlindSpot(msgspec.Struct, frozen=True):
    """A Gap and the ids of the checks that it keeps from a verdict, or from a higher severity."""

    gap: Gap
    affects: tuple[str, ...]


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report needs, sorted; `notes` say how the scan and its judgement went."""

    estate: Estate
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    blind_spots: tuple[BlindSpot, ...]
    errors: tuple[CheckError, ...]
    scenarios: tuple[Scenario, ...]
    checks: tuple[CheckInfo, ...]

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return sum(1 for finding in self.findings if finding.severity is severity)

    @property
    def coverage_ratio(self) -> float:
        """Answered over planned reads, 0.0 to 1.0; below 1.0 as soon as there is any Gap."""
        ledger = self.estate.ledger
        return ledger.answered / ledger.planned if ledger.planned else 0.0


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
    )


def fingerprint(check: str, subject: ArmId, identity: Iterable[Any]) -> str:
    """Hash what a finding is about: stable over time, id case and renames of subscriptions."""
    parts = [check, subject.key, *(str(value).lower() for value in identity)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
