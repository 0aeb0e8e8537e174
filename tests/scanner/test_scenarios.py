"""Scenarios: detected by a finding, no sign only when every check that it needs could judge."""

from builders import account, account_id, days, estate, gap, group, group_id, machine, machine_id, worker

from scanner.checks import all_checks
from scanner.findings import CheckError, CheckInfo, Outcome, Unknown
from scanner.graph import EstateGraph
from scanner.inventory import OsType, Reading
from scanner.pipeline import scan_of
from scanner.scenarios import NEEDED_CHECKS, TITLES, scenarios


def outcome(made, id_):
    return next(scenario for scenario in made if scenario.id == id_)


def told(id_, *unknowns, errors=(), parts=()):
    """The scenario when all the checks that it needs ran, with these unknowns and errors."""
    graph = EstateGraph(estate(account(), group(), *parts))
    every = [info(check) for check in NEEDED_CHECKS[id_]]
    return outcome(scenarios(graph, every, [], unknowns, errors), id_)


def info(id_):
    return CheckInfo(id=id_, title="", documentation="", severities=(), reads=(), refines=(), scenarios=())


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
    made = scenarios(EstateGraph(estate()), [], [], [], [])
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
