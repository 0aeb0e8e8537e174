"""The machine that the benchmarks run on, and what else it was busy with."""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path

import msgspec

STAT = Path("/proc/stat")
IDLE = slice(3, 5)
"""Of the first line's counters: idle, and waiting for a disk (proc_stat(5)); guests are counted twice, last."""
COUNTERS = 8


class Busy(msgspec.Struct, frozen=True):
    """Seconds, of which only differences mean anything: of all cores together, idle ones, and this run's own CPU."""

    whole: float
    idle: float
    own: float


def busy() -> Busy | None:
    """Read the counters now; None where the system has no such file."""
    if not STAT.exists():
        return None
    counters = [int(word) for word in STAT.read_text(encoding="ascii").split()[1 : 1 + COUNTERS]]
    tick = os.sysconf("SC_CLK_TCK")
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    own = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return Busy(sum(counters) / tick, sum(counters[IDLE]) / tick, own)


def disturbance(before: Busy | None, after: Busy | None) -> str:
    """Say how much of the machine other programs took between two readings."""
    if before is None or after is None or after.whole <= before.whole:
        return "What else ran on the machine is not known."
    whole = after.whole - before.whole
    others = whole - (after.idle - before.idle) - (after.own - before.own)
    return f"Other programs took {max(0.0, 100 * others / whole):.0f} % of the machine's CPU meanwhile."


def machine() -> str:
    """The kind of the machine, without its name."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text(encoding="utf-8").splitlines() if cpus.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    kind = model or platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores, {kind}, {platform.system()}, Python {platform.python_version()}"
