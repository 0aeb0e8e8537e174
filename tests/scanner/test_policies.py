"""The guard lets nothing but reads out; the token is fetched once and renewed when the service asks."""

import asyncio
import base64
import ssl

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.rest import HttpRequest
from builders import SUB, account_id

from scanner.clouds import CLOUDS
from scanner.errors import RefusedRequest
from scanner.session import Session
from scanner.tokens import RenewableCredential, certificate_problem

ARM = "https://management.azure.com"
PATH = f"{account_id()}/certificates"


@pytest.fixture
def send(session):
    async def run(method, url=ARM + PATH):
        return await session.automation.send_request(HttpRequest(method, url))

    return run


# -- the guard ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", PATH),
        ("PATCH", PATH),
        ("DELETE", PATH),
        ("HEAD", PATH),
        ("OPTIONS", PATH),
        ("POST", f"/subscriptions/{SUB}/providers/Microsoft.Automation/register"),
        ("POST", f"{account_id()}/listKeys"),
        ("POST", f"{account_id()}/agentRegistrationInformation/regenerateKey"),
        ("POST", "/batch"),
        ("POST", "/v1/$batch"),
        ("POST", "/subscriptions/x/metrics:getBatch"),
        ("POST", "/providers/Microsoft.ResourceGraph/resourcesHistory"),
        ("POST", "/x/providers/Microsoft.ResourceGraph/resources"),
        ("POST", f"/v1/workspaces/{SUB}/metadata"),
        ("PUT", "/providers/Microsoft.ResourceGraph/resources"),
    ],
)
async def test_whatever_is_no_read_never_leaves(script, send, method, path):
    with pytest.raises(RefusedRequest):
        await send(method, ARM + path)
    assert script.sent == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("POST", "/providers/Microsoft.ResourceGraph/resources"),
        ("POST", "/providers/microsoft.resourcegraph/resources"),
        ("POST", f"/v1/workspaces/{SUB}/query"),
    ],
)
async def test_reads_and_the_two_queries_pass(script, send, method, path):
    script.on(path, {})
    assert (await send(method, f"{ARM}{path}?api-version=1")).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://management.azure.com/",
        "http://management.azure.com:443/",
        "https://management.azure.com:444/",
        "https://management.azure.com.evil.example/",
        "https://management.azure.com@evil.example/",
        "https://management.usgovcloudapi.net/",
        "https://login.microsoftonline.com/",
        "https://management.azure.com:port/",
    ],
)
async def test_a_token_never_goes_to_another_place(script, credential, send, url):
    with pytest.raises(RefusedRequest):
        await send("GET", url)
    assert (script.sent, credential.asked) == ([], [])


@pytest.mark.parametrize("url", [f"{ARM}:443{PATH}", f"https://Management.Azure.com{PATH}"])
async def test_the_port_and_the_case_of_the_host_do_not_matter(script, send, url):
    script.on(PATH, {}).on(url, {})
    assert (await send("GET", url)).status_code == 200


async def test_the_log_analytics_host_of_the_cloud_may_have_a_token(script, send):
    url = f"https://api.loganalytics.azure.com/v1/workspaces/{SUB}/query"
    script.on(url, {})
    assert (await send("POST", url)).status_code == 200


# -- the token ------------------------------------------------------------------------------------------------


async def test_many_requests_share_one_token(script, credential, send):
    script.on(PATH, {})
    await asyncio.gather(*(send("GET") for _ in range(50)))
    assert credential.asked == [(("https://management.azure.com/.default",), None)]
    assert {sent.headers["Authorization"] for sent in script.sent} == {"Bearer token-1"}


@pytest.fixture
def short_lived(credential):
    """Make the credential give tokens that have ended already."""
    fetch = credential.get_token

    async def short(*scopes, claims=None):
        return (await fetch(*scopes, claims=claims))._replace(expires_on=100)

    credential.get_token = short


async def test_a_token_that_ends_soon_is_fetched_anew(script, short_lived, send, monkeypatch):
    monkeypatch.setattr("scanner.tokens._REFRESH_EVERY", -1.0)
    script.on(PATH, {})
    await send("GET")
    await send("GET")
    assert [sent.headers["Authorization"] for sent in script.sent] == ["Bearer token-1", "Bearer token-2"]


