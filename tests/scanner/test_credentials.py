"""Each --auth makes the credential of its name, without any network."""

import asyncio
import base64
import json
import threading

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.identity import CredentialUnavailableError
from azure.identity.aio import (
    AzureCliCredential,
    DefaultAzureCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from scanner.clouds import CLOUDS, Cloud
from scanner.credentials import DeviceCode, GitHubOidcCredential, credential_for
from scanner.errors import StartError, UsageError
from scanner.options import Auth
from scanner.policies import LONGEST_TRY
from scanner.session import Session
from scanner.tokens import IssuerUnavailable, RenewableCredential, may_pass

PUBLIC = CLOUDS["AzureCloud"]
STACK = Cloud(
    name="S", arm="https://arm.s", authority="https://login.s", audience="https://arm.s", logs="", known=False
)
TENANT = "11111111-2222-3333-4444-555555555555"
SET = {
    "AZURE_TENANT_ID": TENANT,
    "AZURE_CLIENT_ID": "22222222-2222-3333-4444-555555555555",
    "AZURE_CLIENT_SECRET": "secret",
    "AZURE_FEDERATED_TOKEN_FILE": "token",
}
JOB = {
    "AZURE_TENANT_ID": TENANT,
    "AZURE_CLIENT_ID": "client",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://actions.example/token?x=1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "github",
}


@pytest.fixture
def environment(monkeypatch, clean_environment):
    def only(values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return only


def made(auth, script, cloud=PUBLIC, **options):
    return credential_for(auth, cloud, script, **options)._credential


@pytest.mark.parametrize(
    ("auth", "kind"),
    [
        (Auth.DEFAULT, DefaultAzureCredential),
        (Auth.CLI, AzureCliCredential),
        (Auth.ENV, EnvironmentCredential),
        (Auth.MANAGED_IDENTITY, ManagedIdentityCredential),
        (Auth.WORKLOAD_IDENTITY, WorkloadIdentityCredential),
    ],
)
async def test_each_auth_is_the_credential_of_its_name(environment, script, auth, kind):
    environment(SET)
    credential = made(auth, script)
    assert isinstance(credential, kind)
    await credential.close()
    assert script.sent == []


@pytest.mark.parametrize("auth", [Auth.DEFAULT, Auth.CLI])
async def test_the_command_line_tools_may_start_slowly_but_end_before_the_request(environment, script, auth):
    environment({})
    credential = made(auth, script)
    tools = [one for one in getattr(credential, "credentials", [credential]) if hasattr(one, "_process_timeout")]
    assert len(tools) == (3 if auth is Auth.DEFAULT else 1)
    assert {one._process_timeout for one in tools} == {50}
    assert LONGEST_TRY > 50
    await credential.close()


def test_a_managed_identity_cannot_choose_its_tenant(environment, script):
    environment({})
    with pytest.raises(UsageError, match=r"--tenant .*managed-identity.* belongs to one tenant"):
        made(Auth.MANAGED_IDENTITY, script, tenant=TENANT)


async def test_device_code_and_github_oidc(environment, script):
    environment(JOB)
    assert isinstance(made(Auth.GITHUB_OIDC, script), GitHubOidcCredential)
    device = made(Auth.DEVICE_CODE, script)
    assert isinstance(device, DeviceCode)
    await device.close()


@pytest.mark.parametrize("auth", [Auth.DEFAULT, Auth.ENV])
async def test_a_named_tenant_is_asked_for_its_own_tokens(environment, script, auth):
    environment(SET)
    asked = []

    class Inner:
        async def get_token(self, *scopes, claims=None, tenant_id=None):
            asked.append((scopes, claims, tenant_id))

        async def close(self):
            asked.append("closed")

    credential = made(auth, script, tenant="other-tenant")
    await credential._credential.close()
    credential._credential = Inner()
    await credential.get_token("scope", claims="c")
    await credential.close()
    assert asked == [(("scope",), "c", "other-tenant"), "closed"]


def test_workload_identity_without_its_variables_says_so(environment, script):
    environment({})
    with pytest.raises(StartError, match="--auth workload-identity cannot be used"):
        made(Auth.WORKLOAD_IDENTITY, script)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "id-token: write"),
        ({name: JOB[name] for name in JOB if name != "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}, "id-token: write"),
        ({name: JOB[name] for name in JOB if name != "AZURE_CLIENT_ID"}, "AZURE_CLIENT_ID"),
        ({name: JOB[name] for name in JOB if name != "AZURE_TENANT_ID"}, "--tenant"),
    ],
)
def test_github_oidc_says_what_the_job_lacks(environment, script, values, says):
    environment(values)
    with pytest.raises(StartError, match=says):
        made(Auth.GITHUB_OIDC, script)


def test_github_oidc_takes_the_tenant_from_the_command_line(environment, script):
    environment({name: JOB[name] for name in JOB if name != "AZURE_TENANT_ID"})
    assert isinstance(made(Auth.GITHUB_OIDC, script, tenant=TENANT), GitHubOidcCredential)


GITHUB = "https://actions.example/token?x=1&audience=api%3A%2F%2FAzureADTokenExchange"


@pytest.mark.parametrize(("name", "end"), [("AzureUSGovernment", "USGov"), ("AzureChinaCloud", "China")])
async def test_github_is_asked_for_a_token_for_the_login_of_the_cloud(environment, script, name, end):
    environment(JOB)
    script.on(GITHUB + end, (403, b"no", {}))
    with pytest.raises(StartError, match="GitHub refused"):
        await made(Auth.GITHUB_OIDC, script, cloud=CLOUDS[name]).get_token("s/.default")
    assert len(script.sent) == 1


async def test_github_oidc_exchanges_the_jobs_token_for_an_azure_token(environment, script):
    environment(JOB)
    script.on(GITHUB, {"value": "the-jobs-token"})
    login = "https://login.s/" + TENANT
    script.on(f"{login}/v2.0/.well-known/openid-configuration", _configuration(login))
    script.on(f"{login}/oauth2/v2.0/token", {"access_token": "azure", "expires_in": 3600, "token_type": "Bearer"})
    token = await made(Auth.GITHUB_OIDC, script, cloud=STACK).get_token("https://arm.s/.default")
    assert token.token == "azure"
    assert script.sent[0].headers["Authorization"] == "Bearer github"
    assert {sent.host for sent in script.sent} == {"actions.example", "login.s"}


def _configuration(login):
    return {"token_endpoint": f"{login}/oauth2/v2.0/token", "authorization_endpoint": f"{login}/a", "issuer": login}


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404])
async def test_github_refusing_its_token_is_told_and_nobody_else_is_asked(environment, script, status):
    environment(JOB)
    script.on(GITHUB, (status, b"no", {"Location": "https://elsewhere.example/token"}))
    with pytest.raises(StartError, match=rf"GitHub refused an OIDC token .HTTP {status}.*id-token: write"):
        await made(Auth.GITHUB_OIDC, script).get_token("s/.default")
    assert [sent.host for sent in script.sent] == ["actions.example"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, {"message": "x"}, {}), "answers HTTP 500"),
        ((429, b"", {"Retry-After": "7"}), "answers HTTP 429"),
        (ServiceRequestError("no route"), "cannot be reached"),
        *((answer, "answers something that is no token") for answer in (b"<html>", [], {"value": None}, {})),
    ],
)
async def test_a_github_that_is_ill_may_recover(environment, script, answer, says):
    environment(JOB)
    script.on(GITHUB, answer)
    with pytest.raises(IssuerUnavailable, match=says) as caught:
        await made(Auth.GITHUB_OIDC, script).get_token("s/.default")
    assert may_pass(caught.value)
    assert (caught.value.issuer, len(script.sent)) == ("https://actions.example", 1)
    assert caught.value.asked == (7 if "429" in says else None)


