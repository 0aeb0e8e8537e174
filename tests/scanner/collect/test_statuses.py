"""What each HTTP answer means: an answer, the service's word that there is nothing, or the reason of a Gap."""

import asyncio

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from builders import OTHER_SUB, account_id

from scanner.collect._automation import ACCOUNT as ACCOUNT_ENDPOINT
from scanner.collect._automation import (
    CERTIFICATES,
    CONNECTION,
    parse_account_details,
    parse_certificate,
    parse_connection_fields,
)
from scanner.errors import StartError
from scanner.inventory import GapReason, Reading

ACCOUNT = account_id()
LIST = f"{ACCOUNT}/certificates"
HTML = b"<!DOCTYPE html><html>Not here</html>"
EMPTY = {"value": []}


def error(code, message="", **more):
    return {"error": {"code": code, "message": message, **more}}


@pytest.fixture
def outcome(script, reader):
    """Read one list that answers like this; returns its entry in the ledger."""

    async def run(*answers, account=ACCOUNT):
        script.on(f"{account}/certificates", *answers)
        await reader.collection(CERTIFICATES, account, parse_certificate)
        [entry] = reader.reads()
        return entry

    return run


# -- 401 and 403 ----------------------------------------------------------------------------------------------


async def test_a_401_renews_the_token_once_and_goes_on(script, credential, outcome):
    entry = await outcome((401, error("ExpiredAuthenticationToken"), {}), EMPTY)
    assert entry.gap is None
    assert [sent.headers["Authorization"] for sent in script.sent] == ["Bearer token-1", "Bearer token-2"]
    assert credential.closed == 1


async def test_a_second_401_is_denied(script, outcome):
    entry = await outcome((401, error("InvalidAuthenticationToken", "The access token is invalid."), {}))
    assert (entry.gap.reason, entry.gap.status, entry.gap.code) == (
        GapReason.DENIED,
        401,
        "InvalidAuthenticationToken",
    )
    assert len(script.sent) == 2


async def test_a_403_tells_the_missing_action_and_not_who_asked(outcome):
    message = (
        "The client 'ann@contoso.example' with object id '6d3f0e0a-1111-2222-3333-444455556666' does not have "
        "authorization to perform action 'Microsoft.Automation/automationAccounts/certificates/read' over scope "
        f"'{LIST}' or the scope is invalid."
    )
    gap = (await outcome((403, error("AuthorizationFailed", message), {}))).gap
    assert (gap.reason, gap.status, gap.code) == (GapReason.DENIED, 403, "AuthorizationFailed")
    assert gap.action == "Microsoft.Automation/automationAccounts/certificates/read"
    assert gap.request_id == "request-1"
    assert "contoso.example" not in gap.message
    assert "6d3f0e0a" not in gap.message


@pytest.mark.parametrize("body", [b"", HTML, error("Forbidden"), {"Code": "Forbidden", "Message": "no"}, "text", None])
async def test_a_403_without_arms_words_still_names_the_action_of_the_read(outcome, body):
    gap = (await outcome((403, body, {}))).gap
    assert (gap.reason, gap.action) == (GapReason.DENIED, Reading.CERTIFICATES.operation)


async def test_a_login_that_fails_on_the_way_is_denied(credential, outcome):
    async def refuse(*_scopes, claims=None):
        raise ClientAuthenticationError("AADSTS7000222: the secret has expired")

    credential.get_token = refuse
    gap = (await outcome(EMPTY)).gap
    assert (gap.reason, gap.code) == (GapReason.DENIED, "LoginFailed")
    assert "AADSTS7000222" in gap.message


async def test_a_credential_that_cannot_go_on_does_not_end_the_scan(credential, outcome):
    async def refuse(*_scopes, claims=None):
        raise StartError("GitHub refused an OIDC token (HTTP 503)")

    credential.get_token = refuse
    assert (await outcome(EMPTY)).gap.reason is GapReason.DENIED


