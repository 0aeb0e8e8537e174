"""worker-extension-failed: the extension failed, or does not come to an end."""

import pytest
from builders import (
    NOW,
    account,
    answered,
    arc_id,
    days,
    extension,
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
from scanner.inventory import Reading, WorkerType

CHECK = "worker-extension-failed"
HERE = (account(), group(), worker(age=days(2)))
FAILED = extension(provisioning_state="Failed")


TWO_HOURS = minutes(120)
LONGER = minutes(121)


def changing(age=LONGER, state="Updating"):
    return extension(provisioning_state=state, in_state_since=None if age is None else NOW - age)


@pytest.mark.firing
def test_it_fires_for_a_failed_extension_even_on_a_stopped_machine():
    for power in ("running", "deallocated", None):
        [finding] = findings(CHECK, *HERE, machine(power_state=power), FAILED)
        assert (finding.severity, finding.subject) == (Severity.HIGH, worker().id)
    assert finding.message.startswith("The hybrid worker extension HybridWorkerForWindows of vm1 in workers is Failed")


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("state", ["Creating", "Updating", "Deleting", "Transitioning", "transitioning"])
def test_it_fires_after_two_hours_of_change(state):
    [finding] = findings(CHECK, *HERE, machine(), changing(state=state))
    assert "since 2026-11-22 09:59 UTC" in finding.message
    assert findings(CHECK, *HERE, machine(), changing(TWO_HOURS, state)) == []
    assert unknowns(CHECK, *HERE, machine(), changing(TWO_HOURS, state)) == []


@pytest.mark.firing
def test_it_fires_for_an_arc_machine():
    arc = worker("arc1", age=days(2), machine=arc_id())
    assert findings(CHECK, account(), group(), arc, machine(arc_id()), extension(arc_id(), provisioning_state="Failed"))


@pytest.mark.quiet
def test_a_change_on_a_machine_that_does_not_run_waits_for_it():
    parts = (*HERE, machine(power_state="deallocated"), changing(None))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_it_is_quiet_for_an_extension_that_succeeded():
    parts = (*HERE, machine(), extension())
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_a_missing_extension_and_a_machine_that_is_gone_are_told_elsewhere():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    for parts in ((*HERE, machine()), (*HERE, gone)):
        assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_another_extension_is_not_its_concern():
    other = extension(type_="MicrosoftMonitoringAgent", provisioning_state="Failed")
    assert findings(CHECK, *HERE, machine(), extension(), other) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_worker_that_pings_caps_it_until_exactly_thirty_minutes():
    [low] = findings(CHECK, account(), group(), worker(age=minutes(29)), machine(), FAILED)
    [high] = findings(CHECK, account(), group(), worker(age=minutes(30)), machine(), FAILED)
    assert (low.severity, high.severity) == (Severity.LOW, Severity.HIGH)


@pytest.mark.blind
def test_a_v1_worker_is_not_its_concern_and_one_of_untold_type_is_unknown():
    assert findings(CHECK, account(), group(), worker(worker_type=WorkerType.V1), machine(), FAILED) == []
    [unknown] = unknowns(CHECK, account(), group(), worker(worker_type=None), machine(), FAILED)
    assert (unknown.subject, unknown.because) == (worker().id, "workerType")


@pytest.mark.blind
@pytest.mark.parametrize(("seen", "because"), [
    ((machine(), changing(None)), "time"),
    ((machine(), extension(provisioning_state=None)), "provisioningState"),
    ((machine(), extension(provisioning_state="Canceled")), "provisioningState"),
    ((machine(power_state=None), changing()), "powerState"),
    ((machine(extensions_told=False),), "extensions"),
])  # fmt: skip
def test_what_azure_did_not_tell_is_unknown(seen, because):
    assert findings(CHECK, *HERE, *seen) == []
    [unknown] = unknowns(CHECK, *HERE, *seen)
    assert (unknown.subject, unknown.because) == (worker().id, because)


@pytest.mark.blind
@pytest.mark.parametrize(("denied", "seen"), [
    (gap(Reading.VM_EXTENSIONS, machine_id()), (machine(),)),
    (gap(Reading.VM_STATUSES, subscription_id()), (machine(power_state=None), changing())),
    (gap(Reading.VIRTUAL_MACHINES, subscription_id()), ()),
])  # fmt: skip
def test_what_could_not_be_read_is_unknown(denied, seen):
    assert findings(CHECK, *HERE, *seen, denied) == []
    [unknown] = unknowns(CHECK, *HERE, *seen, denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, machine(), FAILED)
    assert "az vm extension delete --name HybridWorkerForWindows --vm-name vm1" in finding.remediation[-1].command
