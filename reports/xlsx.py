"""Renders a scan as an Excel workbook: summary, causes, findings, gaps, unknowns and inventory, a sheet each.

With a baseline there is a sheet of changes, and with `--framework` one of controls.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from itertools import chain
from typing import IO

import msgspec
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from reports.comparison_words import Row as Changed
from reports.comparison_words import counts, heading, sections
from reports.escaping import cell, is_formula
from reports.inventory import Place, Tally, places, tallies
from reports.settings_words import differing
from reports.standing import beside_baseline, change, is_whole, status, steps, unjudged
from reports.tenants import tenant_title, tenants_of
from reports.values import with_commas
from reports.verdict import verdict
from scanner import __version__
from scanner.findings import (
    DISCLAIMER,
    BlindSpot,
    Cause,
    ControlCheck,
    ControlRow,
    Finding,
    FrameworkView,
    Scan,
    Severity,
    Unknown,
)

MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
"""Excel's limits: rows of a sheet, and characters of a cell (Microsoft Support, "Excel specifications and limits")."""

_CHUNK = 16_384
Value = str | int | None
Row = Sequence[Value]


class _Sheet(msgspec.Struct, frozen=True):
    """A sheet: its columns with their widths in characters, and its rows."""

    name: str
    columns: Mapping[str, int]
    rows: Iterable[Row]
    count: int


