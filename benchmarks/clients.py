"""The processes of a benchmark: the server, and one client after another, each measured to its end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.figures import PLACE, noted
from benchmarks.floor import Replay, Work
from benchmarks.processes import ended
from benchmarks.server import TELL_READS, Listening, Served, Setting
from benchmarks.table import Run


class Measured(msgspec.Struct, frozen=True):
    """What a client cost, what the server saw of it, and what it printed."""

    run: Run
    served: Served
    printed: str


class Server:
    """The server's process, asked by lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.listening = msgspec.json.decode(self._line(), type=Listening)

    def served(self, word: str = "") -> Served:
        """Return the requests since the last call."""
        if self._process.stdin is None:
            raise RuntimeError("the server has no standard input")
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._line(), type=Served)

    def _line(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the server ended")
        return line


@contextmanager
def serving(setting: Setting) -> Iterator[Server]:
    """Serve a generated tenant until left."""
    command = (sys.executable, "-m", "benchmarks.server", msgspec.json.encode(setting).decode())
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    with process:
        yield Server(process)
        if process.stdin is not None:
            process.stdin.close()


def measured(
    server: Server, *command: str, environment: Mapping[str, str], fed: bytes = b"", reads: bool = False
) -> Measured:
    """Run one client to its end and return what it cost; raises RuntimeError when it fails.

    `reads` asks the server for the list of what the client read.
    """
    server.served()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout:
        stdin.write(fed)
        stdin.seek(0)
        figures = Path(folder, "figures.json")
        cost = ended(*command, environment={**environment, PLACE: str(figures)}, stdin=stdin, stdout=stdout)
        stdout.seek(0)
        printed, own = stdout.read().decode(), noted(figures)
    served = server.served(TELL_READS if reads else "")
    run = Run(
        requests=served.requests,
        refused=served.refused,
        span=served.span,
        wall=cost.wall,
        cpu=cost.cpu,
        reading=None if own is None else own.reading,
        memory=cost.memory,
    )
    return Measured(run, served, printed)


def scan(server: Server, width: int, *more: str, reads: bool = False) -> tuple[Measured, float]:
    """Run a whole scan, its JSON report included, and return with it the share of the planned reads it answered.

    `more` are further words of its command line.
    """
    listening = server.listening
    with tempfile.TemporaryDirectory() as out:
        place = ("--arm-endpoint", listening.url, "--auth", "env", "--out", out, "--format", "json")
        words = ("scan", "--quiet", "--concurrency", str(width), *place, *more)
        module = (sys.executable, "-m", "benchmarks.hwaudit")
        done = measured(server, *module, *words, environment=listening.environment, reads=reads)
        report = msgspec.json.decode(Path(out, "report.json").read_bytes(), type=_Report)
    return done, report.summary.coverage.ratio


class _Coverage(msgspec.Struct):
    ratio: float


class _Summary(msgspec.Struct):
    coverage: _Coverage


class _Report(msgspec.Struct):
    """The one number that is looked at of a report that may be long."""

    summary: _Summary


def replayed(server: Server, width: int, reads: Sequence[Replay], *module: str) -> Run:
    """Repeat the reads of a scan by another client."""
    listening = server.listening
    work = Work(listening.url, listening.token, listening.environment["SSL_CERT_FILE"], width, tuple(reads))
    return measured(server, sys.executable, "-m", *module, environment={}, fed=msgspec.json.encode(work)).run
