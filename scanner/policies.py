"""The policies that every request passes: the read-only guard, and, behind the token's, the retries and a recorder.

The SDK's own policies are left out on purpose: one of them registers resource providers (a write) and polls without
end, another obeys any Retry-After (1,200 s have been seen).
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from scanner.clocks import ClockWatch
from scanner.clouds import Cloud, halves, origin
from scanner.errors import RefusedRequest
from scanner.pacing import AGAIN, LAST, Pacer, lane_of
from scanner.recording import Recorder
from scanner.tokens import certificate_problem
from scanner.waits import next_wait

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
SHORTEST_TRY: Final = 1.0
"""Seconds that a try has at least: one that has less left to its deadline is not sent."""

_USUAL_RANK = 2
_SECOND_LOOK = (1.0, 2.0)
"""Between how many seconds a denied request waits before it is sent once more."""
_ENOUGH_LOOKS = 3
"""Denials alike that were confirmed by a second look, after which the first word counts."""
_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_QUERY_PATH = re.compile(
    r"/providers/microsoft\.resourcegraph/resources|/v1/workspaces/[0-9a-f-]+/query", re.IGNORECASE
)
_SPENT, _TURN, _LOADED = "seconds_spent", "turn", "loaded"


class ReadOnlyGuard(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Lets GET and the two query POSTs through, to the hosts of the session's cloud only."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__()
        self._origins = cloud.token_origins
        self._known: set[str] = set()

    async def send(self, request: PipelineRequest[HttpRequest]) -> _Response:
        """Raise RefusedRequest before anything is sent."""
        self._check(request.http_request)
        return await self.next.send(request)

    def _check(self, http: HttpRequest) -> None:
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


class Recording(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Has a recorder write down every try, as the last policy before the transport; logins do not pass here."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    async def send(self, request: PipelineRequest[HttpRequest]) -> _Response:
        """Send, and write down what came of it."""
        sent, http = self._recorder.sent(), request.http_request
        content = http.content.encode() if isinstance(http.content, str) else http.content
        asked = (http.method, http.url, content if isinstance(content, bytes) else b"")
        try:
            response = await self.next.send(request)
        except (AzureError, asyncio.CancelledError) as error:
            self._recorder.failed(sent, asked, _failure(error))
            raise
        answer = response.http_response
        self._recorder.answered(sent, asked, answer.status_code, answer.headers, answer.content)
        return response


class Retries(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Sends each request at its turn, retries what may pass, within bounds, and counts every request.

    With the request come the options `rank` (0 leaves first), `kind` (what alike requests have in common) and
    `second_look` (whether a 403 is worth one). `tenant` is the one of several that they are sent for.
    """

    def __init__(
        self, pacer: Pacer | None = None, clock: ClockWatch | None = None, *, tenant: str | None = None
    ) -> None:
        super().__init__()
        self.sent = self.retried = self.throttled = 0
        self.pacer = pacer or Pacer()
        self._clock = clock or ClockWatch()
        self._tenant = tenant
        self._doubts: dict[tuple[str, str], _Doubt] = {}

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Return the first answer that is not worth a retry, or the last one; raises what the transport raised.

        A 403 that came while other requests were out gets a second look before it counts: services under load have
        refused what they grant a moment later.
        """
        turn = _turn_of(request, self._tenant)
        answer = await self._answer(request, turn)
        if answer.http_response.status_code == 403 and turn.second_look and _LOADED in request.context:  # noqa: PLR2004
            return await self._second_look(request, turn, answer)
        return answer

    async def _answer(self, request: PipelineRequest[HttpRequest], turn: _Turn) -> _Response:
        spent = request.context.get(_SPENT, 0.0)
        failures = 0
        tries = 0
        self.retried += _SPENT in request.context  # sent again with another token
        while True:
            response, error, seconds, queued = await self._try(request, turn, DEADLINE - spent, again=tries > 0)
            spent += seconds + queued
            request.context[_SPENT] = spent
            tries += 1
            status = response.http_response.status_code if response else None
            if response is not None and status not in _RETRIED_STATUSES:
                self.pacer.answered(turn.lane, response.http_response.headers, kind=turn.kind, seconds=seconds)
                return response
            wait = next_wait(response.http_response if response else None, tries)
            worthwhile = wait <= LONGEST_OBEYED_WAIT and spent + wait <= DEADLINE - SHORTEST_TRY
            if status == 429:  # noqa: PLR2004
                self.throttled += 1
                worthwhile = worthwhile and self.pacer.refused(turn.lane, turn.kind, wait)
            else:
                failures += 1
                self.pacer.failed()
            if failures >= MAX_TRIES or not worthwhile or _is_final(error):
                return _last_word(response, error)
            await cast("Transport", request.context.transport).sleep(wait)
            spent += wait
            self.retried += 1

    async def _try(
        self, request: PipelineRequest[HttpRequest], turn: _Turn, left: float, *, again: bool
    ) -> tuple[_Response | None, AzureError | None, float, float]:
        """Send once, at its turn, with `left` seconds to its deadline; a request that is sent again goes before others.

        Returns the answer or the error, the seconds that it took, and those for which a request that was refused
        before waited for its lane to open: the pace of first sends counts against no deadline.
        """
        joined = self.pacer.clock.now() if again else 0.0
        await self.pacer.enter(turn.lane, AGAIN if again and turn.rank != LAST else turn.rank)
        queued = self.pacer.clock.now() - joined if again else 0.0
        self.sent += 1
        started, entered, shared = time.monotonic(), self.pacer.entered, self.pacer.in_flight > 1
        limit = max(SHORTEST_TRY, min(LONGEST_TRY, left - queued))
        response: _Response | None = None
        failure: AzureError | None = None
        try:
            async with asyncio.timeout(limit):
                response = await self.next.send(request)
                self._clock.compare(response.http_response.headers)
        except TimeoutError:
            failure = ServiceResponseTimeoutError(f"no answer within {limit:.0f} s")
        except (ServiceRequestError, ServiceResponseError, IncompleteReadError) as error:
            failure = error
        finally:
            if shared or self.pacer.entered != entered:
                request.context[_LOADED] = True
            self.pacer.leave(turn.lane)
        return response, failure, time.monotonic() - started, queued

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
        await cast("Transport", request.context.transport).sleep(random.uniform(*_SECOND_LOOK))  # noqa: S311 - as above
        answer = await self._answer(request, replace(turn, rank=LAST))
        if answer.http_response.status_code == 403:  # noqa: PLR2004
            doubt.confirmed += 1
        else:
            doubt.overturned = True
        return answer


@dataclass(frozen=True, slots=True)
class _Turn:
    """Where a request waits, how soon it leaves, what it is compared with, and whether a 403 is worth another look."""

    lane: str
    rank: int
    kind: str
    second_look: bool


def _turn_of(request: PipelineRequest[HttpRequest], tenant: str | None) -> _Turn:
    """Take the options that are for here alone off the request; one that comes again has them in its context."""
    known = request.context.get(_TURN)
    if known is None:
        options, http = request.context.options, request.http_request
        lane = lane_of(http.method, http.url, tenant)
        rank, kind = options.pop("rank", _USUAL_RANK), options.pop("kind", "")
        known = request.context[_TURN] = _Turn(lane, rank, kind, second_look=options.pop("second_look", True))
    return cast("_Turn", known)


class _Doubt:
    """What second looks at one kind of denial in one lane brought."""

    def __init__(self) -> None:
        self.one_at_a_time = asyncio.Lock()
        self.confirmed = 0
        self.overturned = False

    @property
    def is_settled(self) -> bool:
        return self.confirmed >= _ENOUGH_LOOKS and not self.overturned


def _failure(error: BaseException) -> str:
    """In one word, why no whole answer came."""
    if isinstance(error, ServiceResponseTimeoutError | asyncio.CancelledError):
        return "timeout"
    if isinstance(error, IncompleteReadError):
        return "cut"
    return "reset" if isinstance(error, ServiceResponseError) else "unreachable"


def _last_word(response: _Response | None, error: AzureError | None) -> _Response:
    if response is not None:
        return response
    raise error or ServiceResponseTimeoutError("no answer")


def _is_final(error: AzureError | None) -> bool:
    return error is not None and certificate_problem(error) is not None
