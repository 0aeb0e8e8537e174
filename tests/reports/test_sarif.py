"""SARIF: valid by the published schema, opened by sarif-tools, within GitHub's limits, and honest about what it missed."""

import gzip
import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from reported import (
    BLIND,
    SCANS,
    accepted,
    companion,
    crashed,
    hostile,
    interrupted,
    left_out,
    many,
    rendered,
    with_findings,
)
from sarif.loader import load_sarif_file
from tenants import scan_named

from reports import INVENTORY
from reports.sarif import MOST_RESULTS, NOT_SEEN
from scanner.checks import all_checks

SCHEMA = json.loads((Path(__file__).with_name("schemas") / "sarif-2.1.0.json").read_text())


@cache
def log(case):
    return json.loads(rendered("sarif", SCANS[case]()))


def run_of(scan):
    (run,) = json.loads(rendered("sarif", scan))["runs"]
    return run


def notices(run):
    (invocation,) = run["invocations"]
    return invocation["toolExecutionNotifications"]


@pytest.mark.parametrize("case", SCANS)
def test_it_is_valid_by_the_published_schema(case):
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    jsonschema.Draft4Validator(SCHEMA, format_checker=checker).validate(log(case))


@pytest.mark.parametrize("case", ["contoso", "blind tenant", "hostile", "spotless"])
def test_sarif_tools_opens_it_and_counts_the_results(case, tmp_path):
    place = tmp_path / "report.sarif"
    place.write_bytes(rendered("sarif", SCANS[case]()))
    opened = load_sarif_file(str(place))
    (tool,) = opened.get_distinct_tool_names()
    assert tool == "hybrid-worker-audit"
    assert opened.get_result_count() == len(log(case)["runs"][0]["results"])


def test_every_check_that_ran_is_a_rule_with_its_documentation():
    run = run_of(scan_named("contoso"))
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    infos = [check.info for check in all_checks() if check.info.included_by is None]
    assert rules.keys() == {info.id for info in infos} | {NOT_SEEN}
    for info in infos:
        rule = rules[info.id]
        assert rule["help"]["markdown"] == info.documentation
        assert rule["helpUri"].startswith("https://learn.microsoft.com/")
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert len(rule["properties"]["tags"]) <= 10


def test_each_finding_is_a_result_with_the_level_of_its_severity():
    scan = scan_named("contoso")
    run = run_of(scan)
    results = {result["properties"]["fingerprint"]: result for result in run["results"] if "properties" in result}
    levels = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
    assert len(results) == len(scan.findings)
    for finding in scan.findings:
        result = results[finding.fingerprint]
        assert result["level"] == levels[finding.severity]
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.check
        assert result["partialFingerprints"]["primaryLocationLineHash"] == finding.fingerprint
        assert result["partialFingerprints"]["hwauditFinding/v1"] == finding.fingerprint
        assert result["properties"]["remediation"]
        assert result["properties"]["rootCause"] == finding.root_cause
        assert "baselineState" not in result


@pytest.mark.parametrize("case", ["contoso", "hostile", "blind tenant"])
def test_a_location_is_the_line_of_its_resource_in_the_inventory(case):
    scan = SCANS[case]()
    lines = companion("sarif", INVENTORY, scan).splitlines()
    seen = 0
    for result in run_of(scan)["results"]:
        for location in result["locations"] + result.get("relatedLocations", []):
            assert location["physicalLocation"]["artifactLocation"]["uri"] == INVENTORY
            line = lines[location["physicalLocation"]["region"]["startLine"] - 1]
            for logical in location.get("logicalLocations", []):
                assert line.lower().startswith(logical["fullyQualifiedName"].lower() + "  (")
                seen += 1
    assert seen >= len(scan.findings)


def test_a_root_cause_is_a_related_location():
    scan = scan_named("contoso")
    by_print = {finding.fingerprint: finding for finding in scan.findings}
    explained = [result for result in run_of(scan)["results"] if "relatedLocations" in result]
    assert len(explained) == sum(1 for finding in scan.findings if finding.root_cause)
    for result in explained:
        (related,) = result["relatedLocations"]
        cause = by_print[result["properties"]["rootCause"]]
        assert related["logicalLocations"][0]["fullyQualifiedName"] == cause.subject.text
        assert related["message"]["text"].startswith("Root cause: ")


