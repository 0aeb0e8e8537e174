"""worker-clock-skewed: heartbeats from the future."""

import pytest
from builders import (
    account,
    account_id,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    link,
    machine,
    machine_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "worker-clock-skewed"
LINKED = (account(), link(workspace_id()), workspace())
WORKER = (group(), worker(), machine())
AHEAD = {"early": 5, "offsets": (901.0, 1201.0)}


def ahead(computer="vm1", **changes):
    return heartbeat(computer, **{"machine": machine_id(computer)} | AHEAD | changes)


@pytest.mark.firing
@pytest.mark.boundary
def test_five_early_heartbeats_with_a_steady_offset_fire():
    [finding] = findings(CHECK, *LINKED, *WORKER, ahead())
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == worker().id
    assert finding.scenarios == ("S5",)
    assert "runs 15 minutes ahead" in finding.message
    assert finding.evidence["joined_by"] == "ResourceId"


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("changes", [{"early": 4}, {"beats": 4, "early": 4}, {"early": 0, "offsets": (-2.0, 1.0)}])
def test_fewer_than_five_are_quiet(changes):
    parts = (*LINKED, *WORKER, ahead(**changes))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.boundary
@pytest.mark.blind
def test_an_early_offset_that_is_not_steady_is_unknown():
    parts = (*LINKED, *WORKER, ahead(offsets=(900.0, 1201.0)))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (worker().id, "ingestion_time()")


@pytest.mark.blind
def test_late_heartbeats_with_a_steady_offset_are_unknown_and_others_a_backlog():
    late = {"early": 0, "late": 900}
    steady = (*LINKED, *WORKER, ahead(**late, offsets=(-1210.0, -1200.0)))
    assert findings(CHECK, *steady) == []
    assert [unknown.because for unknown in unknowns(CHECK, *steady)] == ["ingestion_time()"]
    backlog = (*LINKED, *WORKER, ahead(**late, offsets=(-7000.0, -1.0)))
    assert findings(CHECK, *backlog) == unknowns(CHECK, *backlog) == []


@pytest.mark.blind
@pytest.mark.parametrize("untold", [{"early": None}, {"late": None}, {"offsets": None}])
def test_offsets_that_were_not_told_are_unknown(untold):
    parts = (*LINKED, *WORKER, ahead(**untold))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (worker().id, "ingestion_time()")


@pytest.mark.firing
def test_any_agent_shows_the_clock_and_one_worker_gives_one_finding():
    both = (ahead(), ahead(name="2", agent=False, category="Azure Monitor Agent", vm_uuid="other", early=7))
    [finding] = findings(CHECK, *LINKED, *WORKER, *both)
    assert finding.evidence["early_beats"] == 7
    assert unknowns(CHECK, *LINKED, *WORKER, *both) == []


@pytest.mark.firing
def test_a_worker_is_found_in_a_workspace_that_is_not_linked():
    other = workspace(workspace_id("other"))
    [finding] = findings(CHECK, *LINKED, *WORKER, other, ahead(workspace=other.id))
    assert finding.evidence["workspace"] == other.id.text


@pytest.mark.firing
def test_a_machine_without_a_registration_counts_in_a_linked_workspace():
    [finding] = findings(CHECK, *LINKED, ahead("vm7"))
    assert finding.subject == machine_id("vm7")
    assert finding.account == account_id()
    assert "of which no worker was seen" in finding.message


@pytest.mark.firing
def test_machines_outside_azure_stand_under_the_workspace_each_by_its_name():
    found = findings(CHECK, *LINKED, ahead("one", machine=None), ahead("two", machine=None))
    assert {finding.subject for finding in found} == {workspace_id()}
    assert len({finding.fingerprint for finding in found}) == 2


@pytest.mark.quiet
def test_a_machine_without_a_registration_is_no_concern_in_a_workspace_that_is_not_linked():
    other = workspace(workspace_id("other"))
    parts = (*LINKED, other, ahead("vm7", workspace=other.id))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.blind
def test_a_host_name_that_fits_several_machines_is_unknown():
    twins = (
        ahead(machine=None, vm_uuid="00000000-0000-0000-0000-000000000001"),
        ahead(name="2", machine=None, vm_uuid="00000000-0000-0000-0000-000000000002"),
    )
    parts = (*LINKED, group(), worker(machine=None), *twins)
    assert findings(CHECK, *parts) == []
    assert {(u.subject, u.because) for u in unknowns(CHECK, *parts)} == {(worker().id, "Computer")}


@pytest.mark.blind
def test_a_heartbeat_without_a_machine_under_the_name_of_a_worker_that_has_one_is_unknown():
    parts = (*LINKED, *WORKER, heartbeat(machine=machine_id()), ahead(name="2", machine=None))
    assert findings(CHECK, *parts) == []
    assert {(u.subject, u.because) for u in unknowns(CHECK, *parts)} == {(worker().id, "Computer")}


@pytest.mark.blind
@pytest.mark.parametrize(
    ("denied", "subject"),
    [(gap(Reading.HEARTBEATS, workspace_id()), account_id()), (gap(Reading.WORKERS, group_id()), group_id())],
)
def test_what_may_not_be_read_is_unknown(denied, subject):
    [unknown] = unknowns(CHECK, *LINKED, *WORKER, denied)
    assert (unknown.subject, unknown.because) == (subject, denied.gap.id)
