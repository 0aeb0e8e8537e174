"""Single answers under pseudonyms: what is not known is never let through, and what a check needs stays."""

import json
import re
from contextlib import suppress
from urllib.parse import quote

import pytest
from builders import SUB, account_id, workspace_id
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.recording._exchanges import Exchanges
from scanner.recording._places import BY_TYPE
from scanner.recording._tables import _COLUMNS
from scanner.redaction import Redaction

ARM, LOGS = "https://management.azure.com", "https://api.loganalytics.azure.com"
KEY = bytes(range(32))
ACCOUNTS = f"{ARM}/subscriptions/{SUB}/providers/Microsoft.Automation/automationAccounts"
ACCOUNT = account_id("aa-secretive")
IN_ACCOUNT = ARM + ACCOUNT.text
CANARIES = (
    "Contoso Zürich",
    "canary@contoso.example",
    "10.77.66.55",
    "fd00:dead:beef::7",
    "c0ffee00-1111-4222-8333-444455556666",
    "canary.corp.contoso.example",
    "CANARY\\admin",
    "s3cr3t-canary!",
    "/subscriptions/c0ffee00-1111-4222-8333-444455556666/resourceGroups/rg-canary/providers/Contoso.Canary/canaries/x",
    "https://canary.webhook.we.azure-automation.net/webhooks?token=canary%2b",
    "0123456789abcdef0123456789abcdef0123456789abcdef",
)
PARTS = re.compile(r"contoso|z.rich|canary|10\.77\.66|dead:beef|c0ffee00|s3cr3t|0123456789abcdef", re.IGNORECASE)


@pytest.fixture
def exchanges():
    return Exchanges(Redaction(KEY), arm=ARM, logs=LOGS)


def told(exchanges, url, body, status=200, headers=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return exchanges.answer(url, status, headers or {}, content)


def leaks(value):
    return PARTS.search(json.dumps(value, ensure_ascii=False)) or PARTS.search(json.dumps(value))


# -- nothing unknown passes -----------------------------------------------------------------------------------


def members():
    """The names of members that answers have, of all kinds of places, and ones that nobody knows."""
    found = {"value", "nextLink", "properties", "tags", "error", "message", "data", "tables", "columns", "rows", "*"}

    def walk(place):
        if isinstance(place, dict):
            found.update(place)
            for each in place.values():
                walk(each)
        elif isinstance(place, list):
            walk(place[0])

    for type_ in ("jobs", "connections", "webhooks", "variables"):
        walk(BY_TYPE[f"microsoft.automation/automationaccounts/{type_}"])
    for type_ in ("compute/virtualmachines", "network/networksecuritygroups", "insights/metrics"):
        walk(BY_TYPE[f"microsoft.{type_}"])
    return sorted(found - {"*"})


CANARY = st.sampled_from(CANARIES)
JSON = st.recursive(
    st.one_of(CANARY, st.none(), st.booleans(), st.integers(min_value=0, max_value=99)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(members()), CANARY), inner, max_size=4),
    ),
    max_leaves=12,
)
TABLES = st.builds(
    lambda names, rows: {"tables": [{"name": "PrimaryResult", "columns": names, "rows": rows}]},
    st.lists(
        st.one_of(
            JSON,
            st.sampled_from([*_COLUMNS, "RenderedDescription", "TimeGenerated", *CANARIES]).map(
                lambda name: {"name": name, "type": "string"}
            ),
        ),
        max_size=6,
    ),
    st.lists(st.one_of(JSON, st.lists(st.one_of(CANARY, JSON), max_size=7)), max_size=3),
)
URLS = [
    f"{ARM}/subscriptions/{SUB}/providers/{type_.partition('/')[0]}/{'/x/'.join(type_.split('/')[1:])}{item}"
    for type_ in BY_TYPE
    for item in ("", "/x")
] + [
    f"{ARM}/subscriptions",
    f"{ARM}/providers/Microsoft.ResourceGraph/resources",
    f"{LOGS}/v1/workspaces/{SUB}/query",
    f"{ARM}/unknown/thing",
]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(URLS), st.one_of(JSON, TABLES), st.sampled_from([200, 200, 403, 500]))
def test_no_canary_passes_wherever_it_stands_in_an_answer(url, body, status):
    redaction = Redaction(KEY)
    assert not leaks(told(Exchanges(redaction, arm=ARM, logs=LOGS), url, body, status))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([200, 429, 502]))
def test_any_bytes_are_an_answer_that_can_be_written_down(body, status):
    made = told(Exchanges(Redaction(KEY), arm=ARM, logs=LOGS), ACCOUNTS, body, status)
    json.dumps(made)
    if "text" in made and status == 200:
        with suppress(ValueError):
            json.loads(made["text"])
            pytest.fail("what is no JSON became some")


