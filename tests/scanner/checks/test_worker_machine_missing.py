"""worker-machine-missing: the machine of a worker does not exist any more."""

import pytest
from builders import (
    OTHER_SUB,
    SUB,
    account,
    account_id,
    answered,
    arc_id,
    days,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    machine,
    machine_id,
    minutes,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import ArmId, GroupType, Reading, SeenState, WorkerType

CHECK = "worker-machine-missing"
HERE = (account(), group())
OLD = worker(age=days(2))
GONE = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
SCALE_SET = ArmId(
    f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0"
)


@pytest.mark.firing
def test_it_fires_for_a_machine_that_is_gone():
    [finding] = findings(CHECK, *HERE, OLD, GONE)
    assert (finding.severity, finding.subject) == (Severity.HIGH, OLD.id)
    assert finding.message == "The machine of vm1 in workers is gone from where it was registered"
    assert unknowns(CHECK, *HERE, OLD, GONE) == []


@pytest.mark.firing
def test_it_fires_for_an_arc_machine_and_for_a_v1_worker():
    arc = worker("arc1", age=days(2), machine=arc_id(), worker_type=WorkerType.V1)
    gone = answered(Reading.ARC_MACHINE, arc_id(), items=0, missing=True)
    assert [finding.subject for finding in findings(CHECK, *HERE, arc, gone)] == [arc.id]


@pytest.mark.quiet
def test_it_is_quiet_while_the_machine_exists():
    assert findings(CHECK, *HERE, OLD, machine()) == unknowns(CHECK, *HERE, OLD, machine()) == []


@pytest.mark.firing
@pytest.mark.parametrize("moved", [machine_id("vm1", OTHER_SUB), machine_id("VM1.contoso.com")])
def test_a_machine_of_its_name_elsewhere_lowers_it(moved):
    [finding] = findings(CHECK, *HERE, OLD, GONE, machine(moved))
    assert finding.severity is Severity.LOW
    assert finding.evidence["namesake"] == moved.text
    assert "may have been moved" in finding.message


@pytest.mark.firing
def test_a_machine_whose_host_has_its_name_lowers_it():
    [finding] = findings(CHECK, *HERE, OLD, GONE, machine(machine_id("copy"), computer_name="vm1.contoso.com"))
    assert finding.severity is Severity.LOW


@pytest.mark.firing
@pytest.mark.boundary
def test_a_machine_of_another_name_does_not_lower_it():
    [finding] = findings(CHECK, *HERE, OLD, GONE, machine(machine_id("vm10")))
    assert finding.severity is Severity.HIGH


UUID = "02010403-0605-0807-090a-0b0c0d0e0f10"
SWAPPED = "03040102-0506-0708-090a-0b0c0d0e0f10"


@pytest.mark.firing
@pytest.mark.parametrize("told", [UUID, UUID.upper(), SWAPPED])
def test_a_machine_of_the_uuid_that_its_heartbeats_told_lowers_it(told):
    beats = heartbeat(machine=machine_id(), vm_uuid=told)
    [finding] = findings(CHECK, *HERE, OLD, GONE, beats, machine(machine_id("renamed", OTHER_SUB), vm_id=UUID))
    assert finding.severity is Severity.LOW
    assert finding.evidence["namesake"] == machine_id("renamed", OTHER_SUB).text
    assert "has its machine UUID, so it may have been moved" in finding.message


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "beats",
    [
        heartbeat(machine=machine_id(), vm_uuid=UUID[:-1] + "1"),
        heartbeat(machine=machine_id(), vm_uuid=None),
        heartbeat(machine=None, vm_uuid=UUID),
    ],
    ids=["another UUID", "no UUID", "known by its host name only"],
)
def test_anything_less_than_its_own_uuid_does_not_lower_it(beats):
    [finding] = findings(CHECK, *HERE, OLD, GONE, beats, machine(machine_id("renamed"), vm_id=UUID))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
@pytest.mark.boundary
def test_a_worker_that_pings_was_moved_until_exactly_thirty_minutes():
    [moved] = findings(CHECK, *HERE, worker(age=minutes(29)), GONE)
    [gone] = findings(CHECK, *HERE, worker(age=minutes(30)), GONE)
    assert (moved.severity, gone.severity) == (Severity.LOW, Severity.HIGH)
    assert "pings" in moved.message


@pytest.mark.blind
def test_a_machine_that_cannot_be_read_is_unknown_not_gone():
    denied = gap(Reading.VIRTUAL_MACHINE, machine_id())
    assert findings(CHECK, *HERE, OLD, denied) == []
    [unknown] = unknowns(CHECK, *HERE, OLD, denied)
    assert (unknown.subject, unknown.because) == (OLD.id, denied.gap.id)


@pytest.mark.blind
def test_a_hidden_list_of_machines_makes_each_worker_unknown_and_nothing_else():
    denied = gap(Reading.VIRTUAL_MACHINES, subscription_id())
    [unknown] = unknowns(CHECK, *HERE, OLD, denied)
    assert (unknown.subject, unknown.because) == (OLD.id, denied.gap.id)
    assert unknowns(CHECK, *HERE, denied) == []


@pytest.mark.blind
def test_a_machine_of_a_subscription_that_nobody_listed_is_unknown():
    away = worker(age=days(2), machine=machine_id("vm1", OTHER_SUB))
    [unknown] = unknowns(CHECK, *HERE, away)
    assert (unknown.subject, unknown.because) == (away.id, "vmResourceId")


@pytest.mark.blind
@pytest.mark.parametrize("named", [None, SCALE_SET], ids=["no id", "an instance of a scale set"])
def test_a_v2_worker_whose_machine_is_not_named_is_unknown(named):
    [unknown] = unknowns(CHECK, *HERE, worker(machine=named))
    assert (unknown.subject, unknown.because) == (worker().id, "vmResourceId")


@pytest.mark.quiet
def test_a_v1_worker_outside_azure_names_no_machine():
    assert unknowns(CHECK, *HERE, worker(machine=None, worker_type=WorkerType.V1)) == []


@pytest.mark.blind
def test_an_unreadable_ping_does_not_lower_it():
    [finding] = findings(CHECK, *HERE, worker(seen=SeenState.UNREADABLE, last_seen=None), GONE)
    assert finding.severity is Severity.HIGH


@pytest.mark.quiet
def test_system_workers_are_not_its_concern():
    system = group(group_type=GroupType.SYSTEM)
    assert findings(CHECK, account(), system, OLD, GONE) == []
    assert unknowns(CHECK, account(), system, gap(Reading.WORKERS, group_id())) == []


@pytest.mark.blind
def test_hidden_accounts_stay_unknown_where_the_machines_are_hidden_too():
    hidden = gap(Reading.ACCOUNTS, subscription_id())
    found = unknowns(CHECK, *HERE, hidden, gap(Reading.VIRTUAL_MACHINES, subscription_id()))
    assert hidden.gap.id in {unknown.because for unknown in found}


@pytest.mark.blind
def test_hidden_groups_are_unknown():
    denied = gap(Reading.GROUPS, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, OLD, GONE)
    assert "--hybrid-runbook-worker-id guid-vm1" in finding.remediation[-1].command
