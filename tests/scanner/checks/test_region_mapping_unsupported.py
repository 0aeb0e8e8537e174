"""region-mapping-unsupported: a linked pair of regions that is documented otherwise."""

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
from scanner.inventory import GroupType, Reading, WorkerType

CHECK = "region-mapping-unsupported"


def linked(account_region, workspace_region):
    return account(location=account_region), link(workspace_id()), workspace(location=workspace_region)


def no_features():
    return pack("Updates", False), pack("ChangeTracking", False)


@pytest.mark.firing
def test_a_documented_workspace_region_with_another_account_region_fires():
    [finding] = findings(CHECK, *linked("westeurope", "eastus"), pack("Updates"))
    assert finding.severity is Severity.HIGH
    assert finding.subject == account_id()
    assert finding.evidence["expected_account_regions"] == ("eastus2",)
    assert finding.evidence["legal_workspace_regions"] == ("westeurope",)
    assert (finding.evidence["table_date"], finding.evidence["table_cloud"]) == ("2023-03-16", "AzureCloud")
    assert "region-mappings" in finding.evidence["table_source"]
    assert finding.evidence["table_is_of_another_cloud"] is False
    assert "pairs a workspace in East US with an account in East US 2" in finding.message
    assert "frozen" in finding.message


def test_the_remedy_names_the_nearest_fix_and_the_frozen_table():
    [finding] = findings(CHECK, *linked("westeurope", "eastus"))
    told = "\n".join(str(step) for step in finding.remediation)
    assert "frozen: no version after 2023-03-16" in told
    assert "retired features" in told
    assert "a workspace in West Europe" in told
    assert "--workspace-name ws-westeurope --location westeurope" in told
    assert "linked-service delete" in told


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("workspace_region", "account_region"),
    [
        ("eastus", "eastus2"),
        ("eastus2", "eastus"),
        ("westeurope", "westeurope"),
        ("UK South", "uksouth"),
        ("East US", "EastUS2"),
    ],
)
def test_documented_pairs_are_quiet_however_they_are_written(workspace_region, account_region):
    assert findings(CHECK, *linked(account_region, workspace_region)) == []
    assert unknowns(CHECK, *linked(account_region, workspace_region)) == []


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("region", ["eastus", "East US 2"])
def test_the_two_crossed_regions_are_not_documented_with_themselves(region):
    assert findings(CHECK, *linked(region, region))


@pytest.mark.quiet
def test_a_region_without_a_row_is_not_its_concern():
    assert findings(CHECK, *linked("westeurope", "swedencentral")) == []


@pytest.mark.firing
def test_without_features_it_is_info():
    [finding] = findings(CHECK, *linked("westeurope", "eastus"), *no_features())
    assert finding.severity is Severity.INFO
    assert "no feature that needs the link is in use" in finding.message


@pytest.mark.firing
@pytest.mark.parametrize("kind", ["V1", "System"])
def test_v1_and_system_workers_raise_it(kind):
    group_type = GroupType.SYSTEM if kind == "System" else GroupType.USER
    old = worker(worker_type=WorkerType.V1 if kind == "V1" else WorkerType.V2)
    [finding] = findings(CHECK, *linked("westeurope", "eastus"), *no_features(), group(group_type=group_type), old)
    assert finding.severity is Severity.HIGH
    assert f"1 {kind} worker" in finding.message


@pytest.mark.firing
@pytest.mark.boundary
def test_only_the_v1_form_of_change_tracking_raises_it():
    parts = (*linked("westeurope", "eastus"), pack("Updates", False), pack("ChangeTracking"))
    old = heartbeat(solutions=("changetracking",))
    [finding] = findings(CHECK, *parts, old)
    assert finding.severity is Severity.HIGH
    assert "Change Tracking runs in its v1 form" in finding.message
    [finding] = findings(CHECK, *parts, heartbeat(agent=False, solutions=("changetracking",)))
    assert finding.severity is Severity.INFO


@pytest.mark.blind
def test_an_unknown_form_of_change_tracking_leaves_the_lower_severity_and_the_message_says_so():
    parts = (*linked("westeurope", "eastus"), pack("Updates", False), pack("ChangeTracking"))
    [finding] = findings(CHECK, *parts, gap(Reading.HEARTBEATS, workspace_id()))
    assert finding.severity is Severity.INFO
    assert "feature use could not be read in full" in finding.message
    assert unknowns(CHECK, *parts, gap(Reading.HEARTBEATS, workspace_id())) == []


@pytest.mark.blind
@pytest.mark.parametrize("unread", [gap(Reading.WORKERS, group_id()), gap(Reading.GROUPS, account_id())])
def test_unread_features_leave_the_lower_severity_and_the_message_says_so(unread):
    [finding] = findings(CHECK, *linked("westeurope", "eastus"), *no_features(), group(), unread)
    assert finding.severity is Severity.INFO
    assert "feature use could not be read in full" in finding.message
    assert finding.evidence["features_read_in_full"] is False


@pytest.mark.firing
def test_the_cloud_of_the_scan_decides_the_table():
    [finding] = findings(CHECK, *linked("usgovarizona", "usgovvirginia"), cloud="AzureUSGovernment")
    assert finding.evidence["table_cloud"] == "AzureUSGovernment"


@pytest.mark.firing
def test_a_cloud_without_a_table_borrows_one_and_says_so():
    [finding] = findings(CHECK, *linked("westeurope", "eastus"), cloud="custom")
    assert finding.evidence["table_is_of_another_cloud"] is True
    assert "used because this cloud has none" in finding.message


def test_the_table_of_the_cloud_itself_needs_no_excuse():
    [finding] = findings(CHECK, account(location="eastus"), link(workspace_id()), workspace(location="eastus"))
    assert "but the frozen AzureCloud mapping table of 2023-03-16 for retired features pairs a" in finding.message
    assert finding.evidence["table_is_of_another_cloud"] is False


@pytest.mark.quiet
def test_no_link_is_quiet():
    assert findings(CHECK, account(), link(None)) == []
    assert unknowns(CHECK, account(), link(None)) == []


@pytest.mark.quiet
def test_a_workspace_that_is_gone_silences_it():
    gone = answered(Reading.WORKSPACE, workspace_id(), missing=True)
    assert findings(CHECK, account(), link(workspace_id()), gone) == []
    assert unknowns(CHECK, account(), link(workspace_id()), gone) == []


@pytest.mark.blind
def test_a_workspace_that_may_not_be_read_is_unknown_for_the_account():
    denied = gap(Reading.WORKSPACE, workspace_id())
    [unknown] = unknowns(CHECK, account(), link(workspace_id()), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_a_workspace_that_nothing_was_said_of_is_unknown():
    [unknown] = unknowns(CHECK, account(), link(workspace_id()))
    assert (unknown.subject, unknown.because) == (account_id(), "linkedWorkspace.id")


@pytest.mark.blind
def test_a_denied_link_is_unknown():
    denied = gap(Reading.LINKED_WORKSPACE, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
@pytest.mark.parametrize("parts", [linked(None, "eastus"), linked("westeurope", None)])
def test_a_missing_location_is_unknown(parts):
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (account_id(), "location")