@pytest.mark.parametrize("canary", CANARIES)
def test_an_address_shows_neither_its_names_nor_unknown_options(exchanges, canary):
    written = quote(canary, safe="")
    for url in (
        f"{ACCOUNTS}/{written}/jobs?api-version=2024-10-23&$skiptoken={written}",
        f"{ACCOUNTS}?{written}=1&$filter={quote(f'''name eq '{canary}' ''')}",
        f"{LOGS}/v1/workspaces/{written}/query?x={written}",
        f"https://{'canary.contoso.example'}/{written}",
    ):
        made = exchanges.request("GET", url, b"")
        assert not leaks(made), made
        assert not leaks(told(exchanges, ACCOUNTS, {"value": [], "nextLink": url}))


def test_secrets_are_gone_from_their_known_places_and_not_kept_as_originals():
    redaction = Redaction(KEY)
    exchanges = Exchanges(redaction, arm=ARM, logs=LOGS)
    secret = {"a": "s3cr3t-canary!", "b": 12345678}
    shown = [
        told(exchanges, f"{IN_ACCOUNT}/{kind}", {"value": [{"id": "/x", "properties": properties}]})
        for kind, properties in (
            ("webhooks", {"uri": "https://s3cr3t-canary!", "parameters": secret}),
            ("variables", {"value": '"s3cr3t-canary!"', "isEncrypted": False}),
            ("credentials", {"userName": "s3cr3t-canary!", "password": "s3cr3t-canary!"}),
            ("connections", {"fieldDefinitionValues": {"Password": "s3cr3t-canary!", "Key": 12345678}}),
            ("jobSchedules", {"parameters": secret}),
            ("jobs", {"exception": "s3cr3t-canary! failed", "statusDetails": "s3cr3t-canary!", "parameters": secret}),
        )
    ]
    vms = f"{ARM}/subscriptions/{SUB}/providers/Microsoft.Compute/virtualMachines"
    extension = {"settings": {"workspaceId": "s3cr3t-canary!", "key": "s3cr3t-canary!"}, "protectedSettings": secret}
    as_text = {"settings": json.dumps(extension["settings"]), "tags": secret}
    listed = ({"value": [{"properties": each, "tags": secret}]} for each in (extension, as_text))
    shown += [told(exchanges, f"{vms}/vm/extensions", body) for body in listed]
    text = json.dumps(shown)
    assert "s3cr3t" not in text
    assert "12345678" not in text
    assert "s3cr3t" not in json.dumps(dict(redaction.originals))
    assert all("s3cr3t" not in name for name in redaction.originals.values())
    assert shown[-2]["json"]["value"][0]["properties"]["settings"].keys() == {"workspaceId"}


@pytest.mark.parametrize(("state", "stays"), [("Suspended", True), ("Non-Azure", True), ("SRV-Prod-01", False)])
def test_a_word_of_an_enumeration_stays_and_what_looks_like_a_host_does_not(exchanges, state, stays):
    answer = told(exchanges, ACCOUNTS, {"value": [{"id": ACCOUNT.text, "properties": {"state": state}}]})
    assert (state in json.dumps(answer)) is stays


def test_only_headers_that_matter_are_recorded_and_none_with_a_secret(exchanges):
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Retry-After": "17",
        "Set-Cookie": "x-ms-gateway=canary",
        "Authorization": "Bearer canary",
        "Location": "https://canary.contoso.example",
        "x-ms-request-id": "c0ffee00-1111-4222-8333-444455556666",
        "WWW-Authenticate": 'Bearer realm="canary", claims="Y2FuYXJ5"',
        "x-ms-ratelimit-remaining-subscription-reads": "11999",
        "x-ms-canary": "contoso",
        "retry-after-ms": "canary",
    }
    made = told(exchanges, ACCOUNTS, {"value": []}, 429, headers)["headers"]
    assert made.keys() == {
        "Content-Type",
        "Retry-After",
        "x-ms-request-id",
        "WWW-Authenticate",
        "x-ms-ratelimit-remaining-subscription-reads",
    }
    assert not leaks(made)
    assert made["WWW-Authenticate"] == 'Bearer error="insufficient_claims", claims="e30="'


# -- what a check needs stays ---------------------------------------------------------------------------------


def test_an_errors_message_keeps_what_a_scan_reads_in_it(exchanges):
    written = (
        "The client 'canary@contoso.example' with object id 'c0ffee00-1111-4222-8333-444455556666' does not have "
        "authorization to perform action 'Microsoft.Automation/automationAccounts/read' over scope "
        f"'{ACCOUNT.text}'. The supported versions are '2023-11-01,2024-10-23-preview'. Try again after '372' seconds, "
        "or retry after 2026-11-22T12:00:07Z."
    )
    made = told(exchanges, ACCOUNTS, {"error": {"code": "AuthorizationFailed", "message": written}}, 403)
    error = made["json"]["error"]
    assert error["code"] == "AuthorizationFailed"
    assert "perform action 'Microsoft.Automation/automationAccounts/read'" in error["message"]
    for kept in ("2023-11-01", "2024-10-23-preview", "after '372' seconds", "2026-11-22T12:00:07Z"):
        assert kept in error["message"]
    assert not leaks(error)
    assert ACCOUNT.name not in error["message"]


