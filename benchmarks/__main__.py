"""Runs benchmarks and prints their tables: `python -m benchmarks [NAME...] [--full] [--write docs/performance.md]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks.machine import busy, disturbance
from benchmarks.page import page
from benchmarks.registry import BENCHMARKS
from benchmarks.table import Outcome, show


def main() -> None:
    """Run what was asked for; every row is shown, a miss does not end the run."""
    options = _options()
    if not Path("scanner").is_dir():
        sys.exit("run this at the root of the repository")
    names = options.names or [name for name, benchmark in BENCHMARKS.items() if options.full or not benchmark.long]
    console = Console(width=120)
    outcomes: dict[str, Outcome] = {}
    for name in names:
        before = busy()
        outcome = BENCHMARKS[name].run(options.rounds)
        outcomes[name] = msgspec.structs.replace(outcome, notes=(*outcome.notes, disturbance(before, busy())))
        show(outcomes[name], console)
        if options.write:  # after each, as the later ones take minutes
            options.write.write_text(page(outcomes), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--full", action="store_true", help="the long ones too")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which the median counts")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page with these tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
