"""What changed between two scans in words: the sections that every form for people has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from reports.values import counted, plain_time
from scanner.findings import (
    ChangedFinding,
    Compared,
    Comparison,
    Difference,
    Item,
    Kind,
    NewFinding,
    Relinked,
    Severity,
    Side,
    UnseenItem,
    counted_by_severity,
)

KINDS: Mapping[Kind, str] = {
    "subscription": "Subscription",
    "automation_account": "Automation account",
    "workspace": "Workspace",
    "worker_group": "Worker group",
    "worker": "Worker",
}
_FIELDS = {"severity": "severity", "status": "status", "root_cause": "explained by", "subject": "subject"}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One finding or resource: its severity or kind, what it is, its id, and what to know about it.

    `fingerprint` is empty for a resource.
    """

    label: str
    title: str
    text: str
    place: str
    remarks: tuple[str, ...] = ()
    severity: Severity | None = None
    fingerprint: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one fate; `id` is an anchor, `explanation` one sentence."""

    id: str
    title: str
    explanation: str
    rows: tuple[Row, ...]
    counts: str = ""


def heading(comparison: Comparison) -> str:
    """Which two scans are compared, as one sentence without a full stop."""
    return f"From {_side(comparison.old)} to {_side(comparison.new)}"


def _side(side: Side) -> str:
    taken = f"as of {plain_time(side.as_of)}" if side.as_of else f"scanned {plain_time(side.finished_at)}"
    return f"{side.name or 'this scan'} ({taken})"


def verdict(comparison: Comparison) -> str:
    """The outcome in one sentence."""
    if comparison.is_empty:
        return f"Nothing changed: {counted(len(comparison.still), 'finding')} still there."
    return f"Findings: {counts(comparison)}."


def counts(comparison: Comparison) -> str:
    """How many findings had which fate, in words."""
    unproven = sum(1 for new in comparison.new_findings if new.unseen_before)
    parts = [
        f"{len(comparison.new_findings):,} new" + (f" ({unproven:,} of them not seen before)" if unproven else ""),
        f"{len(comparison.changed):,} changed",
        f"{len(comparison.fixed):,} fixed",
        f"{len(comparison.unseen):,} unknown because unseen this time",
        f"{len(comparison.still):,} still there",
    ]
    return ", ".join(parts)


def sections(comparison: Comparison) -> tuple[Section, ...]:
    """All sections that have rows, findings first."""
    return tuple(section for section in (*_of_findings(comparison), *_of_resources(comparison)) if section.rows)


def _of_findings(comparison: Comparison) -> Iterator[Section]:
    yield _findings(
        "new",
        "New findings",
        "The old scan does not have them.",
        ((new.finding, not_before(new)) for new in comparison.new_findings),
    )
    yield _findings(
        "changed",
        "Changed findings",
        "Both scans have them, and something differs.",
        ((each.finding, differences(each)) for each in comparison.changed),
    )
    yield _findings(
        "unseen",
        "Unknown because unseen this time",
        "The old scan has them; the new one did not look there, or looked by other limits: they may still be there.",
        ((each.finding, (f"Not seen: {each.because}",)) for each in comparison.unseen),
    )
    yield _findings(
        "fixed",
        "Fixed findings",
        "The new scan looked, and they are gone.",
        ((finding, ()) for finding in comparison.fixed),
    )


def not_before(new: NewFinding) -> tuple[str, ...]:
    """Why a new finding may be older than the scan that does not have it, as at most one sentence."""
    return (f"Not seen before, so it may be older: {new.unseen_before}",) if new.unseen_before else ()


def differences(changed: ChangedFinding) -> tuple[str, ...]:
    """What differs of a finding, a sentence for each field."""
    return tuple(map(_difference, changed.differences))


def _findings(id_: str, title: str, explanation: str, findings: Iterable[tuple[Compared, tuple[str, ...]]]) -> Section:
    listed = tuple(findings)
    by_severity = counted_by_severity(finding for finding, _ in listed)
    return Section(
        id=id_,
        title=title,
        explanation=explanation,
        rows=tuple(_finding(finding, remarks) for finding, remarks in listed),
        counts=", ".join(f"{count:,} {severity}" for severity, count in by_severity.items()),
    )


def _finding(finding: Compared, remarks: tuple[str, ...]) -> Row:
    return Row(
        label=finding.severity.value,
        severity=finding.severity,
        title=finding.check,
        text=finding.message,
        place=finding.subject.text,
        fingerprint=finding.fingerprint,
        remarks=(*remarks, *(("Its risk is accepted",) if finding.status == "accepted" else ())),
    )


def _difference(difference: Difference) -> str:
    because = f" ({difference.because})" if difference.because else ""
    before, now = difference.old or "nothing", difference.new or "nothing"
    return f"Its {_FIELDS[difference.field]}: {before} before, {now} now{because}"


def _of_resources(comparison: Comparison) -> Iterator[Section]:
    resources = comparison.resources
    yield _items("added", "Added resources", "They were not there before.", map(_row, resources.added))
    yield _items("removed", "Removed resources", "They are there no more.", map(_row, resources.removed))
    yield _items(
        "moved",
        "Moved resources",
        "The same thing is in another place.",
        (_row(moved.item, f"Was {moved.was}") for moved in resources.moved),
    )
    yield _items(
        "relinked",
        "Changed links",
        "The linked workspace of these accounts is another one.",
        (_row(each.account, _links(each)) for each in resources.relinked),
    )
    yield _items(
        "appeared",
        "Resources not seen before",
        "They may be older than the old scan.",
        (_unseen(each, "Not seen before") for each in resources.appeared),
    )
    yield _items(
        "unseen-resources",
        "Resources not seen this time",
        "They may still be there.",
        (_unseen(each, "Not seen") for each in resources.unseen),
    )


def _links(relinked: Relinked) -> str:
    return f"Linked to {relinked.old or 'none'} before, {relinked.new or 'none'} now"


def _items(id_: str, title: str, explanation: str, rows: Iterable[Row]) -> Section:
    listed = tuple(rows)
    return Section(
        id=id_, title=title, explanation=explanation, rows=listed, counts=f"{len(listed):,}" if listed else ""
    )


def _row(item: Item, *remarks: str) -> Row:
    return Row(label=KINDS[item.kind], title=item.name, text="", place=item.id.text, remarks=remarks)


def _unseen(unseen: UnseenItem, words: str) -> Row:
    return _row(unseen.item, f"{words}: {unseen.because}")
