"""The bearer token of every request: fetched before a request's time begins, kept fresh, renewed once on a 401.

A login endpoint that is ill loses no read: a token that still holds is used on, and when one is really needed, one task
tries for a while and all others wait for its outcome.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, Protocol

import msgspec
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from scanner import __version__
from scanner.errors import StartError
from scanner.waits import asked_wait, backoff

PATIENCE: Final = 120.0
"""Seconds for which a login that fails for a passing reason is tried again, in the middle of a scan."""
FIRST_PATIENCE: Final = 30.0
"""The same before a scan begins: somebody may be waiting, and an address may be wrong."""

PASSING_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of a login endpoint that is ill, or busy."""

_USER_AGENT = f"hybrid-worker-audit/{__version__}"
_REFRESH_BEFORE = 300.0
_REFRESH_EVERY = 30.0
_FAILED_FOR = 30.0  # a login that failed answers all who wait for it, instead of being tried for each of them

# Of what azure-identity tells in words only: what `az` printed, or what the members of a chain answered.
_PASSING_WORDS = re.compile(
    r"unexpected response from|no response content|json is invalid|expecting value|bytes read|temporarily|"
    r"time-?out|timed out(?! waiting for user)|max retries exceeded|too many requests|"
    r"connection (?:aborted|reset|refused|error)|cannot connect|failed to (?:resolve|establish)|"
    r"name or service not known|name resolution|getaddrinfo|service unavailable|bad gateway",
    re.IGNORECASE,
)
# Entra's own word for "try again later" (learn.microsoft.com, Microsoft Entra authentication error codes).
_PASSING_CODES = frozenset({"AADSTS90006", "AADSTS90024", "AADSTS90025", "AADSTS90033"})
_CODE = re.compile(r"AADSTS\d+")


class Token(Protocol):
    """What a credential returns: the secret itself and its expiry as epoch seconds."""

    @property
    def token(self) -> str: ...  # noqa: D102
    @property
    def expires_on(self) -> int: ...  # noqa: D102


class Credential(Protocol):
    """What the session needs of an azure-identity credential (asynchronous)."""

    async def get_token(self, *scopes: str, claims: str | None = None) -> Token:
        """Return a token; azure-identity's errors pass through."""
        ...

    async def close(self) -> None:
        """Release what the credential holds."""
        ...


class Identity(msgspec.Struct, frozen=True):
    """Who a token was given to, by its claims; None where it does not tell.

    `kind` is `app` or `user`. The claims were read, not verified: they tell, and prove nothing.
    """

    tenant: str | None = msgspec.field(name="tid", default=None)
    object_id: str | None = msgspec.field(name="oid", default=None)
    app_id: str | None = msgspec.field(name="appid", default=None)
    kind: str | None = msgspec.field(name="idtyp", default=None)


def identity_of(token: str) -> Identity:
    """Read the claims of an access token (a JWT) that name its owner; nothing of one that is opaque."""
    _, _, rest = token.partition(".")
    claims = rest.partition(".")[0]
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)), type=Identity)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return Identity()


class RenewableCredential:
    """A credential that can be made anew, since azure-identity's caches would return a refused token again.

    `worked` tells whether it has ever given a token.
    """

    def __init__(self, make: Callable[[], Credential], *, renewable: bool = True) -> None:
        self._make = make
        self._renewable = renewable
        self._credential = make()
        self.worked = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of the credential's classes, from the one that was chosen to the one that gives the tokens."""
        names = (type(each).__name__ for each in _within(self._credential))
        return tuple(name for name in names if name.endswith("Credential") and not name.startswith("_"))

    async def get_token(self, scope: str, *, claims: str | None = None) -> Token:
        """Return a token for the scope, made for `claims` if any; the credential's errors pass through."""
        token = await self._credential.get_token(scope, **({} if claims is None else {"claims": claims}))
        self.worked = True
        return token

    async def renew(self) -> None:
        """Forget cached tokens; an interactive login is kept, it would ask the user again."""
        if self._renewable:
            await self._credential.close()
            self._credential = self._make()

    async def close(self) -> None:
        """Release what the credential holds."""
        await self._credential.close()


