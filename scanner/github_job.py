"""The GitHub Actions job that a scan runs in: how it asks for its OIDC token, and what its workflow lacks.

Every error says what to add to the workflow, or to the application. Messages name neither repository nor tenant, since
in the middle of a scan they become Gaps; advice does.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec

from scanner.clouds import Cloud
from scanner.errors import StartError
from scanner.escape import visible

CLOCK: Final = "AADSTS700024"
"""Entra's number for an assertion outside its time; a new one may do."""

_URL, _TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_VARIABLE = (
    "define the variable {name} under Settings > Secrets and variables > Actions, and pass it to the step: "
    "`env: {name}: ${{{{ vars.{name} }}}}`"
)
_TOLD = re.compile(r"AADSTS\d+:[^\r\n]*")
_LONGEST = 200
_LONGEST_NAME: Final = 120
"""Characters of a federated credential's name (Microsoft Graph, federatedIdentityCredential)."""


class GitHubJob(msgspec.Struct, frozen=True):
    """Where and with which bearer token a job asks for OIDC tokens, and as which application of which tenant."""

    url: str
    request_token: str
    client_id: str
    tenant: str

    @property
    def origin(self) -> str:
        """The https origin that alone receives the request token."""
        parts = urlsplit(self.url)
        return f"https://{parts.netloc}"

    def address(self, audience: str) -> str:
        """The URL that answers with a token for the audience; the runner's own URL already has a query."""
        return f"{self.url}{'&' if urlsplit(self.url).query else '?'}audience={quote(audience, safe='')}"


class Claims(msgspec.Struct, frozen=True):
    """What a token of GitHub says of itself; nothing here was verified, and nothing of it is secret."""

    iss: str = ""
    sub: str = ""


def job_of(environment: Mapping[str, str], tenant: str | None) -> GitHubJob:
    """Find the job in the runner's variables; raises StartError that says what the workflow lacks."""
    values = {name: environment.get(name, "").strip() for name in (_URL, _TOKEN, "AZURE_CLIENT_ID", "AZURE_TENANT_ID")}
    if not values[_URL] or not values[_TOKEN]:
        raise _no_token_offered(environment)
    if not _is_https(values[_URL]):
        raise StartError(f"{_URL} is no https URL", "leave it as the runner of GitHub Actions sets it")
    if not values["AZURE_CLIENT_ID"]:
        raise StartError(
            "--auth github-oidc needs AZURE_CLIENT_ID, the client id of an application",
            _VARIABLE.format(name="AZURE_CLIENT_ID"),
        )
    found = tenant or values["AZURE_TENANT_ID"]
    if not found:
        raise StartError(
            "--auth github-oidc needs AZURE_TENANT_ID or --tenant", _VARIABLE.format(name="AZURE_TENANT_ID")
        )
    return GitHubJob(values[_URL], values[_TOKEN], values["AZURE_CLIENT_ID"], found)


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def _no_token_offered(environment: Mapping[str, str]) -> StartError:
    if environment.get("GITHUB_ACTIONS") != "true":
        return StartError(
            "--auth github-oidc works only in a job of GitHub Actions, which this is not",
            "choose another --auth here, such as cli; in the workflow, the job needs `permissions: id-token: write`",
        )
    if _is_from_fork(environment):
        return StartError(
            "GitHub offers no OIDC token to a pull request from a fork",
            "run the audit on `schedule`, `workflow_dispatch` or `push`, or leave forks out with "
            "`if: github.event.pull_request.head.repo.full_name == github.repository`",
        )
    return StartError(
        "GitHub offers this job no OIDC token",
        "add `permissions: id-token: write` (beside `contents: read`) to the job; a reusable workflow needs it in the "
        "job that calls it too",
    )


class _Repository(msgspec.Struct, frozen=True):
    full_name: str


class _Side(msgspec.Struct, frozen=True):
    repo: _Repository | None = None  # a fork may be gone


class _PullRequest(msgspec.Struct, frozen=True):
    head: _Side
    base: _Side


class _Event(msgspec.Struct, frozen=True):
    pull_request: _PullRequest


def _is_from_fork(environment: Mapping[str, str]) -> bool:
    if not environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request"):
        return False
    try:
        event = Path(environment.get("GITHUB_EVENT_PATH", "")).read_bytes()
        sides = msgspec.json.decode(event, type=_Event).pull_request
    except (OSError, msgspec.DecodeError):
        return False
    return sides.head.repo != sides.base.repo


