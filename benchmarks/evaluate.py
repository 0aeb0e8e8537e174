"""What it costs to judge a big estate; `python -m benchmarks.evaluate --accounts 10000 --workers 100000`.

The snapshot is made in a process of its own, read, judged and reported phase by phase in another, and as a user does it
by `hwaudit evaluate` in a third, which is the one that the bounds hold for.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.book import Health
from benchmarks.estates import estate

MOST_SECONDS = 60.0
MOST_GIB = 1.5
"""Bounds of the whole process for 10,000 accounts and 100,000 workers."""


class Cost(msgspec.Struct, frozen=True):
    """What one phase, or a whole process, took in seconds; `peak` is the most GiB that its process had until then."""

    name: str
    wall: float
    cpu: float
    peak: float


class Evaluation(msgspec.Struct, frozen=True):
    """The costs of judging one estate; `findings` tells how many there were."""

    accounts: int
    workers: int
    findings: int
    phases: tuple[Cost, ...]
    whole: Cost

    @property
    def within(self) -> bool:
        """Whether the whole process kept both bounds."""
        return self.whole.wall <= MOST_SECONDS and self.whole.peak <= MOST_GIB


def measure(accounts: int, workers: int, health: Health = Health.USUAL) -> Evaluation:
    """Judge an estate of this size; raises CalledProcessError when one of the processes fails."""
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "snapshot"
        size = ("--accounts", str(accounts), "--workers", str(workers), "--health", health)
        _of_this_module("--make", str(snapshot), *size)
        findings, *phases = _of_this_module("--phases", str(snapshot)).splitlines()
        costs = tuple(msgspec.json.decode(line, type=Cost) for line in phases)
        return Evaluation(accounts, workers, int(findings), costs, _whole(snapshot, Path(folder) / "reports"))


def _of_this_module(*words: str) -> bytes:
    command = (sys.executable, "-m", "benchmarks.evaluate", *words)
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 - this module's own words


def _whole(snapshot: Path, out: Path) -> Cost:
    """Run the command as a user does."""
    words = ("evaluate", str(snapshot), "--out", str(out), "--quiet")
    started = time.monotonic()
    process = subprocess.Popen((sys.executable, "-c", "from scanner.cli import main; main()", *words))  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    cpu = used.ru_utime + used.ru_stime
    return Cost("hwaudit evaluate", time.monotonic() - started, cpu, _gib(used.ru_maxrss))


def _gib(peak: int) -> float:
    """The peak as the system tells it: in bytes on macOS, in KiB elsewhere."""
    return peak / (2**30 if sys.platform == "darwin" else 2**20)


# -- in a process of its own ------------------------------------------------------------------------------------


def _phases(snapshot: Path) -> Iterator[int | Cost]:
    """Go through the phases of a judgement, and tell at the end how many findings there were, then each cost."""
    from reports import FORMATS  # noqa: PLC0415 - what a phase loads counts as its cost
    from scanner.graph import EstateGraph  # noqa: PLC0415
    from scanner.inventory.snapshot import load  # noqa: PLC0415
    from scanner.pipeline import scan_of  # noqa: PLC0415

    clock = _Clock()
    loaded = load(snapshot)
    clock.stop("load")
    EstateGraph.of(loaded)
    clock.stop("graph")
    scan = scan_of(loaded)
    clock.stop("checks")
    for name in ("json", "html"):
        for _ in FORMATS[name].render(scan):
            """Each chunk is written, and gone."""
        clock.stop(name.upper())
    yield len(scan.findings)
    yield from clock.costs


class _Clock:
    def __init__(self) -> None:
        self.costs: list[Cost] = []
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def stop(self, name: str) -> None:
        """Note the phase that ends here."""
        wall, cpu = time.monotonic(), time.process_time()
        peak = _gib(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        self.costs.append(Cost(name, wall - self._wall, cpu - self._cpu, peak))
        self._wall, self._cpu = wall, cpu


# -- the table ------------------------------------------------------------------------------------------------------


def table_of(evaluations: Sequence[Evaluation]) -> Table:
    """Return the costs of one or more estates, with the growth from the first to the last under the table."""
    table = Table(title="Judging an estate, with all checks and both reports", title_justify="left")
    table.caption_justify = "left"
    for column in ("accounts", "workers", "findings", "phase", "wall s", "CPU s", "peak GiB"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    for each in evaluations:
        size = (f"{each.accounts:,}", f"{each.workers:,}", f"{each.findings:,}")
        for cost in (*each.phases, each.whole):
            shown = size if cost is each.phases[0] else ("", "", "")
            table.add_row(*shown, cost.name, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.peak:.2f}")
        table.add_section()
    first, last = evaluations[0], evaluations[-1]
    verdict = "within" if last.within else "beyond"
    table.caption = f"{verdict} {MOST_SECONDS:.0f} s and {MOST_GIB} GiB"
    if last is not first:
        times, cpu = last.accounts / first.accounts, last.whole.cpu / first.whole.cpu
        table.caption += f"; {times:.0f} times the accounts: {cpu:.1f} times the CPU"
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluate", description=__doc__)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=100_000)
    parser.add_argument("--health", type=Health, default=Health.USUAL, choices=list(Health))
    parser.add_argument("--growth", action="store_true", help="measure a tenth of it first")
    parser.add_argument("--make", type=Path, help="only write this snapshot")
    parser.add_argument("--phases", type=Path, help="only print what each phase of judging this snapshot took")
    return parser.parse_args()


def _main(options: argparse.Namespace) -> None:
    if options.make:
        from scanner.inventory.snapshot import dump  # noqa: PLC0415

        options.make.write_bytes(dump(estate(options.accounts, options.workers, options.health)))
    elif options.phases:
        for told in _phases(options.phases):
            sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        shares = (10, 1) if options.growth else (1,)
        sizes = [(options.accounts // share, options.workers // share) for share in shares]
        Console(width=110).print(table_of([measure(*size, options.health) for size in sizes]))


if __name__ == "__main__":
    _main(_options())
