"""A list is read to its end, whatever its links look like, and is never taken for complete when it was not."""

import json

import pytest
from builders import account_id

from scanner.collect._automation import CERTIFICATES, parse_certificate
from scanner.collect._log_analytics import INTELLIGENCE_PACKS, parse_pack
from scanner.emulator import answer
from scanner.inventory import GapReason, Reading

ACCOUNT = account_id()
LIST = f"{ACCOUNT}/certificates"
ARM = "https://management.azure.com"
SECOND = f"{LIST}?$skip=2"


def item(name):
    return {"id": f"{ACCOUNT}/certificates/{name}", "name": name, "properties": {"thumbprint": "AB"}}


def page(*names, **members):
    return {"value": [item(name) for name in names], **members}


@pytest.fixture
def read(reader):
    """Read the list; returns the names found and the Gap of the list, if there is one."""

    async def run():
        found = await reader.collection(CERTIFICATES, ACCOUNT, parse_certificate)
        [entry] = [entry for entry in reader.reads() if entry.scope == ACCOUNT.text]
        return [certificate.name for certificate in found], entry.gap

    return run


@pytest.mark.parametrize(
    "link",
    [
        f"{ARM}{LIST}?api-version=2024-10-23&$skip=2",
        f"{ARM}:443{LIST}?api-version=2024-10-23&$skip=2",
        f"{LIST}?api-version=2024-10-23&$skip=2",
        f"{ARM}{LIST}?$skip=2",
        f"{LIST}?$skip=2",
        f"  {ARM}{LIST}?$skip=2\n",
    ],
)
async def test_every_form_of_a_link_is_followed(script, read, link):
    script.on(LIST, page("a", "b", nextLink=link)).on(SECOND, page("c"))
    assert await read() == (["a", "b", "c"], None)
    assert all("api-version=" in sent.url for sent in script.sent)


async def test_a_skip_token_is_sent_as_it_was_written(script, read):
    token = "eyJ0b2tlbiI6IDF9%3D%3D"
    script.on(LIST, page("a", nextLink=f"{ARM}{LIST}?api-version=2024-10-23&%24skiptoken={token}"))
    script.on(f"{LIST}?%24skiptoken={token}", page("b"))
    assert await read() == (["a", "b"], None)


async def test_braces_in_a_link_are_part_of_it(script, read):
    script.on(LIST, page("a", nextLink=f"{LIST}?$skipToken=[{{0}}}}{{name}}"))
    script.on(f"{LIST}?$skipToken=[%7B0%7D%7D%7Bname%7D", page("b"))
    assert await read() == (["a", "b"], None)


async def test_an_uppercase_host_in_a_link_is_the_same_host(script, read):
    link = f"https://MANAGEMENT.AZURE.COM{LIST}?$skip=2"
    script.on(LIST, page("a", nextLink=link)).on(link, page("b"))
    assert await read() == (["a", "b"], None)


async def test_a_link_keeps_its_own_api_version(script, read):
    script.on(LIST, page("a", nextLink=f"{LIST}?api-version=2015-10-31&$skip=2")).on(SECOND, page("b"))
    await read()
    assert "api-version=2015-10-31" in script.sent[1].url


async def test_an_empty_page_can_go_on(script, read):
    script.on(LIST, page(nextLink=SECOND)).on(SECOND, page("a"))
    assert await read() == (["a"], None)


async def test_hundreds_of_pages(script, read):
    for number in range(300):
        last = {} if number == 299 else {"nextLink": f"{LIST}?$skip={number + 1}"}
        script.on(f"{LIST}?$skip={number}" if number else LIST, page(f"c{number:03}", **last))
    names, gap = await read()
    assert (len(names), gap) == (300, None)


@pytest.mark.parametrize("end", [{}, {"nextLink": None}, {"nextLink": ""}])
async def test_a_list_ends_without_a_link(script, read, end):
    script.on(LIST, page("a", **end))
    assert await read() == (["a"], None)


@pytest.mark.parametrize("link", ["   ", 5, [], {}])
async def test_a_link_that_leads_nowhere_is_malformed_and_its_page_kept(script, read, link):
    script.on(LIST, page("a", nextLink=link))
    names, gap = await read()
    assert (names, gap.reason, gap.request_id) == (["a"], GapReason.MALFORMED, "request-1")


async def test_an_item_on_two_pages_counts_once(script, read):
    script.on(LIST, page("a", "b", nextLink=SECOND)).on(SECOND, page("B", "c"))
    assert await read() == (["a", "b", "c"], None)