def xlsx_chunks(scan: Scan) -> Iterator[bytes]:
    """The file, from a temporary one: only a row of each sheet is in memory at a time."""
    with tempfile.TemporaryFile() as file:
        _write(scan, file)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write(scan: Scan, file: IO[bytes]) -> None:
    # Without any guess what a text could mean: no formula, link or number comes from a name.
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(file, options)
    finished = scan.estate.facts.finished_at.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": "Hybrid worker audit", "comments": cell(verdict(scan)), "created": finished})
    writer = _Writer(
        head=book.add_format({"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "valign": "top"}),
        quoted=book.add_format({"quote_prefix": True, "valign": "top"}),
        plain=book.add_format({"valign": "top"}),
    )
    for sheet in _sheets(scan):
        writer.fill(book.add_worksheet(sheet.name), sheet)
    book.close()


class _Writer(msgspec.Struct, frozen=True):
    head: Format
    quoted: Format
    plain: Format

    def fill(self, page: Worksheet, sheet: _Sheet) -> None:
        """The header, frozen and with filters, then the rows that a sheet holds; the last one counts the others."""
        for column, (name, width) in enumerate(sheet.columns.items()):
            page.set_column(column, column, width)
            page.write_string(0, column, name, self.head)
        kept = sheet.count if sheet.count < MOST_ROWS else MOST_ROWS - 2
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(kept, 1), len(sheet.columns) - 1)
        for number, row in zip(range(1, kept + 1), sheet.rows, strict=False):
            for column, value in enumerate(row):
                self._put(page, number, column, value)
        if kept < sheet.count:
            left = f"{with_commas(sheet.count - kept)} more rows do not fit into a sheet: the JSON report has them all"
            page.write_string(kept + 1, 0, left, self.plain)

    def _put(self, page: Worksheet, row: int, column: int, value: Value) -> None:
        if isinstance(value, int):
            page.write_number(row, column, value, self.plain)
        elif value:
            text = _fitting(cell(value))
            page.write_string(row, column, text, self.quoted if is_formula(text) else self.plain)


def _fitting(text: str) -> str:
    """The text, or as much of it as a cell holds and how much was cut off; Excel counts UTF-16 units."""
    if len(text) <= MOST_CHARACTERS // 2 or len(text.encode("utf-16-le")) // 2 <= MOST_CHARACTERS:
        return text
    told = f"… (cut: {with_commas(len(text))} characters in all)"
    half = text.encode("utf-16-le")[: 2 * (MOST_CHARACTERS - len(told))]
    return half.decode("utf-16-le", "ignore") + told


def _sheets(scan: Scan) -> Iterator[_Sheet]:
    summary = _summary(scan)
    yield _Sheet("Summary", {"What": 34, "Value": 110}, summary, len(summary))
    found = scan.causes
    by_print = {finding.fingerprint: finding for finding in scan.findings}
    yield _Sheet("Causes", _CAUSES, (_cause(cause, by_print) for cause in found), len(found))
    beside = beside_baseline(scan)
    found_rows = (_finding(finding, beside.get(finding.fingerprint)) for finding in scan.findings)
    yield _Sheet("Findings", _FINDINGS, found_rows, len(scan.findings))
    if scan.comparison is not None:
        changed = [(section.title, row) for section in sections(scan.comparison) for row in section.rows]
        yield _Sheet("Changes", _CHANGES, (_change(title, row) for title, row in changed), len(changed))
    if scan.frameworks:
        controls = [(DISCLAIMER,), *chain.from_iterable(map(_controls, scan.frameworks))]
        yield _Sheet("Controls", _CONTROLS, controls, len(controls))
    yield _Sheet("Gaps", _GAPS, map(_gap, scan.blind_spots), len(scan.blind_spots))
    yield _Sheet("Unknowns", _UNKNOWNS, map(_unknown, scan.unknowns), len(scan.unknowns))
    listed, counts = places(scan), tallies(scan)
    rows = (_place(place, counts.get(place.id.key, Tally())) for place in listed)
    yield _Sheet("Inventory", _INVENTORY, rows, len(listed))


def _summary(scan: Scan) -> list[Row]:
    estate = scan.estate
    facts, ledger = estate.facts, estate.ledger
    rows: list[Row] = [
        ("Verdict", verdict(scan)),
        ("Everything was seen and judged", "yes" if is_whole(scan) else "no"),
        ("Interrupted", "yes" if facts.interrupted else "no"),
        ("Planned reads", ledger.planned),
        ("Answered reads", ledger.answered),
        ("Gaps", len(scan.blind_spots)),
        ("Unknown verdicts", len(scan.unknowns)),
        ("Crashed checks", len(scan.errors)),
        *((f"Findings: {severity}", scan.count(severity)) for severity in Severity),
        ("Findings: accepted", scan.accepted),
        ("Subscriptions", len(estate.subscriptions)),
        ("Automation accounts", len(estate.accounts)),
        ("Workspaces", len(estate.workspaces)),
        ("Worker groups", len(estate.groups)),
        ("Workers", len(estate.workers)),
        ("Started", facts.started_at.astimezone(UTC).isoformat(timespec="seconds")),
        ("Finished", facts.finished_at.astimezone(UTC).isoformat(timespec="seconds")),
        ("Cloud", facts.cloud),
        ("Tenant", tenant_title(estate)),
        *((f"Tenant {tenant.title}", tenant.outcome) for tenant in tenants_of(estate)),
        ("hwaudit", __version__),
    ]
    doubtful = ((f"Not whole: {check}", why) for check, why in sorted(unjudged(scan).items()))
    return list(chain(rows, _beside(scan), _settings(scan), (("Note", note) for note in scan.notes), doubtful))


def _beside(scan: Scan) -> Iterator[Row]:
    if scan.comparison is not None:
        yield "Beside the baseline", f"{heading(scan.comparison)}: {counts(scan.comparison)}"
        yield from (("Beside the baseline", note) for note in scan.comparison.notes)


def _settings(scan: Scan) -> Iterator[Row]:
    """The settings file and what it changed; nothing without one."""
    if scan.settings.file is not None:
        yield "Settings", scan.settings.file
        yield from differing(scan.settings)


_CAUSES = {"Worst": 10, "Check": 32, "Cause": 80, "Explains": 10, "Hurts": 60, "Subject": 80, "Fingerprint": 34}
_FINDINGS = {
    "Severity": 10,
    "Status": 10,
    "Change": 10,
    "Check": 32,
    "Finding": 80,
    "What to do": 80,
    "Subject": 80,
    "Account": 60,
    "Subscription": 38,
    "Scenarios": 14,
    "Root cause": 34,
    "Fingerprint": 34,
    "Declared severity": 16,
    "Owner": 24,
    "Ticket": 16,
    "Expires": 12,
    "Accepted because": 40,
    "Beside the baseline": 60,
}
_CHANGES = {
    "Change": 34,
    "Severity or kind": 18,
    "Check or name": 34,
    "Finding": 80,
    "Where": 90,
    "What to know": 80,
    "Fingerprint": 34,
}
_CONTROLS = {
    "Framework": 30,
    "Control": 18,
    "Status of the control": 20,
    "Check": 34,
    "Status of the check": 22,
    "Mapped by": 20,
    "Open": 8,
    "Accepted": 10,
    "Because": 80,
    "Not assessed": 80,
}
_GAPS = {
    "Reason": 14,
    "Operation": 70,
    "Scope": 80,
    "Reads": 8,
    "Message": 60,
    "Affects": 60,
    "Request id": 38,
    "Id": 18,
}
_UNKNOWNS = {"Check": 34, "Subject": 90, "Because": 40}
_INVENTORY = {
    "Kind": 16,
    "Name": 34,
    "Id": 110,
    "Presence": 10,
    "Region": 18,
    "Findings": 10,
    "Accepted": 10,
    "Worst open": 12,
    "Gaps": 8,
    "Unknowns": 10,
}


def _cause(cause: Cause, by_print: Mapping[str, Finding]) -> Row:
    finding = by_print[cause.finding]
    hurts = "\n".join(
        f"{hurt.group.name}: {hurt.runbooks_in_all} runbooks, {hurt.starts_in_all} starts" for hurt in cause.hurts
    )
    explains = len(cause.explains)
    return (
        cause.worst.value,
        finding.check,
        finding.message,
        explains,
        hurts,
        finding.subject.text,
        finding.fingerprint,
    )


def _finding(finding: Finding, beside: str | None) -> Row:
    accepted = finding.acceptance
    return (
        finding.severity.value,
        status(finding),
        change(finding),
        finding.check,
        finding.message,
        "\n".join(steps(finding)),
        finding.subject.text,
        finding.account.text if finding.account else None,
        finding.subscription_id,
        " ".join(finding.scenarios),
        finding.root_cause,
        finding.fingerprint,
        finding.declared.value if finding.declared else None,
        *((accepted.owner, accepted.ticket, accepted.expires.isoformat(), accepted.reason) if accepted else [None] * 4),
        beside,
    )


def _change(title: str, row: Changed) -> Row:
    return title, row.label, row.title, row.text, row.place, "\n".join(row.remarks), row.fingerprint


def _controls(view: FrameworkView) -> Iterator[Row]:
    """A row for each control and check; one for a control that no check judges."""
    for row in view.rows:
        checks = row.checks or (None,)
        yield from (_control(view, row, check) for check in checks)


def _control(view: FrameworkView, row: ControlRow, check: ControlCheck | None) -> Row:
    uncovered = [f"no check judges the policy '{policy.name}'" for policy in row.uncovered]
    head = (view.name, row.id, row.label)
    if check is None:
        return *head, None, None, None, None, None, None, "\n".join(uncovered)
    found = (check.findings_in_all, check.accepted_in_all)
    unjudged = "\n".join((*check.unjudged, *check.in_part, *uncovered))
    because = "; ".join(filter(None, (check.because, check.lowering)))
    return *head, check.check, check.status.label, check.origin.label, *found, because, unjudged


def _gap(spot: BlindSpot) -> Row:
    gap = spot.gap
    operation, affects = gap.action or gap.operation, " ".join(spot.affects)
    return gap.reason.value, operation, gap.scope, gap.count, gap.message, affects, gap.request_id, gap.id


def _unknown(unknown: Unknown) -> Row:
    return unknown.check, unknown.subject.text, unknown.because


def _place(place: Place, tally: Tally) -> Row:
    return (
        place.kind,
        place.id.name,
        place.id.text,
        place.presence.value,
        place.location,
        tally.findings,
        tally.accepted,
        tally.worst.value if tally.worst else None,
        tally.gaps,
        tally.unknowns,
    )
