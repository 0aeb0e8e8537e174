"""workspace-missing: an account whose linked workspace is gone."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    deleted_workspace,
    findings,
    gap,
    group,
    group_id,
    link,
    subscription_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import Reading, WorkerType

CHECK = "workspace-missing"
LINKED = (account(), link(workspace_id()))
GONE = answered(Reading.WORKSPACE, workspace_id(), missing=True)


@pytest.mark.firing
def test_a_workspace_that_is_not_found_fires():
    [finding] = findings(CHECK, *LINKED, GONE)
    assert finding.severity is Severity.LOW
    assert finding.subject == account_id()
    assert finding.evidence["soft_deleted"] is False
    assert "no longer exists" in finding.message
    assert not any("workspace recover" in (step.command or "") for step in finding.remediation)


@pytest.mark.firing
def test_v1_workers_raise_it():
    [finding] = findings(CHECK, *LINKED, GONE, group(), worker(worker_type=WorkerType.V1))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_a_soft_deleted_workspace_fires_and_can_be_recovered():
    [finding] = findings(CHECK, *LINKED, deleted_workspace())
    assert finding.evidence["soft_deleted"] is True
    assert any("workspace recover" in (step.command or "") for step in finding.remediation)


@pytest.mark.firing
def test_a_soft_deleted_workspace_fires_although_its_own_read_was_denied():
    parts = (*LINKED, deleted_workspace(), gap(Reading.WORKSPACE, workspace_id()))
    assert findings(CHECK, *parts)
    assert unknowns(CHECK, *parts) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_a_workspace_that_was_seen_is_not_missing_though_an_older_one_was_deleted():
    assert findings(CHECK, *LINKED, workspace()) == []
    assert findings(CHECK, *LINKED, workspace(), deleted_workspace()) == []


@pytest.mark.quiet
def test_no_link_is_quiet():
    assert findings(CHECK, account(), link(None)) == []
    assert unknowns(CHECK, account(), link(None)) == []


@pytest.mark.blind
def test_a_workspace_that_may_not_be_read_is_unknown():
    denied = gap(Reading.WORKSPACE, workspace_id())
    assert findings(CHECK, *LINKED, denied) == []
    [unknown] = unknowns(CHECK, *LINKED, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_a_workspace_that_nothing_was_said_of_is_unknown():
    [unknown] = unknowns(CHECK, *LINKED)
    assert (unknown.subject, unknown.because) == (account_id(), "linkedWorkspace.id")


@pytest.mark.blind
def test_deleted_workspaces_that_may_not_be_read_leave_the_finding():
    [finding] = findings(CHECK, *LINKED, GONE, gap(Reading.DELETED_WORKSPACES, subscription_id()))
    assert finding.evidence["soft_deleted"] is None
    assert unknowns(CHECK, *LINKED, GONE, gap(Reading.DELETED_WORKSPACES, subscription_id())) == []


@pytest.mark.blind
def test_unread_workers_leave_the_lower_severity_and_the_message_says_so():
    [finding] = findings(CHECK, *LINKED, GONE, group(), gap(Reading.WORKERS, group_id()))
    assert finding.severity is Severity.LOW
    assert "could not be read in full" in finding.message


@pytest.mark.blind
def test_deleted_workspaces_of_a_subscription_that_vanished_tell_nothing():
    vanished = answered(Reading.DELETED_WORKSPACES, workspace_id().subscription, items=0, missing=True)
    [finding] = findings(CHECK, account(), link(workspace_id()), GONE, vanished)
    assert finding.evidence["soft_deleted"] is None
