"""What changed between two scans: of the findings, and of what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from scanner.findings._severity import Severity
from scanner.inventory import ArmId

Kind = Literal["subscription", "automation_account", "workspace", "worker_group", "worker"]
"""The kinds of resource that are compared, as in the JSON report."""


EARLIER_SNAPSHOT = "an earlier snapshot"
"""What evidence names as `told_by` where only an earlier scan saw what it rests on: no other scan can disprove it."""


class Source(StrEnum):
    """What kind of file tells of a scan; a scan of this run is told like a snapshot."""

    SNAPSHOT = "snapshot"
    REPORT = "report"


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two scans; `name` is the file as the user named it, empty for the scan of this run.

    `finished_at` and `as_of` are UTC; `as_of` is None where each read's own time counted.
    """

    name: str
    source: Source
    finished_at: datetime
    as_of: datetime | None
    tenants: tuple[str, ...]
    version: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, as far as two scans are compared by it; `status` is `open` or `accepted`.

    `declared` is the severity that its check gave, None where that is the one that it has.
    """

    fingerprint: str
    check: str
    severity: Severity
    subject: ArmId
    account: ArmId | None
    message: str
    root_cause: str | None = None
    status: str = "open"
    declared: Severity | None = None
    evidence: dict[str, Any] = msgspec.field(default_factory=dict)


class NewFinding(msgspec.Struct, frozen=True):
    """A finding that the old scan does not have; `unseen_before` tells why what it is about may be older than that."""

    finding: Compared
    unseen_before: str | None = None


class Difference(msgspec.Struct, frozen=True):
    """A field (`severity`, `status`, `root_cause` or `subject`) that is not what it was.

    `because` tells of a severity that settings changed, or that a limit may have changed; None where neither is so.
    """

    field: Literal["severity", "status", "root_cause", "subject"]
    old: str | None
    new: str | None
    because: str | None = None


class ChangedFinding(msgspec.Struct, frozen=True):
    """A finding of both scans, as the new one has it, and what differs."""

    finding: Compared
    differences: tuple[Difference, ...]


class UnseenFinding(msgspec.Struct, frozen=True):
    """A finding of the old scan of which the new one cannot tell whether it is still there, and `because` of what."""

    finding: Compared
    because: str


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A resource by which two scans are compared."""

    kind: Kind
    id: ArmId
    name: str
    location: str | None = None


class UnseenItem(msgspec.Struct, frozen=True):
    """A resource that one scan has, and of which the other cannot tell whether it was there, `because` of what."""

    item: Item
    because: str


class MovedItem(msgspec.Struct, frozen=True):
    """A worker or an account, as the new scan has it, and the id that it had."""

    item: Item
    was: ArmId


class Relinked(msgspec.Struct, frozen=True):
    """An account whose linked workspace is another one; None for no link."""

    account: Item
    old: ArmId | None
    new: ArmId | None


class Resources(msgspec.Struct, frozen=True, kw_only=True):
    """What changed of the resources, each list sorted by kind and id.

    `added` proves that it was not there before, `removed` that it is there no more; `appeared` is seen now, and was not
    looked for, or not visible, before; `unseen` was seen before, and cannot be seen now.
    """

    added: tuple[Item, ...] = ()
    removed: tuple[Item, ...] = ()
    moved: tuple[MovedItem, ...] = ()
    relinked: tuple[Relinked, ...] = ()
    appeared: tuple[UnseenItem, ...] = ()
    unseen: tuple[UnseenItem, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What changed between two scans of one tenant; lists of findings are sorted worst first.

    A finding is `fixed` only where the new scan proves it, otherwise it is `unseen`. `notes` tell what to mind.
    """

    old: Side
    new: Side
    notes: tuple[str, ...]
    new_findings: tuple[NewFinding, ...]
    changed: tuple[ChangedFinding, ...]
    still: tuple[Compared, ...]
    fixed: tuple[Compared, ...]
    unseen: tuple[UnseenFinding, ...]
    resources: Resources

    @property
    def is_empty(self) -> bool:
        """Whether both scans say the same."""
        findings = self.new_findings or self.changed or self.fixed or self.unseen
        resources = any(getattr(self.resources, name) for name in self.resources.__struct_fields__)
        return not findings and not resources


def counted_by_severity(findings: Iterable[Compared]) -> dict[Severity, int]:
    """How many findings have each severity, the worst first, without those of which there are none."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return {severity: count for severity, count in counts.items() if count}
