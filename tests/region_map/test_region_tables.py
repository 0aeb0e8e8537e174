"""The mapping tables as data: complete, sourced, consistent, and only ever growing."""

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import region_map
from region_map import Row, Table, clouds, display_name, history, known_regions, newest, normalise, unmapped


def documented(table: Table) -> set[tuple[str, str]]:
    """The pairs of a table by the regions meant."""
    return {(row.workspace, row.automation_region) for row in table.rows}


def all_tables() -> list[Table]:
    """Every version of every cloud."""
    return [table for cloud in clouds() for table in history(cloud)]


def test_the_full_history_of_the_three_clouds_is_shipped() -> None:
    """Eight public and eight US Government versions, and seven for China, whose 2020-12-07 edition is its own."""
    assert {cloud: len(history(cloud)) for cloud in clouds()} == {
        "AzureChinaCloud": 7,
        "AzureCloud": 8,
        "AzureUSGovernment": 8,
    }


def test_no_version_is_shipped_twice() -> None:
    """Cloud and date identify a version, and a version holds each printed pair once."""
    tables = all_tables()
    assert len({(table.cloud, table.date) for table in tables}) == len(tables)
    for table in tables:
        assert len(documented(table)) == len(table.rows)


def test_version_names_the_newest_table_of_every_cloud() -> None:
    """The version that reports quote is the date of the tables that lookups use."""
    assert {newest(cloud).date.isoformat() for cloud in clouds()} == {region_map.VERSION}
    assert newest("AzureCloud").date == date(2023, 3, 16)


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: f"{table.cloud}-{table.date}")
def test_every_table_says_where_it_was_read(table: Table) -> None:
    """A document, and a commit of it or the date it gives itself; an unknown commit is said."""
    assert table.source.document.endswith("articles/automation/how-to/region-mappings.md")
    assert re.fullmatch(r"commit [0-9a-f]{40}|ms\.date \d{4}-\d\d-\d\d", table.source.version)
    assert table.source.version.startswith("commit") or "commit is not known" in table.source.caveat
    assert table.source.version in table.source.citation


@pytest.mark.parametrize("cloud", clouds())
def test_rows_were_only_ever_added(cloud: str) -> None:
    """A pair that was documented once is documented in every later version, the typo read as what it means."""
    for older, newer in pairwise(history(cloud)):
        assert older.date < newer.date
        assert documented(older) <= documented(newer)


def test_the_public_table_grew_as_the_article_did() -> None:
    """The number of public rows in each version."""
    assert [(table.date.isoformat(), len(table.rows)) for table in history("AzureCloud")] == [
        ("2019-05-20", 10),
        ("2020-04-23", 10),
        ("2020-06-12", 10),
        ("2020-09-03", 10),
        ("2021-02-17", 19),
        ("2021-04-01", 24),
        ("2022-11-29", 25),
        ("2023-03-16", 26),
    ]


def test_the_typo_is_kept_as_printed_with_what_it_means() -> None:
    """WestCentralUS2 of 2020-06-12 is the only row whose print is not the region meant."""
    typos = [(table.date, row) for table in all_tables() for row in table.rows if row.normalised is not None]
    assert [(day.isoformat(), row.workspace_region, row.workspace) for day, row in typos] == [
        ("2020-06-12", "westcentralus2", "westcentralus")
    ]
    assert "does not exist" in typos[0][1].note
    assert "westcentralus2" not in known_regions("AzureCloud")


def test_the_newest_public_table_pairs_each_region_with_itself_but_for_the_two_east_us() -> None:
    """The two special rows and 24 same-region rows."""
    crossed = {pair for pair in documented(newest("AzureCloud")) if pair[0] != pair[1]}
    assert crossed == {("eastus", "eastus2"), ("eastus2", "eastus")}


def test_government_and_china_rows_tell_where_only_update_management_is_supported() -> None:
    """US Gov Virginia is whole, US Gov Arizona and China East 2 are partial."""
    partial = {
        row.workspace: row.update_management_only for c in clouds() for row in newest(c).rows if c != "AzureCloud"
    }
    assert partial == {"usgovvirginia": False, "usgovarizona": True, "chinaeast2": True}
    assert not any(row.update_management_only for row in newest("AzureCloud").rows)


def test_a_mapping_is_one_to_one_in_every_version() -> None:
    """No workspace region and no account region stands in two rows of a table."""
    for table in all_tables():
        assert len({row.workspace for row in table.rows}) == len(table.rows)
        assert len({row.automation_region for row in table.rows}) == len(table.rows)


@pytest.mark.parametrize("cloud", clouds())
def test_automation_regions_without_a_row_have_none_in_any_version(cloud: str) -> None:
    """They are known, sourced and dated, listed once, and absent from every table."""
    mapped = {region for table in history(cloud) for pair in documented(table) for region in pair}
    listed = [region for listing in unmapped(cloud) for region in listing.regions]
    assert len(listed) == len(set(listed)) > 0
    assert mapped.isdisjoint(listed)
    assert mapped | set(listed) == set(known_regions(cloud))
    assert all(listing.source.document and listing.source.version for listing in unmapped(cloud))


def test_every_known_region_has_its_display_name() -> None:
    """The display name in any spelling leads back to the region."""
    for cloud in clouds():
        for region in known_regions(cloud):
            assert display_name(region) != region
            assert normalise(display_name(region)) == region
    assert display_name("eastus2") == display_name(" EAST us 2") == "East US 2"
    assert display_name("Atlantis North") == "Atlantis North"


def test_a_cloud_without_tables_gets_the_public_ones() -> None:
    """Such a table names its own cloud, so that nobody takes it for the other's."""
    assert newest("AzureStackCloud") == newest("AzureCloud")
    assert history("AzureStackCloud")[-1].cloud == "AzureCloud"


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    """No white space is left, and the result is its own normal form."""
    once = normalise(name)
    assert normalise(once) == once
    assert not any(character.isspace() for character in once)


@given(st.sampled_from(known_regions("AzureCloud")), st.data())
def test_case_and_spaces_never_matter(region: str, data: st.DataObject) -> None:
    """Any mixture of cases and spaces is the same region."""
    pieces = [data.draw(st.sampled_from([c, c.upper(), f"{c} ", f" {c.upper()}\t"])) for c in region]
    assert normalise("".join(pieces)) == region


def test_rows_cannot_be_changed() -> None:
    """A cached table is shared by everyone who asks."""
    row: Row = newest("AzureCloud").rows[0]
    with pytest.raises(AttributeError):
        row.workspace_region = "westus"  # type: ignore[misc]