async def test_a_cloud_that_azure_identity_does_not_know_is_not_looked_up(environment, script):
    environment(SET)
    login = "https://login.s/" + TENANT
    script.on(f"{login}/v2.0/.well-known/openid-configuration", _configuration(login))
    script.on(f"{login}/oauth2/v2.0/token", {"access_token": "azure", "expires_in": 3600, "token_type": "Bearer"})
    credential = credential_for(Auth.ENV, STACK, script)
    assert (await credential.get_token(STACK.scope)).token == "azure"
    assert {sent.host for sent in script.sent} == {"login.s"}
    await credential.close()


# -- a device code --------------------------------------------------------------------------------------------


def _coded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def test_a_device_code_login_goes_through_the_sessions_transport(environment, script, capsys):
    environment({})
    login = "https://login.s/" + TENANT
    places = _configuration(login) | {"device_authorization_endpoint": f"{login}/devicecode"}
    script.on(f"{login}/v2.0/.well-known/openid-configuration", places)
    code = {"device_code": "d", "user_code": "u", "verification_uri": "https://v", "expires_in": 900, "interval": 1}
    script.on(f"{login}/devicecode", code | {"message": "enter u at https://v"})
    claims = {
        "aud": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "iss": login,
        "sub": "s",
        "tid": TENANT,
        "upn": "u",
        "exp": 4e9,
    }
    answer = {"access_token": "azure", "expires_in": 3600, "token_type": "Bearer"}
    answer |= {"id_token": f"e30.{_coded(claims)}.x", "client_info": _coded({"uid": "u", "utid": TENANT})}
    script.on(f"{login}/oauth2/v2.0/token", answer)
    device = made(Auth.DEVICE_CODE, script, cloud=STACK, tenant=TENANT)
    assert (await device.get_token("https://arm.s/.default")).token == "azure"
    assert "enter u at https://v" in capsys.readouterr().out
    assert {sent.host for sent in script.sent} == {"login.s"}


