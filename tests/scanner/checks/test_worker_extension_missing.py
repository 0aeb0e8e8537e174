"""worker-extension-missing: a V2 worker without the extension that it is made of."""

import pytest
from builders import (
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
from scanner.inventory import OsType, Reading, WorkerType

CHECK = "worker-extension-missing"
HERE = (account(), group(), worker(age=days(2)))
ARC = (account(), group(), worker("arc1", age=days(2), machine=arc_id()))


@pytest.mark.firing
def test_it_fires_where_all_extensions_were_seen_and_none_is_the_worker():
    [finding] = findings(CHECK, *HERE, machine(), extension(type_="MicrosoftMonitoringAgent"))
    assert (finding.severity, finding.subject) == (Severity.HIGH, worker().id)
    assert finding.message == "vm1 in workers has no hybrid worker extension"


@pytest.mark.firing
def test_it_fires_for_an_arc_machine():
    [finding] = findings(CHECK, *ARC, machine(arc_id(), os=OsType.LINUX))
    assert "az connectedmachine extension create --name HybridWorkerForLinux" in finding.remediation[0].command


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("type_", ["HybridWorkerForWindows", "HybridWorkerForLinux", "hybridworkerforlinux"])
def test_it_is_quiet_with_the_extension(type_):
    parts = (*HERE, machine(extensions_told=False), extension(type_=type_))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_worker_that_pings_caps_it_until_exactly_thirty_minutes():
    [low] = findings(CHECK, account(), group(), worker(age=minutes(29)), machine())
    [high] = findings(CHECK, account(), group(), worker(age=minutes(30)), machine())
    assert (low.severity, high.severity) == (Severity.LOW, Severity.HIGH)


@pytest.mark.quiet
def test_a_v1_worker_needs_no_extension():
    assert findings(CHECK, account(), group(), worker(worker_type=WorkerType.V1), machine()) == []


@pytest.mark.blind
def test_a_worker_of_untold_type_is_unknown():
    parts = (account(), group(), worker(worker_type=None), machine())
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (worker().id, "workerType")
    assert findings(CHECK, *parts) == []


@pytest.mark.blind
def test_extensions_that_were_not_told_are_unknown():
    [unknown] = unknowns(CHECK, *HERE, machine(extensions_told=False))
    assert (unknown.subject, unknown.because) == (worker().id, "extensions")


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.VM_EXTENSIONS, Reading.VIRTUAL_MACHINES])
def test_what_could_not_be_read_is_unknown(reading):
    place = machine_id() if reading is Reading.VM_EXTENSIONS else subscription_id()
    denied = gap(reading, place)
    seen = (machine(),) if reading is Reading.VM_EXTENSIONS else ()
    assert findings(CHECK, *HERE, *seen, denied) == []
    [unknown] = unknowns(CHECK, *HERE, *seen, denied)
    assert (unknown.subject, unknown.because) == (worker().id, denied.gap.id)


@pytest.mark.blind
def test_a_list_of_extensions_that_vanished_is_no_empty_list():
    vanished = answered(Reading.VM_EXTENSIONS, machine_id(), items=0, missing=True)
    assert findings(CHECK, *HERE, machine(), vanished) == []
    [unknown] = unknowns(CHECK, *HERE, machine(), vanished)
    assert (unknown.subject, unknown.because) == (worker().id, "extensions")


@pytest.mark.quiet
def test_a_machine_that_is_gone_is_told_elsewhere():
    gone = answered(Reading.VIRTUAL_MACHINE, machine_id(), items=0, missing=True)
    assert findings(CHECK, *HERE, gone) == unknowns(CHECK, *HERE, gone) == []


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, machine())
    command = finding.remediation[0].command
    assert command.startswith("az vm extension set --name HybridWorkerForWindows ")
    assert """--settings '{"AutomationAccountURL": "https://aaaaaaaa-""" in command
    assert "--vm-name vm1 " in command


def test_without_the_address_or_the_system_there_is_no_command():
    for parts in (
        (account(hybrid_service_url=None), group(), worker(), machine()),
        (*HERE, machine(os=None)),
        (*ARC, machine(arc_id(), location=None)),
    ):
        [finding] = findings(CHECK, *parts)
        assert finding.remediation[0].command is None
