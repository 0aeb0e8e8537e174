"""JSON lines: the JSON report's parts, each on a line of its own that stands alone."""

import json

import pytest
from reported import SCANS, hostile, rendered
from tenants import scan_named

from reports.json_report import to_json


def lines(scan):
    return [json.loads(line) for line in rendered("jsonl", scan).decode().split("\n")[:-1]]


@pytest.mark.parametrize("case", SCANS)
def test_the_lines_are_the_parts_of_the_json_report(case):
    report = json.loads(to_json(SCANS[case]()))
    head, *items, end = lines(SCANS[case]())
    lists = {name: value for name, value in report.items() if isinstance(value, list)}
    assert head == {"type": "scan"} | {name: value for name, value in report.items() if name not in lists}
    for name, values in lists.items():
        kind = name.removesuffix("s")
        assert [item for item in items if item["type"] == kind] == [{"type": kind} | value for value in values]
    assert len(items) == sum(map(len, lists.values()))
    assert end == {"type": "end", "lines": len(items) + 1}


def test_a_hostile_name_is_one_line():
    assert len(rendered("jsonl", hostile()).splitlines()) == len(lines(hostile()))


def test_types_are_the_lists_of_the_report_in_the_singular():
    kinds = {line["type"] for line in lines(scan_named("contoso"))}
    assert {"scan", "gap", "finding", "unknown", "scenario", "resource", "end"} <= kinds
