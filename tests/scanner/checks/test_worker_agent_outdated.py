"""worker-agent-outdated: a Log Analytics agent older than the last released one."""

import pytest
from builders import (
    NOW,
    account,
    days,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    machine,
    machine_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)
from hypothesis import given
from hypothesis import strategies as st

from scanner.checks.worker_agent_outdated import is_older, version_of
from scanner.findings import Severity
from scanner.inventory import GroupType, OsType, Reading, WorkerType

CHECK = "worker-agent-outdated"
V1 = (account(), group(), worker(worker_type=WorkerType.V1), workspace())


def beat(version, os="Windows", **changes):
    return heartbeat(**{"machine": machine_id(), "version": version, "os_type": os} | changes)


@pytest.mark.firing
@pytest.mark.parametrize(
    ("version", "os", "scenarios"),
    [
        ("10.20.18053.0", "Windows", ()),
        ("8.0.11072.0", "windows", ()),
        ("1.14.20-0", "Linux", ("S8",)),
        ("1.18.99-7", "Linux", ("S8",)),
    ],
)
def test_an_older_version_fires(version, os, scenarios):
    [finding] = findings(CHECK, *V1, beat(version, os))
    assert finding.severity is Severity.LOW
    assert finding.subject == V1[2].id
    assert finding.scenarios == scenarios
    assert version in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("version", "os"),
    [("10.20.18069.0", "Windows"), ("10.22.10056.0", "Windows"), ("1.19.0-0", "Linux"), ("1.19.0", "Linux")],
)
def test_the_last_version_and_a_newer_one_are_quiet(version, os):
    parts = (*V1, beat(version, os))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("version", "os"), [("10.20.18068.999", "Windows"), ("1.18.999-999", "Linux")])
def test_a_version_right_below_the_last_one_fires(version, os):
    assert findings(CHECK, *V1, beat(version, os))


@pytest.mark.quiet
def test_the_newest_heartbeat_counts():
    parts = (*V1, beat("10.20.18053.0", last_at=NOW - days(3), name="old"), beat("10.20.18069.0"))
    assert findings(CHECK, *parts) == []


@pytest.mark.quiet
def test_the_azure_monitor_agent_and_v2_workers_are_not_its_concern():
    assert findings(CHECK, *V1, beat("1.10.0", agent=False)) == []
    v2 = (account(), group(), worker(), workspace(), beat("8.0.11072.0"), gap(Reading.HEARTBEATS, workspace_id()))
    assert findings(CHECK, *v2) == unknowns(CHECK, *v2) == []


@pytest.mark.firing
def test_system_workers_are_judged():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM), worker(), workspace(), beat("8.0.11072.0"))


@pytest.mark.blind
@pytest.mark.parametrize("version", [None, "", "unknown", "10", "1.2.3.beta", "1." * 50 + "1", "9" * 5000 + ".1"])
def test_a_version_that_cannot_be_read_is_unknown(version):
    assert findings(CHECK, *V1, beat(version)) == []
    [unknown] = unknowns(CHECK, *V1, beat(version))
    assert (unknown.subject, unknown.because) == (V1[2].id, "Version")


@pytest.mark.blind
def test_the_machine_tells_the_operating_system_where_the_heartbeat_does_not():
    [unknown] = unknowns(CHECK, *V1, beat("1.14.20-0", None))
    assert unknown.because == "OSType"
    assert findings(CHECK, *V1, beat("1.14.20-0", None), machine(os=OsType.LINUX))


@pytest.mark.blind
def test_a_heartbeat_that_may_be_another_machines_is_unknown():
    twins = (
        beat("8.0.11072.0", machine=None, vm_uuid="00000000-0000-0000-0000-000000000001"),
        beat("8.0.11072.0", machine=None, vm_uuid="00000000-0000-0000-0000-000000000002", name="2"),
    )
    parts = (account(), group(), worker(worker_type=WorkerType.V1, machine=None), workspace(), *twins)
    assert findings(CHECK, *parts) == []
    assert [unknown.because for unknown in unknowns(CHECK, *parts)] == ["Computer"]


@pytest.mark.blind
def test_a_worker_without_heartbeats_is_quiet_unless_some_could_not_be_read():
    assert findings(CHECK, *V1) == unknowns(CHECK, *V1) == []
    denied = gap(Reading.HEARTBEATS, workspace_id("other"))
    [unknown] = unknowns(CHECK, *V1, workspace(workspace_id("other")), denied)
    assert (unknown.subject, unknown.because) == (V1[2].id, denied.gap.id)


@pytest.mark.firing
def test_a_seen_old_version_fires_whatever_could_not_be_read():
    denied = gap(Reading.HEARTBEATS, workspace_id("other"))
    parts = (*V1, workspace(workspace_id("other")), denied, beat("8.0.11072.0"))
    assert findings(CHECK, *parts)
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
def test_workers_that_may_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    assert [unknown.because for unknown in unknowns(CHECK, account(), group(), workspace(), denied)] == [denied.gap.id]


NUMBERS = st.lists(st.integers(0, 999_999_999), min_size=2, max_size=6).map(tuple)


@given(NUMBERS)
def test_a_written_version_is_read_back(numbers):
    assert version_of(".".join(str(number) for number in numbers)) == numbers


@given(NUMBERS, st.integers(0, 999_999_999))
def test_the_build_after_the_hyphen_comes_last(numbers, build):
    assert version_of(".".join(str(number) for number in numbers) + f"-{build}") == (*numbers, build)


@given(NUMBERS, NUMBERS)
def test_of_two_versions_at_most_one_is_older(one, other):
    assert not (is_older(one, other) and is_older(other, one))
    assert not is_older(one, (*one, 0))
    assert is_older(one, (*one, 1))


@given(st.text())
def test_no_text_crashes_the_reader(text):
    version = version_of(text)
    assert version is None or len(version) >= 2