def claims_of(token: str) -> Claims:
    """Read a token's claims without verifying it; what cannot be read is empty."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - header, payload, signature
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Claims)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return Claims()


def refused_by_github(status: int) -> StartError:
    """GitHub answered no token, and will not at the next try either."""
    return StartError(
        f"GitHub refused an OIDC token (HTTP {status})",
        "give the job `permissions: id-token: write`; the right to ask ends with the job",
    )


def refused_by_entra(said: str, job: GitHubJob, cloud: Cloud, claims: Claims) -> StartError:
    """What to do about a login that Entra refused for good; `said` is its error, with an AADSTS number.

    Numbers change: learn.microsoft.com, Microsoft Entra authentication error codes. One that is not known here is told
    in Entra's own words.
    """
    found = _TOLD.search(said)
    told = visible(found[0] if found else said.partition("\n")[0])
    number = told.partition(":")[0]
    known = _KNOWN.get(number)
    if known is None:
        short = told if len(told) <= _LONGEST else f"{told[: _LONGEST - 3]}..."
        return StartError(
            f"Microsoft Entra refused the token of this job ({short})",
            "compare the application's federated credential with the subject of the job, "
            f"{_shown(claims.sub)}, and its issuer {_shown(claims.iss)}",
        )
    message, advice = known
    create = _create(job, cloud, claims)
    values = {"client_id": visible(job.client_id), "tenant": visible(job.tenant), "create": create}
    values |= {"audience": cloud.exchange_audience, "cloud": cloud.name, "subject": _shown(claims.sub)}
    return StartError(f"{message} ({number})", advice.format(**values))


def _create(job: GitHubJob, cloud: Cloud, claims: Claims) -> str:
    """The command that makes the application trust this job, on one line for a POSIX shell."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", claims.sub).strip("-")[:_LONGEST_NAME]
    credential = {"name": name, "issuer": claims.iss, "subject": claims.sub, "audiences": [cloud.exchange_audience]}
    words = ("--id", job.client_id, "--parameters", json.dumps(credential))
    return visible(f"az ad app federated-credential create {shlex.join(words)}")


def _shown(text: str) -> str:
    return f"'{visible(text)}'" if text else "(unreadable)"


_UNTRUSTED = (
    "Microsoft Entra knows no federated credential for this job",
    "its subject is {subject}, as repository, branch or event and `environment:` decide; to let it log in: {create}",
)
_OTHER_CASE = (
    "The federated credential differs from the subject of this job in upper and lower case",
    "delete it (az ad app federated-credential list --id {client_id} tells its id), then: {create}",
)
_OTHER_AUDIENCE = (
    "The federated credential takes another audience than this cloud's",
    'set its audiences to ["{audience}"], that of {cloud}, or choose the --cloud of the tenant',
)
_OUT_OF_TIME = (
    "Microsoft Entra finds the token of this job outside its time, and a new one too",
    "set the clocks of the self-hosted runner and of GitHub Enterprise Server by NTP; no proxy may keep old answers",
)
_NO_APPLICATION = (
    "Microsoft Entra knows no such application in the tenant",
    "set AZURE_CLIENT_ID, now '{client_id}', to its application (client) id; AZURE_TENANT_ID is now '{tenant}'",
)
_NO_TENANT = (
    "Microsoft Entra knows no such tenant in this cloud",
    "AZURE_TENANT_ID, now '{tenant}', is to be the directory id; a tenant of a sovereign cloud needs --cloud",
)
_BAD_SIGNATURE = (
    "Microsoft Entra cannot verify the signature of this job's token",
    "Entra must reach the keys of GitHub Enterprise Server, told by /_services/token/.well-known/openid-configuration",
)
_KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "AADSTS70021": _UNTRUSTED,
    "AADSTS70025": _UNTRUSTED,
    "AADSTS700211": _UNTRUSTED,
    "AADSTS700212": _OTHER_AUDIENCE,
    "AADSTS700213": _UNTRUSTED,
    "AADSTS7002138": _OTHER_CASE,
    CLOCK: _OUT_OF_TIME,
    "AADSTS700016": _NO_APPLICATION,
    "AADSTS90002": _NO_TENANT,
    "AADSTS900023": _NO_TENANT,
    "AADSTS50013": _BAD_SIGNATURE,
    "AADSTS7000272": _BAD_SIGNATURE,
}
