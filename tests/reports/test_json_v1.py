"""The JSON report keeps its promises: its schema, its keys, its order, and hostile names as they are."""

import json
from datetime import datetime
from pathlib import Path

import builders as b
import jsonschema
import pytest
from builders import NOW
from hostile import NAMES, hostile_tenant
from tenants import estate_of, scan_named

import reports
from reports.json_report import to_json
from reports.json_v1 import json_schema
from scanner.checks import all_checks
from scanner.controls import catalogue
from scanner.emulator import TENANTS
from scanner.inventory import Reading
from scanner.pipeline import scan_of

REASONS = set(
    "denied throttled timeout unreachable not_registered malformed truncated failed interrupted skipped".split()  # noqa: SIM905
)
KEYS = {
    "": "schema tool scan summary gaps causes findings unknowns scenarios errors controls resources",
    "tool": "name version region_map_version",
    "scan": "started_at finished_at as_of cloud tenant_id scope interrupted requests",
    "scan.requests": "sent retried throttled",
    "summary": "subscriptions automation_accounts workspaces worker_groups workers causes findings unknowns coverage",
    "summary.causes": "total critical high medium low info",
    "summary.findings": "critical high medium low info",
    "summary.coverage": "planned answered ratio",
    "gaps[]": "id scope operation reason status code message action request_id affects",
    "findings[]": "check severity subject account subscription_id message evidence remediation scenarios root_cause root_cause_path fingerprint",
    "findings[].root_cause_path[]": "id relation",
    "causes[]": "finding check severity explains hurts",
    "causes[].hurts[]": "group runbooks starts starts_in_all recent_jobs complete",
    "unknowns[]": "check subject because",
    "findings[].impact": "group runbooks starts starts_in_all recent_jobs complete",
    "scenarios[]": "id title outcome on_machine findings scripts unseen_checks",
    "scenarios[].scripts[]": "os script reads_as",
    "resources[]": "kind id name location subscription_id",
}
"""The contract of version 1: further keys may come, none of these may go."""


def report(tenant):
    return json.loads(to_json(scan_named(tenant)))


@pytest.fixture(params=TENANTS)
def any_report(request):
    return report(request.param)


def test_it_is_valid_by_its_schema(any_report):
    jsonschema.Draft202012Validator(json_schema()).validate(any_report)


def test_the_schema_is_one_and_refuses_another_document():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report("spotless") | {"schema": "hwaudit-report/2"}, json_schema())


def test_the_shipped_schema_is_the_generated_one():
    shipped = Path(reports.__file__).with_name("schema") / "report.v1.schema.json"
    assert json.loads(shipped.read_text()) == json_schema()


@pytest.mark.parametrize("place", KEYS)
def test_no_key_of_the_contract_is_missing(place, any_report):
    parts = [any_report]
    for step in filter(None, place.split(".")):
        name = step.removesuffix("[]")
        parts = [inner for part in parts for inner in (part[name] if step.endswith("[]") else [part[name]])]
        parts = [part for part in parts if part is not None]
    for part in parts:
        assert set(KEYS[place].split()) <= part.keys()


def test_numbers_are_numbers_and_moments_are_utc(any_report):
    scan, summary = any_report["scan"], any_report["summary"]
    assert scan["interrupted"] is False
    for field in ("started_at", "finished_at", "as_of"):
        assert scan[field].endswith("Z")
        assert datetime.fromisoformat(scan[field]).utcoffset().total_seconds() == 0
    assert all(type(number) is int for number in (*scan["requests"].values(), *summary["findings"].values()))
    assert scan["requests"]["sent"] >= summary["coverage"]["planned"] / 10
    assert sum(summary["findings"].values()) == len(any_report["findings"])
    assert summary["unknowns"] == len(any_report["unknowns"])


