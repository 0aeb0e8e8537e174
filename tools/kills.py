"""Kill scans at random moments, resume each, and compare the reports; `python -m tools.kills [--times 20] [--seed N]`.

The embedded Azure answers over loopback HTTPS. A scan is killed (SIGKILL) at one of its requests, drawn at random, or a
little later; its report after `--resume` must be that of an undisturbed scan, and no GET of a read that the journal
held may be sent again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pkgutil
import random
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from scanner import collect
from scanner.collect._reader import Endpoint
from scanner.emulator import TENANTS, Emulator, Request, Response, Server, Tenant, generate, serve
from scanner.inventory import ArmId, Read, Reading
from scanner.inventory.journal import recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LATENCY = 0.1
"""Seconds that an answer takes: long enough for every kill to fall between many answers."""
SCAN = (sys.executable, "-c", "from scanner.cli import main; main()", "scan", "--auth", "env", "--format", "json", "-q")


class Watched(Emulator):
    """An embedded Azure that tells when it was asked so many times."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, page_size=50, latency=LATENCY)
        self._awaited = 0
        self._reached = asyncio.Event()

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        response = await super().handle(request)
        if len(self.requests) >= self._awaited:
            self._reached.set()
        return response

    def watch(self, awaited: int) -> asyncio.Event:
        """Count anew; the event is set at that request."""
        self.requests.clear()
        self._awaited, self._reached = awaited, asyncio.Event()
        return self._reached


@dataclass(frozen=True)
class Outcome:
    """What became of one kill: the reads that the journal held, those asked again, and whether the report is equal."""

    held: int
    repeated: int
    equal: bool


class Victim:
    """A tenant whose scans are killed; its files lie in `folder`."""

    def __init__(self, emulator: Watched, server: Server, folder: Path) -> None:
        self._emulator = emulator
        self._server = server
        self._folder = folder
        self._undisturbed: Any = None
        self._requests = 0

    async def scan(self) -> None:
        """Scan undisturbed."""
        self._emulator.watch(0)
        await self._ended(await self._start("undisturbed"), 0)
        self._undisturbed = self._report("undisturbed")
        self._requests = len(self._emulator.requests)

    async def kill(self, name: str, dice: random.Random) -> Outcome:
        """Kill one scan, resume it, and compare."""
        # How many log queries a scan sends differs a little from run to run.
        reached = self._emulator.watch(dice.randint(1, int(0.95 * self._requests)))
        process = await self._start(name)
        ends = {asyncio.create_task(reached.wait()), asyncio.create_task(process.wait())}
        _, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if process.returncode is not None:
            raise RuntimeError(f"the scan ended by itself with {process.returncode}")
        await asyncio.sleep(dice.uniform(0, 2 * LATENCY))
        process.kill()
        await self._ended(process, -9)
        journal = self._folder / name / "hwaudit.journal"
        held = recorded(journal) if journal.exists() and journal.stat().st_size else []
        self._emulator.watch(0)
        await self._ended(await self._start(name, "--resume"), 0)
        if journal.exists():
            raise RuntimeError(f"{journal} was left behind")
        asked = [
            (path.lower(), "statusOnly" in query) for method, path, query in self._emulator.requests if method == "GET"
        ]
        repeated = sum(1 for read in held if path_of(read) in asked)
        return Outcome(len(held), repeated, self._report(name) == self._undisturbed)

    def _report(self, name: str) -> Any:
        return comparable((self._folder / name / "report.json").read_bytes())

    async def _start(self, name: str, *words: str) -> asyncio.subprocess.Process:
        server = self._server
        login = {
            "SSL_CERT_FILE": str(server.ca_file),
            "AZURE_TENANT_ID": server.tenant_id,
            "AZURE_CLIENT_ID": server.client_id,
            "AZURE_CLIENT_SECRET": server.client_secret,
        }
        # Ages count minutes: two scans agree on them as of one moment only.
        moment = self._emulator.tenant.now.isoformat()
        words = ("--arm-endpoint", server.url, "--as-of", moment, "--out", str(self._folder / name), *words)
        return await asyncio.create_subprocess_exec(*SCAN, *words, env=os.environ | login)

    @staticmethod
    async def _ended(process: asyncio.subprocess.Process, code: int) -> None:
        if await process.wait() != code:
            raise RuntimeError(f"the scan ended with {process.returncode}, not {code}")


@asynccontextmanager
async def victim(tenant: Tenant) -> AsyncIterator[Victim]:
    """Serve a tenant and scan it undisturbed."""
    emulator = Watched(tenant)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        async with serve(emulator) as server:
            made = Victim(emulator, server, Path(folder))
            await made.scan()
            yield made


def comparable(report: bytes) -> Any:
    """A JSON report without times of the scan, request ids and request counts."""
    told = json.loads(report)
    for name in ("started_at", "finished_at", "requests"):
        told["scan"].pop(name)
    for gap in told["gaps"]:
        gap.pop("request_id")
    return told


def path_of(read: Read) -> tuple[str, bool] | None:
    """The path of a read's GET; None for what is asked by POST, and for sizes, which share one path."""
    endpoint = ENDPOINTS.get(read.reading)
    if endpoint is None or read.reading is Reading.MACHINE_SIZES:
        return None
    return endpoint.path(ArmId(read.scope)).lower(), "statusOnly" in endpoint.query


def _endpoints() -> Iterator[Endpoint]:
    for module in pkgutil.iter_modules(collect.__path__, "scanner.collect."):
        for value in vars(import_module(module.name)).values():
            parts = msgspec.structs.asdict(value).values() if isinstance(value, msgspec.Struct) else ()
            yield from (each for each in (value, *parts) if isinstance(each, Endpoint))


ENDPOINTS = {endpoint.reading: endpoint for endpoint in _endpoints()}


async def _lane(tenant: Tenant, times: int, seed: int) -> list[Outcome]:
    dice = random.Random(f"{seed} {tenant.name}")  # noqa: S311 - it must be repeatable
    async with victim(tenant) as scanned:
        return [await scanned.kill(f"kill-{number}", dice) for number in range(times)]


async def kill_scans(times: int, seed: int) -> list[Outcome]:
    """Kill and resume so many scans, half of each tenant's."""
    now = datetime.now(UTC)
    tenants = TENANTS["contoso"](now), generate(accounts=24, subscriptions=3, now=now)
    lanes = (_lane(tenant, (times + at) // 2, seed) for at, tenant in enumerate(tenants))
    return [outcome for lane in await asyncio.gather(*lanes) for outcome in lane]


def _told(outcomes: list[Outcome], seed: int) -> bool:
    """Print the counts; the return value tells whether every scan went on as it must."""
    equal = sum(outcome.equal for outcome in outcomes)
    held, repeated = sum(outcome.held for outcome in outcomes), sum(outcome.repeated for outcome in outcomes)
    kept = f"{held - repeated} reads not repeated, {repeated} repeated"
    sys.stdout.write(f"seed {seed}: {len(outcomes)} kills, {len(outcomes)} resumed, {equal} reports equal, {kept}\n")
    return equal == len(outcomes) and not repeated and held > 0


def main() -> int:
    """Kill, resume and compare; the return value is the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=20, help="kills, half of them in each of two tenants")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000), help="repeats a run")
    arguments = parser.parse_args()
    outcomes = asyncio.run(kill_scans(arguments.times, arguments.seed))
    return 0 if _told(outcomes, arguments.seed) else 1


if __name__ == "__main__":
    sys.exit(main())
