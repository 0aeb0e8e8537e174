"""Judging pairs of regions: three verdicts, the regions that would be legal, and the nearest fix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from region_map import (
    Verdict,
    account_regions_for,
    clouds,
    first_documented,
    known_regions,
    lookup,
    newest,
    suggest,
    workspace_regions_for,
)

REGIONS = st.sampled_from(known_regions("AzureCloud"))
NAMES = REGIONS | st.text(max_size=20)


@pytest.mark.parametrize(
    ("workspace", "account"), [("eastus", "eastus2"), ("eastus2", "eastus"), ("UK South", "uksouth")]
)
def test_a_row_of_the_table_is_documented(workspace: str, account: str) -> None:
    """The matched row is part of the answer, and there is nothing to change."""
    answer = lookup(workspace, account)
    assert answer.verdict is Verdict.DOCUMENTED
    assert answer.row is not None
    assert answer.row.automation_region in answer.expected
    assert answer.nearest_fix.startswith("Nothing to change")


@pytest.mark.parametrize("region", ["eastus", "eastus2", "East US", "EAST US 2"])
def test_the_east_us_regions_do_not_pair_with_themselves(region: str) -> None:
    """Each pairs with the other only, and the fix offers the change on either side."""
    answer = lookup(region, region)
    other = "East US 2" if "2" not in region else "East US"
    assert answer.verdict is Verdict.DOCUMENTED_OTHERWISE
    assert answer.row is None
    assert answer.expected == answer.legal_workspaces == (other.lower().replace(" ", ""),)
    assert f"a workspace in {other} for" in answer.nearest_fix
    assert f"an account in {other} for" in answer.nearest_fix
    assert "2023-03-16" in answer.nearest_fix


def test_an_undocumented_workspace_region_names_what_the_account_may_link() -> None:
    """The workspace's region has no row; the account's has one."""
    answer = lookup("ukwest", "westeurope")
    assert answer.verdict is Verdict.UNDOCUMENTED
    assert answer.expected == ()
    assert answer.legal_workspaces == ("westeurope",)
    assert answer.nearest_fix.startswith("Create or use a workspace in West Europe")


def test_a_mapped_workspace_with_an_unmapped_account_names_the_account_region() -> None:
    """Only the account's side can be repaired, and the fix says that the other has no way."""
    answer = lookup("westeurope", "germanywestcentral")
    assert answer.verdict is Verdict.DOCUMENTED_OTHERWISE
    assert answer.legal_workspaces == ()
    assert answer.nearest_fix.startswith("Create or use an account in West Europe")
    assert "no workspace region is documented for an account in Germany West Central" in answer.nearest_fix


def test_two_regions_without_rows_have_no_fix_of_their_own() -> None:
    """The fix says so for both and points to the documented pairs."""
    answer = lookup("swedencentral", "germanywestcentral")
    assert answer.verdict is Verdict.UNDOCUMENTED
    assert "No account region is documented for a workspace in Sweden Central" in answer.nearest_fix
    assert "one of the 26 documented pairs" in answer.nearest_fix
    assert "the one documented pair" in lookup("chinanorth", "chinanorth2", "AzureChinaCloud").nearest_fix


def test_the_typo_of_2020_is_no_region_today() -> None:
    """Its row means West Central US, and the printed name is not documented."""
    assert lookup("westcentralus2", "westcentralus").verdict is Verdict.UNDOCUMENTED
    first = first_documented("westcentralus", "westcentralus")
    assert first is not None
    assert first.date.isoformat() == "2019-05-20"


def test_a_region_of_another_cloud_is_undocumented() -> None:
    """Tables of different clouds are never mixed."""
    assert lookup("usgovvirginia", "usgovvirginia", "AzureUSGovernment").verdict is Verdict.DOCUMENTED
    assert lookup("usgovvirginia", "usgovvirginia", "AzureCloud").verdict is Verdict.UNDOCUMENTED
    assert lookup("westeurope", "westeurope", "AzureChinaCloud").verdict is Verdict.UNDOCUMENTED


@pytest.mark.parametrize(
    ("region", "cloud"), [("usgovarizona", "AzureUSGovernment"), ("chinaeast2", "AzureChinaCloud")]
)
def test_a_partial_row_is_documented_and_marked(region: str, cloud: str) -> None:
    """The row itself says that only Update Management is supported."""
    answer = lookup(region, region, cloud)
    assert answer.verdict is Verdict.DOCUMENTED
    assert answer.row is not None
    assert answer.row.update_management_only


def test_a_cloud_without_tables_is_judged_by_the_public_table_and_says_so() -> None:
    """The answer is marked, and its text names both clouds."""
    answer = lookup("eastus", "eastus", "AzureStackCloud")
    assert answer.fallback
    assert answer.table.cloud == "AzureCloud"
    assert answer.verdict is Verdict.DOCUMENTED_OTHERWISE
    assert "AzureStackCloud has no table of its own" in answer.nearest_fix
    assert not any(lookup("eastus", "eastus", cloud).fallback for cloud in clouds())


def test_a_pair_is_dated_by_the_oldest_table_that_has_it() -> None:
    """The swap of East US 2 came two years after that of East US; eastus with itself never came."""
    dates = {
        pair: first_documented(*pair)
        for pair in [("eastus", "eastus2"), ("EastUS2", "East US"), ("westus3", "westus3")]
    }
    assert [table.date.isoformat() for table in dates.values() if table] == ["2019-05-20", "2021-02-17", "2023-03-16"]
    assert first_documented("eastus", "eastus") is None
    china = first_documented("chinaeast2", "chinaeast2", "AzureChinaCloud")
    assert china is not None
    assert china.date.isoformat() == "2020-06-12"


@given(NAMES, NAMES)
def test_the_verdict_follows_from_the_regions_documented_for_the_workspace(workspace: str, account: str) -> None:
    """The verdict, the row, and both directions of the lookup agree, for any names."""
    answer = lookup(workspace, account)
    forward = account_regions_for(workspace)
    backward = workspace_regions_for(account)
    assert (answer.verdict is Verdict.DOCUMENTED) == (answer.row is not None) == bool(set(forward) & set(backward))
    assert (answer.verdict is Verdict.UNDOCUMENTED) == (not forward)
    assert answer.expected == tuple(row.automation_region for row in forward)
    assert answer.legal_workspaces == tuple(row.workspace for row in backward)


@given(REGIONS, REGIONS)
def test_every_region_that_an_answer_offers_is_documented(workspace: str, account: str) -> None:
    """Following either half of a fix leads to a documented pair."""
    answer = lookup(workspace, account)
    assert all(lookup(workspace, offered).verdict is Verdict.DOCUMENTED for offered in answer.expected)
    assert all(lookup(offered, account).verdict is Verdict.DOCUMENTED for offered in answer.legal_workspaces)


@given(REGIONS, REGIONS)
def test_case_and_spaces_do_not_change_an_answer(workspace: str, account: str) -> None:
    """The spelling of a known region never shows, not even in the text."""
    assert lookup(f" {workspace.upper()} ", account.title()) == lookup(workspace, account)


def test_suggestions_are_known_regions_the_closest_first() -> None:
    """A slip of the pen is recognised; nonsense is not."""
    assert suggest("West Europ")[0] == "westeurope"
    assert suggest("usgovvirgina", "AzureUSGovernment")[0] == "usgovvirginia"
    assert suggest("xyzzy") == ()
    assert suggest(newest().rows[0].workspace)[0] == newest().rows[0].workspace