def test_an_accepted_finding_is_suppressed_and_a_baseline_gives_states():
    results = [result for result in run_of(accepted())["results"] if result["ruleId"] != NOT_SEEN]
    (suppression,) = results[0]["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["status"] == "accepted"
    assert suppression["justification"] == "accepted by =Ops until 2027-01-31, T-1: known"
    assert all(result["suppressions"] == [] for result in results[1:])
    assert [result["baselineState"] for result in results[:3]] == ["unchanged", "new", "updated"]


def test_gaps_are_warnings_and_unknowns_are_counted_by_check():
    scan = scan_named("blind")
    told = Counter((notice["descriptor"]["id"], notice["level"]) for notice in notices(run_of(scan)))
    assert told["gap", "warning"] == len(scan.blind_spots)
    assert told["unknown", "warning"] == len({unknown.check for unknown in scan.unknowns})
    assert run_of(scan)["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(("scan", "id_"), [(interrupted, "interrupted"), (crashed, "crashed")])
def test_an_interrupted_scan_and_a_crashed_check_are_no_success(scan, id_):
    run = run_of(scan())
    assert run["invocations"][0]["executionSuccessful"] is False
    assert {notice["level"] for notice in notices(run) if notice["descriptor"]["id"] == id_} == {"error"}


@pytest.mark.parametrize("case", BLIND)
def test_a_scan_that_did_not_see_everything_has_an_alert(case):
    (result,) = run_of(BLIND[case]())["results"]
    assert result["ruleId"] == NOT_SEEN
    assert result["level"] == ("note" if BLIND[case] is left_out else "warning")
    assert "says nothing about the rest" in result["message"]["text"]


def test_a_whole_scan_has_no_alert():
    run = run_of(scan_named("spotless"))
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_more_than_github_takes_is_cut_and_told(monkeypatch):
    assert MOST_RESULTS == 25_000
    monkeypatch.setattr("reports.sarif.MOST_RESULTS", 500)
    run = run_of(many(1_500))
    assert len(run["results"]) == 500
    (notice,) = [notice for notice in notices(run) if notice["descriptor"]["id"] == "left-out"]
    assert notice["message"]["text"].startswith("1,001 findings left out")
    kept = [result["level"] for result in run["results"][1:]]
    assert kept == sorted(kept, key=["error", "warning", "note"].index)


def test_as_many_as_github_takes_are_not_too_large_for_it():
    log = rendered("sarif", many(2_500))
    assert len(gzip.compress(log, 6)) * MOST_RESULTS / 2_500 < 10_000_000


def test_what_is_too_large_compressed_is_cut_and_told(monkeypatch):
    monkeypatch.setattr("reports.sarif.MOST_COMPRESSED", 20_000)
    scan = scan_named("contoso")
    run = run_of(scan)
    assert 0 < len(run["results"]) < len(scan.findings)
    (notice,) = [notice for notice in notices(run) if notice["descriptor"]["id"] == "left-out"]
    assert notice["message"]["text"].startswith(f"{len(scan.findings) + 1 - len(run['results'])} findings left out")


def test_names_make_no_links_and_no_placeholders():
    texts = [result["message"]["text"] for result in run_of(hostile())["results"]]
    assert not any("](" in text for text in texts)
    assert not any(re.search(r"(?<!\{)\{\d+\}", text) for text in texts)
    assert any("{{0}}" in text for text in texts)


def test_one_result_as_a_reader_sees_it(snapshot):
    scan = scan_named("contoso")
    finding = next(finding for finding in scan.findings if finding.root_cause)
    causes = tuple(each for each in scan.findings if each.fingerprint == finding.root_cause)
    run = run_of(with_findings(scan, (*causes, finding)))
    assert json.dumps(run["results"][-1], indent=1, ensure_ascii=False) == snapshot
