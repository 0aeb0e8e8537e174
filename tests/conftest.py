"""The program as a user has it: a command line, a folder, an environment, and Azure behind a socket."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from loopback import login_of, serving

from scanner.cli import run
from scanner.emulator import TENANTS, Emulator, Server, Tenant

FAULT_TABLE = "fault table"
"""The property in which a test of the fault table leaves its counts."""
MAIN = "from scanner.cli import main; main()"
MEASURED = "measured"
"""The property in which a browser test leaves a figure with its name."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the garbage collector the thousands of tests, which stay until the end: looking through them is dear."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell how the rows of the fault table ended, whichever worker ran them, and what a browser measured."""
    reports = [report for name in ("passed", "failed") for report in terminalreporter.stats.get(name, ())]
    told = [dict(_properties(report)).get(FAULT_TABLE, {}) for report in reports]
    counts = sum(map(Counter, told), Counter())
    if counts:
        ends = ", ".join(f"{number} {end}" for end, number in sorted(counts.items()))
        terminalreporter.write_line(f"fault table: {counts.total()} bad inputs: {ends}, 0 lost silently")
    for name, value in (kept for report in reports for key, kept in _properties(report) if key == MEASURED):
        terminalreporter.write_line(f"page with 100,000 findings: {name} {value}")


def _properties(report: Any) -> list[tuple[str, Any]]:
    return getattr(report, "user_properties", [])


@dataclass(frozen=True)
class Outcome:
    """How one command ended, and the folder that it ran in."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "hwaudit-report" / "report.json").read_text())

    @property
    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def refuses(self, code: int, *said: str) -> bool:
        """Assert that the command ended with one helpful line on stderr, and left no file."""
        assert self.code == code, (self.code, self.err)
        assert re.fullmatch(r"hwaudit: [^\n]+: [^\n]+\n", self.err), self.err
        for part in said:
            assert part in self.err
        assert self.out == ""
        assert self.files == set()
        return True


@pytest.fixture
def clean_environment(monkeypatch):
    """Nothing of the machine's own logins, proxies and authorities."""
    names = ("AZURE_", "ACTIONS_", "GITHUB_", "MSI_", "IDENTITY_", "SSL_CERT_", "REQUESTS_CA_BUNDLE")
    for name in os.environ:
        if name.startswith(names) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def hwaudit(clean_environment, monkeypatch, tmp_path, capsys):
    """Run a command line in a folder of its own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def command(*words: object) -> Outcome:
        capsys.readouterr()
        code = run([str(word) for word in words])
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err, folder)

    return command


@pytest.fixture(scope="session")
def demo_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one scan of the demonstration saw, for all tests that only judge it again."""
    place = tmp_path_factory.mktemp("demo")
    words = ["scan", "--demo", "--quiet", "--format", "json", "--out", str(place / "out")]
    assert run([*words, "--snapshot", str(place / "demo.snapshot")]) == 0
    return place / "demo.snapshot"


@dataclass(frozen=True)
class Azure:
    """An embedded Azure behind a socket; its login is in the environment."""

    server: Server
    emulator: Emulator

    @property
    def words(self) -> tuple[str, ...]:
        return ("--arm-endpoint", self.server.url, "--auth", "env", "--format", "json")


@pytest.fixture
def azure(clean_environment, monkeypatch) -> Iterator[Any]:
    """Serve a tenant over loopback TLS, and put its login into the environment."""
    with ExitStack() as stack:

        def start(tenant: str | Tenant = "spotless", **options: Any) -> Azure:
            made = TENANTS[tenant](datetime.now(UTC)) if isinstance(tenant, str) else tenant
            server, emulator = stack.enter_context(serving(made, **{"page_size": 50} | options))
            for name, value in login_of(server).items():
                monkeypatch.setenv(name, value)
            return Azure(server, emulator)

        yield start


@pytest.fixture
def start(tmp_path, clean_environment):
    """Start the program in a folder of its own; whatever still runs in the end is killed."""
    started = []

    def process(*words):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        made = subprocess.Popen(
            [sys.executable, "-c", MAIN, *words],
            cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(made)
        return made

    yield process
    for made in started:
        with made:
            made.kill()
