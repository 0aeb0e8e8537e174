"""Paging loses nothing, in whatever form a link comes."""

from collections import Counter

import pytest

from scanner.emulator import generate


@pytest.fixture
def estate(now):
    return generate(accounts=12, subscriptions=1, groups=7, workers=1, connections=5, now=now)


def collections(wire):
    accounts = wire.emulator.tenant.accounts
    root = f"/subscriptions/{accounts[0].subscription}/providers"
    below = [
        f"{item.id}/{kind}"
        for item in accounts
        for kind in ("hybridRunbookWorkerGroups", "certificates", "connections")
    ]
    lists = ("Automation/automationAccounts", "OperationalInsights/workspaces", "OperationsManagement/solutions")
    return [*below, *(f"{root}/Microsoft.{kind}" for kind in lists)]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("base", ["https://arm.emulator.invalid", "https://localhost:8443"])
async def test_every_item_comes_once_whatever_the_page_size(wire, estate, size, base):
    whole, paged = wire(estate, page_size=10_000), wire(estate, base, page_size=size)
    for path in collections(paged):
        expected = Counter(item["id"] for item in await whole.all(path))
        assert Counter(item["id"] for item in await paged.all(path)) == expected
        assert set(expected.values()) == {1}


async def test_all_forms_of_links_and_ends_occur(wire, estate):
    links, blanks, empty = [], set(), 0
    for seed in range(6):
        paged = wire(estate, page_size=2, seed=seed)
        for path in collections(paged):
            pages = await paged.pages(path)
            links += [page["nextLink"] for page in pages[:-1]]
            blanks.add(pages[-1].get("nextLink", "absent"))
            empty += sum(not page["value"] for page in pages[:-1])
    for form in ("invalid:443/", "&$skip=", "%24skiptoken=", "&$skiptoken=", "?$skipToken="):
        assert any(form in link for link in links), form
    assert any(link.startswith("/subscriptions/") for link in links)
    assert blanks == {"absent", None, ""}
    assert empty


async def test_the_loopback_door_keeps_its_port(wire, estate):
    paged = wire(estate, "https://localhost:8443", page_size=2)
    links = [page["nextLink"] for path in collections(paged) for page in (await paged.pages(path))[:-1]]
    assert {link.partition("/subscriptions")[0] for link in links} == {"", "https://localhost:8443"}


async def test_the_order_of_a_list_depends_on_the_seed_alone(wire, estate):
    async def order(seed):
        paged = wire(estate, seed=seed)
        return [item["id"] for item in await paged.all(collections(paged)[-3])]

    assert await order(1) == await order(1)
    assert await order(1) != await order(2)
    assert sorted(await order(1)) == sorted(await order(2))
