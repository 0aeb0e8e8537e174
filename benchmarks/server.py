"""A generated tenant over loopback HTTPS in a process of its own, which times every request.

It is driven by lines: it prints one JSON line when it listens, and for each line that it reads one JSON line with the
requests since the line before. It ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime

import msgspec

from benchmarks.floor import Replay
from scanner.emulator import Emulator, Request, Response, generate, serve
from scanner.emulator.emulator import split

PAGE_SIZE = 1_000
"""Rows of a page, as Resource Graph has; no other list of this tenant is longer than one page of Azure's own."""


class Listening(msgspec.Struct, frozen=True):
    """Where the server listens, whom it trusts, and a token that it takes."""

    url: str
    environment: dict[str, str]
    token: str


class Served(msgspec.Struct, frozen=True):
    """The requests of one client: `span` is the seconds from the first's arrival to the last's answer.

    `reads` are the GETs of resources and the log queries, without the login's and the metadata's requests.
    """

    span: float
    requests: int
    reads: tuple[Replay, ...]


class TimedEmulator(Emulator):
    """An emulator that notes when requests arrive and when their answers leave."""

    def __init__(self, *, accounts: int, subscriptions: int, latency: float) -> None:
        tenant = generate(accounts=accounts, subscriptions=subscriptions, now=datetime.now(UTC))
        super().__init__(tenant, page_size=PAGE_SIZE, latency=latency)
        self._first = self._last = 0.0
        self._reads: list[Replay] = []

    async def handle(self, request: Request) -> Response:
        """Answers one request; it leaves after the latency, which the door lets pass."""
        arrived = time.monotonic()
        self._first = self._first or arrived
        _, path, query = split(request.url)
        if request.method == "GET" and path.startswith("/subscriptions"):
            self._reads.append(Replay(f"{path}?{query}"))
        elif path.startswith("/v1/workspaces"):
            self._reads.append(Replay(path, request.body))
        response = await super().handle(request)
        self._last = max(self._last, arrived + response.delay, time.monotonic())
        return response

    def served(self) -> Served:
        """Return what was served since the last call."""
        told = Served(self._last - self._first, len(self.requests), tuple(self._reads))
        self._reads = []
        self._first = self._last = 0.0
        self.requests.clear()
        return told


async def _run(emulator: TimedEmulator) -> None:
    async with serve(emulator) as server:
        environment = {
            "SSL_CERT_FILE": str(server.ca_file),
            "AZURE_TENANT_ID": server.tenant_id,
            "AZURE_CLIENT_ID": server.client_id,
            "AZURE_CLIENT_SECRET": server.client_secret,
        }
        _say(Listening(server.url, environment, emulator.login.issue()))
        while await asyncio.to_thread(sys.stdin.readline):
            _say(emulator.served())


def _say(message: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(message).decode() + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, required=True)
    parser.add_argument("--subscriptions", type=int, required=True)
    parser.add_argument("--latency", type=float, required=True, help="seconds")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(_run(TimedEmulator(**vars(_arguments()))))