async def test_a_device_code_login_that_fails_tells_its_cause(environment, script):
    environment({})
    script.on("https://login.s/organizations/v2.0/.well-known/openid-configuration", (403, {"error": "x"}, {}))
    with pytest.raises((ClientAuthenticationError, ValueError), match="configuration"):
        await made(Auth.DEVICE_CODE, script, cloud=STACK).get_token("https://arm.s/.default")


def test_a_login_that_is_waited_for_can_be_given_up(environment, script):
    """The loop ends although the user has entered no code; were it to wait, the login would have ended before it."""
    environment({})
    ended, released = [], threading.Event()

    async def give_up():
        loop, waiting = asyncio.get_running_loop(), asyncio.Event()

        class Waiting:
            def get_token(self, *_scopes, claims=None):
                loop.call_soon_threadsafe(waiting.set)
                released.wait(5)
                ended.append(claims)

        device = made(Auth.DEVICE_CODE, script)
        device._credential = Waiting()
        asked = asyncio.create_task(device.get_token("scope"))
        await waiting.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await device.close()

    asyncio.run(give_up())
    assert ended == []
    [login] = [thread for thread in threading.enumerate() if thread.name == "login"]
    released.set()
    login.join()
    assert login.daemon


# -- the first login ------------------------------------------------------------------------------------------


async def login_with(error, script):
    class Broken:
        async def get_token(self, *_scopes, claims=None):
            raise error

        async def close(self):
            """Nothing is held."""

    await Session(PUBLIC, RenewableCredential(Broken), script).log_in()


@pytest.mark.parametrize(
    "error",
    [
        CredentialUnavailableError(message="EnvironmentCredential authentication unavailable."),
        ClientAuthenticationError("AADSTS7000215: Invalid client secret\r\nTrace ID: x"),
        ValueError("tenant_id is required"),
        OSError("token file is not there"),
    ],
)
async def test_a_login_that_fails_ends_in_one_line_with_advice(script, error):
    with pytest.raises(StartError) as caught:
        await login_with(error, script)
    assert "\n" not in str(caught.value)
    assert str(error).split(":")[0].split("\r")[0] in caught.value.message
    assert "--auth" in caught.value.advice


async def test_env_without_its_variables_ends_with_their_names(environment, script):
    environment({})
    session = Session(PUBLIC, credential_for(Auth.ENV, PUBLIC, script), script)
    with pytest.raises(StartError, match="AZURE_CLIENT_SECRET"):
        await session.log_in()
    assert script.sent == []


async def test_a_wrong_secret_is_told_in_the_words_of_the_login(environment, script):
    environment(SET)
    login = "https://login.s/" + TENANT
    script.on(f"{login}/v2.0/.well-known/openid-configuration", _configuration(login))
    refusal = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret",
        "error_codes": [7000215],
    }
    script.on(f"{login}/oauth2/v2.0/token", (401, json.dumps(refusal).encode(), {}))
    session = Session(STACK, credential_for(Auth.ENV, STACK, script), script)
    with pytest.raises(StartError, match="AADSTS7000215"):
        await session.log_in()
