"""Scans that go on with a journal: they ask for what is missing only, and see what an undisturbed scan sees."""

from urllib.parse import urlsplit

import pytest
from builders import NOW, account_id, days
from tenants import estate_of

from reports import FORMATS
from scanner.collect import Choice
from scanner.collect._automation import CONNECTION, CONNECTIONS, parse_connection, parse_connection_fields
from scanner.collect._reader import Reader
from scanner.emulator import TENANTS, Emulator, answer, deny, generate
from scanner.inventory import Reading
from scanner.inventory.journal import Command, open_journal, recorded
from scanner.options import Included
from scanner.pipeline import scan_of
from scanner.progress import Silent
from tools.kills import comparable, path_of

COMMAND = Command(hwaudit="1.0", cloud="AzureCloud")
ACCOUNT = account_id()
NO_GRAPH = deny("Microsoft.ResourceGraph/*")
EVERYTHING = Choice(included=frozenset(Included))
SHORTENED = Choice(since=NOW - days(5))


def report_of(estate):
    return comparable(b"".join(FORMATS["json"].render(scan_of(estate))))


@pytest.fixture
def scan(tmp_path, monkeypatch):
    """Scan a tenant with a journal; returns the report and the requests."""
    asked = []

    class Asked(Emulator):
        async def handle(self, request):
            response = await super().handle(request)
            asked.append(request.url)
            return response

    monkeypatch.setattr("tenants.Emulator", Asked)

    def run(tenant, *, resume=False, **options):
        asked.clear()
        with open_journal(tmp_path / "j", COMMAND, resume=resume, quiet=True) as journal:
            estate = estate_of(tenant, journal=journal, **options)
        return report_of(estate), [url for url in asked if "/metadata/" not in url and "oauth2" not in url]

    return run


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("contoso", {"choice": EVERYTHING}),
        ("contoso", {"faults": [NO_GRAPH], "page_size": 2}),
        ("contoso", {"choice": SHORTENED}),
        ("blind", {}),
        ("fairfax", {}),
    ],
    ids=["everything", "without Resource Graph", "shortened", "blind", "fairfax"],
)
def test_what_was_answered_is_not_asked_again(scan, tmp_path, name, options):
    tenant = TENANTS[name](NOW)
    undisturbed, _ = scan(tenant, **options)
    held = {path_of(read) for read in recorded(tmp_path / "j")} - {None}
    assert held
    resumed, again = scan(tenant, resume=True, **options)
    assert resumed == undisturbed
    asked = {(urlsplit(url).path.lower(), "statusOnly" in url) for url in again}
    assert held & asked == set()


@pytest.mark.parametrize("faults", [[], [NO_GRAPH]], ids=["bulk", "lists"])
def test_a_scan_that_was_cut_off_anywhere_ends_as_an_undisturbed_one(scan, tmp_path, faults):
    tenant = TENANTS["contoso"](NOW)
    undisturbed, _ = scan(tenant, faults=faults)
    lines = (tmp_path / "j").read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines), len(lines) // 6):
        (tmp_path / "j").write_bytes(b"".join(lines[:count]))
        resumed, _ = scan(tenant, resume=True, faults=faults)
        assert resumed == undisturbed, f"{count} of {len(lines)} lines"


def test_resource_graph_is_asked_for_the_missing_subscriptions_only(scan, tmp_path):
    tenant = generate(accounts=6, subscriptions=3, now=NOW)
    undisturbed, asked = scan(tenant)
    assert [url for url in asked if "ResourceGraph" in url]
    resumed, again = scan(tenant, resume=True)
    assert (resumed, again) == (undisturbed, [])


def test_a_read_that_was_not_answered_is_asked_again(scan):
    tenant = TENANTS["spotless"](NOW)
    broken, _ = scan(tenant, faults=[answer(404, "", operation="*/certificates/read"), deny("*/connections/read")])
    assert broken["gaps"]
    resumed, again = scan(tenant, resume=True)
    assert resumed["gaps"] == []
    assert {url.partition("?")[0].rpartition("/")[2] for url in again} >= {"connections"}


async def test_an_item_is_read_again_when_its_list_had_to_be(script, session, tmp_path):
    item = {"id": f"{ACCOUNT}/connections/c", "name": "c", "properties": {"connectionType": {"name": "Azure"}}}
    script.on(f"{ACCOUNT}/connections", {"value": [item]})
    script.on(f"{ACCOUNT}/connections/c", item)
    scope = ACCOUNT.child("connections", "c")
    for resume, listed, sent in ((False, False, 1), (True, False, 1), (True, True, 3)):
        with open_journal(tmp_path / "j", COMMAND, resume=resume, quiet=True) as journal:
            reader = Reader(session, Silent(), journal=journal)
            if listed:
                await reader.collection(CONNECTIONS, ACCOUNT, parse_connection)
            found = await reader.item(CONNECTION, scope, parse_connection_fields)
        assert found.fields_read
        assert reader.answered(Reading.CONNECTION, scope)
        assert len(script.sent) == sent
