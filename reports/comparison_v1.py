"""What changed between two scans, as JSON: public types, for the report's `comparison` and for `hwaudit diff`.

Names are never changed or removed within version 1, only added.
"""

from __future__ import annotations

import inspect
from typing import Any, Literal

import msgspec

DIFF_SCHEMA_ID: Literal["hwaudit-diff/1"] = "hwaudit-diff/1"
SeverityOfDiff = Literal["critical", "high", "medium", "low", "info"]


class SideV1(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two scans; `file` is null for the scan of the same run, `as_of` where each read's own time counted."""

    file: str | None
    source: Literal["snapshot", "report"]
    finished_at: str
    as_of: str | None
    tenants: list[str]
    version: str


class ComparedV1(msgspec.Struct, frozen=True, kw_only=True):
    """A finding, as the later of the scans that have it tells it."""

    fingerprint: str
    check: str
    severity: SeverityOfDiff
    subject: str
    account: str | None
    message: str
    status: Literal["open", "accepted"]
    root_cause: str | None


class NewFindingV1(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that the old scan lacks; `unseen_before` tells why it may be older, null where it is not."""

    finding: ComparedV1
    unseen_before: str | None


class DifferenceV1(msgspec.Struct, frozen=True, kw_only=True):
    """A field that is not what it was; `subject` differs for what moved with its worker or account.

    `because` tells of a severity that settings changed, or that a limit may have changed; null where neither is so.
    """

    field: Literal["severity", "status", "root_cause", "subject"]
    old: str | None
    new: str | None
    because: str | None = None


class ChangedFindingV1(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of both scans of which something differs."""

    finding: ComparedV1
    differences: list[DifferenceV1]


class UnseenFindingV1(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the old scan of which the new one cannot tell whether it is still there."""

    finding: ComparedV1
    because: str


class ItemV1(msgspec.Struct, frozen=True, kw_only=True):
    """A resource."""

    kind: Literal["subscription", "automation_account", "workspace", "worker_group", "worker"]
    id: str
    name: str
    location: str | None


class UnseenItemV1(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that one scan has, and of which the other cannot tell."""

    item: ItemV1
    because: str


class MovedItemV1(msgspec.Struct, frozen=True, kw_only=True):
    """A worker or an account, and the id that it had."""

    item: ItemV1
    was: str


class RelinkedV1(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose linked workspace is another one; null for no link."""

    account: ItemV1
    old: str | None
    new: str | None


class ResourceChangesV1(msgspec.Struct, frozen=True, kw_only=True):
    """`added` and `removed` are proven; `appeared` and `unseen` are not, for one scan could not see them."""

    added: list[ItemV1]
    removed: list[ItemV1]
    moved: list[MovedItemV1]
    relinked: list[RelinkedV1]
    appeared: list[UnseenItemV1]
    unseen: list[UnseenItemV1]


class ComparisonV1(msgspec.Struct, frozen=True, kw_only=True):
    """What changed; `still` are the fingerprints of findings that both scans have and that did not change."""

    old: SideV1
    new: SideV1
    notes: list[str]
    new_findings: list[NewFindingV1]
    changed: list[ChangedFindingV1]
    still: list[str]
    fixed: list[ComparedV1]
    unseen: list[UnseenFindingV1]
    resources: ResourceChangesV1


class DiffToolV1(msgspec.Struct, frozen=True, kw_only=True):
    """The program that compared."""

    name: str
    version: str


class DiffV1(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `hwaudit diff --format json`."""

    schema: Literal["hwaudit-diff/1"]
    tool: DiffToolV1
    comparison: ComparisonV1


def diff_schema() -> dict[str, Any]:
    """Return the JSON Schema of the answer."""
    return schema_of(DiffV1, "hwaudit diff, version 1")


def schema_of(kind: type[msgspec.Struct], title: str) -> dict[str, Any]:
    """The JSON Schema of a public type."""
    schema = msgspec.json.schema(kind)
    for definition in schema["$defs"].values():
        if "description" in definition:  # Python 3.13 takes the indentation out of docstrings, older ones keep it
            definition["description"] = inspect.cleandoc(definition["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title} | schema
