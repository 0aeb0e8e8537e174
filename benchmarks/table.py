"""What the benchmarks measured, beside its bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table

RUN_COLUMNS = ("client", "requests", "429s", "span s", "CPU ms/request", "whole CPU s", "process s", "peak MiB")
CLAIM_COLUMNS = ("held to", "measured", "bound", "")


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


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one benchmark has to show; `notes` are whole sentences."""

    title: str
    runs: tuple[tuple[str, Run], ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()


def run_rows(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """The rows of the runs; a client whose CPU is known only as a whole shows no CPU per request."""
    for what, run in outcome.runs:
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
    if outcome.runs:
        console.print(_table(RUN_COLUMNS, run_rows(outcome)))
    if outcome.claims:
        console.print(_table(CLAIM_COLUMNS, (claim.cells() for claim in outcome.claims)))
    for note in outcome.notes:
        console.print(note)


def _table(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table()
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table


def markdown(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Render a Markdown table whose first column is text."""
    rules = ("---", *("---:" for _ in columns[1:]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (tuple(columns), rules, *rows))
