"""worker-reports-elsewhere: an agent that reports to another workspace than the linked one."""

from datetime import timedelta

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    extension,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    link,
    machine,
    machine_id,
    minutes,
    subscription_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, WorkerType

CHECK = "worker-reports-elsewhere"
DAY = timedelta(hours=24)
TAKING_IN = {"ingestion_status": "RespectQuota"}
OTHER = workspace(workspace_id("other"), **TAKING_IN)
LINKED = (account(), link(workspace_id()), workspace(**TAKING_IN), OTHER)
V1 = (group(), worker(worker_type=WorkerType.V1), machine())
ELSEWHERE = heartbeat(workspace=OTHER.id, machine=machine_id())


def agent(workspace_guid, type_="MicrosoftMonitoringAgent", **changes):
    return extension(machine_id(), type_, workspace_id=workspace_guid, **changes)


@pytest.mark.firing
def test_heartbeats_in_another_workspace_only_fire():
    [finding] = findings(CHECK, *LINKED, *V1, ELSEWHERE)
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == V1[1].id
    assert finding.evidence["reports_to"] == (OTHER.id.text,)
    assert finding.evidence["joined_by"] == "ResourceId"
    assert finding.scenarios == ("S2", "S5")


@pytest.mark.quiet
def test_heartbeats_in_the_linked_workspace_are_quiet_whatever_other_ones_hold():
    parts = (*LINKED, *V1, ELSEWHERE, heartbeat(machine=machine_id()))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_heartbeats_count_for_24_hours():
    old = heartbeat(workspace=OTHER.id, machine=machine_id(), last_at=NOW - DAY)
    assert findings(CHECK, *LINKED, *V1, old) == unknowns(CHECK, *LINKED, *V1, old) == []
    younger = heartbeat(workspace=OTHER.id, machine=machine_id(), last_at=NOW - DAY + minutes(1))
    assert findings(CHECK, *LINKED, *V1, younger)


@pytest.mark.firing
@pytest.mark.parametrize("type_", ["MicrosoftMonitoringAgent", "OmsAgentForLinux", "omsagentforlinux"])
def test_an_agent_extension_that_names_another_workspace_fires(type_):
    [finding] = findings(CHECK, *LINKED, *V1, agent("customer-other", type_))
    assert finding.evidence["extension_workspace"] == OTHER.id.text
    assert "names the workspace other" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_an_agent_extension_names_a_workspace_without_regard_to_case():
    parts = (*LINKED, *V1, agent("CUSTOMER-WS"))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.firing
def test_the_agent_extension_speaks_even_where_the_agent_reports_to_the_linked_workspace_as_well():
    assert findings(CHECK, *LINKED, *V1, agent("customer-unseen"), heartbeat(machine=machine_id()))


@pytest.mark.firing
@pytest.mark.quiet
def test_system_workers_are_judged_and_v2_workers_are_not():
    assert findings(CHECK, *LINKED, group(group_type=GroupType.SYSTEM), worker(), machine(), ELSEWHERE)
    v2 = (*LINKED, group(), worker(), machine(), ELSEWHERE)
    assert findings(CHECK, *v2) == unknowns(CHECK, *v2) == []


@pytest.mark.quiet
@pytest.mark.parametrize(
    "parts",
    [
        (account(), link(None), OTHER),
        (account(), link(workspace_id()), answered(Reading.WORKSPACE, workspace_id(), missing=True), OTHER),
    ],
    ids=["no link", "the linked workspace is gone"],
)
def test_what_other_checks_tell_is_quiet(parts):
    assert findings(CHECK, *parts, *V1, ELSEWHERE) == unknowns(CHECK, *parts, *V1, ELSEWHERE) == []


@pytest.mark.blind
def test_a_linked_workspace_whose_heartbeats_may_not_be_read_is_unknown():
    denied = gap(Reading.HEARTBEATS, workspace_id())
    assert findings(CHECK, *LINKED, *V1, ELSEWHERE, denied) == []
    [unknown] = unknowns(CHECK, *LINKED, *V1, ELSEWHERE, denied)
    assert (unknown.subject, unknown.because) == (V1[1].id, denied.gap.id)


@pytest.mark.blind
def test_a_linked_workspace_that_takes_nothing_in_is_unknown():
    idle = (account(), link(workspace_id()), workspace(ingestion_status="OverQuota"), OTHER)
    assert findings(CHECK, *idle, *V1, ELSEWHERE) == []
    assert [unknown.because for unknown in unknowns(CHECK, *idle, *V1, ELSEWHERE)] == ["dataIngestionStatus"]


@pytest.mark.blind
def test_a_worker_without_heartbeats_is_unknown_while_a_workspace_could_not_be_asked():
    denied = gap(Reading.HEARTBEATS, OTHER.id)
    [unknown] = unknowns(CHECK, *LINKED, *V1, denied)
    assert (unknown.subject, unknown.because) == (V1[1].id, denied.gap.id)
    assert unknowns(CHECK, *LINKED, *V1, denied, heartbeat(machine=machine_id())) == []


@pytest.mark.blind
def test_a_linked_workspace_that_may_not_be_read_is_unknown_and_seen_heartbeats_convict_nobody():
    denied = gap(Reading.WORKSPACE, workspace_id())
    parts = (account(), link(workspace_id()), OTHER, *V1, denied)
    for seen in (ELSEWHERE, agent("customer-other")):
        assert findings(CHECK, *parts, seen) == []
        assert [unknown.because for unknown in unknowns(CHECK, *parts, seen)] == [denied.gap.id]


@pytest.mark.blind
def test_an_agent_extension_without_a_told_workspace_is_unknown():
    [unknown] = unknowns(CHECK, *LINKED, *V1, agent(None, settings_told=False), heartbeat(machine=machine_id()))
    assert unknown.because == "workspaceId"


@pytest.mark.blind
@pytest.mark.parametrize(
    ("parts", "because"),
    [
        ((machine(extensions_told=False),), "extensions"),
        ((gap(Reading.VIRTUAL_MACHINES, subscription_id()),), None),
    ],
)
def test_extensions_that_were_not_told_are_unknown(parts, because):
    beats = heartbeat(machine=machine_id())
    [unknown] = unknowns(CHECK, *LINKED, group(), worker(worker_type=WorkerType.V1), *parts, beats)
    assert (unknown.subject, unknown.because) == (V1[1].id, because or parts[0].gap.id)


@pytest.mark.blind
def test_a_denied_link_is_unknown_only_where_the_agent_has_workers():
    denied = gap(Reading.LINKED_WORKSPACE, account_id())
    [unknown] = unknowns(CHECK, account(), denied, *V1)
    assert (unknown.subject, unknown.because) == (V1[1].id, denied.gap.id)
    assert unknowns(CHECK, account(), denied, group(), worker(), machine()) == []


@pytest.mark.blind
def test_workers_that_may_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    assert [unknown.because for unknown in unknowns(CHECK, *LINKED, group(), denied)] == [denied.gap.id]
