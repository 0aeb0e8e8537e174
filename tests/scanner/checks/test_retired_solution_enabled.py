"""retired-solution-enabled: Update Management and the v1 form of Change Tracking."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    link,
    pack,
    solution,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading

CHECK = "retired-solution-enabled"
LINKED = (account(), link(workspace_id()), workspace())
OFF = (pack("Updates", False), pack("ChangeTracking", False))
TRACKING = (pack("Updates", False), pack("ChangeTracking"))
SYSTEM = (group(group_type=GroupType.SYSTEM), worker("vm1"), worker("vm2"))


@pytest.mark.firing
@pytest.mark.parametrize("updates", [pack("Updates"), pack("updates"), solution("Updates")])
def test_update_management_fires(updates):
    [finding] = findings(CHECK, *LINKED, updates, gap(Reading.INTELLIGENCE_PACKS, workspace_id()))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == account_id()
    assert "Update Management (Updates), retired on 2024-08-31" in finding.message
    assert any("Azure Update Manager" in step.text for step in finding.remediation)


@pytest.mark.firing
@pytest.mark.parametrize("proof", [SYSTEM, (heartbeat(solutions=("changetracking",)),)])
def test_change_tracking_in_its_v1_form_fires(proof):
    [finding] = findings(CHECK, *LINKED, *TRACKING, *proof)
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["solutions"] == ("ChangeTracking",)
    assert any("pack disable" in (step.command or "") for step in finding.remediation)


@pytest.mark.firing
def test_system_workers_are_counted_in_one_finding():
    [finding] = findings(CHECK, *LINKED, pack("Updates"), pack("ChangeTracking"), *SYSTEM)
    assert finding.evidence["system_workers"] == 2
    assert "2 System workers seen" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_change_tracking_with_the_azure_monitor_agent_is_quiet():
    parts = (*LINKED, *TRACKING, heartbeat(agent=False, solutions=("changetracking",)))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden",
    [
        gap(Reading.HEARTBEATS, workspace_id()),
        gap(Reading.GROUPS, account_id()),
        gap(Reading.WORKERS, group_id("machine_1")),
    ],
)
def test_change_tracking_of_unknown_form_is_info_and_nothing_is_disabled(hidden):
    system = group(group_id("machine_1"), group_type=GroupType.SYSTEM)
    [finding] = findings(CHECK, *LINKED, *TRACKING, system, hidden)
    assert finding.severity is Severity.INFO
    assert "is not known" in finding.message
    assert not any(step.command for step in finding.remediation)


@pytest.mark.firing
@pytest.mark.blind
def test_update_management_beside_change_tracking_of_unknown_form_is_medium():
    hidden = gap(Reading.HEARTBEATS, workspace_id())
    [finding] = findings(CHECK, *LINKED, pack("Updates"), pack("ChangeTracking"), hidden)
    assert finding.severity is Severity.MEDIUM
    assert "the form of ChangeTracking" in finding.message


@pytest.mark.quiet
def test_it_is_quiet_without_both_whatever_else_could_not_be_read():
    hidden = (gap(Reading.GROUPS, account_id()), gap(Reading.HEARTBEATS, workspace_id()))
    parts = (*LINKED, *OFF, *hidden, gap(Reading.SOLUTIONS, workspace_id().subscription))
    assert findings(CHECK, *parts) == unknowns(CHECK, *parts) == []


@pytest.mark.quiet
def test_no_link_and_a_workspace_that_is_gone_are_quiet():
    gone = (link(workspace_id()), answered(Reading.WORKSPACE, workspace_id(), missing=True))
    for parts in ((link(None),), gone):
        assert findings(CHECK, account(), *parts) == unknowns(CHECK, account(), *parts) == []


@pytest.mark.blind
def test_packs_that_may_not_be_read_are_unknown():
    denied = gap(Reading.INTELLIGENCE_PACKS, workspace_id())
    parts = (*LINKED, denied, gap(Reading.SOLUTIONS, workspace_id().subscription))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_a_workspace_that_may_not_be_read_is_unknown_unless_its_solutions_tell():
    denied = gap(Reading.WORKSPACE, workspace_id())
    parts = (account(), link(workspace_id()), denied)
    hidden = gap(Reading.SOLUTIONS, workspace_id().subscription)
    assert [unknown.because for unknown in unknowns(CHECK, *parts, hidden)] == [denied.gap.id]
    assert findings(CHECK, *parts, solution("Updates"))


@pytest.mark.blind
def test_a_pack_that_does_not_say_is_unknown():
    parts = (*LINKED, pack("Updates", None), pack("ChangeTracking", False))
    [unknown] = unknowns(CHECK, *parts, gap(Reading.SOLUTIONS, workspace_id().subscription))
    assert (unknown.subject, unknown.because) == (account_id(), "intelligencePacks/Updates")
