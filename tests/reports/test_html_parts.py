"""The parts of the HTML report that have rules of their own: escapes, topology pictures, the region table."""

from __future__ import annotations

import builders as b
import pytest

from reports.regions import region_table
from reports.topology import Painter
from reports.values import fact, plain
from scanner.escape import visible
from scanner.graph import EstateGraph
from scanner.inventory import Reading
from scanner.pipeline import scan_of


def drawn(*parts, **options):
    estate = b.estate(*parts, **options)
    painter = Painter(scan_of(estate), EstateGraph(estate))
    return [painter.picture(account) for account in estate.accounts]


def styles(picture) -> dict[str, str]:
    return {box.item.name: box.item.style for box in picture.boxes}


def regions(*parts, **options):
    return region_table(EstateGraph(b.estate(*parts, **options)))


def linked(account_region, workspace_region, name="aa"):
    account, workspace = b.account_id(name), b.workspace_id(f"law-{name}")
    return (
        b.account(account, location=account_region),
        b.link(workspace, account),
        b.workspace(workspace, location=workspace_region),
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Ünïcode 日本", "plain Ünïcode 日本"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\u202eb\u2066c\u200bd", r"a\u202eb\u2066c\u200bd"),
        ("line\nbreak\t\u2028", r"line\nbreak\t\u2028"),
        ("lone \ud800", r"lone \ud800"),
        ("\U000e0041tag", r"\U000e0041tag"),
        ("no\u00a0break", "no\u00a0break"),
    ],
)
def test_control_bidi_and_invisible_characters_become_escapes(text, shown):
    assert visible(text) == shown


def test_a_missing_and_an_unseen_workspace_look_different():
    gone, hidden = b.workspace_id("gone"), b.workspace_id("hidden", b.OTHER_SUB)
    one, two = b.account_id("one"), b.account_id("two")
    first, second = drawn(
        b.account(one), b.link(gone, one), b.answered(Reading.WORKSPACE, gone, items=0, missing=True),
        b.account(two), b.link(hidden, two), b.gap(Reading.WORKSPACE, hidden),
    )  # fmt: skip
    assert styles(first)["gone"] == "missing"
    assert styles(second)["hidden"] == "unseen"
    assert {line.style for line in first.lines if line.arrow} == {"missing", "unseen"}


def test_a_link_back_from_the_workspace_has_an_arrow_to_the_account():
    (both,) = drawn(b.account(), b.link(b.workspace_id()), b.workspace(), b.linked_service())
    assert len([line for line in both.lines if line.arrow]) == 2
    (one_way,) = drawn(b.account(), b.link(b.workspace_id()), b.workspace())
    assert len([line for line in one_way.lines if line.arrow]) == 1


def test_workers_that_were_not_read_are_drawn_as_not_seen_and_not_counted_as_none():
    (picture,) = drawn(b.account(), b.group(), b.gap(Reading.WORKERS, b.group_id()))
    assert styles(picture)["Workers not seen"] == "unseen"
    assert "0 workers" not in picture.description


def test_groups_connections_and_links_that_were_not_read_are_drawn_as_not_seen():
    readings = (Reading.GROUPS, Reading.CONNECTIONS, Reading.CERTIFICATES, Reading.LINKED_WORKSPACE)
    (picture,) = drawn(b.account(), *(b.gap(reading, b.account_id()) for reading in readings))
    unseen = {name for name, style in styles(picture).items() if style == "unseen"}
    assert unseen == {
        "Linked workspace not seen",
        "Hybrid worker groups not seen",
        "Connections not seen",
        "Certificates not seen",
    }


def test_a_list_of_which_the_service_knows_no_owner_is_drawn_as_not_seen():
    readings = (Reading.GROUPS, Reading.CONNECTIONS, Reading.CERTIFICATES)
    vanished = (b.answered(reading, b.account_id(), items=0, missing=True) for reading in readings)
    (picture,) = drawn(b.account(), b.connection(), *vanished)
    found = styles(picture)
    assert found["ab" * 20] == "unseen"
    assert {name for name, style in found.items() if style == "unseen"} >= {
        "Hybrid worker groups not seen",
        "Some connections not seen",
    }


def test_many_workers_and_groups_are_summed_up_with_the_worst_shown():
    groups = [b.group_id(f"g{number:02}") for number in range(30)]
    workers = [b.worker(f"w{number:02}", groups[7]) for number in range(20)]
    (picture,) = drawn(
        b.account(), *(b.group(id_) for id_ in groups), *workers, b.worker("zz-stale", groups[7], age=b.days(45))
    )
    names = styles(picture)
    assert "zz-stale" in names
    assert "+16 more workers" in names
    assert "+18 more groups" in names
    assert picture.height < 1500