# -- 404 and 409 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"code": "NotFound", "message": "Hybrid Worker Group not found"},
        {"code": "NotFound", "message": ""},
        error("ResourceNotFound", "The Resource was not found."),
        error("ResourceGroupNotFound"),
    ],
)
async def test_a_404_of_the_service_is_an_answer(outcome, body):
    entry = await outcome((404, body, {}))
    assert entry.gap is None
    assert (entry.answered.items, entry.answered.missing) == (0, True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (HTML, GapReason.FAILED),
        (b"", GapReason.FAILED),
        (b"Export does not exist", GapReason.FAILED),
        (error("SubscriptionNotFound"), GapReason.DENIED),
        (error("InvalidSubscriptionId"), GapReason.DENIED),
        (error("InvalidResourceType"), GapReason.FAILED),
        (error("InvalidResourceNamespace"), GapReason.NOT_REGISTERED),
    ],
)
async def test_a_404_of_anybody_else_is_a_gap(outcome, body, reason):
    gap = (await outcome((404, body, {}))).gap
    assert (gap.reason, gap.status) == (reason, 404)


async def test_a_404_in_a_subscription_that_was_not_listed_proves_nothing(outcome):
    entry = await outcome((404, error("ResourceNotFound"), {}), account=account_id(sub=OTHER_SUB))
    assert (entry.gap.reason, entry.gap.status) == (GapReason.DENIED, 404)


async def test_an_item_that_is_gone_is_an_answer_without_a_resource(script, reader):
    script.on(ACCOUNT.text, (404, error("ResourceNotFound"), {}))
    assert await reader.item(ACCOUNT_ENDPOINT, ACCOUNT, parse_account_details) is None
    [entry] = reader.reads()
    assert entry.answered.missing


@pytest.mark.parametrize("body", [None, [], 5, {}, {"id": 5}, b"", HTML])
async def test_an_item_that_cannot_be_read_is_malformed(script, reader, body):
    script.on(ACCOUNT.text, body)
    assert await reader.item(ACCOUNT_ENDPOINT, ACCOUNT, parse_account_details) is None
    [entry] = reader.reads()
    assert (entry.gap.reason, entry.gap.scope) == (GapReason.MALFORMED, ACCOUNT.text)


async def test_an_unregistered_provider_is_told_and_not_registered(script, outcome):
    body = error("MissingSubscriptionRegistration", "The subscription is not registered to use namespace", details=[])
    gap = (await outcome((409, body, {}))).gap
    assert (gap.reason, gap.status) == (GapReason.NOT_REGISTERED, 409)
    assert [sent.method for sent in script.sent] == ["GET"]


@pytest.mark.parametrize(("status", "code"), [(400, "BadRequest"), (409, "Conflict"), (410, "Gone"), (412, "")])
async def test_another_refusal_is_failed_and_not_tried_again(script, outcome, status, code):
    gap = (await outcome((status, error(code, "no"), {}))).gap
    assert (gap.reason, gap.status, gap.code, len(script.sent)) == (GapReason.FAILED, status, code, 1)


# -- 429 ------------------------------------------------------------------------------------------------------


async def test_retry_after_is_obeyed_up_to_sixty_seconds(script, session, outcome):
    too_many = (429, error("TooManyRequests"), {"Retry-After": "60"})
    assert (await outcome(too_many, EMPTY)).gap is None
    assert script.waits == [60]
    assert (session.counts.sent, session.counts.retried, session.counts.throttled) == (2, 1, 1)


@pytest.mark.parametrize("seconds", ["61", "90", "372"])
async def test_a_longer_retry_after_ends_the_read_at_once_as_throttled(script, outcome, seconds):
    gap = (await outcome((429, error("ResourceRequestsThrottled"), {"Retry-After": seconds}))).gap
    assert (gap.reason, gap.status, len(script.sent), script.waits) == (GapReason.THROTTLED, 429, 1, [])


async def test_a_429_without_retry_after_backs_off_with_patience(script, outcome):
    assert (await outcome(*[(429, b"slow down", {})] * 8, EMPTY)).gap is None
    assert len(script.waits) == 8
    assert all(0 < wait <= 20 for wait in script.waits)
    assert script.waits[4] > script.waits[0]


async def test_a_429_that_never_ends_stays_within_the_deadline(script, outcome):
    gap = (await outcome((429, b"", {"Retry-After": "25"}))).gap
    assert gap.reason is GapReason.THROTTLED
    assert sum(script.waits) <= 120
    assert len(script.sent) == 5


