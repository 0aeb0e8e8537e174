"""Scenarios: detected by a finding, no sign only when every check that it needs could judge."""

import msgspec
import pytest
from builders import (
    NOW,
    account,
    account_id,
    days,
    estate,
    gap,
    group,
    group_id,
    machine,
    machine_id,
    subscription_id,
    worker,
)
from tenants import estate_of

from scanner.checks import all_checks
from scanner.collect import Choice
from scanner.emulator import TENANTS
from scanner.findings import BlindSpot, CheckError, Finding, Outcome, Severity, Unknown
from scanner.graph import EstateGraph
from scanner.inventory import OsType, Reading
from scanner.options import Skipped
from scanner.pipeline import scan_of
from scanner.scenarios import NEEDED_CHECKS, TITLES, scenarios


def outcome(made, id_):
    return next(scenario for scenario in made if scenario.id == id_)


def told(id_, *unknowns, errors=(), parts=(), findings=(), spots=()):
    """The scenario when all the checks that it needs ran, with these unknowns and errors."""
    graph = EstateGraph(estate(account(), group(), *parts))
    every = [info(check) for check in NEEDED_CHECKS[id_]]
    return outcome(scenarios(graph, every, findings, unknowns, errors, blind_spots=spots), id_)


def info(id_):
    return next(check.info for check in all_checks() if check.id == id_)


def finding(**facts):
    defaults = {
        "severity": Severity.MEDIUM,
        "subject": account_id(),
        "account": account_id(),
        "message": "",
        "evidence": {},
        "remediation": (),
        "scenarios": (),
        "fingerprint": "f",
    }
    return Finding(**defaults | facts)


def test_there_are_fourteen_and_each_knows_what_it_needs():
    assert list(TITLES) == [f"S{number}" for number in range(1, 15)]
    assert NEEDED_CHECKS.keys() == TITLES.keys()
    assert all(NEEDED_CHECKS.values())


def test_every_scenario_that_a_check_declares_exists():
    for check in all_checks():
        assert set(check.info.scenarios) <= TITLES.keys()


def test_a_stale_worker_is_the_sign_of_its_scenario():
    scan = scan_of(estate(account(), group(), worker(age=days(40))))
    found = outcome(scan.scenarios, "S3")
    assert found.outcome is Outcome.DETECTED
    stale = next(finding for finding in scan.findings if finding.check == "worker-stale")
    assert stale.fingerprint in found.findings


def test_no_sign_needs_every_check_to_have_judged():
    assert told("S13").outcome is Outcome.NO_SIGN
    assert told("S13").because == ()
    blind = told("S13", Unknown("worker-registered-twice", group_id("elsewhere"), "gap-1"))
    assert blind.outcome is Outcome.NOT_SEEN
    assert blind.because == ("worker-registered-twice",)


def test_a_check_that_this_version_does_not_have_or_that_is_not_enabled_keeps_from_no_sign():
    made = scenarios(EstateGraph(estate()), [], [], [], [], blind_spots=[])
    assert all(found.outcome is Outcome.NOT_SEEN for found in made)
    assert all(found.because == NEEDED_CHECKS[found.id] for found in made)


def test_an_unknown_of_another_scenarios_check_does_not_matter():
    assert told("S13", Unknown("worker-stale", group_id(), "gap-1")).outcome is Outcome.NO_SIGN


def test_an_unknown_on_a_worker_of_the_other_system_hides_nothing():
    windows = (worker("win"), machine(machine_id("win")))
    linux = (worker("lin"), machine(machine_id("lin"), os=OsType.LINUX))
    missing = "worker-heartbeat-missing"
    for subject in (windows[0].id, group_id(), account_id()):
        assert told("S7", Unknown(missing, subject, "gap-1"), parts=windows).outcome is Outcome.NO_SIGN
        assert told("S9", Unknown(missing, subject, "gap-1"), parts=windows).outcome is Outcome.NOT_SEEN
    on_both = Unknown(missing, group_id(), "gap-1")
    assert told("S7", on_both, parts=(*windows, *linux)).outcome is Outcome.NOT_SEEN
    assert told("S8", Unknown("worker-agent-outdated", windows[0].id, "version"), parts=windows).because == ()
    assert told("S12", Unknown(missing, linux[0].id, "gap-1"), parts=linux).because == ()