def _within(credential: object) -> Iterator[object]:
    """A credential, and those that it hands on to, as far as they are known.

    azure-identity tells which member of a chain worked to its log alone.
    """
    found: object | None = credential
    while found is not None:
        yield found
        found = getattr(found, "_successful_credential", None) or getattr(found, "_credential", None)


class IssuerUnavailable(ServiceRequestError):
    """Another party than Entra, of which a login needs a token, gave none for a reason that may pass.

    `issuer` is its https origin, `told` what happened, `asked` the seconds that it asks to wait for.
    """

    def __init__(
        self, issuer: str, told: str, error: BaseException | None = None, *, asked: float | None = None
    ) -> None:
        super().__init__(told, error=error)
        self.issuer = issuer
        self.asked = asked


class LoginUnavailable(ServiceRequestError):
    """No token came for a reason that may pass, for as long as it was tried."""

    @property
    def issuer(self) -> str | None:
        """The https origin of whom it was tried, when that is another party than Entra."""
        return self.inner_exception.issuer if isinstance(self.inner_exception, IssuerUnavailable) else None


class Tokens(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Makes sure of a token before the retries begin, and renews it once when the service answers 401.

    It stands in front of `Retries`, so that no wait for a login counts as a request's time; `bearer` stands behind it
    and gives each try the newest token.
    """

    def __init__(
        self, credential: RenewableCredential, scope: str, *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        super().__init__()
        self._credential = credential
        self._scope = scope
        self._sleep = sleep
        self._token: Token | None = None
        self._tried_at = self._failed_at = 0.0
        self._failure: AzureError | StartError | None = None
        self._lock = asyncio.Lock()
        self.bearer = _Bearer(lambda: self._token)

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Send with a token; a second 401 is returned as it is."""
        await self.fresh()
        response = await self.next.send(request)
        if response.http_response.status_code == 401:  # noqa: PLR2004
            refused = request.http_request.headers.get("Authorization", "")
            await self._renew(refused, response.http_response.headers.get("WWW-Authenticate"))
            response = await self.next.send(request)
        return response

    @property
    def identity(self) -> Identity:
        """Who the present token was given to; nobody before the first."""
        return Identity() if self._token is None else identity_of(self._token.token)

    async def fresh(self, patience: float = PATIENCE) -> Token:
        """Return the token that requests carry, fetched or renewed when that is due.

        Raises what the credential raises, and LoginUnavailable when it failed for a passing reason for `patience` s.
        """
        token = self._token
        if token is not None and (not self._is_due(token) or (_holds(token) and self._lock.locked())):
            return token
        async with self._lock:
            if self._token is not None and not self._is_due(self._token):
                return self._token
            if self._token is not None and _holds(self._token):
                return await self._renewed_ahead(self._token)
            return await self._had(None, patience)

    def _is_due(self, token: Token) -> bool:
        # A credential may give the same token again until it ends; asking it each time would start `az` each time.
        left, age = token.expires_on - time.time(), time.monotonic() - self._tried_at
        return left < _REFRESH_BEFORE and age > min(_REFRESH_EVERY, max(left, 1.0))

    async def _renewed_ahead(self, token: Token) -> Token:
        """Try once to renew a token that still holds; it is used on when that fails."""
        self._tried_at = time.monotonic()
        try:
            self._token = await self._credential.get_token(self._scope)
        except (AzureError, StartError):
            return token
        return self._token

    async def _had(self, claims: str | None, patience: float) -> Token:
        """Get a token that is needed now, with patience; a failure answers all who ask soon after."""
        if self._failure is not None and time.monotonic() - self._failed_at < _FAILED_FOR:
            raise self._failure
        try:
            self._token = await self._patiently(claims, patience)
        except (AzureError, StartError) as failure:
            self._failure, self._failed_at = failure, time.monotonic()
            raise
        self._tried_at, self._failure = time.monotonic(), None
        return self._token

    async def _patiently(self, claims: str | None, patience: float) -> Token:
        spent, tries = 0.0, 0
        while True:
            started = time.monotonic()
            try:
                return await self._credential.get_token(self._scope, claims=claims)
            except AzureError as error:
                if not may_pass(error, worked_before=self._credential.worked):
                    raise
                failure = error
            tries += 1
            spent += time.monotonic() - started
            wait = min(_asked(failure) or backoff(tries), max(patience - spent, 0.0))
            if spent + wait >= patience:
                raise LoginUnavailable(f"no login for {patience:.0f} s: {_kind(failure)}", error=failure) from failure
            await self._sleep(wait)
            spent += wait

    async def _renew(self, refused: str, challenge: str | None) -> None:
        async with self._lock:
            if self._token is not None and f"Bearer {self._token.token}" == refused:
                claims = _claims_of(challenge)
                if claims is None and self._failure is None:
                    await self._credential.renew()
                await self._had(claims, PATIENCE)


class _Bearer(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    def __init__(self, present: Callable[[], Token | None]) -> None:
        super().__init__()
        self._present = present

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        token = self._present()
        if token is not None:
            request.http_request.headers["Authorization"] = f"Bearer {token.token}"
        request.http_request.headers["User-Agent"] = _USER_AGENT
        return await self.next.send(request)


def _holds(token: Token) -> bool:
    return token.expires_on > time.time()


def may_pass(error: AzureError, *, worked_before: bool = False) -> bool:
    """Whether a login failed for a reason that may pass, so that it is worth another try.

    `worked_before` says that the same credential has given a token: what it now calls unavailable, was there.
    """
    if certificate_problem(error) is not None:
        return False
    if isinstance(error, IncompleteReadError | ServiceRequestError | ServiceResponseError):
        return True
    codes = set(_CODE.findall(error.message))
    if codes:
        return codes <= _PASSING_CODES
    if isinstance(error, HttpResponseError) and error.response is not None:
        no_token = isinstance(error, DecodeError) or _PASSING_WORDS.search(error.message) is not None
        return error.response.status_code in PASSING_STATUSES or no_token
    return (worked_before and _is_unavailable(error)) or _PASSING_WORDS.search(
        _without_probes(error.message)
    ) is not None


def entra_code(text: str) -> str:
    """The first of Microsoft Entra's own codes in a text, such as AADSTS90002; empty for none."""
    found = _CODE.search(text)
    return found[0] if found else ""


def _is_unavailable(error: AzureError) -> bool:
    from azure.identity import CredentialUnavailableError  # noqa: PLC0415 - loads only where a credential failed

    return isinstance(error, CredentialUnavailableError)


def _without_probes(message: str) -> str:
    """A chain's message without its look for a managed identity, which times out wherever there is none."""
    return "\n".join(line for line in message.splitlines() if "ManagedIdentityCredential" not in line)


def _asked(error: AzureError) -> float | None:
    if isinstance(error, IssuerUnavailable):
        return error.asked
    response: Any = error.response if isinstance(error, HttpResponseError) else None
    return None if response is None else asked_wait(response.status_code, response.headers)


def _kind(error: AzureError) -> str:
    """What went wrong, in words of this program: an error's own text may hold a whole page."""
    if isinstance(error, IssuerUnavailable):
        return error.message
    response = error.response if isinstance(error, HttpResponseError) else None
    if response is not None and response.status_code in PASSING_STATUSES:
        return f"the login endpoint answers HTTP {response.status_code}"
    if isinstance(error, ClientAuthenticationError | DecodeError) and not isinstance(error, IncompleteReadError):
        return "the login endpoint answers something that is no token"
    return "the login endpoint cannot be reached"


def _claims_of(challenge: str | None) -> str | None:
    """Decode the claims of a Continuous Access Evaluation challenge; None for any other 401."""
    found = re.search(r'claims="([^"]+)"', challenge or "")
    if not found:
        return None
    try:
        return base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode() or None
    except (binascii.Error, UnicodeDecodeError):
        return None


def certificate_problem(error: BaseException) -> str | None:
    """Find a failed certificate check among the causes of an error; None when there is none."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        inner = getattr(current, "certificate_error", None) or current
        if isinstance(inner, ssl.SSLCertVerificationError):
            return inner.verify_message or "verification failed"
        current = getattr(current, "inner_exception", None) or current.__cause__ or current.__context__
    return None
