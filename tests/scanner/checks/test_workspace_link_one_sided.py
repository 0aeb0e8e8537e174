"""workspace-link-one-sided: account and workspace disagree about their link."""

import msgspec
import pytest
from builders import (
    OTHER_SUB,
    SUB,
    account,
    account_id,
    answered,
    estate,
    findings,
    gap,
    link,
    linked_service,
    subscription_id,
    unknowns,
    workspace,
    workspace_id,
)

from scanner.checks import all_checks, judge
from scanner.findings import Severity
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, GapReason, Reading, Scope

CHECK = "workspace-link-one-sided"
LINKED = (account(), link(workspace_id()), workspace())
OTHER = account_id("other")
FAR = account_id("far", OTHER_SUB)


def unknowns_in(scope, *parts):
    """What the check cannot judge in a scan of this scope."""
    whole = estate(*parts)
    facts = msgspec.structs.replace(whole.facts, scope=scope)
    chosen = [check for check in all_checks() if check.id == CHECK]
    return judge(EstateGraph(msgspec.structs.replace(whole, facts=facts)), chosen).unknowns


@pytest.mark.firing
def test_a_workspace_that_names_no_account_back_fires():
    [finding] = findings(CHECK, *LINKED)
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == account_id()
    assert "ws is linked to no account" in finding.message
    assert any("linked-service create" in (step.command or "") for step in finding.remediation)


@pytest.mark.firing
def test_a_workspace_that_names_another_account_fires_for_both_sides():
    parts = (*LINKED, account(OTHER), link(None, OTHER), linked_service(target=OTHER))
    found = findings(CHECK, *parts)
    assert {finding.subject for finding in found} == {account_id(), OTHER}


@pytest.mark.firing
def test_an_account_that_names_no_workspace_back_fires():
    [finding] = findings(CHECK, account(), link(None), workspace(), linked_service())
    assert finding.subject == account_id()
    assert "names no workspace" in finding.message


@pytest.mark.firing
def test_an_account_that_names_another_workspace_fires():
    near = workspace_id("near")
    agreed = (account(), link(near), workspace(near), linked_service(near))
    [finding] = findings(CHECK, *agreed, workspace(), linked_service())
    assert finding.evidence["workspace"] == str(workspace_id())
    assert finding.evidence["named_by_account"] == str(near)


@pytest.mark.firing
def test_one_account_can_have_two_broken_links():
    near = workspace_id("near")
    found = findings(CHECK, account(), link(near), workspace(near), workspace(), linked_service())
    assert len({finding.fingerprint for finding in found}) == 2


@pytest.mark.firing
def test_a_link_left_by_a_deleted_account_counts():
    gone = answered(Reading.ACCOUNT, OTHER, missing=True)
    [finding] = findings(CHECK, workspace(), linked_service(target=OTHER), gone)
    assert finding.subject == finding.account == OTHER
    assert "no longer exists" in finding.message
    assert any("linked-service delete" in (step.command or "") for step in finding.remediation)


@pytest.mark.quiet
@pytest.mark.boundary
def test_agreement_is_quiet_in_any_case_of_the_ids():
    lowered = linked_service(target=ArmId(str(account_id()).lower()), service="automation")
    assert findings(CHECK, *LINKED, lowered) == []
    assert unknowns(CHECK, *LINKED, lowered) == []


@pytest.mark.quiet
def test_cluster_services_are_no_links():
    cluster = linked_service(service="Cluster", target=account_id("cluster"))
    assert findings(CHECK, account(), link(None), workspace(), cluster) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("state", ["Provisioning", "Deleting"])
def test_a_link_in_transition_is_quiet(state):
    assert findings(CHECK, account(), link(None), workspace(), linked_service(provisioning_state=state)) == []
    assert findings(CHECK, *LINKED, linked_service(target=OTHER, provisioning_state=state)) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_the_state_of_the_link_compares_without_case():
    assert findings(CHECK, account(), link(None), workspace(), linked_service(provisioning_state="succeeded"))


@pytest.mark.blind
@pytest.mark.parametrize(
    "parts",
    [
        (link(None), linked_service(provisioning_state=None)),
        (link(workspace_id()), linked_service(target=OTHER, provisioning_state=None)),
    ],
)
def test_a_disagreeing_link_without_its_state_is_unknown(parts):
    assert findings(CHECK, account(), workspace(), *parts) == []
    gone = answered(Reading.ACCOUNT, OTHER, missing=True)
    unseen = unknowns(CHECK, account(), workspace(), gone, *parts)
    assert account_id() in {unknown.subject for unknown in unseen}
    assert {unknown.because for unknown in unseen} == {"provisioningState"}


@pytest.mark.blind
def test_a_link_without_its_account_is_unknown():
    nameless = msgspec.structs.replace(linked_service(), target=None)
    [unknown] = unknowns(CHECK, *LINKED, nameless)
    assert (unknown.subject, unknown.because) == (account_id(), "resourceId")


