"""All benchmarks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from benchmarks.book import Health
from benchmarks.evaluate import Size, measure
from benchmarks.growth import growth
from benchmarks.shared_task import shared_task
from benchmarks.table import Outcome
from benchmarks.token_bucket import token_bucket
from benchmarks.whole_scan import whole_scan


class Benchmark(msgspec.Struct, frozen=True):
    """A benchmark: what it asks, and how it is run with so many rounds; a `long` one runs only when it is named."""

    about: str
    run: Callable[[int], Outcome]
    long: bool = False


_WIDTH = (
    "A scan of everything beside a bare aiohttp client and a plain asynchronous SDK client that send the same requests."
)
_ARM = "The same without log queries, whose service lets few run at once: nothing but the width bounds these reads."

BENCHMARKS: Mapping[str, Benchmark] = {
    "scan-64": Benchmark(_WIDTH, lambda rounds: whole_scan(64, 1.03, rounds)),
    "scan-128": Benchmark(_WIDTH, lambda rounds: whole_scan(128, 1.15, rounds)),
    "arm-64": Benchmark(_ARM, lambda rounds: whole_scan(64, 1.03, rounds, "--skip", "logs")),
    "arm-128": Benchmark(_ARM, lambda rounds: whole_scan(128, 1.15, rounds, "--skip", "logs")),
    "shared-task": Benchmark(
        "Other tools can list accounts and read one child collection of each too. hwaudit does it by its own walk, "
        "with every other read left out; c7n-azure runs unmodified.",
        shared_task,
    ),
    "evaluate": Benchmark(
        "Judging a snapshot offline: 1,000 accounts with 10,000 workers, then ten times as many.",
        lambda _: measure(Size(1_000, 10_000), Size(10_000, 100_000)),
    ),
    "evaluate-sick": Benchmark(
        "The larger one with a finding on most workers.",
        lambda _: measure(Size(10_000, 100_000), health=Health.SICK),
        long=True,
    ),
    "evaluate-hidden": Benchmark(
        "The larger one with a gap in every third read.",
        lambda _: measure(Size(10_000, 100_000), health=Health.HIDDEN),
        long=True,
    ),
    "growth": Benchmark("The time of an account, whole scans of 100 and 1,000 accounts.", lambda _: growth(100, 1_000)),
    "growth-10000": Benchmark("The same for 1,000 and 10,000.", lambda _: growth(1_000, 10_000), long=True),
    "bucket": Benchmark("A small subscription under Azure's limits.", lambda _: token_bucket(40)),
    "bucket-400": Benchmark("A large subscription under Azure's limits.", lambda _: token_bucket(400), long=True),
}
