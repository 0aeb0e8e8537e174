"""Reports are read again: their own, older ones with less in them, and nothing that a newer program wrote."""

import json
from datetime import timedelta

import pytest
from builders import (
    account,
    account_id,
    days,
    estate,
    gap,
    group,
    group_id,
    link,
    machine,
    worker,
    workspace,
    workspace_id,
)
from tenants import scan_named

from reports.json_reading import record_of_report
from reports.json_report import to_json
from scanner.comparison import compare, record_of
from scanner.errors import UsageError
from scanner.findings import Severity
from scanner.inventory import Reading
from scanner.pipeline import scan_of
from scanner.settings import Settings

FIRST = {
    "": "schema tool scan summary gaps findings unknowns scenarios errors resources",
    "scan": "started_at finished_at as_of cloud tenant_id scope interrupted requests",
    "findings": "check severity subject account subscription_id message evidence remediation scenarios root_cause fingerprint",
    "gaps": "id scope operation reason status code message action request_id affects",
    "resources": "kind id name location subscription_id",
}
"""The names that the first reports of version 1 had."""
STALE = (account(), group(), machine(), worker(age=days(40)))
MENDED = (account(), group(), machine(), worker())


def written(*parts, scan=None):
    return json.loads(to_json(scan or scan_of(estate(*parts))))


def read(report):
    return record_of_report(json.dumps(report).encode(), "report.json")


def as_first_written(report):
    """The report as the first program of version 1 would have written it."""
    kept = {name: report[name] for name in FIRST[""].split()}
    kept["scan"] = {name: report["scan"][name] for name in FIRST["scan"].split()}
    for part in ("findings", "gaps", "resources"):
        kept[part] = [{name: item[name] for name in FIRST[part].split()} for item in report[part]]
    return kept


def fixed(comparison):
    return {finding.check for finding in comparison.fixed}


def unseen(comparison):
    return {unseen.finding.check: unseen.because for unseen in comparison.unseen}


@pytest.mark.parametrize("tenant", ["contoso", "blind", "spotless"])
def test_a_report_and_the_snapshot_behind_it_say_the_same(tenant):
    scan = scan_named(tenant)
    told = read(written(scan=scan))
    for one, other in ((told, record_of(scan)), (record_of(scan), told)):
        comparison = compare(one, other)
        assert comparison.is_empty
        assert len(comparison.notes) == 1
        assert "whether an account moved cannot be told" in comparison.notes[0]


def test_what_is_fixed_between_two_reports():
    assert "worker-stale" in fixed(compare(read(written(*STALE)), read(written(*MENDED))))


def test_a_report_without_its_checks_proves_only_for_those_that_it_mentions():
    comparison = compare(read(written(*STALE)), read(as_first_written(written(*MENDED))))
    assert fixed(comparison) == set()
    assert unseen(comparison)["worker-stale"] == "the file does not tell whether the check ran"
    assert any("which checks ran" in note for note in comparison.notes)
    elsewhere = (
        group(group_id("other")),
        worker("vm2", group_id("other"), age=days(35)),
        machine(worker("vm2").machine),
    )
    assert "worker-stale" in fixed(compare(read(written(*STALE)), read(as_first_written(written(*MENDED, *elsewhere)))))


@pytest.mark.parametrize("part", ["findings", "unknowns", "gaps", "errors", "resources"])
def test_a_list_that_an_older_report_lacks_is_not_told(part):
    report = written(*MENDED) | {"schema": "hwaudit-report/0"}
    del report[part]
    comparison = compare(read(written(*STALE)), read(report))
    assert fixed(comparison) == set()
    assert part in unseen(comparison)["worker-stale"] or part == "resources"
    assert comparison.resources.removed == ()
    assert any(f"does not tell its {part}" in note for note in comparison.notes)


def test_a_gap_in_a_report_leaves_it_unknown():
    denied = read(written(account(), group(), gap(Reading.WORKERS, group_id())))
    assert "denied" in unseen(compare(read(written(*STALE)), denied))["worker-stale"]


def test_links_are_compared_only_where_a_report_tells_them():
    linked = (account(), workspace(), link(workspace_id()))
    there = (account(account_id("other")), link(workspace_id(), account_id("other")))
    cut = (account(), workspace(), link(None))
    assert len(compare(read(written(*linked, *there)), read(written(*cut, *there))).resources.relinked) == 1
    assert compare(read(written(*linked)), read(written(*cut))).resources.relinked == ()