def test_lists_are_sorted(any_report):
    ranks = ["critical", "high", "medium", "low", "info"]
    order = {
        "gaps": lambda gap: (gap["scope"].lower(), gap["operation"], gap["reason"]),
        "findings": lambda f: (ranks.index(f["severity"]), f["check"], f["subject"].lower(), f["fingerprint"]),
        "unknowns": lambda unknown: (unknown["check"], unknown["subject"].lower(), unknown["because"]),
        "scenarios": lambda scenario: int(scenario["id"].removeprefix("S")),
        "resources": lambda resource: (resource["kind"], resource["id"].lower()),
    }
    for name, key in order.items():
        assert any_report[name] == sorted(any_report[name], key=key), name


def test_causes_hold_each_finding_once_the_worst_and_widest_first(any_report):
    causes, findings = any_report["causes"], {finding["fingerprint"]: finding for finding in any_report["findings"]}
    ranks = ["critical", "high", "medium", "low", "info"]
    held = [fingerprint for cause in causes for fingerprint in (cause["finding"], *cause["explains"])]
    assert sorted(held) == sorted(findings)
    for cause in causes:
        own = [findings[cause["finding"]], *(findings[effect] for effect in cause["explains"])]
        assert own[0]["check"] == cause["check"]
        assert {effect["root_cause"] for effect in own[1:]} <= {cause["finding"]}
        assert cause["severity"] == min((finding["severity"] for finding in own), key=ranks.index)
        groups = {finding["impact"]["group"].lower() for finding in own if finding["impact"]}
        hurt = [impact["group"].lower() for impact in cause["hurts"]]
        assert len(hurt) == len(set(hurt))
        assert groups <= set(hurt)
    order = [(ranks.index(cause["severity"]), -len(cause["explains"])) for cause in causes]
    assert order == sorted(order)
    counts = any_report["summary"]["causes"]
    assert counts["total"] == len(causes) == sum(counts[severity] for severity in ranks)


def test_the_path_to_a_root_cause_leads_from_the_one_subject_to_the_other(any_report):
    findings = {finding["fingerprint"]: finding for finding in any_report["findings"]}
    for finding in any_report["findings"]:
        path = finding["root_cause_path"]
        assert bool(path) == (finding["root_cause"] is not None)
        if path:
            assert path[0]["id"].lower() == finding["subject"].lower()
            assert path[-1]["id"].lower() == findings[finding["root_cause"]]["subject"].lower()
            assert [bool(hop["relation"]) for hop in path] == [True] * (len(path) - 1) + [False]


def test_any_gap_makes_the_coverage_less_than_one(any_report):
    coverage = any_report["summary"]["coverage"]
    assert (coverage["ratio"] < 1) == bool(any_report["gaps"])
    assert coverage["answered"] == coverage["planned"] - sum(gap["count"] for gap in any_report["gaps"])


def test_a_gap_says_what_it_hides_and_which_permission_is_missing(any_report):
    known = {check.id for check in all_checks()}
    for gap in any_report["gaps"]:
        assert gap["reason"] in REASONS
        assert gap["scope"].startswith("/")
        assert gap["affects"]
        assert set(gap["affects"]) <= known
        if gap["reason"] == "denied":
            assert gap["action"] == gap["operation"]
            assert gap["status"] == 403
            assert gap["request_id"]


def test_the_caller_is_not_named(any_report):
    assert "object id '" not in json.dumps(any_report["gaps"])


def test_an_unknown_names_its_gap_or_a_field(any_report):
    gaps = {gap["id"] for gap in any_report["gaps"]}
    for unknown in any_report["unknowns"]:
        assert unknown["because"] in gaps or not unknown["because"].startswith("gap-")


def test_the_counts_are_those_of_the_resources(any_report):
    kinds = [resource["kind"] for resource in any_report["resources"]]
    summary = any_report["summary"]
    assert summary["workers"] == kinds.count("worker")
    assert summary["worker_groups"] == kinds.count("worker_group")
    assert summary["automation_accounts"] == kinds.count("automation_account")
    assert summary["subscriptions"] == kinds.count("subscription")
    assert summary["workspaces"] == kinds.count("workspace")


