"""The login of a GitHub Actions job: what its workflow lacks is said in one line, and a long scan goes on."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOW

from scanner.collect import collect_estate
from scanner.credentials import credential_for
from scanner.emulator import TENANTS, Emulator, Fault, Job, answer, expire, reset, slow, throttle
from scanner.emulator.emulator import ARM_ENDPOINT
from scanner.emulator.faults import Reply
from scanner.errors import StartError
from scanner.github_job import claims_of, job_of
from scanner.inventory import GapReason, Scope
from scanner.options import Auth
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.session import Session, discover_cloud

SUBJECT = "repo:octo-org/audit:ref:refs/heads/main"
IDTOKEN = "/idtoken"
LOGIN = "/oauth2/v2.0/token"


class There:
    """An emulated tenant, and the environment of the job that logs in to it."""

    def __init__(self, monkeypatch, *faults, tenant="spotless", job=None):
        self.emulator = Emulator(TENANTS[tenant](NOW), faults=faults, page_size=50, job=job or Job("octo-org/audit"))
        self.github, self.azure = self.emulator.github, self.emulator.login
        values = self.github.variables(ARM_ENDPOINT)
        values |= {"AZURE_TENANT_ID": self.azure.tenant_id, "AZURE_CLIENT_ID": self.azure.client_id}
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    async def session(self):
        transport = self.emulator.transport()
        cloud = await discover_cloud(ARM_ENDPOINT, transport)
        credential = credential_for(Auth.GITHUB_OIDC, cloud, transport)
        return Session(cloud, credential, transport, Pacer(64, self.emulator.clock))

    async def scan(self):
        session = await self.session()
        await session.log_in()
        return await collect_estate(session, Scope(), progress=Silent(), as_of=NOW)

    async def refusal(self):
        with pytest.raises(StartError) as caught:
            await (await self.session()).log_in()
        assert "\n" not in str(caught.value)
        assert self.github.request_token not in str(caught.value)
        assert not [token for token in self.github.issued if token in str(caught.value)]
        return caught.value


@pytest.fixture
def there(monkeypatch, clean_environment):
    return lambda *faults, **options: There(monkeypatch, *faults, **options)


# -- what a workflow lacks --------------------------------------------------------------------------------------------

IN_JOB = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"}
GRANTED = IN_JOB | {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://run.actions.example/idtoken?api-version=2.0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "request",
    "AZURE_CLIENT_ID": "client",
    "AZURE_TENANT_ID": "tenant",
}


def lacking(environment):
    with pytest.raises(StartError) as caught:
        job_of(environment, None)
    assert caught.value.exit_code == 4
    return caught.value


def test_outside_a_job_another_login_is_advised():
    error = lacking({})
    assert "only in a job of GitHub Actions" in error.message
    assert "--auth" in error.advice


@pytest.mark.parametrize("name", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_a_job_without_the_permission_is_told_to_take_it(name):
    error = lacking(GRANTED | {name: ""})
    assert error.message == "GitHub offers this job no OIDC token"
    assert "add `permissions: id-token: write`" in error.advice


@pytest.mark.parametrize(
    ("head", "fork"),
    [({"full_name": "ann/audit"}, True), (None, True), ({"full_name": "octo-org/audit"}, False)],
    ids=["fork", "fork that is gone", "own branch"],
)
def test_a_pull_request_from_a_fork_is_told_what_else_to_run_on(tmp_path, head, fork):
    base = {"repo": {"full_name": "octo-org/audit"}}
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"head": {"repo": head}, "base": base, "number": 1}}))
    error = lacking(IN_JOB | {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)})
    assert ("from a fork" in error.message, "`schedule`, `workflow_dispatch` or `push`" in error.advice) == (fork, fork)


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"pull_request": null}'])
def test_an_event_that_cannot_be_read_is_no_fork(tmp_path, text):
    event = tmp_path / "event.json"
    if text is not None:
        event.write_text(text)
    error = lacking(IN_JOB | {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event)})
    assert "id-token: write" in error.advice


@pytest.mark.parametrize("name", ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"])
@pytest.mark.parametrize("value", ["", " \n"])
def test_a_variable_that_is_empty_is_named_with_the_line_that_passes_it(name, value):
    error = lacking(GRANTED | {name: value})
    assert name in error.message
    assert f"`env: {name}: ${{{{ vars.{name} }}}}`" in error.advice


@pytest.mark.parametrize(
    "url", ["http://run.actions.example/t?a=1", "https:///t?a", "https://u:p@x/t", "t", "https://["]
)
def test_the_request_token_goes_over_https_only(url):
    assert "is no https URL" in lacking(GRANTED | {"ACTIONS_ID_TOKEN_REQUEST_URL": url}).message


def test_the_audience_joins_the_query_of_the_runners_url():
    job = job_of(GRANTED, None)
    assert job.address("api://A b") == "https://run.actions.example/idtoken?api-version=2.0&audience=api%3A%2F%2FA%20b"
    assert job.origin == "https://run.actions.example"


@pytest.mark.parametrize("token", ["", "a.b", "a.!.c", "a.e30.c", "a.W10.c", "a.____.c", "a.\u00e9.c"])
def test_claims_that_cannot_be_read_are_empty(token):
    assert (claims_of(token).iss, claims_of(token).sub) == ("", "")


# -- what Entra refuses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trusted", "number"),
    [
        ({"subject": "repo:octo-org/audit:environment:prod"}, 700213),
        ({"subject": SUBJECT.upper()}, 7002138),
        ({"issuer": "https://token.actions.githubusercontent.com/"}, 700211),
        (None, 70025),
    ],
)
async def test_a_job_that_is_not_trusted_gets_the_command_that_trusts_it(there, trusted, number):
    place = there()
    [credential] = place.azure.federated
    place.azure.federated = () if trusted is None else (replace(credential, **trusted),)
    error = await place.refusal()
    assert f"AADSTS{number}" in error.message
    assert SUBJECT not in error.message
    wanted = {"issuer": credential.issuer, "subject": SUBJECT, "audiences": ["api://AzureADTokenExchange"]}
    command = (
        f"az ad app federated-credential create --id {place.azure.client_id} --parameters "
        f"'{json.dumps({'name': 'repo-octo-org-audit-ref-refs-heads-main'} | wanted)}'"
    )
    assert command in error.advice


async def test_the_subject_of_a_job_cannot_break_out_of_the_command(there):
    place = there(job=Job("octo-org/audit", ref="refs/heads/'$(reboot)\x1b"))
    place.azure.federated = (replace(place.azure.federated[0], subject="other"),)
    advice = (await place.refusal()).advice
    assert """refs/heads/'"'"'$(reboot)""" in advice.partition("--parameters ")[2]
    assert advice.isprintable()


