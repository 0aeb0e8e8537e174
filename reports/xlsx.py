"""Renders a scan as an Excel workbook: summary, causes, findings, gaps, unknowns and inventory, a sheet each."""

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

from reports.escaping import cell, is_formula
from reports.inventory import Place, Tally, places, tallies
from reports.standing import accepted_because, change, is_whole, status, steps, unjudged
from reports.values import with_commas
from reports.verdict import verdict
from scanner import __version__
from scanner.findings import BlindSpot, Cause, Finding, Scan, Severity, Unknown

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
    yield _Sheet("Findings", _FINDINGS, map(_finding, scan.findings), len(scan.findings))
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
        ("Findings: accepted", sum(1 for finding in scan.findings if finding.acceptance)),
        ("Subscriptions", len(estate.subscriptions)),
        ("Automation accounts", len(estate.accounts)),
        ("Workspaces", len(estate.workspaces)),
        ("Worker groups", len(estate.groups)),
        ("Workers", len(estate.workers)),
        ("Started", facts.started_at.astimezone(UTC).isoformat(timespec="seconds")),
        ("Finished", facts.finished_at.astimezone(UTC).isoformat(timespec="seconds")),
        ("Cloud", facts.cloud),
        ("Tenant", facts.tenant_id),
        ("hwaudit", __version__),
    ]
    doubtful = ((f"Not whole: {check}", why) for check, why in sorted(unjudged(scan).items()))
    return list(chain(rows, (("Note", note) for note in scan.notes), doubtful))


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
    "Accepted": 40,
    "Root cause": 34,
    "Fingerprint": 34,
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
    "Worst": 10,
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


def _finding(finding: Finding) -> Row:
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
        accepted_because(finding),
        finding.root_cause,
        finding.fingerprint,
    )


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
        tally.worst.value if tally.worst else None,
        tally.gaps,
        tally.unknowns,
    )
