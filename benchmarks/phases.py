"""Judges a snapshot phase by phase, in a process of its own: `python -m benchmarks.phases SNAPSHOT FIGURES`.

Writes a `Judged` as JSON into the file FIGURES.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import msgspec

from benchmarks.processes import Cost, peak


class Judged(msgspec.Struct, frozen=True):
    """How many findings there were, and the phases in order; a phase's memory is the process's peak until its end."""

    findings: int
    phases: tuple[tuple[str, Cost], ...]


def judge(snapshot: Path) -> Judged:
    """Go through the phases of a judgement; what a phase imports counts as its cost."""
    clock = _Clock()
    from scanner.inventory.snapshot import load  # noqa: PLC0415

    estate = load(snapshot)
    clock.stop("load")
    from scanner.graph import EstateGraph  # noqa: PLC0415

    EstateGraph.of(estate)
    clock.stop("graph")
    from scanner.pipeline import scan_of  # noqa: PLC0415

    scan = scan_of(estate)
    clock.stop("checks")
    from reports import FORMATS  # noqa: PLC0415

    for name in ("json", "html"):
        for _ in FORMATS[name].render(scan):
            """Each chunk is gone at once."""
        clock.stop(name.upper())
    return Judged(len(scan.findings), tuple(clock.phases))


class _Clock:
    def __init__(self) -> None:
        self.phases: list[tuple[str, Cost]] = []
        self._wall, self._cpu = time.monotonic(), time.process_time()

    def stop(self, phase: str) -> None:
        """Note the phase that ends here; the next begins."""
        wall, cpu = time.monotonic(), time.process_time()
        memory = peak(resource.getrusage(resource.RUSAGE_SELF))
        self.phases.append((phase, Cost(wall - self._wall, cpu - self._cpu, memory)))
        self._wall, self._cpu = wall, cpu


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(judge(Path(sys.argv[1]))))