def test_a_box_with_a_finding_is_marked_in_words_and_leads_to_the_worst_one():
    (picture,) = drawn(b.account(), b.group(), b.worker(age=b.days(45)))
    box = next(box for box in picture.boxes if box.item.name == "vm1")
    assert box.item.severity == "high"
    assert box.item.finding


def test_a_group_tells_what_starts_on_it():
    parts = (b.account(), b.group(), b.worker(), b.schedule(), b.job_schedule(), b.job())
    (picture,) = drawn(*parts)
    (webhooked,) = drawn(*parts, b.webhook(), b.webhook("Hook2"))
    (jobs,) = drawn(b.account(), b.group(), b.worker(), b.job(), b.job("job2"))
    assert "workers (User group, 1 worker, 1 schedule)" in picture.description
    assert "workers (User group, 1 worker, 1 schedule, 2 webhooks)" in webhooked.description
    assert "workers (User group, 1 worker, 2 recent jobs)" in jobs.description


def test_a_connection_leads_to_its_certificate_or_to_the_one_that_is_missing():
    (picture,) = drawn(b.account(), b.connection(), b.certificate(), b.connection("other", thumbprint="ff" * 20))
    assert styles(picture)["AzureRunAsCertificate"] == "seen"
    assert styles(picture)["ff" * 20] == "missing"


def test_text_is_clipped_to_its_box_also_when_its_glyphs_are_wide():
    (picture,) = drawn(b.account(name="漢" * 200), b.group(name="W" * 200))
    assert all(len(box.label) < 45 for box in picture.boxes)
    assert any(box.item.name == "漢" * 200 for box in picture.boxes)


def test_the_tenants_pairs_stand_in_the_documented_row_or_outside_the_table():
    table = regions(
        *linked("East US 2", "eastus", "one"),
        *linked("eastus", "eastus", "two"),
        *linked("swedencentral", "swedencentral", "three"),
    )
    (row,) = [row for row in table.documented if row.accounts]
    assert (row.workspace_region, row.account_region, row.accounts) == ("East US", "East US 2", (b.account_id("one"),))
    assert [(row.account_region, row.verdict) for row in table.outside] == [
        ("East US", "documented_otherwise"),
        ("Sweden Central", "undocumented"),
    ]
    assert table.linked == 3
    assert table.date == "2023-03-16"
    assert table.source
    assert "retired features" in table.frozen


def test_accounts_whose_link_or_workspace_was_not_seen_are_named_as_not_placed():
    hidden = b.workspace_id("hidden")
    one, two = b.account_id("one"), b.account_id("two")
    table = regions(
        b.account(one),
        b.gap(Reading.LINKED_WORKSPACE, one),
        b.account(two),
        b.link(hidden, two),
        b.gap(Reading.WORKSPACE, hidden),
    )
    assert (table.link_unseen, table.region_unseen) == ((one,), (two,))


def test_a_cloud_with_tables_of_its_own_shows_them():
    table = regions(*linked("usgovvirginia", "usgovvirginia"), cloud="AzureUSGovernment")
    assert table.table_cloud == "AzureUSGovernment"
    assert sum(len(row.accounts) for row in table.documented) == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, '<span class="quiet">not told</span>'),
        (True, "yes"),
        (12345, "12,345"),
        ("2026-11-20T01:02:03.45+01:00", '<time datetime="2026-11-20T00:02:03Z">2026-11-20 00:02:03 UTC</time>'),
        ("<b>\u202e", r"&lt;b&gt;\u202e"),
        (["<i>", {"age_days": 3}], "<ul><li>&lt;i&gt;</li><li><dl><dt>Age days</dt><dd>3</dd></dl></li></ul>"),
        ([], '<span class="quiet">none</span>'),
        (
            [{"rule": "Deny", "ports": ["443", None]}],
            (
                '<ul><li><dl><dt>Rule</dt><dd>Deny</dd><dt>Ports</dt><dd><ul><li>443</li><li><span class="quiet">not told'
                "</span></li></ul></dd></dl></li></ul>"
            ),
        ),
    ],
)
def test_facts_are_written_for_people(value, shown):
    assert fact(value) == shown


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, None),
        (True, "yes"),
        (12345, "12,345"),
        ("2026-11-20T01:02:03.45+01:00", "2026-11-20 00:02:03 UTC"),
        ("2026-x", "2026-x"),
        ("<b>\u202e", r"<b>\u202e"),
        (["<i>", {"age_days": 3}], ["<i>", {"Age days": "3"}]),
        ([], []),
    ],
)
def test_facts_are_data_that_says_the_same(value, data):
    assert plain(value) == data
