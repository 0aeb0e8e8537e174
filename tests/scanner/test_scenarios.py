"""Scenarios: detected by a finding, no sign only when every check that it needs could judge."""

from builders import account, days, estate, gap, group, group_id, worker

from scanner.checks import all_checks
from scanner.findings import CheckError, CheckInfo, Outcome, Unknown
from scanner.inventory import Reading
from scanner.pipeline import scan_of
from scanner.scenarios import NEEDED_CHECKS, TITLES, scenarios


def outcome(made, id_):
    return next(scenario for scenario in made if scenario.id == id_)


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
    every = [info(check) for check in NEEDED_CHECKS["S13"]]
    assert outcome(scenarios(every, [], [], []), "S13").outcome is Outcome.NO_SIGN
    unknown = Unknown(NEEDED_CHECKS["S13"][0], group_id(), "gap-1")
    assert outcome(scenarios(every, [], [unknown], []), "S13").outcome is Outcome.NOT_SEEN


def test_a_check_that_this_version_does_not_have_keeps_from_no_sign():
    assert all(found.outcome is Outcome.NOT_SEEN for found in scenarios([], [], [], []))


def test_a_finding_counts_although_another_place_was_not_seen():
    hidden = gap(Reading.WORKERS, group_id("b"))
    scan = scan_of(estate(account(), group(), group(group_id("b")), worker(age=days(40)), hidden))
    assert outcome(scan.scenarios, "S3").outcome is Outcome.DETECTED


def test_a_healthy_estate_has_no_detected_scenario():
    scan = scan_of(estate(account(), group(), worker()))
    assert {found.outcome for found in scan.scenarios} <= {Outcome.NO_SIGN, Outcome.NOT_SEEN}
    assert outcome(scan.scenarios, "S13").outcome is Outcome.NO_SIGN


def test_a_check_that_crashed_keeps_from_no_sign():
    every = [info(check) for check in NEEDED_CHECKS["S13"]]
    crashed = [CheckError(every[0].id, "KeyError: x")]
    assert outcome(scenarios(every, [], [], crashed), "S13").outcome is Outcome.NOT_SEEN