def test_an_unknown_hides_a_scenario_where_the_system_or_the_workers_were_not_seen():
    on = Unknown("worker-heartbeat-missing", worker().id, "gap-1")
    assert told("S7", on, parts=(worker(),)).outcome is Outcome.NOT_SEEN
    assert told("S9", on, parts=(worker(),)).outcome is Outcome.NOT_SEEN
    windows = (worker(), machine())
    of_group = Unknown("worker-heartbeat-missing", group_id(), "gap-1")
    unread = gap(Reading.WORKERS, group_id())
    assert told("S7", of_group, parts=(*windows, unread)).outcome is Outcome.NOT_SEEN
    of_account = Unknown("worker-heartbeat-missing", account_id(), "gap-1")
    assert told("S7", of_account, parts=(*windows, gap(Reading.GROUPS, account_id()))).outcome is Outcome.NOT_SEEN


def test_every_scenario_has_scripts_whatever_its_outcome():
    scan = scan_of(estate(account(), group(), worker(age=days(40))))
    assert {found.outcome for found in scan.scenarios} >= {Outcome.DETECTED, Outcome.NO_SIGN}
    for found in scan.scenarios:
        assert found.on_machine == tuple(line for script in found.scripts for line in script.commands)
        assert found.on_machine


def test_a_finding_counts_although_another_place_was_not_seen():
    hidden = gap(Reading.WORKERS, group_id("b"))
    scan = scan_of(estate(account(), group(), group(group_id("b")), worker(age=days(40)), hidden))
    assert outcome(scan.scenarios, "S3").outcome is Outcome.DETECTED


def test_a_healthy_estate_has_no_detected_scenario():
    scan = scan_of(estate(account(), group(), worker()))
    assert {found.outcome for found in scan.scenarios} <= {Outcome.NO_SIGN, Outcome.NOT_SEEN}
    assert outcome(scan.scenarios, "S13").outcome is Outcome.NO_SIGN


def test_a_check_that_crashed_keeps_from_no_sign():
    crashed = told("S13", errors=[CheckError("worker-registered-twice", "KeyError: x")])
    assert crashed.outcome is Outcome.NOT_SEEN
    assert crashed.because == ("worker-registered-twice",)


def test_a_sign_that_was_not_decided_is_not_seen():
    undecided = finding(check="runbook-uses-msonline", may_be=("S11",))
    found = told("S11", findings=[undecided])
    assert found.outcome is Outcome.NOT_SEEN
    assert found.because == ("runbook-uses-msonline",)
    assert told("S11", findings=[finding(check="runbook-uses-msonline")]).outcome is Outcome.NO_SIGN
    decided = finding(check="runbook-uses-msonline", scenarios=("S11",))
    assert told("S11", findings=[undecided, decided]).outcome is Outcome.DETECTED


@pytest.mark.parametrize("choice", [{"skipped": frozenset({Skipped.JOBS})}, {"since": NOW - days(1)}])
def test_runbooks_of_which_no_job_was_looked_for_are_no_clean_bill(choice):
    scan = scan_of(estate_of(TENANTS["contoso"](NOW), choice=Choice(**choice)))
    found = outcome(scan.scenarios, "S11")
    assert found.outcome is Outcome.NOT_SEEN
    assert found.because == ("runbook-uses-msonline",)


def test_a_gap_that_what_was_seen_outweighs_still_keeps_from_no_sign():
    spot = BlindSpot(gap(Reading.WORKERS, group_id()).gap, ("worker-registered-twice",))
    assert told("S13", spots=[spot]).because == ("worker-registered-twice",)
    other = BlindSpot(gap(Reading.WORKERS, group_id()).gap, ("worker-stale",))
    assert told("S13", spots=[other]).outcome is Outcome.NO_SIGN
    refining = BlindSpot(gap(Reading.VIRTUAL_MACHINES, subscription_id()).gap, ("worker-registered-twice",))
    assert told("S13", spots=[refining]).outcome is Outcome.NO_SIGN


@pytest.mark.parametrize("facts", [{"elsewhere": ("s",)}, {"interrupted": True}])
def test_a_part_of_what_is_in_scope_has_no_scenario_without_a_sign(facts):
    whole = estate(account(), group(), worker())
    part = msgspec.structs.replace(whole, facts=msgspec.structs.replace(whole.facts, **facts))
    assert {found.outcome for found in scan_of(part).scenarios} == {Outcome.NOT_SEEN}


def test_without_an_account_no_scenario_was_looked_for():
    assert {found.outcome for found in scan_of(estate()).scenarios} == {Outcome.NOT_SEEN}
