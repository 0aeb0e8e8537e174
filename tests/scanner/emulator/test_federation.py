"""A GitHub job's token is exchanged as Microsoft Entra does it, and refused in its numbers and words."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import jwt
import pytest
from builders import NOW
from cryptography.hazmat.primitives.asymmetric import rsa

from scanner.emulator import TENANTS, Emulator, Job, Request
from scanner.emulator.federation import FederatedCredential

BASE = "https://arm.emulator.invalid"
AUDIENCE = "api://AzureADTokenExchange"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def there():
    return Emulator(TENANTS["spotless"](NOW), job=Job("octo-org/audit"))


async def fetched(emulator, audience=AUDIENCE, bearer=None):
    url = emulator.github.variables(BASE)["ACTIONS_ID_TOKEN_REQUEST_URL"]
    headers = {"Authorization": f"Bearer {bearer or emulator.github.request_token}"}
    answer = await emulator.handle(Request("GET", f"{url}&{urlencode({'audience': audience})}", headers))
    return answer.status, json.loads(answer.body) if answer.body else None


async def exchanged(emulator, assertion, *, tenant=None, client=None):
    form = {
        "grant_type": "client_credentials",
        "client_id": client or emulator.login.client_id,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
        "scope": f"{BASE}/.default",
    }
    url = f"{BASE}/{tenant or emulator.login.tenant_id}/oauth2/v2.0/token"
    answer = await emulator.handle(Request("POST", url, {}, urlencode(form).encode()))
    return answer.status, json.loads(answer.body)


async def refusal(emulator, assertion=None, **options):
    if assertion is None:
        _, told = await fetched(emulator)
        assertion = told["value"]
    status, told = await exchanged(emulator, assertion, **options)
    text = told["error_description"].partition("\r\n")[0]
    assert text.startswith(f"AADSTS{told['error_codes'][0]}: ")
    return status, told["error"], told["error_codes"], text


async def test_a_token_of_the_job_is_exchanged_for_one_that_arm_takes(there):
    _, told = await fetched(there)
    status, granted = await exchanged(there, told["value"])
    assert (status, granted["token_type"]) == (200, "Bearer")
    there.login.authorize(f"Bearer {granted['access_token']}")


async def test_the_token_has_githubs_form_and_claims_and_never_comes_twice(there):
    status, told = await fetched(there)
    token = told["value"]
    assert (status, told) == (200, {"count": len(token), "value": token})
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"], bool(header["kid"])) == ("RS256", "JWT", True)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["iss"] == "https://token.actions.githubusercontent.com"
    assert (claims["sub"], claims["aud"]) == ("repo:octo-org/audit:ref:refs/heads/main", AUDIENCE)
    assert claims["exp"] - claims["iat"] == 300
    assert claims["job_workflow_ref"] == "octo-org/audit/.github/workflows/audit.yml@refs/heads/main"
    _, again = await fetched(there)
    assert again["value"] != token
    assert there.github.issued == [token, again["value"]]


async def test_the_audience_is_the_owners_page_unless_asked_for(there):
    _, told = await fetched(there, audience="")
    assert jwt.decode(told["value"], options={"verify_signature": False})["aud"] == "https://github.com/octo-org"


async def test_another_request_token_gets_nothing(there):
    assert await fetched(there, bearer="other") == (401, None)
    assert there.github.issued == []


def test_the_request_url_already_has_a_query(there):
    assert urlsplit(there.github.variables(BASE)["ACTIONS_ID_TOKEN_REQUEST_URL"]).query == "api-version=2.0"


@pytest.mark.parametrize(
    ("job", "subject"),
    [
        (Job("o/r"), "repo:o/r:ref:refs/heads/main"),
        (Job("o/r", environment="prod"), "repo:o/r:environment:prod"),
        (Job("o/r", event="pull_request"), "repo:o/r:pull_request"),
        (Job.of("o@65/r.x@74"), "repo:o@65/r.x@74:ref:refs/heads/main"),
    ],
)
def test_the_subject_tells_where_the_job_runs(job, subject):
    assert job.subject == subject


@pytest.mark.parametrize("text", ["", "o", "o/", "o/r/s", "o@65/r", "o/r@74", "o r/s"])
def test_what_is_no_repository_has_no_job(text):
    with pytest.raises(ValueError):
        Job.of(text)


COMPARE = " Check your federated identity credential Subject, Audience and Issuer against the presented assertion."


@pytest.mark.parametrize(
    ("trusted", "number", "said"),
    [
        ({"issuer": "https://token.actions.githubusercontent.com/"}, 700211, "issuer 'https://token.actions.gi"),
        ({"subject": "repo:octo-org/audit:environment:p"}, 700213, "subject 'repo:octo-org/audit:ref:refs/heads/main'"),
        ({"subject": "repo:Octo-Org/audit:ref:refs/heads/main"}, 7002138, "matches with case-insensitive comparison"),
        ({"audiences": ("api://AzureADTokenExchangeUSGov",)}, 700212, f"audience '{AUDIENCE}'"),
    ],
)
async def test_a_credential_that_does_not_match_is_named(there, trusted, number, said):
    there.login.federated = (replace(there.login.federated[0], **trusted),)
    status, error, numbers, text = await refusal(there)
    assert (status, error, numbers) == (401, "invalid_client", [number])
    assert text.startswith(f"AADSTS{number}: No matching federated identity record found for presented assertion ")
    assert said in text
    assert COMPARE in text


@pytest.mark.parametrize("skew", [timedelta(minutes=-6), timedelta(minutes=2)], ids=["ended", "not yet"])
async def test_a_token_out_of_its_time_is_refused_with_its_times(there, skew):
    there.github.skew = skew
    _, _, numbers, text = await refusal(there)
    assert numbers == [700024]
    assert "Client assertion is not within its valid time range. Current time: " in text


async def test_a_short_life_ends_by_the_clock_of_the_door(there):
    there.github.lifetime = timedelta(seconds=30)
    _, told = await fetched(there)
    await there.clock.sleep(31)
    assert (await refusal(there, told["value"]))[2] == [700024]


async def test_what_is_no_token_of_github_is_refused(there):
    _, told = await fetched(there)
    head, _, signature = told["value"].split(".")
    claims = jwt.decode(told["value"], options={"verify_signature": False})
    other = rsa.generate_private_key(65537, 2048)
    kid = jwt.get_unverified_header(told["value"])["kid"]
    forged = [jwt.encode(claims, other, "RS256", {"kid": kid}), jwt.encode(claims, other, "RS256", {"kid": "mine"})]
    assert [(await refusal(there, one))[2] for one in forged] == [[50013], [7000272]]
    assert (await refusal(there, f"{head}.x.{signature}"))[2] == [50027]
    assert (await refusal(there, "no-jwt"))[2] == [50027]


async def test_an_application_without_federated_credentials_says_so(there):
    there.login.federated = ()
    assert (await refusal(there))[2] == [70025]


async def test_an_unknown_application_and_an_unknown_tenant_are_told_apart(there):
    assert (await refusal(there, client="nobody"))[:3] == (400, "unauthorized_client", [700016])
    assert (await refusal(there, tenant="nowhere"))[:3] == (400, "invalid_request", [90002])


async def test_each_cloud_has_its_own_audience():
    fairfax = Emulator(TENANTS["fairfax"](NOW))
    assert fairfax.login.federated[0].audiences == ("api://AzureADTokenExchangeUSGov",)
    assert isinstance(fairfax.login.federated[0], FederatedCredential)