@pytest.mark.parametrize("first", [LIST, f"{ARM}{LIST}?api-version=2024-10-23", f"{ARM}:443{LIST}"])
async def test_a_link_to_itself_ends_as_malformed(script, read, first):
    script.on(LIST, page("a", nextLink=first))
    names, gap = await read()
    assert (names, gap.reason) == (["a"], GapReason.MALFORMED)
    assert len(script.sent) <= 4


async def test_links_to_one_another_end_as_malformed(script, read):
    script.on(LIST, page("a", nextLink=SECOND)).on(SECOND, page("b", nextLink=f"{LIST}?$skip=4"))
    script.on(f"{LIST}?$skip=4", page("c", nextLink=SECOND))
    names, gap = await read()
    assert (names, gap.reason) == (["a", "b", "c"], GapReason.MALFORMED)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/subscriptions",
        f"http://management.azure.com{LIST}?$skip=2",
        f"https://management.azure.com:8443{LIST}",
        "//evil.example/subscriptions",
        "https://management.azure.com.evil.example/",
        "https://management.azure.com@evil.example/",
        "https://management.azure.com:99999/",
        "https://management.azure.com:port/",
        "https://[broken/",
        "ftp://management.azure.com/",
        "javascript:alert(1)",
    ],
)
async def test_a_link_elsewhere_is_refused_and_no_token_leaves(script, read, link):
    script.on(LIST, page("a", nextLink=link))
    names, gap = await read()
    assert (names, gap.reason) == (["a"], GapReason.MALFORMED)
    assert [sent.url for sent in script.sent] == [f"{ARM}{LIST}?api-version=2024-10-23"]


@pytest.mark.parametrize("link", [5, True, ["/next"], {"href": "/next"}])
async def test_a_link_that_is_no_text_is_malformed(script, read, link):
    script.on(LIST, page("a", nextLink=link))
    _, gap = await read()
    assert (gap.reason, gap.status, gap.request_id) == (GapReason.MALFORMED, 200, "request-1")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"value": None},
        {"value": {}},
        {"value": "x"},
        None,
        "text",
        5,
        b"",
        b"<!DOCTYPE html><html>Sign in</html>",
        b'{"value": [{"id"',
        b"\xff\xfe{}",
        {"error": {"code": "Oops", "message": "sent with a 200"}},
        b"[]",
        b'{"value": [], "odd": "\\ud800", "number": NaN}',
    ],
)
async def test_a_200_without_a_list_is_malformed(script, read, body):
    script.on(LIST, body)
    names, gap = await read()
    assert (names, gap.reason, gap.status, gap.action) == ([], GapReason.MALFORMED, 200, None)


async def test_an_answer_without_content_is_malformed(script, read):
    script.on(LIST, (204, b"", {}))
    _, gap = await read()
    assert (gap.reason, gap.status) == (GapReason.MALFORMED, 204)


async def test_a_redirect_is_not_followed(script, read):
    script.on(LIST, (302, b"", {"Location": "https://evil.example/"}))
    _, gap = await read()
    assert (gap.reason, gap.status, len(script.sent)) == (GapReason.MALFORMED, 302, 1)


async def test_a_byte_order_mark_is_no_defect(script, read):
    script.on(LIST, b"\xef\xbb\xbf" + b'{"value": []}')
    assert await read() == ([], None)


async def test_an_empty_list_is_an_answer(script, read, reader):
    script.on(LIST, page())
    await read()
    [entry] = reader.reads()
    assert (entry.answered.items, entry.answered.missing) == (0, False)


async def test_packs_come_as_a_bare_array(script, reader):
    workspace = account_id()
    script.on(f"{workspace}/intelligencePacks", [{"name": "Updates", "enabled": True}, {"name": "Backup"}])
    found = await reader.collection(INTELLIGENCE_PACKS, workspace, lambda i, m: parse_pack(workspace, i, m))
    assert [(pack.name, pack.enabled) for pack in found] == [("Updates", True), ("Backup", None)]


@pytest.mark.parametrize("broken", [(403, {"error": {"code": "AuthorizationFailed", "message": ""}}, {}), b"{", {}])
async def test_pages_before_a_failure_are_kept(script, read, reader, broken):
    script.on(LIST, page("a", "b", nextLink=SECOND)).on(SECOND, broken)
    names, gap = await read()
    assert names == ["a", "b"]
    assert gap is not None
    assert not reader.answered(Reading.CERTIFICATES, ACCOUNT)
    assert len(reader.resources) == 2