def test_findings_of_scenarios_exist(any_report):
    prints = {finding["fingerprint"] for finding in any_report["findings"]}
    assert [scenario["id"] for scenario in any_report["scenarios"]] == [f"S{number}" for number in range(1, 15)]
    for scenario in any_report["scenarios"]:
        assert set(scenario["findings"]) <= prints
        assert (scenario["outcome"] == "detected") == bool(scenario["findings"])
        assert (scenario["outcome"] == "not_seen") == bool(scenario["unseen_checks"])
        assert scenario["on_machine"]
        whole = "".join(script["script"] for script in scenario["scripts"])
        assert all(command in whole.splitlines() for command in scenario["on_machine"])


def test_a_scenario_has_a_script_for_each_system_and_names_the_checks_that_could_not_judge():
    estate = b.estate(b.account(), b.group(), b.worker(), b.gap(Reading.RUNBOOKS, b.account_id()))
    told = {scenario["id"]: scenario for scenario in json.loads(to_json(scan_of(estate)))["scenarios"]}
    assert [script["os"] for script in told["S1"]["scripts"]] == ["Windows", "Linux"]
    assert told["S1"]["scripts"][0]["script"].startswith("# Scenario S1 on Windows: ")
    assert told["S11"]["outcome"] == "not_seen"
    assert told["S11"]["unseen_checks"] == ["runbook-uses-msonline"]


CONTROL_KEYS = {
    "": "framework name disclaimer source initiatives remarks summary controls",
    "initiatives[]": "id name version cloud",
    "summary": "all microsoft inferred",
    "summary.all": "met not_met risk_accepted not_assessed",
    "controls[]": "control status origins in_part checks uncovered",
    "controls[].checks[]": "check origin status because policies in_part findings findings_in_all accepted accepted_in_all unjudged",
    "controls[].checks[].policies[]": "id name version",
}


@pytest.fixture(scope="module")
def with_controls():
    names = [framework.id for framework in catalogue().frameworks]
    return json.loads(to_json(scan_of(scan_named("contoso").estate, frameworks=names)))


def test_a_report_with_controls_is_valid_and_keeps_the_order_that_was_asked_for(with_controls):
    jsonschema.Draft202012Validator(json_schema()).validate(with_controls)
    told = [view["framework"] for view in with_controls["controls"]]
    assert told == [framework.id for framework in catalogue().frameworks]


@pytest.mark.parametrize("place", CONTROL_KEYS)
def test_no_key_of_the_controls_is_missing(place, with_controls):
    parts = with_controls["controls"]
    for step in filter(None, place.split(".")):
        name = step.removesuffix("[]")
        parts = [inner for part in parts for inner in (part[name] if step.endswith("[]") else [part[name]])]
    assert parts
    for part in parts:
        assert set(CONTROL_KEYS[place].split()) <= part.keys()


def test_a_control_names_findings_of_this_report_and_counts_add_up(with_controls):
    prints = {finding["fingerprint"]: finding["check"] for finding in with_controls["findings"]}
    for view in with_controls["controls"]:
        assert "no certification" in view["disclaimer"]
        assert sum(view["summary"]["all"].values()) == len(view["controls"])
        for control in view["controls"]:
            for check in control["checks"]:
                assert {prints[found] for found in check["findings"]} <= {check["check"]}


def test_without_a_framework_there_are_no_controls(any_report):
    assert any_report["controls"] == []


def test_one_estate_gives_one_file():
    estate = scan_named("contoso").estate
    assert to_json(scan_of(estate)) == to_json(scan_of(estate))


@pytest.mark.parametrize("tenant", TENANTS)
def test_two_scans_of_an_unchanged_tenant_differ_only_in_the_scan_and_in_request_ids(tenant):
    again = json.loads(to_json(scan_of(estate_of(TENANTS[tenant](NOW), seed=3, page_size=50))))
    assert without_request_ids(again) == without_request_ids(report(tenant))


def without_request_ids(told):
    gaps = [gap | {"request_id": ""} for gap in told["gaps"]]
    return told | {"scan": None, "gaps": gaps}


def test_hostile_names_arrive_as_they_are():
    told = json.loads(to_json(scan_of(estate_of(hostile_tenant(*NAMES)))))
    names = [resource["name"] for resource in told["resources"]]
    for name in NAMES:
        assert name in names
    assert told["gaps"] == []
