"""The map of links by region, and what the mapping table says of each pair."""

from __future__ import annotations

import builders as b

from reports.heat_map import Support, heat_map
from reports.html import to_html
from scanner.graph import EstateGraph
from scanner.inventory import WorkerType
from scanner.pipeline import scan_of


def linked(account_region, workspace_region, name="aa", *more):
    account, workspace = b.account_id(name), b.workspace_id(f"law-{name}")
    return (
        b.account(account, location=account_region),
        b.link(workspace, account),
        b.workspace(workspace, location=workspace_region),
        *more,
    )


def the_map(*parts, **options):
    scan = scan_of(b.estate(*parts, **options))
    return heat_map(scan, EstateGraph.of(scan.estate))


def cells(*parts, **options):
    told = the_map(*parts, **options)
    return {
        (row.region, column): (cell.links, cell.support)
        for row in told.rows
        for column, cell in zip(told.columns, row.cells, strict=True)
    }


def test_links_are_counted_by_both_regions_with_the_verdict_of_the_table():
    found = cells(
        *linked("East US 2", "eastus", "one"),
        *linked("eastus2", "East US", "two"),
        *linked("eastus", "eastus", "three"),
        *linked("swedencentral", "swedencentral", "four"),
    )
    assert found["East US 2", "East US"] == (2, Support.SUPPORTED)
    assert found["East US", "East US"] == (1, Support.UNSUPPORTED)
    assert found["Sweden Central", "Sweden Central"] == (1, Support.UNLISTED)
    assert found["East US 2", "Sweden Central"] == (0, Support.UNLISTED)
    assert len(found) == 6


def test_a_pair_for_update_management_only_is_partial():
    found = cells(*linked("chinaeast2", "chinaeast2"), cloud="AzureChinaCloud")
    assert [support for links, support in found.values() if links] == [Support.PARTIAL]


def test_findings_of_the_region_checks_stand_in_their_cell():
    group = b.group_id("workers", b.account_id("aa"))
    legacy = (b.group(group), b.worker(group=group, worker_type=WorkerType.V1))
    told = the_map(*linked("eastus", "eastus", "aa", *legacy))
    ((cell,),) = (row.cells for row in told.rows)
    assert [finding.check for finding in cell.findings] == ["region-mapping-unsupported"]


def test_the_map_is_a_table_that_says_each_verdict_in_words():
    page = to_html(scan_of(b.estate(*linked("eastus", "eastus", "one"), *linked("East US 2", "eastus", "two"))))
    assert '<td class="unsupported"><strong class="links">1</strong> <span class="support">unsupported</span>' in page
    assert '<td class="supported"><strong class="links">1</strong> <span class="support">supported</span>' in page


def test_a_tenant_without_links_has_no_map():
    assert the_map(b.account()).rows == ()
    assert "No link between an account and a workspace was seen" in to_html(scan_of(b.estate(b.account())))
