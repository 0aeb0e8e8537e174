"""What doctor predicts of a missing action is what a scan loses; `make rights` goes through the whole role."""

from __future__ import annotations

import json

import pytest
from doctors import examined, plan_of, with_role

from scanner.checks import all_checks
from scanner.cli import run
from scanner.inventory import Reading
from scanner.privileges import loss_of, readings_of
from tools import rights

SAMPLE = (
    Reading.ACCOUNTS,
    Reading.GROUPS,
    Reading.JOBS,
    Reading.PRIVATE_ENDPOINTS,
    Reading.ARC_MACHINES,
    Reading.HEARTBEATS,
    Reading.SUBSCRIPTIONS,
    Reading.RESOURCE_GRAPH,
)


@pytest.fixture(scope="module")
def tenant():
    return rights.undecided(rights.NOW)


@pytest.fixture(scope="module")
def whole(tenant):
    return rights.scan(tenant, rights.ROLE)


def test_with_exactly_the_role_every_read_is_answered(whole):
    assert whole.coverage_ratio == 1.0
    assert whole.estate.ledger.gaps == ()


def test_with_the_role_that_doctor_prints_every_read_of_a_large_tenant_is_answered(capsys):
    assert run(["doctor", "--role", "json", "--include", "variables"]) == 0
    printed = json.loads(capsys.readouterr().out)
    seen = rights.scan(rights.tenants()[0], printed["Actions"])
    assert (seen.coverage_ratio, len(seen.estate.accounts) > 10) == (1.0, True)


@pytest.mark.parametrize("reading", SAMPLE, ids=lambda reading: reading.name)
def test_one_action_less_loses_what_doctor_names(tenant, whole, reading):
    action = reading.operation
    found = rights.lost(whole, rights.scan(tenant, [each for each in rights.ROLE if each != action]))
    told = rights.prediction(action)
    assert found.operations == set(told.operations)
    assert found.checks <= {*told.blind, *told.unsure}
    if reading not in (Reading.SUBSCRIPTIONS, Reading.RESOURCE_GRAPH):
        assert found.checks & set(told.blind)


@pytest.mark.parametrize("reading", [Reading.GROUPS, Reading.WORKSPACES, Reading.DIAGNOSTIC_SETTINGS])
def test_what_doctor_finds_missing_is_what_the_scan_is_refused(tenant, reading):
    actions = [each for each in rights.ROLE if each != reading.operation]
    report = examined(tenant, plan_of(rights.EVERYTHING), **with_role(actions))
    gaps = rights.scan(tenant, actions).estate.ledger.gaps
    assert [each.action for each in report.missing] == [reading.operation]
    assert {operation for each in report.missing for operation in each.operations} == {gap.operation for gap in gaps}


def test_a_difference_is_told():
    action = Reading.CREDENTIALS.operation
    [none, blind] = rights.deviations(action, rights.Lost(frozenset(), frozenset()))
    assert "no gap" in none
    assert "group-credential-missing" in blind
    [more, _] = rights.deviations(action, rights.Lost(frozenset({action, "x"}), frozenset()))
    assert more.endswith("gaps that doctor does not name: x")
    told = frozenset({"group-credential-missing", "worker-stale"})
    [lost] = rights.deviations(action, rights.Lost(frozenset({action}), told))
    assert lost.endswith("verdicts lost without a word: worker-stale")


def test_every_action_of_a_check_makes_it_blind_or_less_sure():
    infos = [check.info for check in all_checks()]
    readings = readings_of(rights.EVERYTHING)
    losses = {action: loss_of(action, readings, infos) for action in rights.ROLE}
    for info in infos:
        for action in info.operations:
            loss = losses[action]
            assert loss.instead is not None or info.id in {*loss.blind, *loss.unsure}
