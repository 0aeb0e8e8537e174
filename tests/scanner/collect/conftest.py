"""A transport in front of another one, which a test can watch or bend."""

import asyncio

import pytest
from azure.core.pipeline.transport import AsyncHttpTransport


async def _nothing(_number, _url):
    """Let the request go."""


class Watched(AsyncHttpTransport):
    """Passes everything on; counts, and awaits `on_request(number, url)` before each request goes."""

    def __init__(self, inner, on_request):
        self.inner = inner
        self.on_request = on_request
        self.sent = self.in_flight = self.most_in_flight = 0
        self.urls = []
        self.tokens = set()

    async def send(self, request, **options):
        self.sent += 1
        self.urls.append(request.url)
        self.tokens.add(request.headers.get("Authorization"))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.on_request(self.sent, request.url)
            await asyncio.sleep(0)
            return await self.inner.send(request, **options)
        finally:
            self.in_flight -= 1

    async def sleep(self, duration):
        await self.inner.sleep(duration)

    async def open(self):
        """Nothing to open."""

    async def close(self):
        """Nothing to close."""

    async def __aexit__(self, *_):
        """Nothing to close."""


@pytest.fixture
def watched():
    """Make what `collect(through=…)` takes; the transport is then in the list."""
    made = []

    def around(on_request=_nothing):
        def wrap(inner):
            made.append(Watched(inner, on_request))
            return made[-1]

        return wrap

    around.made = made
    return around
