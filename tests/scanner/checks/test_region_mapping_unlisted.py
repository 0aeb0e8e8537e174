"""region-mapping-unlisted: a linked workspace in a region that no row of the newest table has."""

import pytest
from builders import account, account_id, answered, findings, gap, link, pack, unknowns, workspace, workspace_id

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "region-mapping-unlisted"


def linked(account_region, workspace_region):
    return account(location=account_region), link(workspace_id()), workspace(location=workspace_region)


@pytest.mark.firing
def test_a_workspace_region_without_a_row_fires_and_is_never_called_unsupported():
    [finding] = findings(CHECK, *linked("westeurope", "Sweden Central"), pack("Updates"))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == account_id()
    told = finding.message + "".join(str(step) for step in finding.remediation)
    assert "unsupported" not in told.lower()
    assert "does not list Sweden Central" in finding.message
    assert "a workspace in West Europe" in finding.evidence["nearest_fix"]
    assert finding.evidence["table_date"] == "2023-03-16"


@pytest.mark.firing
def test_without_features_it_is_info():
    [finding] = findings(
        CHECK, *linked("westeurope", "swedencentral"), pack("Updates", False), pack("ChangeTracking", False)
    )
    assert finding.severity is Severity.INFO


@pytest.mark.firing
def test_where_neither_region_has_a_row_the_remedy_is_to_unlink():
    [finding] = findings(CHECK, *linked("swedencentral", "swedencentral"))
    [command] = [step.command for step in finding.remediation if step.command]
    assert "linked-service delete" in command


@pytest.mark.quiet
@pytest.mark.parametrize(("workspace_region", "account_region"), [("westus3", "westus3"), ("eastus", "westeurope")])
def test_listed_workspace_regions_are_quiet(workspace_region, account_region):
    assert findings(CHECK, *linked(account_region, workspace_region)) == []


@pytest.mark.boundary
@pytest.mark.parametrize(
    ("written", "listed"),
    [
        pytest.param("WEST Europe", True, marks=pytest.mark.quiet),
        pytest.param("west europe 2", False, marks=pytest.mark.firing),
        pytest.param("SWEDEN central", False, marks=pytest.mark.firing),
    ],
)
def test_a_region_is_listed_by_its_whole_name_without_case_and_spaces(written, listed):
    assert (findings(CHECK, *linked("westeurope", written)) == []) is listed


@pytest.mark.firing
def test_a_public_region_is_not_listed_in_another_cloud():
    assert findings(CHECK, *linked("westeurope", "westeurope"), cloud="AzureUSGovernment")


@pytest.mark.quiet
def test_a_workspace_that_is_gone_silences_it():
    gone = answered(Reading.WORKSPACE, workspace_id(), missing=True)
    assert findings(CHECK, account(), link(workspace_id()), gone) == []
    assert unknowns(CHECK, account(), link(workspace_id()), gone) == []


@pytest.mark.blind
def test_a_workspace_that_may_not_be_read_is_unknown():
    denied = gap(Reading.WORKSPACE, workspace_id())
    [unknown] = unknowns(CHECK, account(), link(workspace_id()), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_packs_that_may_not_be_read_leave_the_lower_severity():
    denied = (gap(Reading.INTELLIGENCE_PACKS, workspace_id()), gap(Reading.SOLUTIONS, workspace_id().subscription))
    [finding] = findings(CHECK, *linked("westeurope", "swedencentral"), *denied)
    assert finding.severity is Severity.INFO
    assert "could not be read in full" in finding.message


@pytest.mark.blind
def test_a_missing_location_is_unknown():
    [unknown] = unknowns(CHECK, *linked("westeurope", None))
    assert (unknown.subject, unknown.because) == (account_id(), "location")
