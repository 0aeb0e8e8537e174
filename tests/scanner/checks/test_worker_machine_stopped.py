"""worker-machine-stopped: the machine of a worker does not run."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    arc_id,
    days,
    findings,
    gap,
    group,
    job,
    job_schedule,
    machine,
    machine_id,
    minutes,
    schedule,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import Reading, SeenState, WorkerType

CHECK = "worker-machine-stopped"
HERE = (account(), group())
STOPPED = machine(power_state="deallocated")


def arc(status="Disconnected"):
    return machine(arc_id(), arc_status=status)


def arc_worker(**changes):
    return worker("arc1", machine=arc_id(), **changes)


def severity(*parts):
    [finding] = findings(CHECK, *HERE, *parts)
    return finding.severity


@pytest.mark.firing
@pytest.mark.parametrize("state", ["deallocated", "deallocating", "stopped", "stopping", "starting", "creating"])
def test_it_fires_for_every_state_but_running(state):
    [finding] = findings(CHECK, *HERE, worker(age=days(3)), machine(power_state=state))
    assert (finding.severity, finding.subject) == (Severity.MEDIUM, worker().id)
    assert finding.message == f"The VM of vm1 in workers is {state}, and the worker pinged last 3 days ago"


@pytest.mark.firing
@pytest.mark.parametrize("status", ["Disconnected", "Expired", "disconnected"])
def test_it_fires_for_an_arc_machine_that_is_not_connected(status):
    [finding] = findings(CHECK, *HERE, arc_worker(age=days(3)), arc(status))
    assert finding.severity is Severity.MEDIUM
    assert "Arc-enabled server" in finding.message


@pytest.mark.firing
def test_it_fires_for_a_v1_worker_and_for_one_that_never_pinged():
    assert severity(worker(age=days(3), worker_type=WorkerType.V1), STOPPED) is Severity.MEDIUM
    assert severity(worker(age=None), STOPPED) is Severity.MEDIUM


@pytest.mark.quiet
def test_it_is_quiet_for_a_machine_that_runs():
    parts = (*HERE, worker(age=days(3)), machine(), arc_worker(age=days(3)), arc("Connected"))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_silent_below_thirty_minutes_whatever_is_hidden():
    young = (worker(age=minutes(29)), arc_worker(age=minutes(29)))
    assert findings(CHECK, *HERE, *young, STOPPED, arc("Expired")) == []
    assert unknowns(CHECK, *HERE, *young, gap(Reading.VIRTUAL_MACHINES, subscription_id())) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_it_speaks_from_exactly_thirty_minutes():
    assert severity(worker(age=minutes(30)), STOPPED) is Severity.LOW
    assert severity(arc_worker(age=minutes(30)), arc()) is Severity.LOW


@pytest.mark.firing
@pytest.mark.boundary
def test_its_severity_follows_the_age():
    assert severity(worker(age=days(1) - minutes(1)), STOPPED) is Severity.LOW
    assert severity(worker(age=days(1)), STOPPED) is Severity.MEDIUM
    assert severity(worker(age=days(21) - minutes(1)), STOPPED) is Severity.MEDIUM
    assert severity(worker(age=days(21)), STOPPED) is Severity.HIGH


@pytest.mark.firing
def test_work_that_is_sent_to_the_group_raises_it():
    young = worker(age=minutes(60))
    assert severity(young, STOPPED, job()) is Severity.MEDIUM
    assert severity(young, STOPPED, job_schedule(), schedule()) is Severity.MEDIUM
    assert severity(young, STOPPED, job(run_on=None)) is Severity.LOW


@pytest.mark.blind
def test_targets_that_were_not_read_leave_it_low_and_are_said():
    [finding] = findings(CHECK, *HERE, worker(age=minutes(60)), STOPPED, gap(Reading.JOBS, account_id()))
    assert finding.severity is Severity.LOW
    assert "was not seen" in finding.message
    assert finding.evidence["targeted"] is None


@pytest.mark.blind
@pytest.mark.parametrize("told", [None, "unknown"])
def test_a_power_state_that_is_not_told_is_unknown(told):
    parts = (*HERE, worker(age=days(3)), machine(power_state=told))
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (worker().id, "powerState")
    assert findings(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize(("reading", "place"), [
    (Reading.VM_STATUSES, subscription_id()),
    (Reading.VIRTUAL_MACHINE, machine_id()),
])  # fmt: skip
def test_a_power_state_that_could_not_be_read_is_unknown(reading, place):
    denied = gap(reading, place)
    [unknown] = unknowns(CHECK, *HERE, worker(age=days(3)), machine(power_state=None), denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


@pytest.mark.firing
def test_a_list_of_states_that_could_not_be_read_is_no_matter_where_the_state_is_known():
    denied = gap(Reading.VM_STATUSES, subscription_id())
    assert unknowns(CHECK, *HERE, worker(age=days(3)), machine(), denied) == []
    assert findings(CHECK, *HERE, worker(age=days(3)), STOPPED, denied)


@pytest.mark.blind
@pytest.mark.parametrize("status", [None, "Error"])
def test_an_arc_status_that_tells_nothing_is_unknown(status):
    [unknown] = unknowns(CHECK, *HERE, arc_worker(age=days(3)), arc(status))
    assert (unknown.subject, unknown.because) == (arc_worker().id, "status")


@pytest.mark.blind
def test_a_machine_that_is_hidden_is_unknown():
    denied = gap(Reading.ARC_MACHINES, subscription_id())
    [unknown] = unknowns(CHECK, *HERE, arc_worker(age=days(3)), denied)
    assert (unknown.subject, unknown.because) == (arc_worker().id, denied.gap.id)


@pytest.mark.blind
def test_an_unreadable_ping_is_unknown():
    [unknown] = unknowns(CHECK, *HERE, worker(seen=SeenState.UNREADABLE, last_seen=None), STOPPED)
    assert (unknown.subject, unknown.because) == (worker().id, "lastSeenDateTime")


@pytest.mark.quiet
def test_a_machine_that_is_gone_is_told_elsewhere():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    assert findings(CHECK, *HERE, worker(age=days(3)), gone) == []
    assert unknowns(CHECK, *HERE, worker(age=days(3)), gone) == []


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, worker(age=days(3)), STOPPED)
    assert finding.remediation[0].command.startswith("az vm start --name vm1 --subscription 1111")
    [finding] = findings(CHECK, *HERE, arc_worker(age=days(3)), arc())
    assert finding.remediation[0].command is None
