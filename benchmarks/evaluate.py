"""What it costs to judge a big estate.

Its snapshot is made in one process, judged phase by phase in a second, and as a user does it by `hwaudit evaluate` in a
third, which is the one that the bounds hold for.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.book import Health
from benchmarks.phases import Judged
from benchmarks.processes import Cost, ended
from benchmarks.table import Claim, Grid, Outcome, growth_claims

COLUMNS = ("phase", "accounts", "workers", "findings", "wall s", "CPU s", "peak MiB")
SECONDS = 60.0
GIB = 1.5
MIB_IN_GIB = 1024


class Size(msgspec.Struct, frozen=True):
    """How large an estate is."""

    accounts: int
    workers: int


class Evaluation(msgspec.Struct, frozen=True):
    """What judging one estate cost, by phases and as a whole process."""

    size: Size
    judged: Judged
    whole: Cost


def measure(*sizes: Size, health: Health = Health.USUAL) -> Outcome:
    """Judge estates of these sizes, in ascending order; the bounds of the whole process hold for the last."""
    return outcome_of([_evaluate(size, health) for size in sizes], health)


def outcome_of(evaluations: Sequence[Evaluation], health: Health) -> Outcome:
    """Show what was measured, the larger estates last."""
    whole = evaluations[-1].whole
    return Outcome(
        title=f"hwaudit evaluate: all checks and both reports of a {health} estate",
        measured=Grid(COLUMNS, tuple(row for each in evaluations for row in _rows(each))),
        claims=(
            Claim("process", whole.wall, SECONDS, "s"),
            Claim("peak", whole.memory / MIB_IN_GIB, GIB, "GiB"),
            *growth_claims((each.size.accounts, each.whole.wall) for each in evaluations),
        ),
        notes=("The phases share a process of their own: each one's peak is the largest until its end.",),
    )


def _evaluate(size: Size, health: Health) -> Evaluation:
    with tempfile.TemporaryDirectory() as folder:
        snapshot, figures, out = (str(Path(folder, name)) for name in ("snapshot", "figures.json", "reports"))
        ended(sys.executable, "-m", "benchmarks.estates", str(size.accounts), str(size.workers), health, snapshot)
        ended(sys.executable, "-m", "benchmarks.phases", snapshot, figures)
        command = "from scanner.cli import main; main()"
        whole = ended(sys.executable, "-c", command, "evaluate", snapshot, "--out", out, "--quiet")
        return Evaluation(size, msgspec.json.decode(Path(figures).read_bytes(), type=Judged), whole)


def _rows(done: Evaluation) -> list[tuple[str, ...]]:
    size = (f"{done.size.accounts:,}", f"{done.size.workers:,}", f"{done.judged.findings:,}")
    return [
        (phase, *size, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.memory:.0f}")
        for phase, cost in (*done.judged.phases, ("whole process", done.whole))
    ]
