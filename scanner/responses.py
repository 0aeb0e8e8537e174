"""An HTTP answer whose body is wholly in memory, as azure-core's pipeline passes it on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, MutableMapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, cast

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest


class WholeResponse(AsyncHttpResponse):
    """What azure-core's own response is after it was read, without its bookkeeping for each access.

    `headers` are read by name without case.
    """

    def __init__(self, request: HttpRequest, status: int, reason: str, headers: Any, body: bytes) -> None:
        self._request = request
        self._status = status
        self._reason = reason
        self._headers = headers
        self._body = body
        self._encoding: str | None = None

    @property
    def request(self) -> HttpRequest:
        """The request that was answered."""
        return self._request

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        return self._status

    @property
    def headers(self) -> MutableMapping[str, str]:
        """The headers, by name without case."""
        return cast("MutableMapping[str, str]", self._headers)

    @property
    def reason(self) -> str:
        """The phrase beside the status."""
        return self._reason or HTTPStatus(self._status).phrase

    @property
    def content_type(self) -> str | None:
        """The Content-Type header."""
        return self.headers.get("Content-Type")

    @property
    def is_closed(self) -> bool:
        """Always true: the connection went back to the pool."""
        return True

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
        return self._body

    def body(self) -> bytes:
        """The body, under the name that generated clients look for."""
        return self._body

    def text(self, encoding: str | None = None) -> str:
        """The body as text, UTF-8 unless told otherwise."""
        return self._body.decode(encoding or self._encoding or "utf-8-sig", errors="replace")

    def json(self) -> Any:
        """The body as JSON; raises json.JSONDecodeError."""
        return json.loads(self.text())

    def raise_for_status(self) -> None:
        """Raise HttpResponseError from status 400 on."""
        if self._status >= HTTPStatus.BAD_REQUEST:
            raise HttpResponseError(response=self)

    async def read(self) -> bytes:
        """Return the body."""
        return self._body

    async def iter_raw(self, **_kwargs: Any) -> AsyncIterator[bytes]:
        """The body in one piece."""
        yield self._body

    async def iter_bytes(self, **_kwargs: Any) -> AsyncIterator[bytes]:
        """The body in one piece."""
        yield self._body

    async def close(self) -> None:
        """Nothing is held open."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()