def test_an_error_in_plain_text_keeps_how_long_to_wait(exchanges):
    made = told(exchanges, ACCOUNTS, b"Too many requests of canary; try again after 7 seconds", 429)
    assert "try again after 7 seconds" in made["text"]
    assert not leaks(made)


def test_a_page_of_a_proxy_and_a_broken_answer_stay_what_they_are(exchanges):
    page = told(exchanges, ACCOUNTS, b"<html>canary</html>", 200, {"Content-Type": "text/html"})
    assert (page["text"], page["headers"]["Content-Type"]) == ("<html></html>", "text/html")
    assert told(exchanges, ACCOUNTS, b'{"value": [{"name": "canary"')["text"] == "(28 bytes that are no JSON)"
    assert told(exchanges, ACCOUNTS, b"")["text"] == ""


def test_half_a_surrogate_pair_stays_no_text(exchanges):
    body = b'{"value": [{"id": "/subscriptions/x", "name": "can\\ud800ary"}]}'
    name = told(exchanges, f"{ARM}/subscriptions", body)["json"]["value"][0]["name"]
    assert name.endswith("\ud800")
    with pytest.raises(UnicodeEncodeError):
        name.encode()


@pytest.mark.parametrize(
    ("link", "made"),
    [
        ("", ""),
        (None, None),
        ("   ", "   "),
        ("https://[", "https://["),
        ("mailto:canary@contoso.example", "https://["),
        ("?$skip=100", "https://arm.recorded.invalid/subscriptions?$skip=100"),
        ("/subscriptions?api-version=2022-12-01", "/subscriptions?api-version=2022-12-01"),
        (f"{ARM}:443/subscriptions?$skip=100", "https://arm.recorded.invalid/subscriptions?$skip=100"),
    ],
)
def test_a_next_link_leads_where_the_request_for_it_leads(exchanges, link, made):
    assert told(exchanges, f"{ARM}/subscriptions", {"value": [], "nextLink": link})["json"]["nextLink"] == made


def test_a_next_link_to_a_stranger_still_leads_to_a_stranger(exchanges):
    link = told(exchanges, ACCOUNTS, {"value": [], "nextLink": "https://canary.contoso.example/x"})["json"]["nextLink"]
    assert link.startswith("https://")
    assert ".recorded.invalid" not in link
    assert not leaks(link)


def test_the_queries_of_logs_and_of_resource_graph_show_no_ids(exchanges):
    guid = "c0ffee00-1111-4222-8333-444455556666"
    query = f'(workspace("{guid}").Heartbeat\n| take 1)'
    body = {"query": query, "timespan": "2026-10-22T12:00:00Z/2026-11-22T12:00:00Z"}
    made = exchanges.request("POST", f"{LOGS}/v1/workspaces/{guid}/query", json.dumps(body).encode())
    pseudonym = made["url"].split("/")[5]
    assert made["json"] == {**body, "query": query.replace(guid, pseudonym)}
    graph = {"subscriptions": [guid], "query": "resources", "options": {"$top": 1000, "$skipToken": "canary"}}
    url = f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    asked = exchanges.request("POST", url, json.dumps(graph).encode())["json"]
    answered = told(exchanges, url, {"data": [], "totalRecords": 0, "$skipToken": "canary"})["json"]
    assert asked["subscriptions"] == [pseudonym]
    assert asked["options"] == {"$top": 1000, "$skipToken": answered["$skipToken"]}
    assert not leaks([made, asked, answered])


def test_rows_of_logs_keep_their_shape_and_what_an_event_tells(exchanges):
    columns = ["Computer", "EventLog", "EventID", "RenderedDescription", "Contoso_s", "TimeGenerated"]
    cells = ["canary.contoso.example", "Operations Manager", 4502, "canary: AzureAutomation.HybridAgent", "canary", "x"]
    table = {"name": "PrimaryResult", "columns": [{"name": n, "type": "string"} for n in columns], "rows": [cells]}
    made = told(exchanges, f"{LOGS}/v1/workspaces/{SUB}/query", {"tables": [table]})["json"]["tables"][0]
    [row] = made["rows"]
    assert [column["name"] for column in made["columns"]][:4] == columns[:4]
    assert row[1:4] == ["Operations Manager", 4502, "AzureAutomation.HybridAgent"]
    assert not leaks(made)


def test_an_id_elsewhere_is_the_same_id_here(exchanges):
    machine = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-canary"
    group = f"{IN_ACCOUNT}/hybridRunbookWorkerGroups/g/hybridRunbookWorkers"
    worker = told(exchanges, group, {"value": [{"properties": {"vmResourceId": machine.upper()}}]})
    named = worker["json"]["value"][0]["properties"]["vmResourceId"]
    asked = exchanges.request("GET", ARM + machine, b"")["url"].removeprefix("https://arm.recorded.invalid")
    assert named.lower() == asked.lower()
    assert workspace_id().name not in json.dumps(worker)