async def test_the_audience_is_that_of_the_cloud(there):
    assert (await there(tenant="fairfax").session()).cloud.exchange_audience == "api://AzureADTokenExchangeUSGov"
    place = there()
    place.azure.federated = (replace(place.azure.federated[0], audiences=("api://AzureADTokenExchangeUSGov",)),)
    error = await place.refusal()
    assert "AADSTS700212" in error.message
    assert '["api://AzureADTokenExchange"], that of AzureCloud' in error.advice


async def test_an_unknown_application_or_tenant_is_told_with_its_variable(there, monkeypatch):
    place = there()
    monkeypatch.setenv("AZURE_CLIENT_ID", "an-object-id")
    error = await place.refusal()
    assert "AADSTS700016" in error.message
    assert "AZURE_CLIENT_ID, now 'an-object-id'" in error.advice
    monkeypatch.setenv("AZURE_TENANT_ID", "00000000-0000-0000-0000-00000000dead")
    error = await place.refusal()
    assert "AADSTS90002" in error.message
    assert "AZURE_TENANT_ID, now '00000000-0000-0000-0000-00000000dead'" in error.advice


async def test_a_clock_that_is_off_is_told_after_a_second_token_of_github(there):
    place = there()
    place.github.skew = timedelta(minutes=-20)
    error = await place.refusal()
    assert "AADSTS700024" in error.message
    assert "NTP" in error.advice
    assert len(place.github.issued) == 2


async def test_a_token_that_came_too_late_is_replaced_by_a_new_one(there):
    place = there(slow(400, IDTOKEN, times=1))
    await (await place.session()).log_in()
    assert len(place.github.issued) == 2


async def test_a_refusal_that_is_not_known_is_told_in_entras_words(there):
    said = {"error": "access_denied", "error_description": "AADSTS53003: Access is blocked.\r\nTrace ID: t" + "x" * 400}
    error = await there(answer(400, json.dumps(said), scope=LOGIN)).refusal()
    assert error.message == "Microsoft Entra refused the token of this job (AADSTS53003: Access is blocked.)"
    assert SUBJECT in error.advice


# -- a long scan ------------------------------------------------------------------------------------------------------


async def test_each_exchange_has_a_github_token_of_its_own(there):
    place = there(expire(20))
    place.github.lifetime = timedelta(seconds=30)
    estate = await place.scan()
    exchanges = [path for _, path, _ in place.emulator.requests if path.endswith(LOGIN)]
    assert len(place.github.issued) == len(exchanges) > 1
    assert len(set(place.github.issued)) == len(exchanges)
    assert estate.ledger.gaps == ()


@pytest.mark.parametrize(
    "fault",
    [
        answer(503, scope=IDTOKEN, times=3),
        answer(429, b"", {"Retry-After": "4"}, scope=IDTOKEN, times=2),
        reset(IDTOKEN, times=2),
        answer(200, "<html>", scope=IDTOKEN, times=2),
    ],
)
async def test_a_github_that_is_ill_for_a_while_is_asked_again(there, fault):
    place = there(fault)
    await (await place.session()).log_in()
    assert len(place.github.issued) == 1
    assert 0 < place.emulator.clock.now() < 30


async def test_a_github_that_stays_ill_is_named_with_its_own_address(there):
    error = await there(answer(503, scope=IDTOKEN)).refusal()
    assert error.message == f"cannot reach {ARM_ENDPOINT} (no login for 30 s: GitHub's OIDC endpoint answers HTTP 503)"


async def test_a_job_that_may_ask_no_more_leaves_gaps_and_what_was_seen(there):
    ended = Fault(Reply(401, b""), scope=IDTOKEN, after=1)
    estate = await there(expire(20), ended).scan()
    lost = [gap for gap in estate.ledger.gaps if gap.code == "LoginFailed"]
    assert lost
    assert {(gap.reason, gap.message) for gap in lost} == {
        (GapReason.DENIED, "GitHub refused an OIDC token (HTTP 401)")
    }
    assert estate.accounts


async def test_a_login_that_is_throttled_in_mid_scan_waits_and_loses_nothing(there):
    estate = await there(expire(20), throttle(2, retry_after=3, scope=LOGIN)).scan()
    assert estate.ledger.gaps == ()