async def test_a_retry_after_of_zero_does_not_hammer(script, outcome):
    await outcome(*[(429, b"", {"Retry-After": "0"})] * 3, EMPTY)
    assert script.waits[0] == 0
    assert all(wait > 0 for wait in script.waits[1:])


# -- 5xx, resets and silence ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_server_error_is_tried_six_times(script, session, outcome, status):
    gap = (await outcome((status, HTML, {}))).gap
    assert gap.reason is (GapReason.TIMEOUT if status in {408, 504} else GapReason.FAILED)
    assert (gap.status, len(script.sent), session.counts.retried) == (status, 6, 5)


async def test_a_server_error_that_passes_leaves_no_trace(script, outcome):
    assert (await outcome((503, HTML, {}), (500, b"", {}), EMPTY)).gap is None
    assert len(script.sent) == 3


async def test_a_503_that_asks_for_twenty_minutes_fails_at_once(script, outcome):
    gap = (await outcome((503, HTML, {"Retry-After": "1200"}))).gap
    assert (gap.reason, len(script.sent), script.waits) == (GapReason.FAILED, 1, [])


@pytest.mark.parametrize(
    "broken",
    [ServiceResponseError("Connection reset by peer"), IncompleteReadError("3 of 9"), ServiceRequestError("x")],
)
async def test_a_connection_that_always_breaks_is_unreachable(script, outcome, broken):
    gap = (await outcome(broken)).gap
    assert (gap.reason, gap.status, len(script.sent)) == (GapReason.UNREACHABLE, None, 6)


async def test_a_connection_that_breaks_once_is_tried_again(outcome):
    assert (await outcome(ServiceResponseError("reset"), EMPTY)).gap is None


async def _forever(_sent):
    await asyncio.Event().wait()


def test_silence_ends_as_a_timeout_within_the_deadline(in_virtual_time, script, outcome):
    entry, seconds = in_virtual_time(lambda: outcome(_forever))
    assert entry.gap.reason is GapReason.TIMEOUT
    assert seconds <= 120
    assert len(script.sent) >= 2


def test_slow_pages_have_a_deadline_each(in_virtual_time, script, reader):
    async def late(_sent):
        await asyncio.sleep(50)
        return EMPTY

    async def late_with_more(_sent):
        await asyncio.sleep(50)
        return {"value": [], "nextLink": f"{LIST}?$skip=1"}

    async def late_again(_sent):
        await asyncio.sleep(50)
        return {"value": [], "nextLink": f"{LIST}?$skip=2"}

    script.on(LIST, late_with_more).on(f"{LIST}?$skip=1", late_again).on(f"{LIST}?$skip=2", late)
    _, seconds = in_virtual_time(lambda: reader.collection(CERTIFICATES, ACCOUNT, parse_certificate))
    assert seconds == 150
    assert reader.answered(Reading.CERTIFICATES, ACCOUNT)


# -- api-versions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "InvalidApiVersionParameter"), (400, "NoRegisteredProviderFound"), (404, "InvalidResourceType")],
)
async def test_a_refused_api_version_is_replaced_once_by_the_newest_offered(script, reader, status, code):
    message = (
        "The api-version '2024-10-23' is invalid. The supported versions are "
        "'2023-11-01,2022-08-08,2023-11-01-preview'."
    )
    other = account_id("other")
    script.on(LIST, (status, error(code, message), {}), EMPTY).on(f"{other}/certificates", EMPTY)
    await reader.collection(CERTIFICATES, ACCOUNT, parse_certificate)
    await reader.collection(CERTIFICATES, other, parse_certificate)
    assert [sent.url.rpartition("=")[2] for sent in script.sent] == ["2024-10-23", "2023-11-01", "2023-11-01"]
    assert all(entry.gap is None for entry in reader.reads())


async def test_a_second_refusal_of_the_version_is_a_gap(script, outcome):
    message = "The supported versions are '2022-08-08'."
    gap = (await outcome((400, error("InvalidApiVersionParameter", message), {}))).gap
    assert (gap.reason, gap.status, len(script.sent)) == (GapReason.FAILED, 400, 2)


