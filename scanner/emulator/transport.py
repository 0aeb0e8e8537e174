"""The in-process door: an azure-core transport and a credential, the only modules here that know azure-core."""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from math import isinf
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyResponse
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.pipeline.transport import HttpRequest as LegacyRequest
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.core.utils import CaseInsensitiveDict

from scanner.emulator.arm import Request, Response
from scanner.emulator.login import LIFETIME, Login

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, MutableMapping
    from types import TracebackType

    from scanner.emulator.door import Answering

READ_TIMEOUT = 60.0
"""Seconds after which this door gives up a request that is never answered."""

AnyRequest = HttpRequest | LegacyRequest
AnyResponse = AsyncHttpResponse | LegacyResponse


class EmulatorResponse(AsyncHttpResponse):
    """An answer that is wholly in memory, for requests of azure.core.rest."""

    def __init__(self, request: HttpRequest, response: Response) -> None:
        self._request = request
        self._response = response
        self._headers: MutableMapping[str, str] = CaseInsensitiveDict(response.headers)
        self._encoding: str | None = None
        self._closed = False

    @property
    def request(self) -> HttpRequest:
        """The request that was answered."""
        return self._request

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._response.status

    @property
    def headers(self) -> MutableMapping[str, str]:
        """The headers, by name without case."""
        return self._headers

    @property
    def reason(self) -> str:
        """The standard phrase of the status."""
        return HTTPStatus(self._response.status).phrase

    @property
    def content_type(self) -> str | None:
        """The Content-Type header."""
        return self._headers.get("content-type")

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def is_stream_consumed(self) -> bool:
        """Always true: nothing is left on a wire."""
        return True

    @property
    def encoding(self) -> str | None:
        """The encoding that was set, if any."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def url(self) -> str:
        """The URL that was asked."""
        return self._request.url

    @property
    def content(self) -> bytes:
        """The body."""
        return self._response.body

    def body(self) -> bytes:
        """The body, under the name that older generated clients look for."""
        return self._response.body

    def text(self, encoding: str | None = None) -> str:
        """The body as text, UTF-8 unless told otherwise."""
        return self._response.body.decode(encoding or self._encoding or "utf-8-sig", errors="replace")

    def json(self) -> Any:
        """The body as JSON; raises json.JSONDecodeError."""
        return json.loads(self.text())

    def raise_for_status(self) -> None:
        """Raises HttpResponseError from status 400 on."""
        if self.status_code >= HTTPStatus.BAD_REQUEST:
            raise HttpResponseError(response=self)

    async def read(self) -> bytes:
        """The body."""
        return self._response.body

    async def iter_raw(self, **_kwargs: Any) -> AsyncIterator[bytes]:
        """The body in one piece."""
        yield self._response.body

    async def iter_bytes(self, **_kwargs: Any) -> AsyncIterator[bytes]:
        """The body in one piece."""
        yield self._response.body

    async def close(self) -> None:
        """Nothing is held open."""
        self._closed = True

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Closes it."""
        await self.close()


class LegacyEmulatorResponse(LegacyResponse):
    """The same for requests of azure.core.pipeline.transport."""

    def __init__(self, request: LegacyRequest, response: Response) -> None:
        super().__init__(request, response)
        self.status_code = response.status
        self.headers = CaseInsensitiveDict(response.headers)
        self.reason = HTTPStatus(response.status).phrase
        self.content_type = self.headers.get("content-type")
        self._content = response.body

    def body(self) -> bytes:
        """The body."""
        return self._content

    async def load_body(self) -> None:
        """The body is already here."""

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield self._content

    def stream_download(self, pipeline: Any, **_kwargs: Any) -> AsyncIterator[bytes]:  # noqa: ARG002 - azure-core's name
        """The body in one piece."""
        return self._pieces()


class EmulatorTransport(AsyncHttpTransport[AnyRequest, AnyResponse]):
    """Carries requests to an emulator without a socket; any other host is unreachable."""

    def __init__(self, emulator: Answering) -> None:
        self._emulator = emulator

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> Self:
        """Ready at once."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Nothing to close."""

    async def sleep(self, duration: float) -> None:
        """Advances the emulator's clock."""
        await self._emulator.clock.sleep(duration)

    async def send(self, request: AnyRequest, **kwargs: Any) -> AnyResponse:
        """One exchange; broken connections and a `read_timeout` (seconds) surface as azure-core's own errors.

        Without a `read_timeout`, one that hangs is given up after READ_TIMEOUT.
        """
        await asyncio.sleep(0)
        method, url = request.method, request.url
        if not f"{url}/".startswith((f"{self._emulator.arm_endpoint}/", f"{self._emulator.arm_endpoint}:443/")):
            self._emulator.requests.append((method, *_halves(url)))
            raise ServiceRequestError(f"Cannot connect to host {url}: the embedded Azure is no other host")
        response = await self._emulator.handle(Request(method, url, request.headers, _body(request)))
        await self._wait(response.delay, kwargs.get("read_timeout"))
        if response.reset:
            raise ServiceResponseError("Connection reset by peer")
        if response.cut is not None:
            raise IncompleteReadError(f"{response.cut} bytes read, {len(response.body)} expected")
        if isinstance(request, HttpRequest):
            return EmulatorResponse(request, response)
        return LegacyEmulatorResponse(request, response)

    async def _wait(self, delay: float, limit: float | None) -> None:
        limit = READ_TIMEOUT if limit is None and isinf(delay) else limit
        if limit is not None and delay > limit:
            await self._emulator.clock.sleep(limit)
            raise ServiceResponseTimeoutError(f"No answer within {limit} seconds")
        if delay > 0:
            await self._emulator.clock.sleep(delay)


def _halves(url: str) -> tuple[str, str]:
    address, _, query = url.partition("?")
    return address, query


def _body(request: AnyRequest) -> bytes:
    """The body as bytes; forms are kept as dictionaries until they are sent."""
    content = request.content if isinstance(request, HttpRequest) else request.body
    if isinstance(content, dict):
        return urlencode(content).encode()
    if isinstance(content, str):
        return content.encode()
    return content if isinstance(content, bytes) else b""


class EmulatorCredential:
    """Tokens of an emulated tenant, without asking its login endpoint."""

    def __init__(self, login: Login) -> None:
        self._login = login

    async def get_token(self, *scopes: str, **_kwargs: Any) -> AccessToken:
        """A new token for any scope; it expires by real time, as azure-core compares it."""
        return AccessToken(self._login.issue(*scopes[:1]), int(time.time()) + LIFETIME)

    async def close(self) -> None:
        """Nothing is held open."""

    async def __aenter__(self) -> Self:
        """Ready at once."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Nothing to close."""
