"""CSV and Excel: no name is a formula, every row has its place, and gaps stand among the findings."""

import csv
import io
import re

import msgspec
import openpyxl
import pytest
from reported import BLIND, FORMULAS, HOSTILE, SCANS, accepted, hostile, rendered, with_findings
from tenants import scan_named

from reports.csv_report import COLUMNS
from reports.escaping import formula_safe
from reports.xlsx import MOST_CHARACTERS

SHEETS = ["Summary", "Causes", "Findings", "Gaps", "Unknowns", "Inventory"]


def rows(scan):
    return list(csv.DictReader(io.StringIO(rendered("csv", scan).decode("utf-8-sig"), newline="")))


def workbook(scan):
    return openpyxl.load_workbook(io.BytesIO(rendered("xlsx", scan)))


def table(sheet):
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


@pytest.mark.parametrize("name", FORMULAS)
def test_no_cell_of_a_csv_starts_a_formula(name):
    assert formula_safe(name)[:1] in {"'", "\\"}
    assert formula_safe("worker = 1") == "worker = 1"


@pytest.mark.parametrize("case", SCANS)
def test_each_row_has_all_columns_and_no_formula(case):
    text = rendered("csv", SCANS[case]()).decode()
    assert text.startswith("\ufeffkind,severity,status,change,check,")
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True):
        assert len(row) == len(COLUMNS)
        assert not any(re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell) for cell in row)


def test_lines_end_as_the_standard_says():
    text = rendered("csv", scan_named("spotless")).decode()
    assert text.count("\r\n") == text.count("\n") == 2


def test_a_csv_row_tells_all_of_a_finding():
    finding, row = accepted().findings[0], rows(accepted())[1]
    assert row["kind"] == "finding"
    assert row["severity"] == finding.severity
    assert (row["status"], row["change"]) == ("accepted", "still")
    assert row["fingerprint"] == finding.fingerprint
    assert row["remediation"] == "\n".join(map(str, finding.remediation))
    assert row["accepted"] == "accepted by =Ops until 2027-01-31, T-1: known"


def test_gaps_unknowns_and_the_coverage_are_rows():
    scan = scan_named("blind")
    told = rows(scan)
    kinds = [row["kind"] for row in told]
    assert kinds.count("gap") == len(scan.blind_spots)
    assert kinds.count("unknown") == len(scan.unknowns)
    assert (told[0]["kind"], told[0]["status"]) == ("scan", "incomplete")


@pytest.mark.parametrize(("case", "seen"), [("interrupted", "interrupted"), ("crashed", "incomplete")])
def test_the_first_row_says_that_a_scan_is_not_whole(case, seen):
    assert rows(SCANS[case]())[0]["status"] == seen


def test_the_first_row_of_a_whole_scan_says_complete():
    assert rows(scan_named("spotless"))[0]["status"] == "complete"


@pytest.mark.parametrize("case", SCANS)
def test_a_workbook_has_a_sheet_for_each_part_with_frozen_heads_and_filters(case):
    scan = SCANS[case]()
    book = workbook(scan)
    beside = (*(["Changes"] if scan.comparison else []), *(["Controls"] if scan.frameworks else []))
    assert book.sheetnames == [*SHEETS[:3], *beside, *SHEETS[3:]]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert sheet["A1"].font.bold


def test_the_sheets_hold_what_the_scan_holds():
    scan = accepted()
    book = workbook(scan)
    findings = table(book["Findings"])
    assert [row["Fingerprint"] for row in findings] == [finding.fingerprint for finding in scan.findings]
    assert [row["Root cause"] for row in findings] == [finding.root_cause for finding in scan.findings]
    assert (findings[0]["Status"], findings[0]["Change"]) == ("accepted", "still")
    assert all(row["What to do"] and row["Severity"] for row in findings)
    assert len(table(book["Gaps"])) == len(scan.blind_spots)
    assert len(table(book["Unknowns"])) == len(scan.unknowns)
    assert sum(row["Findings"] for row in table(book["Inventory"])) == len(scan.findings)
    assert sum(row["Gaps"] for row in table(book["Inventory"])) == sum(spot.gap.count for spot in scan.blind_spots)
    assert {row["Fingerprint"] for row in table(book["Causes"])} == {
        finding.fingerprint for finding in scan.findings if finding.root_cause is None
    }


def test_no_cell_of_a_workbook_is_a_formula_or_a_link():
    book = workbook(hostile())
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    started = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in set("=+-@\uff1d")]
    assert len(started) >= 5
    assert all(cell.quotePrefix for cell in started)
    messages = [row["Finding"] for row in table(book["Findings"])]
    assert len(messages) == len(HOSTILE)


@pytest.mark.parametrize("case", BLIND)
def test_the_summary_sheet_says_what_was_not_seen(case):
    summary = dict(sheet_row[:2] for sheet_row in workbook(BLIND[case]())["Summary"].iter_rows(values_only=True))
    assert summary["Everything was seen and judged"] == "no"
    assert summary["Interrupted"] == ("yes" if case == "interrupted" else "no")
    assert any(str(name).startswith("Not whole: ") for name in summary)


def test_a_text_too_long_for_a_cell_is_cut_and_says_so():
    scan = scan_named("contoso")
    long = msgspec.structs.replace(scan.findings[0], message="\U0001f525" * MOST_CHARACTERS)
    text = workbook(with_findings(scan, (long,)))["Findings"]["E2"].value
    assert len(text.encode("utf-16-le")) <= 2 * MOST_CHARACTERS
    assert text.endswith(f"\U0001f525… (cut: {MOST_CHARACTERS:,} characters in all)")


def test_more_rows_than_a_sheet_holds_are_counted(monkeypatch):
    monkeypatch.setattr("reports.xlsx.MOST_ROWS", 20)
    scan = scan_named("contoso")
    sheet = workbook(scan)["Findings"]
    assert sheet.max_row == 20
    assert sheet["A20"].value.startswith(f"{len(scan.findings) - 18} more rows do not fit into a sheet")


def test_a_workbook_is_of_the_moment_of_the_scan():
    scan = scan_named("contoso")
    created = workbook(scan).properties.created
    assert created == scan.estate.facts.finished_at.replace(tzinfo=None, microsecond=0)


def test_rows_as_a_reader_sees_them(snapshot):
    text = rendered("csv", scan_named("blind")).decode()
    lines = [line for line in text.split("\r\n") if not line.startswith("scan,")]
    assert "\n".join((*lines[:3], *lines[-3:])) == snapshot