async def test_a_refusal_that_offers_nothing_is_a_gap(script, outcome):
    gap = (await outcome((400, error("InvalidApiVersionParameter", "The api-version '2024-10-23' is bad."), {}))).gap
    assert (gap.reason, len(script.sent)) == (GapReason.FAILED, 1)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (error("Conflict", "in use"), "Conflict", "in use"),
        ({"code": "Conflict", "message": "in use"}, "Conflict", "in use"),
        ({"Code": "Conflict", "Message": "in use", "Target": None}, "Conflict", "in use"),
        ({"error": {"Code": 409, "Message": "in use"}}, "409", "in use"),
        (b'\xef\xbb\xbf{"code":"Conflict","message":"in use"}', "Conflict", "in use"),
        (b"in use", "", "HTTP 409 with 6 bytes of something else"),
        ({"error": "invalid", "error_description": "in use"}, "", "HTTP 409"),
        ({"error": None}, "", "HTTP 409"),
        ([], "", "HTTP 409 without an error in its JSON"),
        (b"", "", "HTTP 409 with an empty body"),
    ],
)
async def test_an_error_is_read_in_every_shape_that_azure_uses(outcome, body, code, message):
    gap = (await outcome((409, body, {}))).gap
    assert (gap.code, gap.message) == (code, message)


async def test_a_gap_carries_the_first_request_id_that_there_is(outcome):
    gap = (await outcome((400, error("Bad"), {"x-ms-request-id": "", "x-ms-correlation-request-id": "c-7"}))).gap
    assert gap.request_id == "c-7"


async def test_a_long_message_is_cut(outcome):
    gap = (await outcome((400, error("BadRequest", "x" * 5000), {}))).gap
    assert len(gap.message) == 400


@pytest.mark.parametrize(
    "told",
    [
        "The user 'jane@contoso.example' with object id '6d3f0e0a-1111' does not have authorization.",
        "The client '6d3f0e0a-1111' with object id '6d3f0e0a-1111' (AppId '6d3f0e0a-2222') may not.",
        "Access of jane@contoso.example was refused, object id '6d3f0e0a-1111'.",
        "Principal 'jane@contoso.example', object id '6d3f0e0a-1111', has no role.",
        "Refused: oid=6d3f0e0a-1111-4111-8111-111111111111;puid=6d3f0e0a1111AAAA",
    ],
)
async def test_who_asked_is_left_out_of_any_message(outcome, told):
    message = (await outcome((403, error("AuthorizationFailed", told), {}))).gap.message
    assert message
    assert "contoso.example" not in message
    assert "6d3f0e0a" not in message


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7", "2001:db8:0:0:0:0:0:7"])
async def test_where_the_caller_is_is_left_out_of_any_message(outcome, address):
    told = f"Client with IP address '{address}' is not allowed, see {address}, at 12:30:45 (version 2.0.1)."
    message = (await outcome((403, error("Forbidden", told), {}))).gap.message
    assert address not in message
    assert "at 12:30:45 (version 2.0.1)" in message


async def test_the_login_of_a_proxy_is_left_out_of_any_message(outcome):
    told = "407, message='Proxy Authentication Required', url='http://user:hunter2@proxy.example:3128'"
    gap = (await outcome(ServiceRequestError(told))).gap
    assert gap.message == "407, message='Proxy Authentication Required', url='http://proxy.example:3128'"


async def test_a_failed_login_lacks_no_role(outcome):
    gap = (await outcome((401, error("InvalidAuthenticationToken"), {}))).gap
    assert (gap.reason, gap.action) == (GapReason.DENIED, None)


@pytest.mark.parametrize("status", [408, 500, 504])
async def test_an_error_that_asks_for_a_long_wait_is_failed(script, outcome, status):
    gap = (await outcome((status, error("Busy"), {"Retry-After": "600"}))).gap
    assert (gap.reason, len(script.sent)) == (GapReason.FAILED, 1)


async def test_an_item_under_another_id_is_malformed(script, reader):
    asked = account_id().child("connections", "a")
    script.on(asked.text, {"id": account_id().child("connections", "b").text, "properties": {}})
    assert await reader.item(CONNECTION, asked, parse_connection_fields) is None
    [entry] = reader.reads()
    assert (entry.gap.scope, entry.gap.reason) == (asked.text, GapReason.MALFORMED)