@pytest.mark.blind
def test_a_link_without_its_account_on_a_workspace_that_no_account_names_is_unknown():
    nameless = msgspec.structs.replace(linked_service(), target=None)
    [unknown] = unknowns(CHECK, account(), link(None), workspace(), nameless)
    assert (unknown.subject, unknown.because) == (workspace_id(), "resourceId")


@pytest.mark.blind
def test_an_account_in_a_subscription_out_of_sight_is_unknown():
    parts = (workspace(), linked_service(target=FAR))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (FAR, "linkedWorkspace.id")


@pytest.mark.blind
def test_an_account_that_no_answer_showed_is_unknown():
    [unknown] = unknowns(CHECK, workspace(), linked_service(target=OTHER))
    assert (unknown.subject, unknown.because) == (OTHER, "linkedWorkspace.id")


@pytest.mark.quiet
@pytest.mark.parametrize(
    "scope",
    [
        Scope(account=str(account_id())),
        Scope(resource_group="another"),
        Scope(subscriptions=(SUB.upper(),)),
        Scope(excluded_subscriptions=(OTHER_SUB.upper(),)),
        Scope(management_group="mg"),
    ],
    ids=lambda scope: next(name for name in scope.__struct_fields__ if getattr(scope, name)),
)
def test_an_account_that_the_user_left_out_is_nothing(scope):
    assert not unknowns_in(scope, workspace(), linked_service(target=FAR))


@pytest.mark.blind
@pytest.mark.parametrize(
    "scope",
    [
        Scope(account=str(FAR).upper()),
        Scope(resource_group="RG"),
        Scope(subscriptions=(OTHER_SUB.upper(),)),
        Scope(excluded_subscriptions=(SUB,)),
    ],
    ids=lambda scope: next(name for name in scope.__struct_fields__ if getattr(scope, name)),
)
def test_an_account_that_the_user_asked_for_is_unknown(scope):
    [unknown] = unknowns_in(scope, workspace(), linked_service(target=FAR))
    assert (unknown.subject, unknown.because) == (FAR, "linkedWorkspace.id")


@pytest.mark.blind
def test_an_account_below_the_management_group_in_a_subscription_that_is_not_visible_is_unknown():
    invisible = gap(Reading.SUBSCRIPTIONS, subscription_id(OTHER_SUB))
    unseen = unknowns_in(Scope(management_group="mg"), workspace(), linked_service(target=FAR), invisible)
    assert (FAR, invisible.gap.id) in {(unknown.subject, unknown.because) for unknown in unseen}


@pytest.mark.blind
def test_an_account_that_may_not_be_read_is_unknown():
    denied = gap(Reading.ACCOUNT, OTHER)
    [unknown] = unknowns(CHECK, workspace(), linked_service(target=OTHER), denied)
    assert (unknown.subject, unknown.because) == (OTHER, denied.gap.id)


@pytest.mark.blind
def test_accounts_that_may_not_be_listed_are_unknown():
    denied = gap(Reading.ACCOUNTS, subscription_id())
    unseen = unknowns(CHECK, workspace(), linked_service(), denied)
    assert {unknown.subject for unknown in unseen} == {subscription_id(), account_id()}
    assert {unknown.because for unknown in unseen} == {denied.gap.id}


@pytest.mark.quiet
def test_a_workspace_that_is_gone_silences_it():
    parts = (account(), link(workspace_id()), answered(Reading.WORKSPACE, workspace_id(), missing=True))
    assert findings(CHECK, *parts) == []
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.LINKED_SERVICES, Reading.WORKSPACE])
def test_a_workspace_side_that_may_not_be_read_is_unknown(reading):
    denied = gap(reading, workspace_id())
    seen = (workspace(),) if reading is Reading.LINKED_SERVICES else ()
    parts = (account(), link(workspace_id()), *seen, denied)
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_an_account_side_that_may_not_be_read_is_unknown():
    denied = gap(Reading.LINKED_WORKSPACE, account_id())
    parts = (account(), workspace(), linked_service(), denied)
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.quiet
def test_a_partial_list_with_the_link_in_it_settles_the_account():
    partial = gap(Reading.LINKED_SERVICES, workspace_id(), GapReason.TRUNCATED)
    assert findings(CHECK, *LINKED, linked_service(), partial) == []
    assert unknowns(CHECK, *LINKED, linked_service(), partial) == []


@pytest.mark.blind
def test_a_malformed_linked_service_proves_no_absence():
    broken = gap(Reading.LINKED_SERVICES, workspace_id().child("linkedServices", "automation"), GapReason.MALFORMED)
    assert findings(CHECK, *LINKED, broken) == []
    assert (account_id(), broken.gap.id) in [(u.subject, u.because) for u in unknowns(CHECK, *LINKED, broken)]


@pytest.mark.blind
def test_a_workspace_that_vanished_before_its_list_was_read_is_unknown():
    vanished = answered(Reading.LINKED_SERVICES, workspace_id(), items=0, missing=True)
    assert findings(CHECK, *LINKED, vanished) == []
    unseen = unknowns(CHECK, *LINKED, vanished)
    assert (account_id(), "linkedServices") in {(unknown.subject, unknown.because) for unknown in unseen}
