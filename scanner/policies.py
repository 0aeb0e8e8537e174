"""The policies that every request passes: the read-only guard, and, behind the token's, the retries.

The SDK's own policies are left out on purpose: one of them registers resource providers (a write) and polls without
end, another obeys any Retry-After (1,200 s have been seen).
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy, SansIOHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from scanner.clouds import Cloud, origin
from scanner.errors import RefusedRequest
from scanner.tokens import certificate_problem
from scanner.waits import next_wait

if TYPE_CHECKING:
    from azure.core.pipeline.transport import AsyncHttpTransport

    Transport = AsyncHttpTransport[Any, Any]

MAX_TRIES: Final = 6
"""Tries of one request, for anything but a 429."""
DEADLINE: Final = 120.0
"""Seconds for one request with all its retries, from its first send."""
LONGEST_OBEYED_WAIT: Final = 60.0
"""The longest Retry-After, in seconds, that is waited for; above it the read ends as a Gap."""
LONGEST_TRY: Final = 60.0
"""Seconds after which one try without an answer is given up."""

_RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_QUERY_PATH = re.compile(
    r"/providers/microsoft\.resourcegraph/resources|/v1/workspaces/[0-9a-f-]+/query", re.IGNORECASE
)
_SPENT = "seconds_spent"


class ReadOnlyGuard(SansIOHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Lets GET and the two query POSTs through, to the hosts of the session's cloud only."""

    def __init__(self, cloud: Cloud) -> None:
        self._origins = cloud.token_origins

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Raise RefusedRequest before anything is sent."""
        http = request.http_request
        parts = urlsplit(http.url)
        if parts.scheme != "https" or not self._is_ours(http.url):
            raise RefusedRequest(
                f"refused to send a token to {parts.scheme}://{parts.netloc}", "the host is not one of this cloud"
            )
        if http.method != "GET" and not (http.method == "POST" and _QUERY_PATH.fullmatch(parts.path)):
            raise RefusedRequest(f"refused {http.method} {parts.path}", "this tool only reads")

    def _is_ours(self, url: str) -> bool:
        try:
            return origin(url) in self._origins
        except ValueError:  # a port that is no number
            return False


class Retries(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Retries what may pass, within bounds, and counts every request."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = self.retried = self.throttled = 0

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Return the first answer that is not worth a retry, or the last one; raises what the transport raised."""
        spent = request.context.get(_SPENT, 0.0)
        failures = 0
        tries = 0
        self.retried += _SPENT in request.context  # sent again with another token
        while True:
            started = time.monotonic()
            response, error = await self._try(request, min(LONGEST_TRY, DEADLINE - spent))
            spent += time.monotonic() - started
            request.context[_SPENT] = spent
            tries += 1
            status = response.http_response.status_code if response else None
            self.throttled += status == 429  # noqa: PLR2004
            if response is not None and status not in _RETRIED_STATUSES:
                return response
            failures += status != 429  # noqa: PLR2004
            wait = next_wait(response.http_response if response else None, tries)
            if failures >= MAX_TRIES or wait > LONGEST_OBEYED_WAIT or spent + wait >= DEADLINE or _is_final(error):
                return _last_word(response, error)
            await cast("Transport", request.context.transport).sleep(wait)
            spent += wait
            self.retried += 1

    async def _try(
        self, request: PipelineRequest[HttpRequest], seconds: float
    ) -> tuple[PipelineResponse[HttpRequest, AsyncHttpResponse] | None, AzureError | None]:
        self.sent += 1
        try:
            async with asyncio.timeout(seconds):
                return await self.next.send(request), None
        except TimeoutError:
            return None, ServiceResponseTimeoutError(f"no answer within {seconds:.0f} s")
        except (ServiceRequestError, ServiceResponseError, IncompleteReadError) as error:
            return None, error


def _last_word(
    response: PipelineResponse[HttpRequest, AsyncHttpResponse] | None, error: AzureError | None
) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
    if response is not None:
        return response
    raise error or ServiceResponseTimeoutError("no answer")


def _is_final(error: AzureError | None) -> bool:
    return error is not None and certificate_problem(error) is not None
