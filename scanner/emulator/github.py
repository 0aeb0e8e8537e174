"""A stand-in for GitHub's OIDC provider: the endpoint from which the job of a workflow fetches its tokens.

The request is that of @actions/core; claims and forms of the subject: docs.github.com, OpenID Connect reference, and
GitHub's announcement of immutable subjects, 2026-07. What GitHub's endpoint says when it refuses is not imitated.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, guid

ISSUER: Final = "https://token.actions.githubusercontent.com"
LIFETIME: Final = timedelta(minutes=5)
"""For how long a token of GitHub's holds."""

_REPOSITORY = re.compile(r"([\w.-]+)(?:@(\d+))?/([\w.-]+)(?:@(\d+))?")
_PATH = "/_apis/distributedtask/hubs/Actions/plans/{plan}/jobs/{job}/idtoken"
_KEY_ID: Final = guid("GitHub", "signing key")


@dataclass(frozen=True, slots=True)
class Job:
    """The job that asks for tokens; `repository` is OWNER/REPO.

    With `ids`, those of the owner and of the repository, its subject is immutable: repositories that were made since
    15 July 2026 have such ones.
    """

    repository: str = "contoso/automation-audit"
    ids: tuple[int, int] | None = None
    ref: str = "refs/heads/main"
    environment: str = ""
    event: str = "schedule"
    workflow: str = ".github/workflows/audit.yml"

    @classmethod
    def of(cls, repository: str) -> Self:
        """The scheduled job of OWNER/REPO or OWNER@ID/REPO@ID; raises ValueError for anything else."""
        found = _REPOSITORY.fullmatch(repository)
        if found is None or (found[2] is None) != (found[4] is None):
            raise ValueError(repository)
        return cls(f"{found[1]}/{found[3]}", (int(found[2]), int(found[4])) if found[2] else None)

    @property
    def subject(self) -> str:
        """The claim that a federated credential is compared with."""
        owner, _, name = self.repository.partition("/")
        if self.ids is not None:
            owner, name = f"{owner}@{self.ids[0]}", f"{name}@{self.ids[1]}"
        if self.environment:
            context = f"environment:{self.environment}"
        else:
            context = "pull_request" if self.event == "pull_request" else f"ref:{self.ref}"
        return f"repo:{owner}/{name}:{context}"


class GitHub:
    """Gives the tokens of one job to whoever has its request token.

    `lifetime` and `skew` (by how much GitHub's clock is ahead) count for the tokens that come after they are set.
    """

    def __init__(self, job: Job, now: Callable[[], datetime]) -> None:
        self.job = job
        self.request_token = secrets.token_urlsafe(32)
        self.lifetime = LIFETIME
        self.skew = timedelta(0)
        self.issued: list[str] = []
        self._now = now

    def variables(self, base: str) -> dict[str, str]:
        """What the runner puts into the environment of a job with `id-token: write`; the URL already has a query."""
        path = _PATH.format(plan=guid(self.job.repository, "plan"), job=guid(self.job.repository, "job"))
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{base}{path}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.request_token,
        }

    def id_token(self, call: Call) -> Answer:
        """A new token for the `audience` of the query, which is the owner's page unless given."""
        if not secrets.compare_digest(call.authorization.encode(), f"Bearer {self.request_token}".encode()):
            raise RefusedError(401, "Unauthorized", "", body="")
        owner = self.job.repository.partition("/")[0]
        audience = call.query.get("audience") or f"https://github.com/{owner}"
        token = jwt.encode(self._claims(audience), _signing_key(), algorithm="RS256", headers={"kid": _KEY_ID})
        self.issued.append(token)
        return Answer({"count": len(token), "value": token})

    def _claims(self, audience: str) -> Json:
        job, now = self.job, int((self._now() + self.skew).timestamp())
        owner = job.repository.partition("/")[0]
        owner_id, repository_id = job.ids or (65, 74)
        workflow = f"{job.repository}/{job.workflow}@{job.ref}"
        return {
            "jti": secrets.token_hex(16),
            "iss": ISSUER,
            "sub": job.subject,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + int(self.lifetime.total_seconds()),
            "ref": job.ref,
            "ref_type": "branch",
            "sha": "0" * 40,
            "repository": job.repository,
            "repository_id": str(repository_id),
            "repository_owner": owner,
            "repository_owner_id": str(owner_id),
            "repository_visibility": "private",
            "actor": owner,
            "actor_id": str(owner_id),
            "event_name": job.event,
            "head_ref": "",
            "base_ref": "",
            "workflow": "audit",
            "workflow_ref": workflow,
            "job_workflow_ref": workflow,
            "run_id": "1",
            "run_number": "1",
            "run_attempt": "1",
            "runner_environment": "github-hosted",
            **({"environment": job.environment} if job.environment else {}),
        }

    def routes(self) -> tuple[Route, ...]:
        """The endpoint of the tokens; it has its own bearer token, and no answer comes twice."""
        return (Route("GET", _PATH, "", ("2.0",), self.id_token, open=True, options=("audience",), fresh=True),)


def published_keys(issuer: str) -> Mapping[str, rsa.RSAPublicKey]:
    """The keys that an issuer publishes, by key id: none unless it is GitHub."""
    return {_KEY_ID: _signing_key().public_key()} if issuer == ISSUER else {}


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
