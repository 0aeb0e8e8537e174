"""What one benchmark measured, and its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

BOUND = 1.05
"""A scan may last this many times the floor and its chain."""
CHAIN = 5
"""Latencies that no width can hide: reads that wait for one another."""


class Run(msgspec.Struct, frozen=True):
    """One run of one client, in seconds; `span` is from its first to its last request as the server saw it."""

    span: float
    wall: float
    cpu: float
    requests: int

    @classmethod
    def median_of(cls, runs: Sequence[Run]) -> Run:
        """Return the median of each number."""
        return cls(*(median(getattr(run, field) for run in runs) for field in cls.__struct_fields__))


def ratio(floor: Run, scan: Run, latency: float) -> float:
    """Compare a scan with its floor, where 1.0 is the best that is possible."""
    return scan.span / (floor.span + CHAIN * latency)


def show(floors: Sequence[Run], scans: Sequence[Run], *, latency: float, title: str) -> None:
    """Print medians, the ratio of the medians, and the ratio of each round."""
    floor, scan = Run.median_of(floors), Run.median_of(scans)
    table = Table(title=title, title_justify="left", caption_justify="left")
    for column in ("median", "requests", "span s", "CPU s", "CPU ms/request", "process s"):
        table.add_column(column, justify="left" if column == "median" else "right")
    table.add_row("floor: bare aiohttp", *_cells(floor))
    table.add_row("hwaudit scan", *_cells(scan))
    rounds = ", ".join(f"{ratio(*pair, latency):.3f}" for pair in zip(floors, scans, strict=True))
    found = ratio(floor, scan, latency)
    verdict = "within" if found <= BOUND else "beyond"
    table.caption = f"span / (floor + {CHAIN} x latency) = {found:.3f}, {verdict} the bound {BOUND} (rounds: {rounds})"
    Console(width=110).print(table)


def _cells(run: Run) -> Iterable[str]:
    per_request = 1000 * run.cpu / run.requests
    return f"{run.requests:.0f}", f"{run.span:.3f}", f"{run.cpu:.2f}", f"{per_request:.2f}", f"{run.wall:.2f}"