async def test_a_missing_second_page_does_not_make_the_owner_missing(script, read):
    script.on(LIST, page("a", nextLink=SECOND)).on(SECOND, (404, {"code": "NotFound", "message": "gone"}, {}))
    names, gap = await read()
    assert names == ["a"]
    assert gap is not None


# -- malformed items ------------------------------------------------------------------------------------------


async def test_a_malformed_item_is_a_gap_of_its_own_and_its_neighbours_are_kept(script, reader):
    bad = {"id": f"{ACCOUNT}/certificates/bad", "name": "bad", "properties": {"thumbprint": 5}}
    script.on(LIST, {"value": [item("a"), bad, item("c")]})
    found = await reader.collection(CERTIFICATES, ACCOUNT, parse_certificate)
    assert [certificate.name for certificate in found] == ["a", "c"]
    listing, malformed = reader.reads()
    assert listing.answered.items == 3
    gap = malformed.gap
    assert (gap.scope, gap.listed_in, gap.reason, gap.status) == (bad["id"], ACCOUNT.text, GapReason.MALFORMED, 200)
    assert "thumbprint" in gap.message


async def test_half_a_surrogate_pair_costs_the_item_that_has_it_and_not_the_page(script, reader):
    whole = json.dumps({"value": [item("a"), {**item("b"), "name": "b\ud83d"}, item("c")]})
    assert "\\ud83d" in whole
    script.on(LIST, whole.encode())
    found = await reader.collection(CERTIFICATES, ACCOUNT, parse_certificate)
    assert [certificate.name for certificate in found] == ["a", "c"]
    [gap] = [entry.gap for entry in reader.reads() if entry.gap]
    assert (gap.reason, gap.status) == (GapReason.MALFORMED, 200)


async def test_a_link_with_half_a_surrogate_pair_is_malformed(script, read):
    script.on(LIST, json.dumps(page("a", nextLink=f"{ARM}{LIST}?page=\udc00")).encode())
    names, gap = await read()
    assert (names, gap.reason) == (["a"], GapReason.MALFORMED)


@pytest.mark.parametrize("odd", [None, 5, "x", [], {}, {"id": None}, {"id": 7}, {"id": "no-slash"}, {"id": ""}])
async def test_an_item_without_an_id_takes_the_scope_of_its_list(script, reader, odd):
    script.on(LIST, {"value": [odd, item("a")]})
    found = await reader.collection(CERTIFICATES, ACCOUNT, parse_certificate)
    assert [certificate.name for certificate in found] == ["a"]
    [gap] = [entry.gap for entry in reader.reads() if entry.gap]
    assert (gap.scope, gap.listed_in, gap.reason) == (ACCOUNT.text, ACCOUNT.text, GapReason.MALFORMED)


async def test_a_list_with_a_malformed_item_proves_no_absence(script, collect):
    broken = '{"value": [null, {"name": "x"}]}'
    estate, _ = await collect(faults=[answer(200, broken, scope="/aa-core/certificates")])
    account = next(account.id for account in estate.accounts if account.name == "aa-core")
    assert estate.ledger.answer_at(Reading.CERTIFICATES, account) is None
    [gap] = estate.ledger.gaps
    assert (gap.scope, gap.count, gap.reason) == (account.text, 2, GapReason.MALFORMED)
    assert estate.ledger.planned - estate.ledger.answered == 2


@pytest.mark.parametrize(
    "elsewhere", [f"{ACCOUNT}x/certificates/b", "/subscriptions/s", f"{ACCOUNT}/certificates/b/c/d"]
)
async def test_an_item_whose_id_lies_outside_its_list_is_malformed(script, reader, elsewhere):
    script.on(LIST, {"value": [item("a"), {"id": elsewhere, "name": "b", "properties": {}}]})
    found = await reader.collection(CERTIFICATES, ACCOUNT, parse_certificate)
    assert [certificate.name for certificate in found] == ["a"]
    [gap] = [entry.gap for entry in reader.reads() if entry.gap]
    assert (gap.scope, gap.listed_in, gap.reason) == (elsewhere, ACCOUNT.text, GapReason.MALFORMED)


async def test_a_list_without_end_is_cut_and_said_to_be(script, read, monkeypatch):
    monkeypatch.setattr("scanner.collect._reader.MOST_PAGES", 3)
    for number in range(1, 5):
        here = LIST if number == 1 else f"{LIST}?$skip={number}"
        script.on(here, page(f"c{number}", nextLink=f"{LIST}?$skip={number + 1}"))
    names, gap = await read()
    assert (names, gap.reason) == (["c1", "c2", "c3"], GapReason.TRUNCATED)
