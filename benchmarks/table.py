"""What the benchmarks measured, beside its bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

RUN_COLUMNS = ("client", "requests", "429s", "span s", "CPU ms/request", "whole CPU s", "process s", "peak MiB")
CLAIM_COLUMNS = ("held to", "measured", "bound", "")

GROWTH = 1.1
"""An account may take this many times as long where there are ten times as many."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one client, in seconds and MiB.

    `span` is from the first request to the last answer as the server saw it, `wall` the life of the process, `cpu` the
    whole process's, and `reading` that between the first request and the last answer; None when it is not known.
    """

    requests: float
    span: float
    wall: float
    cpu: float
    reading: float | None = None
    refused: float = 0
    memory: float = 0

    @classmethod
    def median_of(cls, runs: Sequence[Run]) -> Run:
        """Return the median of each number."""
        reading = [run.reading for run in runs if run.reading is not None]
        others = (field for field in cls.__struct_fields__ if field != "reading")
        middle = {field: median(getattr(run, field) for run in runs) for field in others}
        return cls(**middle, reading=median(reading) if reading else None)

    @property
    def reading_per_request(self) -> float:
        """Milliseconds of CPU per request; of the whole process where nothing finer is known."""
        return 1000 * (self.cpu if self.reading is None else self.reading) / self.requests


class Claim(msgspec.Struct, frozen=True):
    """One number and what it is held to: at most the bound, or at least."""

    what: str
    value: float
    bound: float
    unit: str = "x"
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the number keeps its bound, as exactly as it was measured."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def cells(self) -> tuple[str, ...]:
        """Return the row; a number that misses its bound by less than is shown keeps its miss."""
        sign, verdict = ">=" if self.at_least else "<=", "pass" if self.holds else "miss"
        return self.what, f"{self.value:.3f} {self.unit}", f"{sign} {self.bound:g} {self.unit}", verdict


def growth_claims(spans: Iterable[tuple[int, float]]) -> Iterator[Claim]:
    """Hold the time of an account to that of the size before; `spans` are numbers of accounts, and seconds for all."""
    for (fewer, short), (more, long) in pairwise(spans):
        yield Claim(f"time of an account, {more:,} / {fewer:,} accounts", (long / more) / (short / fewer), GROWTH)


class Grid(msgspec.Struct, frozen=True):
    """One table as text, whose first column is words and whose others are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one benchmark has to show; `notes` are whole sentences."""

    title: str
    measured: Grid
    claims: tuple[Claim, ...]
    notes: tuple[str, ...] = ()

    @property
    def grids(self) -> tuple[Grid, Grid]:
        """What was measured, and what of it is held to bounds."""
        return self.measured, Grid(CLAIM_COLUMNS, tuple(claim.cells() for claim in self.claims))


def runs_grid(runs: Iterable[tuple[str, Run]]) -> Grid:
    """Show each client's run."""
    return Grid(RUN_COLUMNS, tuple(_run_rows(runs)))


def _run_rows(runs: Iterable[tuple[str, Run]]) -> Iterator[tuple[str, ...]]:
    """A client whose CPU is known only as a whole shows no CPU per request."""
    for what, run in runs:
        per_request = "" if run.reading is None else f"{run.reading_per_request:.2f}"
        yield (
            what,
            f"{run.requests:.0f}",
            f"{run.refused:.0f}",
            f"{run.span:.2f}",
            per_request,
            f"{run.cpu:.2f}",
            f"{run.wall:.2f}",
            f"{run.memory:.0f}",
        )


def show(outcome: Outcome, console: Console) -> None:
    """Print one benchmark's tables."""
    console.print(f"\n[bold]{outcome.title}[/bold]")
    for grid in outcome.grids:
        console.print(_table(grid))
    for note in outcome.notes:
        console.print(note)


def _table(grid: Grid) -> Table:
    table = Table()
    for number, column in enumerate(grid.columns):
        table.add_column(column, justify="right" if number else "left")
    for row in grid.rows:
        table.add_row(*row)
    return table


def markdown(grid: Grid) -> str:
    """Render a table in Markdown."""
    rules = ("---", *("---:" for _ in grid.columns[1:]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (grid.columns, rules, *grid.rows))
