"""worker-identity-missing: a V2 worker's machine without a system-assigned identity."""

import pytest
from builders import (
    account,
    answered,
    arc_id,
    days,
    findings,
    gap,
    group,
    machine,
    machine_id,
    minutes,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import Reading, SeenState, WorkerType

CHECK = "worker-identity-missing"
HERE = (account(), group(), worker(age=days(2)))


@pytest.mark.firing
@pytest.mark.parametrize("kind", [None, "None", "UserAssigned", "userassigned"])
def test_it_fires_without_a_system_assigned_identity(kind):
    [finding] = findings(CHECK, *HERE, machine(identity_type=kind))
    assert (finding.severity, finding.subject) == (Severity.HIGH, worker().id)
    assert ("only a user-assigned identity" in finding.message) == (kind in {"UserAssigned", "userassigned"})


@pytest.mark.firing
def test_it_fires_for_an_arc_machine():
    arc = worker("arc1", age=days(2), machine=arc_id())
    [finding] = findings(CHECK, account(), group(), arc, machine(arc_id(), identity_type=None))
    assert finding.remediation[0].command.startswith(
        "az connectedmachine identity assign --system-assigned --machine-name arc1"
    )


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("kind", ["SystemAssigned", "SystemAssigned, UserAssigned", "systemassigned,userassigned"])
def test_it_is_quiet_with_one(kind):
    parts = (*HERE, machine(identity_type=kind))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_a_v1_worker_needs_none():
    assert findings(CHECK, account(), group(), worker(worker_type=WorkerType.V1), machine(identity_type=None)) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_worker_that_pings_caps_it_until_exactly_thirty_minutes():
    [low] = findings(CHECK, account(), group(), worker(age=minutes(29)), machine(identity_type=None))
    [high] = findings(CHECK, account(), group(), worker(age=minutes(30)), machine(identity_type=None))
    assert (low.severity, high.severity) == (Severity.LOW, Severity.HIGH)


@pytest.mark.blind
def test_a_ping_that_cannot_be_read_caps_nothing():
    unreadable = worker(seen=SeenState.UNREADABLE, last_seen=None)
    [finding] = findings(CHECK, account(), group(), unreadable, machine(identity_type=None))
    assert finding.severity is Severity.HIGH


@pytest.mark.blind
@pytest.mark.parametrize("changes", [{"identity_type": None, "identity_told": False}, {"identity_type": "Other"}])
def test_an_identity_that_was_not_told_is_unknown(changes):
    assert findings(CHECK, *HERE, machine(**changes)) == []
    [unknown] = unknowns(CHECK, *HERE, machine(**changes))
    assert (unknown.subject, unknown.because) == (worker().id, "identity")


@pytest.mark.blind
def test_an_identity_that_could_not_be_read_is_unknown():
    denied = gap(Reading.VIRTUAL_MACHINE, machine_id())
    [unknown] = unknowns(CHECK, *HERE, machine(identity_type=None, identity_told=False), denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


@pytest.mark.blind
def test_a_machine_that_is_hidden_is_unknown():
    denied = gap(Reading.VIRTUAL_MACHINES, subscription_id())
    [unknown] = unknowns(CHECK, *HERE, denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


@pytest.mark.quiet
def test_a_machine_that_is_gone_is_told_elsewhere():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    assert findings(CHECK, *HERE, gone) == unknowns(CHECK, *HERE, gone) == []


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, machine(identity_type=None))
    assert finding.remediation[0].command.startswith("az vm identity assign --identities '[system]' --name vm1 ")
