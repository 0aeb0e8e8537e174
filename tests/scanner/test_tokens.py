"""A login that is ill costs no read: a token that holds is used on, and one task alone tries for a new one."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, DecodeError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest
from azure.identity import CredentialUnavailableError
from builders import SUB, account_id

from scanner import tokens
from scanner.clouds import CLOUDS
from scanner.errors import StartError
from scanner.session import Session
from scanner.tokens import FIRST_PATIENCE, PATIENCE, LoginUnavailable, RenewableCredential, may_pass

ARM = "https://management.azure.com"
PATH = f"{account_id()}/certificates"


def failed(status, text="no", *, kind=ClientAuthenticationError):
    error = kind(text)
    error.response = SimpleNamespace(status_code=status, headers={})
    return error


class Sick:
    """Fails as often as it is told; its tokens live as long as it is told."""

    def __init__(self, *failures, lives=3600):
        self.failures = list(failures)
        self.lives = lives
        self.asked = 0

    async def get_token(self, *scopes, claims=None):
        self.asked += 1
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        return AccessToken(f"token-{self.asked}", int(time.time()) + self.lives)

    async def close(self):
        """Nothing to close."""


@pytest.fixture
def login(script):
    """Make a session whose credential is the given one."""

    def made(credential):
        return Session(CLOUDS["AzureCloud"], RenewableCredential(lambda: credential), script)

    return made


def get(session):
    return session.automation.send_request(HttpRequest("GET", ARM + PATH))


async def test_each_audience_keeps_its_own_token_whichever_client_came_last(session, script, credential):
    logs = "https://api.loganalytics.azure.com"
    script.on(PATH, {}).on(f"{logs}/v1/workspaces/{SUB}/query", {})
    await get(session)
    await session.logs.send_request(HttpRequest("POST", f"{logs}/v1/workspaces/{SUB}/query"))
    await get(session)
    assert [scopes for scopes, _ in credential.asked] == [(f"{ARM}/.default",), (f"{logs}/.default",)]
    assert [sent.headers["Authorization"] for sent in script.sent] == [
        "Bearer token-1",
        "Bearer token-2",
        "Bearer token-1",
    ]
    assert session.counts.sent == 3


async def test_one_task_tries_again_and_all_others_wait_for_its_outcome(login, script):
    sick = Sick(ServiceRequestError("no route"), failed(503), failed(429))
    script.on(PATH, {})
    session = login(sick)
    answers = await asyncio.gather(*(get(session) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert (sick.asked, len(script.waits), len(script.sent)) == (4, 3, 20)
    assert session.counts.retried == 0


async def test_a_login_that_stays_ill_is_given_up_after_its_patience_for_all_who_wait(login, script):
    sick = Sick(*[ServiceResponseError("reset")] * 100)
    session = login(sick)
    ends = await asyncio.gather(*(get(session) for _ in range(20)), return_exceptions=True)
    assert {type(end) for end in ends} == {LoginUnavailable}
    assert 60 < sum(script.waits) <= PATIENCE
    assert len(script.waits) == sick.asked - 1
    assert str(ends[0].message) == "no login for 120 s: the login endpoint cannot be reached"


async def test_before_a_scan_begins_the_patience_is_shorter(login, script):
    with pytest.raises(StartError, match=r"cannot reach .*login endpoint answers HTTP 503"):
        await login(Sick(*[failed(503, "<html>a whole page</html>")] * 100)).log_in()
    assert sum(script.waits) <= FIRST_PATIENCE


def test_a_wait_for_the_login_is_none_of_the_request_s_time(login, script, in_virtual_time):
    class Slow(Sick):
        async def get_token(self, *scopes, claims=None):
            await asyncio.sleep(100)
            return await super().get_token(*scopes, claims=claims)

    async def work():
        script.on(PATH, (401, {}, {}), {})
        return (await get(login(Slow()))).status_code

    assert in_virtual_time(work) == (200, 200)


async def test_a_refusal_is_not_tried_again(login, script):
    sick = Sick(failed(401, "AADSTS7000215: Invalid client secret provided."))
    with pytest.raises(ClientAuthenticationError):
        await get(login(sick))
    assert (sick.asked, script.waits) == (1, [])


@pytest.mark.parametrize(
    "failure", [ServiceRequestError("no"), failed(401, "AADSTS7000222: expired"), StartError("no")]
)
async def test_a_token_that_still_holds_is_used_on_when_its_renewal_fails(login, script, monkeypatch, failure):
    monkeypatch.setattr(tokens, "_REFRESH_EVERY", -1.0)
    sick = Sick(lives=200)
    script.on(PATH, {})
    session = login(sick)
    await get(session)
    sick.failures = [failure]
    await get(session)
    await get(session)
    assert [sent.headers["Authorization"] for sent in script.sent] == [
        "Bearer token-1",
        "Bearer token-1",
        "Bearer token-3",
    ]
    assert script.waits == []


async def test_nobody_else_waits_while_a_token_that_holds_is_renewed(login, script, monkeypatch):
    monkeypatch.setattr(tokens, "_REFRESH_EVERY", -1.0)
    sick, hung = Sick(lives=200), asyncio.Event()
    script.on(PATH, {})
    session = login(sick)
    await get(session)

    async def hang(*scopes, claims=None):
        await hung.wait()
        return AccessToken("late", int(time.time()) + 3600)

    sick.get_token = hang
    first = asyncio.ensure_future(get(session))
    await asyncio.sleep(0.01)
    await asyncio.gather(*(get(session) for _ in range(5)))
    assert len(script.sent) == 6
    hung.set()
    await first
    assert script.sent[-1].headers["Authorization"] == "Bearer late"


async def test_each_try_carries_the_newest_token(login, script, monkeypatch):
    session = login(Sick())
    script.on(PATH, (503, {}, {}), (401, {}, {}), {})
    assert (await get(session)).status_code == 200
    assert [sent.headers["Authorization"] for sent in script.sent] == ["Bearer token-1"] * 2 + ["Bearer token-2"]
    assert (session.counts.sent, session.counts.retried) == (3, 2)


CHAIN = "DefaultAzureCredential failed to retrieve a token from the included credentials.\nAttempted credentials:\n"


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (ServiceRequestError("Cannot connect to host"), True),
        (ServiceResponseError("reset"), True),
        (failed(503), True),
        (failed(429), True),
        (failed(200, "JSON is invalid", kind=DecodeError), True),
        (ClientAuthenticationError("Unexpected response from Microsoft Entra ID: <html>"), True),
        (failed(200, "No response content from Microsoft Entra ID"), True),
        (failed(400, "Microsoft Entra ID error '(temporarily_unavailable) AADSTS90033: A transient error.'"), True),
        (failed(400, "AADSTS90033: x. AADSTS50076: MFA is required"), False),
        (failed(401, "Microsoft Entra ID error '(invalid_client) AADSTS7000215: Invalid client secret.'"), False),
        (failed(400, "Microsoft Entra ID error '(interaction_required) AADSTS50076: MFA.'"), False),
        (ClientAuthenticationError("ERROR: AADSTS70043: The refresh token has expired. Connection reset."), False),
        (ClientAuthenticationError("HTTPSConnectionPool: Max retries exceeded with url"), True),
        (CredentialUnavailableError("Timed out waiting for Azure CLI"), True),
        (ClientAuthenticationError("Timed out waiting for user to authenticate"), False),
        (CredentialUnavailableError("Please run 'az login' to set up an account"), False),
        (ClientAuthenticationError(CHAIN + "\tEnvironmentCredential: Cannot connect to host x"), True),
        (
            ClientAuthenticationError(
                CHAIN + "\tManagedIdentityCredential: the endpoint timed out\n\tAzureCliCredential: run 'az login'"
            ),
            False,
        ),
    ],
)
def test_what_may_pass_is_told_from_what_is_refused(error, passes):
    assert may_pass(error) is passes


def test_what_worked_before_is_not_unavailable_for_good():
    assert may_pass(CredentialUnavailableError("no managed identity endpoint found"), worked_before=True)
    assert not may_pass(CredentialUnavailableError("no managed identity endpoint found"))
