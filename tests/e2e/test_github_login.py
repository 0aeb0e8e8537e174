"""The whole program in a GitHub Actions job: over real TLS, with azure-identity's own exchange, without a secret."""

import gzip

import pytest
from loopback import github_job_of
from told import complaints
from unpacking import unpacked

from scanner import waits
from scanner.emulator import answer, expire


@pytest.fixture
def job(azure, monkeypatch):
    """Serve a tenant, and put the environment of a job that may log in to it in place of the secret."""

    def start(tenant="spotless", **options):
        there = azure(tenant, **options)
        monkeypatch.delenv("AZURE_CLIENT_SECRET")
        for name, value in github_job_of(there.server).items():
            monkeypatch.setenv(name, value)
        return there

    return start


def words(there):
    return ("scan", "--arm-endpoint", there.server.url, "--auth", "github-oidc")


def test_a_job_scans_on_after_its_tokens_ended_and_tells_no_secret(hwaudit, job, monkeypatch):
    monkeypatch.setattr(waits.random, "uniform", lambda *_: 0.001)
    there = job(faults=[expire(30), answer(503, scope="/idtoken", times=1)])
    outcome = hwaudit(*words(there), "--format", "json,html", "--snapshot", "s")
    assert (outcome.code, complaints(outcome.err)) == (0, "")
    assert outcome.report["summary"]["coverage"]["ratio"] == 1
    github = there.emulator.github
    assert len(github.issued) > 1
    assert there.emulator.writes == []
    for name in outcome.files:
        written = (outcome.folder / name).read_bytes()
        told = gzip.decompress(written).decode() if name == "s" else "".join(unpacked(written))
        assert not [secret for secret in (github.request_token, *github.issued) if secret in told]


def test_what_the_workflow_lacks_is_one_line_and_exit_4(hwaudit, job, monkeypatch):
    there = job()
    there.emulator.login.federated = ()
    assert hwaudit(*words(there)).refuses(4, "AADSTS70025", "az ad app federated-credential create --id")
    monkeypatch.delenv("AZURE_CLIENT_ID")
    assert hwaudit(*words(there)).refuses(4, "AZURE_CLIENT_ID", "vars.AZURE_CLIENT_ID")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    assert hwaudit(*words(there)).refuses(4, "GitHub offers this job no OIDC token", "permissions: id-token: write")
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert hwaudit(*words(there)).refuses(4, "only in a job of GitHub Actions", "--auth")
