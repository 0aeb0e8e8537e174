"""How near a whole scan comes to the floor; `python -m benchmarks.scan`.

Server, scan and floor are processes of their own, and the rounds alternate, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from benchmarks.floor import Replay, Work
from benchmarks.server import Listening, Served
from benchmarks.table import Run, show

MOST_BYTES_OF_A_LINE = 64 << 20


class Server:
    """The server's process, asked by lines."""

    def __init__(self, process: asyncio.subprocess.Process, listening: Listening) -> None:
        self._process = process
        self.listening = listening

    async def served(self) -> Served:
        """Return the requests since the last call."""
        if self._process.stdin is None:
            raise RuntimeError("the server has no standard input")
        self._process.stdin.write(b"\n")
        return msgspec.json.decode(await _line(self._process), type=Served)


async def _line(process: asyncio.subprocess.Process) -> bytes:
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError("the server ended")
    return line


@asynccontextmanager
async def serving(accounts: int, subscriptions: int, latency: float) -> AsyncIterator[Server]:
    """Serve a generated tenant until left; `latency` is in seconds."""
    words = ("--accounts", str(accounts), "--subscriptions", str(subscriptions), "--latency", str(latency))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.server", *words), stdin=pipe, stdout=pipe, limit=MOST_BYTES_OF_A_LINE
    )
    try:
        yield Server(process, msgspec.json.decode(await _line(process), type=Listening))
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def timed(server: Server, *command: str, environment: Mapping[str, str], fed: bytes = b"") -> tuple[Run, Served]:
    """Run one client to its end and return what it cost; raises RuntimeError when it fails."""
    await server.served()
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=asyncio.subprocess.PIPE, env={**os.environ, **environment}
    )
    await process.communicate(fed)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise RuntimeError(f"{command[0]} {command[1]} ended with {process.returncode}")
    served = await server.served()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(served.span, wall, cpu, served.requests), served


async def scan(server: Server, width: int) -> tuple[Run, Served]:
    """Run one scan."""
    listening = server.listening
    with tempfile.TemporaryDirectory() as out:
        words = (
            "--arm-endpoint",
            listening.url,
            "--auth",
            "env",
            "--concurrency",
            str(width),
            "--out",
            out,
            "--format",
            "json",
        )
        main = "from scanner.cli import main; main()"
        return await timed(server, "-c", main, "scan", "--quiet", *words, environment=listening.environment)


async def floor(server: Server, width: int, reads: tuple[Replay, ...]) -> Run:
    """Repeat the reads of a scan with the bare client."""
    listening = server.listening
    work = Work(listening.url, listening.token, listening.environment["SSL_CERT_FILE"], width, reads)
    run, _ = await timed(server, "-m", "benchmarks.floor", environment={}, fed=msgspec.json.encode(work))
    return run


async def run(options: argparse.Namespace) -> None:
    """Run all rounds and print the table."""
    latency = options.latency / 1000
    floors, scans = [], []
    async with serving(options.accounts, options.subscriptions, latency) as server:
        _, warm = await scan(server, options.width)  # the server keeps rendered answers; both clients find them ready
        for _ in range(options.rounds):
            floors.append(await floor(server, options.width, warm.reads))
            scans.append((await scan(server, options.width))[0])
    size = f"{options.accounts} accounts in {options.subscriptions} subscriptions"
    title = f"{size}, {options.latency} ms a request, width {options.width}, {options.rounds} rounds"
    show(floors, scans, latency=latency, title=title)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--subscriptions", type=int, default=20)
    parser.add_argument("--latency", type=int, default=100, help="milliseconds that every answer takes")
    parser.add_argument("--width", type=int, default=64, help="requests at once")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    if not Path("scanner").is_dir():
        sys.exit("run this at the root of the repository")
    asyncio.run(run(_options()))
