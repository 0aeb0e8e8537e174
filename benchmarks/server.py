"""A generated tenant over loopback HTTPS in a process of its own, which times every request.

It takes a `Setting` as JSON in its one argument and is driven by lines: it prints a `Listening` when it listens, and
for each line that it reads a `Served` of the requests since the line before. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import base64
import re
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from benchmarks.floor import Replay
from benchmarks.proxy import tunnels_to
from scanner.emulator import Bucket, Emulator, Request, Response, Tenant, generate, serve
from scanner.emulator.tenants.model import Variable

PAGE_SIZE = 1_000
"""Rows of a page, as Resource Graph has; no other list of a generated tenant is longer than one page."""
AZURE_HOSTS = ("management.azure.com", "login.microsoftonline.com", "graph.microsoft.com")
"""Whom a client that knows no other cloud asks; it reaches the emulator through the proxy."""
AUTOMATION_VERSIONS = ("2015-10-31", "2024-10-23")
"""The api-versions of azure-mgmt-automation 0.1.1, which older clients use, and 2.0."""
OF_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)/", re.IGNORECASE)
TELL_READS = "reads"
TOO_MANY = 429


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The tenant to serve; `latency` is in seconds.

    With `throttled`, Azure's limits hold: ARM's buckets, Resource Graph's and the log queries' windows. With a number
    of `variables`, each account holds these and nothing else, and clients of an older api-version are answered too.
    """

    accounts: int
    subscriptions: int
    latency: float = 0.0
    variables: int = 0
    throttled: bool = False


class Listening(msgspec.Struct, frozen=True):
    """Where the server and the proxy listen, what a client's environment needs, and a JWT that the server takes."""

    url: str
    proxy: str
    environment: dict[str, str]
    subscription: str
    token: str


class Served(msgspec.Struct, frozen=True):
    """The requests of one client: `span` is the seconds from the first's arrival to the last's answer.

    `refused` counts answers of status 429, `metered` the other ARM answers of the subscription with the most, and
    `log_queries` those that were answered. `reads` are the GETs of resources and the log queries, if asked for.
    """

    span: float
    requests: int
    refused: int
    metered: int
    log_queries: int
    reads: tuple[Replay, ...]


class TimedEmulator(Emulator):
    """An emulator that notes when requests arrive and when their answers leave."""

    def __init__(self, tenant: Tenant, *, latency: float, bucket: Bucket | None) -> None:
        super().__init__(tenant, page_size=PAGE_SIZE, latency=latency, bucket=bucket)
        self._first = self._last = 0.0
        self._statuses: Counter[int] = Counter()
        self._metered: Counter[str] = Counter()
        self._bodies: list[bytes] = []

    async def handle(self, request: Request) -> Response:
        """Answers one request; it leaves after the latency, which the door lets pass."""
        arrived = time.monotonic()
        self._first = self._first or arrived
        response = await super().handle(request)
        self._last = max(self._last, arrived + response.delay, time.monotonic())
        self._statuses[response.status] += 1
        if request.method == "POST" and "/v1/workspaces" in request.url and response.status != TOO_MANY:
            self._bodies.append(request.body)
        elif response.status != TOO_MANY:
            found = OF_SUBSCRIPTION.search(request.url)
            self._metered[found[1].lower() if found else ""] += 1
        return response

    def served(self, *, reads: bool) -> Served:
        """Return what was served since the last call; `reads` lists every read too."""
        most = max((count for subscription, count in self._metered.items() if subscription), default=0)
        told = Served(
            self._last - self._first,
            sum(self._statuses.values()),
            self._statuses[TOO_MANY],
            most,
            len(self._bodies),
            self._replays() if reads else (),
        )
        self._forget()
        return told

    def _replays(self) -> tuple[Replay, ...]:
        bodies = iter(self._bodies)
        found: list[Replay] = []
        for method, path, query in self.requests:
            if method == "GET" and path.startswith("/subscriptions"):
                found.append(Replay(f"{path}?{query}"))
            elif method == "POST" and path.startswith("/v1/workspaces"):
                found.append(Replay(path, next(bodies)))
        return tuple(found)

    def _forget(self) -> None:
        self._first = self._last = 0.0
        self._statuses.clear()
        self._metered.clear()
        self._bodies.clear()
        self.requests.clear()


def tenant_of(setting: Setting) -> Tenant:
    """Generate the tenant."""
    now, of_variables = datetime.now(UTC), {"groups": 0, "connections": 0, "runbooks": 0, "schedules": 0, "jobs": 0}
    counts = of_variables if setting.variables else {}
    tenant = generate(accounts=setting.accounts, subscriptions=setting.subscriptions, now=now, **counts)
    if not setting.variables:
        return tenant
    variables = tuple(Variable(f"variable-{number}", '"text"') for number in range(setting.variables))
    accounts = tuple(replace(account, workspace=None, variables=variables) for account in tenant.accounts)
    versions = {"Microsoft.Automation": AUTOMATION_VERSIONS}
    return replace(tenant, accounts=accounts, workspaces=(), api_versions=versions)


def unsigned_token(tenant_id: str) -> str:
    """A JWT that names its tenant and a far expiry: clients that are given a token look into it, nobody verifies it."""
    claims = {"tid": tenant_id, "oid": tenant_id, "exp": int(time.time()) + 24 * 3600}
    parts = (msgspec.json.encode(part) for part in ({"typ": "JWT", "alg": "none"}, claims))
    return ".".join((*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""))


async def _run(setting: Setting) -> None:
    tenant = tenant_of(setting)
    emulator = TimedEmulator(tenant, latency=setting.latency, bucket=Bucket() if setting.throttled else None)
    async with serve(emulator, names=AZURE_HOSTS) as server, tunnels_to(server.url) as proxy:
        environment = {
            "SSL_CERT_FILE": str(server.ca_file),
            "AZURE_TENANT_ID": server.tenant_id,
            "AZURE_CLIENT_ID": server.client_id,
            "AZURE_CLIENT_SECRET": server.client_secret,
        }
        token = unsigned_token(server.tenant_id)
        emulator.login.tokens.add(token)
        _say(Listening(server.url, proxy, environment, tenant.subscriptions[0].id, token))
        while line := await asyncio.to_thread(sys.stdin.readline):
            _say(emulator.served(reads=line.strip() == TELL_READS))


def _say(message: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(message).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run(msgspec.json.decode(sys.argv[1], type=Setting)))