async def test_a_credential_that_gives_short_tokens_is_not_asked_for_each_request(
    script, credential, short_lived, send
):
    script.on(PATH, {})
    await asyncio.gather(*(send("GET") for _ in range(20)))
    assert len(credential.asked) == 1


async def test_requests_that_are_refused_together_renew_once(script, credential, send):
    async def until_renewed(sent):
        return (401, {}, {}) if sent.headers["Authorization"] == "Bearer token-1" else {}

    script.on(PATH, {})
    await send("GET")
    script.on(PATH, until_renewed)
    answers = await asyncio.gather(*(send("GET") for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len([sent for sent in script.sent if sent.headers["Authorization"] == "Bearer token-1"]) == 11
    assert (len(credential.asked), credential.closed) == (2, 1)


async def test_a_claims_challenge_is_answered_with_its_claims(script, credential, send):
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    coded = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    challenge = {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{coded}"'}
    script.on(PATH, (401, {}, challenge), {})
    assert (await send("GET")).status_code == 200
    assert [asked for _, asked in credential.asked] == [None, claims]
    assert credential.closed == 0


@pytest.mark.parametrize("claims", ["%%%", "gICA", "", "a"])
async def test_claims_that_cannot_be_read_only_renew(script, credential, send, claims):
    script.on(PATH, (401, {}, {"WWW-Authenticate": f'Bearer claims="{claims}"'}), {})
    assert (await send("GET")).status_code == 200
    assert [asked for _, asked in credential.asked] == [None, None]


async def test_an_interactive_login_is_not_thrown_away(credential):
    made = RenewableCredential(lambda: credential, renewable=False)
    await made.renew()
    assert credential.closed == 0


async def test_a_failing_login_reaches_the_caller(credential, send):
    async def refuse(*_scopes, claims=None):
        raise ClientAuthenticationError("no")

    credential.get_token = refuse
    with pytest.raises(ClientAuthenticationError):
        await send("GET")


async def test_the_user_agent_names_the_tool(script, send):
    script.on(PATH, {})
    await send("GET")
    assert script.sent[0].headers["User-Agent"].startswith("hybrid-worker-audit/")


async def test_the_audience_of_a_cloud_is_the_scope_of_its_token(script, credential):
    china = Session(CLOUDS["AzureChinaCloud"], RenewableCredential(lambda: credential), script)
    url = "https://management.chinacloudapi.cn/subscriptions"
    script.on(url, {})
    await china.subscriptions.send_request(HttpRequest("GET", url))
    assert credential.asked == [(("https://management.chinacloudapi.cn/.default",), None)]


# -- certificates ---------------------------------------------------------------------------------------------


def test_a_certificate_problem_is_found_among_the_causes():
    inner = ssl.SSLCertVerificationError(1, "self-signed certificate")
    inner.verify_message = "self-signed certificate"
    outer = ServiceRequestError("cannot connect")
    outer.__cause__ = inner
    assert certificate_problem(outer) == "self-signed certificate"
    assert certificate_problem(ServiceRequestError("cannot connect")) is None


async def test_an_untrusted_certificate_is_not_tried_again(script, send):
    inner = ssl.SSLCertVerificationError(1, "self-signed certificate")
    inner.verify_message = ""
    broken = ServiceRequestError("cannot connect", error=inner)
    script.on(PATH, broken)
    with pytest.raises(ServiceRequestError):
        await send("GET")
    assert len(script.sent) == 1


async def test_a_refused_login_answers_all_who_wait_for_it(script, credential, send):
    script.on(PATH, (401, {}, {}))
    fetch = credential.get_token

    async def revoked(*scopes, claims=None):
        token = await fetch(*scopes, claims=claims)
        if len(credential.asked) > 1:
            raise ClientAuthenticationError("AADSTS7000222: the secret has expired")
        return token

    credential.get_token = revoked
    ends = await asyncio.gather(*(send("GET") for _ in range(20)), return_exceptions=True)
    assert {type(end) for end in ends} == {ClientAuthenticationError}
    assert len(credential.asked) == 2
