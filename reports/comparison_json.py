"""Renders what changed between two scans as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from reports.comparison_v1 import (
    DIFF_SCHEMA_ID,
    ChangedFindingV1,
    ComparedV1,
    ComparisonV1,
    DifferenceV1,
    DiffToolV1,
    DiffV1,
    ItemV1,
    MovedItemV1,
    NewFindingV1,
    RelinkedV1,
    ResourceChangesV1,
    SideV1,
    UnseenFindingV1,
    UnseenItemV1,
)
from scanner import __version__
from scanner.findings import (
    ChangedFinding,
    Compared,
    Comparison,
    Item,
    Relinked,
    Resources,
    Side,
    UnseenItem,
)
from scanner.inventory import ArmId


def diff_json(comparison: Comparison) -> Iterator[str]:
    """The indented JSON of `hwaudit diff`, with a final line break."""
    tool = DiffToolV1(name="hybrid-worker-audit", version=__version__)
    diff = DiffV1(schema=DIFF_SCHEMA_ID, tool=tool, comparison=comparison_v1(comparison))
    yield msgspec.json.format(msgspec.json.encode(diff), indent=2).decode() + "\n"


def comparison_v1(comparison: Comparison) -> ComparisonV1:
    """Convert a comparison to the public types."""
    return ComparisonV1(
        old=_side(comparison.old),
        new=_side(comparison.new),
        notes=list(comparison.notes),
        new_findings=[
            NewFindingV1(finding=_compared(new.finding), unseen_before=new.unseen_before)
            for new in comparison.new_findings
        ],
        changed=list(map(_changed, comparison.changed)),
        still=[finding.fingerprint for finding in comparison.still],
        fixed=list(map(_compared, comparison.fixed)),
        unseen=[
            UnseenFindingV1(finding=_compared(unseen.finding), because=unseen.because) for unseen in comparison.unseen
        ],
        resources=_resources(comparison.resources),
    )


def _side(side: Side) -> SideV1:
    return SideV1(
        file=side.name or None,
        source=side.source.value,
        finished_at=_time(side.finished_at),
        as_of=_time(side.as_of) if side.as_of else None,
        tenants=list(side.tenants),
        version=side.version,
    )


def _compared(finding: Compared) -> ComparedV1:
    return ComparedV1(
        fingerprint=finding.fingerprint,
        check=finding.check,
        severity=finding.severity.value,
        subject=finding.subject.text,
        account=_text(finding.account),
        message=finding.message,
        status="open" if finding.status == "open" else "accepted",
        root_cause=finding.root_cause,
    )


def _changed(changed: ChangedFinding) -> ChangedFindingV1:
    differences = [
        DifferenceV1(field=each.field, old=each.old, new=each.new, because=each.because) for each in changed.differences
    ]
    return ChangedFindingV1(finding=_compared(changed.finding), differences=differences)


def _resources(resources: Resources) -> ResourceChangesV1:
    return ResourceChangesV1(
        added=list(map(_item, resources.added)),
        removed=list(map(_item, resources.removed)),
        moved=[MovedItemV1(item=_item(moved.item), was=moved.was.text) for moved in resources.moved],
        relinked=list(map(_relinked, resources.relinked)),
        appeared=list(map(_unseen_item, resources.appeared)),
        unseen=list(map(_unseen_item, resources.unseen)),
    )


def _item(item: Item) -> ItemV1:
    return ItemV1(kind=item.kind, id=item.id.text, name=item.name, location=item.location)


def _unseen_item(unseen: UnseenItem) -> UnseenItemV1:
    return UnseenItemV1(item=_item(unseen.item), because=unseen.because)


def _relinked(relinked: Relinked) -> RelinkedV1:
    return RelinkedV1(account=_item(relinked.account), old=_text(relinked.old), new=_text(relinked.new))


def _text(id_: ArmId | None) -> str | None:
    return id_.text if id_ else None


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