def test_what_a_later_program_adds_within_the_version_is_left_aside():
    report = written(*STALE)
    report["resources"].append({"kind": "moon", "id": "/subscriptions/x/moons/1"})
    report["news"] = [1]
    assert compare(read(report), read(written(*STALE))).is_empty


def test_a_report_of_a_newer_version_asks_for_a_newer_program():
    with pytest.raises(UsageError, match=r"hwaudit-report/2.*use a newer hwaudit"):
        read(written(*STALE) | {"schema": "hwaudit-report/2"})


@pytest.mark.parametrize("schema", ["hwaudit-diff/1", "sarif", 1, None])
def test_what_is_no_report_is_refused(schema):
    with pytest.raises(UsageError, match="neither a snapshot nor a JSON report"):
        read(written(*STALE) | {"schema": schema})


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-9],
        lambda text: text.replace('"critical"', '"dreadful"').replace('"high"', '"dreadful"'),
        lambda text: text.replace('"subject": "/', '"subject": "'),
        lambda text: text.replace('"scan": {', '"was": {'),
    ],
    ids=["cut", "severity", "id", "no scan"],
)
def test_a_damaged_report_is_refused(damage):
    text = damage(to_json(scan_of(estate(*STALE))))
    with pytest.raises(UsageError, match=r"report\.json is truncated or damaged"):
        record_of_report(text.encode("utf-8", "surrogatepass"), "report.json")


def test_a_crashed_check_is_told_with_those_that_ran():
    report = written(*MENDED)
    outcomes = {check["id"]: check["outcome"] for check in report["checks"]}
    assert (outcomes["worker-stale"], outcomes["variable-unencrypted"]) == ("ran", "not_run")
    report["errors"] = [{"check": "worker-stale", "message": "KeyError"}]
    assert unseen(compare(read(written(*STALE)), read(report)))["worker-stale"] == "the check crashed"


def test_an_accepted_finding_is_a_changed_one():
    report = written(*STALE)
    for finding in report["findings"]:
        finding["acceptance"] = {"owner": "ops"}
    changed = compare(read(written(*STALE)), read(report)).changed
    assert {(each.field, each.old, each.new) for finding in changed for each in finding.differences} == {
        ("status", "open", "accepted")
    }


UNKNOWN_OPERATION = "Microsoft.Automation/automationAccounts/newThing/read"


@pytest.mark.parametrize("place", [account_id(), worker().id, worker().id.child("newThing", "x")])
def test_what_a_gap_affects_by_its_report_is_unknown_whatever_its_operation(place):
    report = written(*MENDED, gap(Reading.JOBS, account_id("other")))
    assert "worker-stale" in fixed(compare(read(written(*STALE)), read(report)))
    report["gaps"][0] |= {"scope": place.text, "operation": UNKNOWN_OPERATION, "affects": ["worker-stale"]}
    assert UNKNOWN_OPERATION in unseen(compare(read(written(*STALE)), read(report)))["worker-stale"]


def test_a_gap_that_a_later_program_needs_an_answer_of_hides_too():
    report = written(*MENDED, gap(Reading.JOBS, account_id()))
    assert "worker-stale" in fixed(compare(read(written(*STALE)), read(report)))
    report["gaps"][0]["affects"].append("worker-stale")
    assert "worker-stale" in unseen(compare(read(written(*STALE)), read(report)))


def test_a_report_tells_by_which_settings_it_was_judged():
    plain = scan_of(estate(*STALE))
    moved = Settings(
        limits={"worker-purge-soon": timedelta(days=29)}, severities={"worker-stale": Severity.LOW, "job-stuck": None}
    )
    scan = scan_of(estate(*STALE), settings=moved)
    assert read(written(scan=scan)).settings == record_of(scan).settings != record_of(plain).settings


def test_a_report_without_settings_was_judged_by_the_defaults():
    moved = scan_of(estate(*STALE), settings=Settings(limits={"worker-first-ping": timedelta(hours=2)}))
    comparison = compare(read(as_first_written(written(*STALE))), record_of(moved))
    assert any("the limit worker-first-ping was 1h, is 2h now" in note for note in comparison.notes)
    assert any("tells no settings, of a version that had none: its defaults count" in note for note in comparison.notes)


@pytest.mark.parametrize("part", [{"thresholds": [{"name": "x", "value": "long"}]}, {"severities": [{"check": "x"}]}])
def test_settings_that_cannot_be_read_are_damage(part):
    with pytest.raises(UsageError, match="truncated or damaged"):
        read(written(*STALE) | {"settings": part})
