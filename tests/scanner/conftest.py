"""Two Azures for tests: the embedded one, and a script that answers exactly what a test writes down."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import AsyncHttpTransport
from builders import NOW, SUB
from tenants import scan_named
from virtual_time import VirtualLoop

from scanner import policies, tokens
from scanner.clouds import CLOUDS
from scanner.collect import collect_estate
from scanner.collect._reader import Reader
from scanner.emulator import TENANTS, Emulator, Fault, Response, Tenant
from scanner.emulator.transport import EmulatorResponse
from scanner.inventory import Estate, Scope
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential


@dataclass(frozen=True)
class Sent:
    """One request as it left."""

    method: str
    url: str
    headers: dict[str, str]
    body: str = ""

    @property
    def host(self) -> str:
        return self.url.split("/")[2]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    async def sleep(self, seconds):
        wake = self.time + seconds
        await asyncio.sleep(0)
        self.time = max(self.time, wake)


class Script(AsyncHttpTransport):
    """A transport whose answers are written down: JSON, raw bytes, (status, body, headers), an error, or a coroutine function.

    The last answer of an address repeats; an address is the URL without ARM's host and without its api-version.
    """

    def __init__(self):
        self.sent: list[Sent] = []
        self.waits: list[float] = []
        self.clock = Clock()
        self._answers: dict[str, list[Any]] = {}

    def on(self, address: str, *answers: Any) -> Script:
        self._answers[address] = list(answers)
        return self

    async def send(self, request, **_options):
        sent = Sent(request.method, request.url, dict(request.headers), str(request.content or ""))
        self.sent.append(sent)
        await asyncio.sleep(0)
        address = _address(request.url)
        assert address in self._answers, f"nothing is written down for {address}"
        left = self._answers[address]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if callable(answer):
            answer = await answer(sent)
        if isinstance(answer, Exception):
            raise answer
        return EmulatorResponse(request, _response(answer))

    async def sleep(self, duration):
        self.waits.append(duration)
        await self.clock.sleep(duration)

    async def open(self):
        """Nothing to open."""

    async def close(self):
        """Nothing to close."""

    async def __aexit__(self, *_):
        """Nothing to close."""


def _address(url: str) -> str:
    path, _, query = re.sub(r"^https://management\.azure\.com(:443)?", "", url).partition("?")
    rest = "&".join(part for part in query.split("&") if part and not part.startswith("api-version="))
    return f"{path}?{rest}" if rest else path


def _response(answer: Any) -> Response:
    status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {"Content-Type": "application/json", "x-ms-request-id": "request-1", **headers}, content)


class Credential:
    """Numbers its tokens; keeps what it was asked for."""

    def __init__(self):
        self.asked: list[tuple[tuple[str, ...], str | None]] = []
        self.closed = 0

    async def get_token(self, *scopes, claims=None):
        self.asked.append((scopes, claims))
        token = AccessToken(f"token-{len(self.asked)}", 4_000_000_000)
        await asyncio.sleep(0)
        return token

    async def close(self):
        self.closed += 1


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def credential():
    return Credential()


@pytest.fixture
def session(script, credential):
    return Session(CLOUDS["AzureCloud"], RenewableCredential(lambda: credential), script, Pacer(64, script.clock))


@pytest.fixture
def reader(session):
    made = Reader(session, Silent())
    made.listed_subscriptions = frozenset({SUB})
    return made


def _unchanged(transport: Any) -> Any:
    return transport


@pytest.fixture(scope="session")
def contoso() -> Estate:
    """What an undisturbed scan of contoso sees."""
    return scan_named("contoso").estate


@pytest.fixture(scope="session")
def spotless() -> Estate:
    """What an undisturbed scan of spotless sees."""
    return scan_named("spotless").estate


@pytest.fixture
def collect():
    """Scan an embedded tenant; returns the estate and the emulator, whose log tells what was asked."""

    async def run(
        tenant: str | Tenant = "spotless",
        *,
        scope: Scope | None = None,
        faults: Sequence[Fault] = (),
        through: Callable[[Any], Any] = _unchanged,
        stop: asyncio.Event | None = None,
        concurrency: int = 64,
        **options: Any,
    ) -> tuple[Estate, Emulator]:
        made = TENANTS[tenant](NOW) if isinstance(tenant, str) else tenant
        emulator = Emulator(made, faults=faults, **options)
        transport = through(emulator.transport())
        cloud = await discover_cloud(emulator.arm_endpoint, transport)
        pacer = Pacer(concurrency, emulator.clock)
        session = Session(cloud, RenewableCredential(emulator.credential), transport, pacer)
        await session.log_in()
        # The tenant stands still at NOW, so that every scan of it looks back from there.
        settings = {"progress": Silent(), "as_of": NOW, "stop": stop}
        estate = await collect_estate(session, scope or Scope(), **settings)
        return estate, emulator

    return run


@pytest.fixture
def in_virtual_time(monkeypatch):
    """Run a coroutine on a loop whose hours pass at once; returns its result and the seconds it took."""

    def run(work: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
        async def timed():
            loop = asyncio.get_running_loop()
            for module in (policies, tokens):
                monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=loop.time, time=NOW.timestamp))
            return await work(), loop.time()

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            return runner.run(timed())

    return run
