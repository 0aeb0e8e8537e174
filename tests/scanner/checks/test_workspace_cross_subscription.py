"""workspace-cross-subscription: account and linked workspace in two subscriptions."""

import pytest
from builders import (
    OTHER_SUB,
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
    subscription,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import ArmId, Reading, WorkerType

CHECK = "workspace-cross-subscription"
ELSEWHERE = workspace_id(sub=OTHER_SUB)
FAR = (account(), link(ELSEWHERE), workspace(ELSEWHERE))


def unused(workspace=ELSEWHERE):
    return pack("Updates", False, workspace), pack("ChangeTracking", False, workspace)


@pytest.mark.firing
def test_a_workspace_of_another_subscription_fires():
    [finding] = findings(CHECK, *FAR, pack("Updates", True, ELSEWHERE), subscription(OTHER_SUB, name="Platform"))
    assert finding.severity is Severity.HIGH
    assert finding.subject == account_id()
    assert "in subscription Platform" in finding.message
    assert "documented until 2020 and never revoked" in finding.message


@pytest.mark.firing
def test_v1_workers_raise_it():
    [finding] = findings(CHECK, *FAR, *unused(), group(), worker(worker_type=WorkerType.V1))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
@pytest.mark.boundary
def test_the_v1_form_of_change_tracking_raises_it():
    packs = (pack("Updates", False, ELSEWHERE), pack("ChangeTracking", True, ELSEWHERE))
    beat = heartbeat(workspace=ELSEWHERE, solutions=("changetracking",))
    assert findings(CHECK, *FAR, *packs, beat)[0].severity is Severity.HIGH
    assert findings(CHECK, *FAR, *packs)[0].severity is Severity.LOW


@pytest.mark.firing
def test_without_features_it_is_low():
    [finding] = findings(CHECK, *FAR, *unused())
    assert finding.severity is Severity.LOW
    assert "no feature that needs the link is in use" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_the_same_subscription_is_quiet_in_any_case():
    shouted = ArmId(str(workspace_id()).upper())
    assert findings(CHECK, account(), link(shouted), workspace()) == []


@pytest.mark.quiet
def test_no_link_is_quiet():
    assert findings(CHECK, account(), link(None)) == []


@pytest.mark.firing
@pytest.mark.blind
def test_the_id_alone_is_enough():
    denied = gap(Reading.WORKSPACE, ELSEWHERE)
    [finding] = findings(CHECK, account(), link(ELSEWHERE), denied)
    assert finding.severity is Severity.LOW
    assert "could not be read in full" in finding.message
    assert OTHER_SUB in finding.message
    assert unknowns(CHECK, account(), link(ELSEWHERE), denied) == []


@pytest.mark.firing
def test_a_workspace_that_is_gone_is_still_elsewhere():
    assert findings(CHECK, account(), link(ELSEWHERE), answered(Reading.WORKSPACE, ELSEWHERE, missing=True))


@pytest.mark.blind
def test_unread_workers_leave_the_lower_severity_and_the_message_says_so():
    [finding] = findings(CHECK, *FAR, *unused(), group(), gap(Reading.WORKERS, group_id()))
    assert finding.severity is Severity.LOW
    assert "could not be read in full" in finding.message


@pytest.mark.blind
def test_a_denied_link_is_unknown():
    denied = gap(Reading.LINKED_WORKSPACE, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_an_id_without_a_subscription_is_unknown():
    [unknown] = unknowns(CHECK, account(), link(ArmId("/workspaces/ws")))
    assert (unknown.subject, unknown.because) == (account_id(), "linkedWorkspace.id")
