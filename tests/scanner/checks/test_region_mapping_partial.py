"""region-mapping-partial: Change Tracking on a pair that supports Update Management only."""

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
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading

CHECK = "region-mapping-partial"
GOVERNMENT = {"cloud": "AzureUSGovernment"}
ARIZONA = (account(location="usgovarizona"), link(workspace_id()), workspace(location="USGov Arizona"))
SYSTEM = (group(group_type=GroupType.SYSTEM), worker())


@pytest.mark.firing
def test_change_tracking_with_system_workers_fires():
    [finding] = findings(CHECK, *ARIZONA, pack("ChangeTracking"), *SYSTEM, **GOVERNMENT)
    assert finding.severity is Severity.LOW
    assert finding.evidence["system_workers"] == 1
    assert "Update Management only" in finding.message


@pytest.mark.quiet
def test_it_is_quiet_without_change_tracking():
    parts = (*ARIZONA, pack("ChangeTracking", False), *SYSTEM)
    assert findings(CHECK, *parts, **GOVERNMENT) == []
    assert unknowns(CHECK, *parts, **GOVERNMENT) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_a_pair_without_the_mark_is_quiet_whatever_could_not_be_read():
    parts = (
        *(account(location="usgovvirginia"), link(workspace_id()), workspace(location="usgovvirginia"), *SYSTEM),
        *(gap(Reading.INTELLIGENCE_PACKS, workspace_id()), gap(Reading.WORKERS, group_id())),
    )
    assert findings(CHECK, *parts, **GOVERNMENT) == []
    assert unknowns(CHECK, *parts, **GOVERNMENT) == []


@pytest.mark.quiet
def test_no_link_and_a_workspace_that_is_gone_are_quiet_whatever_could_not_be_read():
    gone = answered(Reading.WORKSPACE, workspace_id(), missing=True)
    for parts in [(link(None),), (link(workspace_id()), gone)]:
        assert unknowns(CHECK, account(), *parts, group(), gap(Reading.WORKERS, group_id())) == []


@pytest.mark.firing
def test_heartbeats_of_the_retired_agent_prove_the_form_as_well():
    beat = heartbeat(solutions=("security", "changetracking"))
    [finding] = findings(CHECK, *ARIZONA, pack("ChangeTracking"), beat, **GOVERNMENT)
    assert "v1 form" in finding.message
    assert finding.evidence["system_workers"] == 0


@pytest.mark.quiet
@pytest.mark.boundary
def test_change_tracking_with_the_azure_monitor_agent_is_quiet():
    beat = heartbeat(agent=False, category="Azure Monitor Agent", solutions=("changetracking",))
    assert findings(CHECK, *ARIZONA, pack("ChangeTracking"), beat, **GOVERNMENT) == []
    assert unknowns(CHECK, *ARIZONA, pack("ChangeTracking"), beat, **GOVERNMENT) == []


@pytest.mark.blind
def test_the_form_of_change_tracking_is_unknown_without_heartbeats_and_system_workers():
    denied = gap(Reading.HEARTBEATS, workspace_id())
    parts = (*ARIZONA, pack("ChangeTracking"), denied)
    assert findings(CHECK, *parts, **GOVERNMENT) == []
    [unknown] = unknowns(CHECK, *parts, **GOVERNMENT)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.quiet
def test_heartbeats_of_another_workspace_that_may_not_be_read_change_nothing():
    other = workspace(workspace_id("other"))
    parts = (*ARIZONA, other, pack("ChangeTracking", False), gap(Reading.HEARTBEATS, other.id))
    assert unknowns(CHECK, *parts, **GOVERNMENT) == []


@pytest.mark.blind
def test_packs_that_may_not_be_read_are_unknown():
    denied = gap(Reading.INTELLIGENCE_PACKS, workspace_id())
    parts = (*ARIZONA, *SYSTEM, denied, gap(Reading.SOLUTIONS, workspace_id().subscription))
    assert findings(CHECK, *parts, **GOVERNMENT) == []
    [unknown] = unknowns(CHECK, *parts, **GOVERNMENT)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
@pytest.mark.parametrize("denied", [gap(Reading.GROUPS, account_id()), gap(Reading.WORKERS, group_id())])
def test_workers_that_may_not_be_read_are_unknown(denied):
    unseen = unknowns(CHECK, *ARIZONA, pack("ChangeTracking"), group(group_type=GroupType.SYSTEM), denied, **GOVERNMENT)
    assert (account_id(), denied.gap.id) in [(unknown.subject, unknown.because) for unknown in unseen]


@pytest.mark.blind
def test_the_packs_of_a_workspace_that_vanished_are_unknown():
    vanished = answered(Reading.INTELLIGENCE_PACKS, workspace_id(), items=0, missing=True)
    parts = (*ARIZONA, *SYSTEM, vanished, gap(Reading.SOLUTIONS, workspace_id().subscription))
    assert findings(CHECK, *parts, **GOVERNMENT) == []
    unseen = unknowns(CHECK, *parts, **GOVERNMENT)
    assert (account_id(), "intelligencePacks/ChangeTracking") in {(u.subject, u.because) for u in unseen}
