"""agent-event-signature: events that tell why an agent cannot work."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    agent_event,
    arc_id,
    days,
    findings,
    gap,
    group,
    group_id,
    link,
    machine,
    machine_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, WorkerType

CHECK = "agent-event-signature"
LINKED = (account(), link(workspace_id()), workspace())
V1 = (group(), worker(worker_type=WorkerType.V1, machine=None))
UNREMARKABLE = 7036


@pytest.mark.firing
@pytest.mark.parametrize(("event_id", "scenarios"), [(4502, ("S10",)), (15011, ("S2",))])
def test_an_event_with_a_signature_fires(event_id, scenarios):
    [finding] = findings(CHECK, *LINKED, *V1, agent_event(event_id))
    assert finding.severity is Severity.HIGH
    assert finding.subject == V1[1].id
    assert finding.scenarios == scenarios
    assert str(event_id) in finding.message
    assert finding.evidence["joined_by"] == "host name"


@pytest.mark.firing
def test_each_signature_gives_one_finding_from_its_newest_event():
    older = agent_event(4502, log="Operations Manager", id=workspace_id().child("events", "x"), last_at=NOW - days(9))
    found = findings(CHECK, *LINKED, *V1, older, agent_event(4502), agent_event(15011))
    assert len({finding.fingerprint for finding in found}) == len(found) == 2
    assert {finding.evidence["last_at"] for finding in found} == {"2026-11-21T12:00:00Z"}


@pytest.mark.quiet
@pytest.mark.boundary
def test_a_row_without_a_signature_is_quiet_and_proves_that_the_log_is_collected():
    parts = (*LINKED, *V1, agent_event(UNREMARKABLE))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize("log", ["System", None])
def test_an_agents_worker_without_any_row_of_the_log_is_unknown(log):
    for rows in ((), (agent_event(UNREMARKABLE, log=log),)):
        [unknown] = unknowns(CHECK, *LINKED, *V1, *rows)
        assert (unknown.subject, unknown.because) == (V1[1].id, "Event")


@pytest.mark.blind
def test_system_workers_need_the_log_and_v2_workers_do_not():
    [unknown] = unknowns(CHECK, *LINKED, group(group_type=GroupType.SYSTEM), worker())
    assert unknown.because == "Event"
    assert unknowns(CHECK, *LINKED, group(), worker()) == []


@pytest.mark.firing
def test_a_v2_worker_is_judged_by_the_rows_of_its_machine():
    [finding] = findings(CHECK, *LINKED, group(), worker(), agent_event(4502, "elsewhere", machine=machine_id()))
    assert finding.evidence["joined_by"] == "_ResourceId"


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("event_id", [4502, 15011])
def test_the_number_of_an_event_without_its_words_is_no_signature(event_id):
    parts = (*LINKED, *V1, agent_event(event_id, signature=None))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_an_event_of_another_machine_is_quiet():
    parts = (*LINKED, group(), worker(), agent_event(4502, machine=machine_id("vm2")), agent_event(15011, "vm3"))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
def test_a_v1_entry_without_a_machine_stands_beside_the_v2_entry_of_its_machine():
    both = (*V1, worker("VM1.contoso.com", id=group_id().child("hybridRunbookWorkers", "v2"), machine=machine_id()))
    found = findings(CHECK, *LINKED, *both, agent_event(4502, machine=machine_id()))
    assert {finding.subject for finding in found} == {both[1].id, both[2].id}


@pytest.mark.blind
@pytest.mark.parametrize(
    "other",
    [
        worker("vm1", group_id("b"), worker_type=WorkerType.V1, machine=None, ip="10.9.9.9"),
        machine(arc_id("x"), computer_name="vm1"),
    ],
    ids=["two addresses", "a machine beside the worker's"],
)
def test_a_host_name_that_fits_several_machines_is_unknown(other):
    parts = (*LINKED, group(), group(group_id("b")), worker(worker_type=WorkerType.V1, machine=None), machine(), other)
    event = agent_event(4502)
    assert findings(CHECK, *parts, event) == []
    assert (V1[1].id, "Computer") in {(u.subject, u.because) for u in unknowns(CHECK, *parts, event)}


@pytest.mark.blind
def test_events_that_may_not_be_read_are_unknown_for_the_account_and_the_agents_workers():
    denied = gap(Reading.EVENTS, workspace_id())
    found = unknowns(CHECK, *LINKED, *V1, denied)
    assert {(u.subject, u.because) for u in found} == {(account_id(), denied.gap.id), (V1[1].id, denied.gap.id)}


@pytest.mark.firing
def test_a_seen_event_fires_whatever_could_not_be_read():
    other = workspace(workspace_id("other"))
    assert findings(CHECK, *LINKED, *V1, other, agent_event(4502), gap(Reading.EVENTS, other.id))


@pytest.mark.blind
def test_workers_that_may_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    assert [unknown.because for unknown in unknowns(CHECK, *LINKED, group(), denied)] == [denied.gap.id]
