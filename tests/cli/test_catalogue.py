"""One scan in all formats, each file opened by a tool of others: all tell the same numbers."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import networkx as nx
import openpyxl
import pytest
from junitparser import JUnitXml, Properties
from markdown_it import MarkdownIt
from page_data import blocks
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from sarif.loader import load_sarif_file

from reports import FORMATS, INVENTORY
from reports.json_v1 import json_schema
from reports.sarif import NOT_SEEN
from scanner.cli import run
from scanner.findings import DISCLAIMER

ROOT = Path(__file__).parents[2]
LAST_MONTH = ROOT / "docs" / "examples" / "contoso-last-month.snapshot"
SARIF = json.loads((ROOT / "tests" / "reports" / "schemas" / "sarif-2.1.0.json").read_text())
SETTINGS = """
[severity]
worker-agent-outdated = "medium"
webhook-expired = "off"

[thresholds]
agent-heartbeat = "2h"

[[accept]]
check = "account-public-network"
owner = "=network team"
reason = "the firewall | is @another one"
ticket = "NET-7"
expires = 2099-12-31

[[accept]]
check = "worker-stale"
owner = "ops"
reason = "the machines come back"
ticket = "OPS-1"
expires = 2026-01-31

[[accept]]
check = "job-stuck"
subject = "*/no-such-runbook"
owner = "ops"
reason = "gone"
ticket = "OPS-2"
expires = 2099-12-31
"""
Numbers = dict[str, Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The files of one scan of the demonstration, with a baseline, accepted risks and a controls view."""
    place = tmp_path_factory.mktemp("catalogue")
    (place / "settings.toml").write_text(SETTINGS)
    words = ["scan", "--demo", "--quiet", "--format", "all", "--framework", "mcsb", "--baseline", str(LAST_MONTH)]
    assert run([*words, "--config", str(place / "settings.toml"), "--out", str(place / "out")]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def report(folder) -> dict[str, Any]:
    return json.loads((folder / "report.json").read_text())


@pytest.fixture(scope="module")
def numbers(report) -> Numbers:
    """What every format has to tell, as far as it can."""
    return {
        "findings": Counter(finding["severity"] for finding in report["findings"]),
        "accepted": sum(finding["status"] == "accepted" for finding in report["findings"]),
        "new": sum(finding["change"] == "new" for finding in report["findings"]),
        "fixed": len(report["comparison"]["fixed"]),
        "unseen": len(report["comparison"]["unseen"]),
        "gaps": len(report["gaps"]),
        "unknowns": len(report["unknowns"]),
    }


def test_the_run_has_something_of_everything(numbers, report):
    assert all(numbers.values())
    assert {"accepted-risk-expired", "accepted-risk-unmatched"} <= {finding["check"] for finding in report["findings"]}
    assert any(finding["declared_severity"] for finding in report["findings"])
    assert numbers["findings"] == Counter(report["summary"]["findings"])
    assert numbers["accepted"] == report["summary"]["accepted"]


def test_every_format_is_there(folder):
    files = {f"report.{each.extension}" for each in FORMATS.values()}
    assert {file.name for file in folder.iterdir()} == files | {INVENTORY}


def test_json_is_valid_by_its_schema(report):
    jsonschema.validate(report, json_schema())


def test_json_lines(folder, numbers, report):
    lines = [json.loads(line) for line in (folder / "report.jsonl").read_text().splitlines()]
    kinds = Counter(line["type"] for line in lines)
    assert lines[-1]["lines"] == len(lines) - 1
    assert (kinds["gap"], kinds["unknown"]) == (numbers["gaps"], numbers["unknowns"])
    assert lines[0]["comparison"] == report["comparison"]
    without_type = [
        {name: value for name, value in line.items() if name != "type"} for line in lines if line["type"] == "finding"
    ]
    assert without_type == report["findings"]


def test_sarif(folder, numbers):
    place = folder / "report.sarif"
    [sarif_run] = json.loads(place.read_text())["runs"]
    jsonschema.Draft4Validator(SARIF).validate(json.loads(place.read_text()))
    results = load_sarif_file(str(place)).get_results()
    assert len(results) == len(sarif_run["results"])
    found = [result for result in results if result["ruleId"] != NOT_SEEN]
    [invocation] = sarif_run["invocations"]
    notices = Counter(notice["descriptor"]["id"] for notice in invocation["toolExecutionNotifications"])
    assert numbers == {
        "findings": Counter(result["properties"]["severity"] for result in found),
        "accepted": sum(bool(result["suppressions"]) for result in found),
        "new": sum(result["baselineState"] == "new" for result in found),
        "fixed": notices["fixed"],
        "unseen": notices["unseen"],
        "gaps": notices["gap"],
        "unknowns": invocation["properties"]["unknownVerdicts"],
    }
    assert any(result["properties"]["declaredSeverity"] for result in found)
    lines = (folder / INVENTORY).read_text().splitlines()
    for result in found:
        [place] = result["locations"]
        number = place["physicalLocation"]["region"]["startLine"]
        assert lines[number - 1].startswith(place["logicalLocations"][0]["fullyQualifiedName"])


def test_junit(folder, numbers):
    suites = {suite.name: suite for suite in JUnitXml.fromfile(str(folder / "report.junit.xml"))}
    cases = [
        {fact.name: fact.value for fact in facts}
        for suite in suites.values()
        for case in suite
        if (facts := case.child(Properties)) is not None
    ]
    coverage = {fact.name: fact.value for fact in suites["coverage"].properties()}
    assert numbers == {
        "findings": Counter(case["severity"] for case in cases),
        "accepted": sum(case["status"] == "accepted" for case in cases),
        "new": sum(case["change"] == "new" for case in cases),
        "fixed": int(coverage["fixed_findings"]),
        "unseen": int(coverage["unseen_findings"]),
        "gaps": int(coverage["gaps"]),
        "unknowns": int(coverage["unknown_verdicts"]),
    }
    document = ET.parse(folder / "report.junit.xml")  # noqa: S314 - a file of this test
    told = document.findtext("testsuite[@name='coverage']/system-out").splitlines()
    assert len(told) == numbers["fixed"] + numbers["unseen"]
    assert sum(line.startswith("Fixed: ") for line in told) == numbers["fixed"]
    assert {case["ticket"] for case in cases if case["status"] == "accepted"} == {"NET-7"}


def test_csv(folder, numbers):
    with (folder / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    kinds = Counter(row["kind"] for row in rows)
    found = [row for row in rows if row["kind"] == "finding"]
    accepted = [row for row in found if row["status"] == "accepted"]
    assert numbers == {
        "findings": Counter(row["severity"] for row in found),
        "accepted": len(accepted),
        "new": sum(row["change"] == "new" for row in found),
        **{name: kinds[name] for name in ("fixed", "unseen")},
        "gaps": kinds["gap"],
        "unknowns": kinds["unknown"],
    }
    assert {(row["owner"], row["ticket"], row["expires"]) for row in accepted} == {
        ("'=network team", "NET-7", "2099-12-31")
    }
    assert all(row["reason"] for row in rows if row["kind"] == "unseen")
    assert any(row["declared_severity"] for row in found)


def test_markdown(folder, numbers):
    text = (folder / "report.md").read_text()
    tokens = MarkdownIt("gfm-like").parse(text)
    assert not {token.type for token in tokens for token in token.children or ()} & {"link_open", "image"}
    counts = {row[0]: row for row in _tables(tokens)[0][1:]}
    titles = " ".join(token.content for token in tokens if token.type == "inline")
    assert {severity: int(row[1]) + int(row[2]) for severity, row in counts.items()} == dict(numbers["findings"])
    assert sum(int(row[2]) for row in counts.values()) == numbers["accepted"]
    assert sum(int(row[3]) for row in counts.values()) == numbers["new"]
    told = {
        "gaps": r"Not seen: (\d+) gaps",
        "unknowns": r"(\d+) unknown verdicts",
        "fixed": r"Fixed findings: (\d+)",
        "unseen": r"Unknown because unseen this time: (\d+)",
        "new": r"New beside the baseline: (\d+)",
    }
    for name, pattern in told.items():
        assert int(re.findall(pattern, titles)[0]) == numbers[name]
    assert DISCLAIMER in titles
    assert "Threshold `agent-heartbeat` 2 hours instead of 24 hours" in re.sub(r" ?\n?\| ?", " ", text)


def test_digest(folder, numbers, report):
    text = (folder / "report.digest.md").read_text()
    tokens = MarkdownIt("gfm-like").parse(text)
    assert not {token.type for token in tokens for token in token.children or ()} & {"link_open", "image"}
    titles = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    told = dict(title.rsplit(": ", 1) for title in titles[1:] if ": " in title)
    assert int(told["New findings"]) == numbers["new"]
    assert int(told["Fixed findings"]) == numbers["fixed"]
    assert int(told["Unknown because unseen this time"]) == numbers["unseen"]
    accepted = {finding["fingerprint"] for finding in report["findings"] if finding["status"] == "accepted"}
    opened = [cause for cause in report["causes"] if {cause["finding"], *cause["explains"]} - accepted]
    assert int(told["Open causes"]) == len(opened) < len(report["causes"])
    assert f"{numbers['unknowns']} unknown verdicts" in text


def _tables(tokens: list[Any]) -> list[list[list[str]]]:
    """The texts of the cells of each table."""
    tables: list[list[list[str]]] = []
    for number, token in enumerate(tokens):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type in {"th_open", "td_open"}:
            tables[-1][-1].append(tokens[number + 1].content)
    return tables


def test_ocsf(folder, numbers):
    events = json.loads((folder / "report.ocsf.json").read_text())
    read = [ComplianceFinding.model_validate(event) for event in events]
    found = [event for event in read if event.compliance.status_id.name == "Fail"]
    kinds = Counter(event["unmapped"].get("status") for event in events if "unmapped" in event)
    names = {"Informational": "info"}
    assert numbers == {
        "findings": Counter(names.get(event.severity_id.name, event.severity_id.name.lower()) for event in found),
        "accepted": sum(event.status_id.name == "Suppressed" for event in found),
        "new": sum(event.activity_id.name == "Create" for event in found),
        "fixed": sum(event.status_id.name == "Resolved" for event in read),
        "unseen": kinds["unseen"],
        "gaps": sum("reads" in event.get("unmapped", {}) for event in events),
        "unknowns": sum(event["finding_info"]["uid"].startswith("unknown/") for event in events),
    }


def test_graphml(folder, numbers):
    graph = nx.read_graphml(folder / "report.graphml")
    nodes = [data for _, data in graph.nodes(data=True)]
    assert sum(node["findings"] for node in nodes) == numbers["findings"].total()
    assert sum(node["accepted"] for node in nodes) == numbers["accepted"]
    assert (graph.graph["gaps"], graph.graph["unknowns"]) == (numbers["gaps"], numbers["unknowns"])
    assert sum(node["unknowns"] for node in nodes) == numbers["unknowns"]


def test_xlsx(folder, numbers):
    book = openpyxl.load_workbook(folder / "report.xlsx")
    sheets = {
        sheet.title: [dict(zip(head, row, strict=True)) for row in rows]
        for sheet in book
        for head, *rows in [list(sheet.iter_rows(values_only=True))]
    }
    found = sheets["Findings"]
    changes = Counter(row["Change"] for row in sheets["Changes"])
    assert numbers == {
        "findings": Counter(row["Severity"] for row in found),
        "accepted": sum(row["Owner"] == "=network team" for row in found),
        "new": changes["New findings"],
        "fixed": changes["Fixed findings"],
        "unseen": changes["Unknown because unseen this time"],
        "gaps": len(sheets["Gaps"]),
        "unknowns": len(sheets["Unknowns"]),
    }
    assert sheets["Controls"][0]["Framework"] == DISCLAIMER
    summary = {row["What"]: row["Value"] for row in sheets["Summary"]}
    assert summary["Findings: accepted"] == numbers["accepted"]
    assert summary["Threshold agent-heartbeat"].startswith("2 hours instead of 24 hours")
    assert summary["Accepted risk 2"].startswith("worker-stale: expired (")


class _Open(HTMLParser):
    """Fails on an element that is closed, and was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "input", "link", "img", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html(folder, numbers):
    page = (folder / "report.html").read_text()
    parser = _Open()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    index = blocks(page).index
    assert Counter(index["severities"][int(rank)] for rank in index["severity"]) == numbers["findings"]
    assert index["accepted"].count("1") == numbers["accepted"]
    assert index["change"].count("new") == numbers["new"]
