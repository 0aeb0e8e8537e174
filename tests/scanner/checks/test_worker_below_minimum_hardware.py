"""worker-below-minimum-hardware: a VM that is smaller than a hybrid worker should be."""

import pytest
from builders import (
    account,
    arc_id,
    days,
    findings,
    gap,
    group,
    machine,
    machine_id,
    machine_size,
    minutes,
    subscription_id,
    unknowns,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import Reading, WorkerType

CHECK = "worker-below-minimum-hardware"
HERE = (account(), group(), worker(age=days(2)), machine())
REGION = machine_size().id.parent


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("vcpus", "memory"), [(1, 8.0), (2, 3.49), (1, 0.5), (1, None), (None, 2.0)])
def test_it_fires_below_either_minimum(vcpus, memory):
    [finding] = findings(CHECK, *HERE, machine_size(vcpus=vcpus, memory_gib=memory))
    assert (finding.severity, finding.subject) == (Severity.LOW, worker().id)


def test_its_message_tells_the_size():
    [finding] = findings(CHECK, *HERE, machine_size(vcpus=1, memory_gib=3.5))
    assert "runs on Standard_D2s_v5 with 1 vCPU and 3.5 GiB of memory" in finding.message


@pytest.mark.firing
def test_it_fires_for_a_v1_worker():
    small = machine_size(vcpus=1)
    assert findings(CHECK, account(), group(), worker(worker_type=WorkerType.V1), machine(), small)


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_at_exactly_the_minimum():
    parts = (*HERE, machine_size(vcpus=2, memory_gib=3.5))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_it_is_info_while_the_worker_pings():
    small = machine_size(vcpus=1)
    [info] = findings(CHECK, account(), group(), worker(age=minutes(29)), machine(), small)
    [low] = findings(CHECK, account(), group(), worker(age=minutes(30)), machine(), small)
    assert (info.severity, low.severity) == (Severity.INFO, Severity.LOW)


@pytest.mark.quiet
def test_an_arc_machine_has_no_size_even_where_it_is_hidden():
    arc = (account(), group(), worker("arc1", machine=arc_id()))
    assert unknowns(CHECK, *arc, machine(arc_id())) == []
    assert unknowns(CHECK, *arc, gap(Reading.ARC_MACHINES, subscription_id())) == []


@pytest.mark.blind
@pytest.mark.parametrize(("seen", "because"), [
    ((machine(size=None),), "vmSize"),
    ((machine(),), "capabilities"),
    ((machine(), machine_size(location="eastus")), "capabilities"),
    ((machine(), machine_size(vcpus=None)), "capabilities"),
    ((machine(), machine_size(memory_gib=None)), "capabilities"),
])  # fmt: skip
def test_a_size_that_is_not_known_is_unknown(seen, because):
    assert findings(CHECK, account(), group(), worker(), *seen) == []
    [unknown] = unknowns(CHECK, account(), group(), worker(), *seen)
    assert (unknown.subject, unknown.because) == (worker().id, because)


@pytest.mark.blind
@pytest.mark.parametrize(("denied", "seen"), [
    (gap(Reading.MACHINE_SIZES, REGION), (machine(),)),
    (gap(Reading.VIRTUAL_MACHINES, subscription_id()), ()),
    (gap(Reading.VIRTUAL_MACHINE, machine_id()), ()),
])  # fmt: skip
def test_what_could_not_be_read_is_unknown_for_the_worker_only(denied, seen):
    [unknown] = unknowns(CHECK, account(), group(), worker(), *seen, denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)
    assert unknowns(CHECK, account(), group(), denied) == []


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, machine_size(vcpus=1))
    assert finding.remediation[0].command.startswith("az vm list-vm-resize-options --output table --name vm1 ")
