"""Writes the page of the last run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from benchmarks.machine import machine
from benchmarks.registry import BENCHMARKS
from benchmarks.table import Outcome, markdown

INTRODUCTION = """\
# Performance

`make bench` measures against the [embedded Azure](emulator.md) over loopback HTTPS: server and clients are processes of
their own, on one machine. It writes nothing; `make bench FULL=1 WRITE=docs/performance.md` runs the long rows too and
writes this page. `make bench ROWS="growth bucket"` runs some rows, `make bench-c7n` installs the peer of the shared
task, 692 MB, into an environment of its own.

A *span* lasts from the first request to the last answer, as the server saw it; a *process* from its start to its end.
*CPU ms/request* is the client's between its first request and its last answer: without the interpreter's start,
imports, the login, judging and reports. *Whole CPU* has them all. *Peak* is the largest resident memory of the
process. What else ran on the machine is told below each table: it lengthens every span, the floor's least of all.

`evaluate` needs no server: it judges snapshots of made estates, whose *wall s* and *CPU s* are those of one phase or of
the process.\
"""


def page(outcomes: Mapping[str, Outcome]) -> str:
    """Return the page in Markdown, with the machine's kind and the day (UTC)."""
    measured = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}."
    sections = (section for name, outcome in outcomes.items() for section in _section(name, outcome))
    return "\n\n".join((INTRODUCTION, measured, *sections)) + "\n"


def _section(name: str, outcome: Outcome) -> Iterator[str]:
    yield f"## {outcome.title}"
    yield f"`ROWS={name}`. {BENCHMARKS[name].about}"
    yield from map(markdown, outcome.grids)
    if outcome.notes:
        yield " ".join(outcome.notes)
