"""The policies that every request passes, in this order: the read-only guard, the retries, the token.

The SDK's own policies are left out on purpose: one of them registers resource providers (a write) and polls without
end, another obeys any Retry-After (1,200 s have been seen).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import random
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, cast
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy, SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from scanner import __version__
from scanner.clouds import Cloud, halves, origin
from scanner.errors import RefusedRequest, StartError
from scanner.pacing import LAST, Pacer, lane_of

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AsyncHttpTransport

    Transport = AsyncHttpTransport[Any, Any]

_Response: TypeAlias = PipelineResponse[HttpRequest, AsyncHttpResponse]

MAX_TRIES: Final = 6
"""Tries of one request, for anything but a 429."""
DEADLINE: Final = 120.0
"""Seconds for one request with all its retries, from its first send."""
LONGEST_OBEYED_WAIT: Final = 60.0
"""The longest Retry-After, in seconds, that is waited for; above it the read ends as a Gap."""
LONGEST_TRY: Final = 60.0
"""Seconds after which one try without an answer is given up."""

_USUAL_RANK = 2
_SECOND_LOOK = (1.0, 2.0)
"""Between how many seconds a denied request waits before it is sent once more."""
_ENOUGH_LOOKS = 3
"""Denials alike that were confirmed by a second look, after which the first word counts."""
_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_QUERY_PATH = re.compile(
    r"/providers/microsoft\.resourcegraph/resources|/v1/workspaces/[0-9a-f-]+/query", re.IGNORECASE
)
_USER_AGENT = f"hybrid-worker-audit/{__version__}"
_REFRESH_BEFORE = 300.0
_REFRESH_EVERY = 30.0
_REFUSED_FOR = 30.0  # a login that was refused answers all who wait for it, instead of being tried for each of them


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


class ReadOnlyGuard(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Lets GET and the two query POSTs through, to the hosts of the session's cloud only."""

    def __init__(self, cloud: Cloud) -> None:
        self._origins = cloud.token_origins
        self._known: set[str] = set()

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Raise RefusedRequest before anything is sent."""
        http = request.http_request
        base, rest = halves(http.url)
        if base not in self._known:
            self._refuse_foreign(base)
            self._known.add(base)
        if http.method != "GET":
            path = rest.partition("?")[0]
            if http.method != "POST" or not _QUERY_PATH.fullmatch(path):
                raise RefusedRequest(f"refused {http.method} {path}", "this tool only reads")

    def _refuse_foreign(self, base: str) -> None:
        parts = urlsplit(base)
        try:
            ours = parts.scheme == "https" and origin(base) in self._origins
        except ValueError:  # a port that is no number
            ours = False
        if not ours:
            raise RefusedRequest(
                f"refused to send a token to {parts.scheme}://{parts.netloc}", "the host is not one of this cloud"
            )


class Retries(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Sends each request at its turn, retries what may pass, within bounds, and counts every request.

    The options `rank` (0 leaves first) and `kind` (what alike requests have in common) come with the request.
    """

    def __init__(self, pacer: Pacer | None = None) -> None:
        super().__init__()
        self.sent = self.retried = self.throttled = 0
        self.pacer = pacer or Pacer()
        self._doubts: dict[tuple[str, str], _Doubt] = {}

    def resent(self) -> None:
        """Count a request that another policy sends again."""
        self.sent += 1
        self.retried += 1

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Return the first answer that is not worth a retry, or the last one; raises what the transport raised.

        A 403 that came while other requests were out gets a second look before it counts: services under load have
        refused what they grant a moment later.
        """
        options = request.context.options
        http = request.http_request
        turn = _Turn(lane_of(http.method, http.url), options.pop("rank", _USUAL_RANK), options.pop("kind", ""))
        answer = await self._answer(request, turn)
        if answer.http_response.status_code == 403 and self.pacer.in_flight:  # noqa: PLR2004
            return await self._second_look(request, turn, answer)
        return answer

    async def _answer(self, request: PipelineRequest[HttpRequest], turn: _Turn) -> _Response:
        spent = 0.0
        failures = 0
        tries = 0
        while True:
            response, error, seconds = await self._try(request, turn, min(LONGEST_TRY, DEADLINE - spent))
            spent += seconds
            tries += 1
            status = response.http_response.status_code if response else None
            if response is not None and status not in _RETRIED_STATUSES:
                self.pacer.answered(turn.lane, response.http_response.headers, kind=turn.kind, seconds=seconds)
                return response
            wait = _wait(response, tries)
            if status == 429:  # noqa: PLR2004
                self.throttled += 1
                if wait <= LONGEST_OBEYED_WAIT:
                    self.pacer.refused(turn.lane, wait)
            else:
                failures += 1
                self.pacer.failed()
            if failures >= MAX_TRIES or wait > LONGEST_OBEYED_WAIT or spent + wait >= DEADLINE or _is_final(error):
                return _last_word(response, error)
            await cast("Transport", request.context.transport).sleep(wait)
            spent += wait
            self.retried += 1

    async def _try(
        self, request: PipelineRequest[HttpRequest], turn: _Turn, limit: float
    ) -> tuple[_Response | None, AzureError | None, float]:
        """Send once, at its turn; returns the answer or the error, and the seconds that it took."""
        await self.pacer.enter(turn.lane, turn.rank)
        self.sent += 1
        started = time.monotonic()
        response: _Response | None = None
        failure: AzureError | None = None
        try:
            async with asyncio.timeout(limit):
                response = await self.next.send(request)
        except TimeoutError:
            failure = ServiceResponseTimeoutError(f"no answer within {limit:.0f} s")
        except (ServiceRequestError, ServiceResponseError, IncompleteReadError) as error:
            failure = error
        finally:
            self.pacer.leave(turn.lane)
        return response, failure, time.monotonic() - started

    async def _second_look(self, request: PipelineRequest[HttpRequest], turn: _Turn, denial: _Response) -> _Response:
        """Ask once more, slowly; where requests alike were denied again a few times, the first word counts."""
        doubt = self._doubts.setdefault((turn.lane, turn.kind), _Doubt())
        async with doubt.one_at_a_time:
            if doubt.is_settled:
                return denial
            if not doubt.overturned:
                return await self._look(request, turn, doubt)
        return await self._look(request, turn, doubt)

    async def _look(
        self, request: PipelineRequest[HttpRequest], turn: _Turn, doubt: _Doubt
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        await cast("Transport", request.context.transport).sleep(random.uniform(*_SECOND_LOOK))  # noqa: S311
        self.retried += 1
        answer = await self._answer(request, _Turn(turn.lane, LAST, turn.kind))
        if answer.http_response.status_code == 403:  # noqa: PLR2004
            doubt.confirmed += 1
        else:
            doubt.overturned = True
        return answer


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where a request waits, how soon it leaves, and what it is compared with."""

    lane: str
    rank: int
    kind: str


