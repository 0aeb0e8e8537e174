"""workspace-name-collision: a namesake of a workspace that is linked across subscriptions."""

import pytest
from builders import OTHER_SUB, SUB, account, findings, gap, link, subscription_id, unknowns, workspace, workspace_id

from scanner.findings import Severity
from scanner.inventory import ArmId, Reading

CHECK = "workspace-name-collision"
ELSEWHERE = workspace_id(sub=OTHER_SUB)
FAR = (account(), link(ELSEWHERE), workspace(ELSEWHERE))


@pytest.mark.firing
@pytest.mark.boundary
def test_a_namesake_in_the_accounts_subscription_fires():
    [finding] = findings(CHECK, *FAR, workspace(workspace_id("WS")))
    assert finding.severity is Severity.INFO
    assert finding.subject == account().id
    assert finding.evidence["namesakes"] == (str(workspace_id("WS")),)
    assert f"sub {SUB[:4]}" in finding.message


@pytest.mark.firing
def test_a_namesake_in_a_third_subscription_fires():
    assert findings(CHECK, *FAR, workspace(workspace_id(sub="33333333-3333-3333-3333-333333333333")))


@pytest.mark.quiet
@pytest.mark.boundary
def test_the_linked_workspace_itself_is_no_namesake():
    assert findings(CHECK, *FAR) == []
    in_lower_case = link(ArmId(str(ELSEWHERE).lower()))
    assert findings(CHECK, account(), in_lower_case, workspace(ELSEWHERE)) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_other_names_are_quiet():
    assert findings(CHECK, *FAR, workspace(workspace_id("ws2"))) == []


@pytest.mark.quiet
def test_without_a_cross_subscription_link_it_is_quiet():
    assert findings(CHECK, account(), link(workspace_id()), workspace(), workspace(ELSEWHERE)) == []


@pytest.mark.firing
def test_a_linked_workspace_that_may_not_be_read_is_judged_by_its_id():
    denied = gap(Reading.WORKSPACE, ELSEWHERE)
    assert findings(CHECK, account(), link(ELSEWHERE), denied, workspace())


@pytest.mark.blind
def test_workspaces_that_may_not_be_listed_are_unknown():
    denied = gap(Reading.WORKSPACES, subscription_id())
    [unknown] = unknowns(CHECK, *FAR, denied)
    assert (unknown.subject, unknown.because) == (subscription_id(), denied.gap.id)