class _Doubt:
    """What second looks at one kind of denial in one lane brought."""

    def __init__(self) -> None:
        self.one_at_a_time = asyncio.Lock()
        self.confirmed = 0
        self.overturned = False

    @property
    def is_settled(self) -> bool:
        return self.confirmed >= _ENOUGH_LOOKS and not self.overturned


def _last_word(response: _Response | None, error: AzureError | None) -> _Response:
    if response is not None:
        return response
    raise error or ServiceResponseTimeoutError("no answer")


def _is_final(error: AzureError | None) -> bool:
    return error is not None and certificate_problem(error) is not None


def _wait(response: _Response | None, tries: int) -> float:
    """Seconds until the next try: what the service asks for, else a back-off with jitter."""
    asked = retry_after(response.http_response.headers) if response is not None else None
    backoff = min(0.5 * 2 ** (tries - 1), 20.0) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    # A Retry-After of 0 that is obeyed for ever would hammer the service; repeated ones back off a little.
    return backoff if asked is None else max(asked, backoff / 10 if tries > 1 else 0.0)


def retry_after(headers: Any) -> float | None:
    """Read Retry-After in seconds, as a number or an HTTP date; None when there is none that can be read."""
    for name, unit in (("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("Retry-After", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            return max(0.0, float(text) * unit)
        except ValueError:
            pass
        try:
            when = parsedate_to_datetime(text).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return max(0.0, (when - datetime.now(UTC)).total_seconds())
    return None


class Tokens(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Adds the bearer token, and renews it once when the service answers 401."""

    def __init__(self, credential: RenewableCredential, scope: str, *, on_resend: Callable[[], None]) -> None:
        super().__init__()
        self._credential = credential
        self._scope = scope
        self._on_resend = on_resend
        self._token: Token | None = None
        self._fetched_at = self._refused_at = 0.0
        self._refusal: ClientAuthenticationError | StartError | None = None
        self._lock = asyncio.Lock()

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Send with a token; a second 401 is returned as it is."""
        token = await self.fresh()
        response = await self._send_with(request, token)
        if response.http_response.status_code == 401:  # noqa: PLR2004
            renewed = await self._renewed(token, response.http_response.headers.get("WWW-Authenticate"))
            self._on_resend()
            response = await self._send_with(request, renewed)
        return response

    async def _send_with(
        self, request: PipelineRequest[HttpRequest], token: Token
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        request.http_request.headers["Authorization"] = f"Bearer {token.token}"
        request.http_request.headers["User-Agent"] = _USER_AGENT
        return await self.next.send(request)

    async def fresh(self) -> Token:
        """Return the token that requests carry, fetched or renewed when that is due; the credential's errors pass."""
        token = self._token
        if token is not None and not self._is_due(token):
            return token
        async with self._lock:
            if self._token is token or self._token is None:
                self._token = await self._fetch()
            return self._token

    def _is_due(self, token: Token) -> bool:
        # A credential may give the same token again until it ends; asking it each time would start `az` each time.
        left, age = token.expires_on - time.time(), time.monotonic() - self._fetched_at
        return left < _REFRESH_BEFORE and age > min(_REFRESH_EVERY, max(left, 1.0))

    async def _fetch(self, claims: str | None = None) -> Token:
        if self._refusal is not None and time.monotonic() - self._refused_at < _REFUSED_FOR:
            raise self._refusal
        try:
            token = await self._credential.get_token(self._scope, claims=claims)
        except (ClientAuthenticationError, StartError) as refusal:
            self._refusal, self._refused_at = refusal, time.monotonic()
            raise
        self._fetched_at, self._refusal = time.monotonic(), None
        return token

    async def _renewed(self, refused: Token, challenge: str | None) -> Token:
        async with self._lock:
            if self._token is refused:
                claims = _claims_of(challenge)
                if claims is None and self._refusal is None:
                    await self._credential.renew()
                self._token = await self._fetch(claims)
        return self._token or refused


def _claims_of(challenge: str | None) -> str | None:
    """Decode the claims of a Continuous Access Evaluation challenge; None for any other 401."""
    found = re.search(r'claims="([^"]+)"', challenge or "")
    if not found:
        return None
    try:
        return base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode() or None
    except (binascii.Error, UnicodeDecodeError):
        return None


class RenewableCredential:
    """A credential that can be made anew, since azure-identity's caches would return a refused token again."""

    def __init__(self, make: Callable[[], Credential], *, renewable: bool = True) -> None:
        self._make = make
        self._renewable = renewable
        self._credential = make()

    async def get_token(self, scope: str, *, claims: str | None = None) -> Token:
        """Return a token for the scope, made for `claims` if any; the credential's errors pass through."""
        if claims is not None:
            return await self._credential.get_token(scope, claims=claims)
        return await self._credential.get_token(scope)

    async def renew(self) -> None:
        """Forget cached tokens; an interactive login is kept, it would ask the user again."""
        if self._renewable:
            await self._credential.close()
            self._credential = self._make()

    async def close(self) -> None:
        """Release what the credential holds."""
        await self._credential.close()


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
