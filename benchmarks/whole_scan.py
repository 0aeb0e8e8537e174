"""A whole scan beside the least that any client needs for the same requests.

Server, scan and the other clients are processes of their own, and the rounds alternate, so that a busy machine disturbs
all alike.
"""

from __future__ import annotations

from benchmarks.clients import Server, replayed, scan, serving
from benchmarks.floor import MOST_LOG_QUERIES, Replay
from benchmarks.server import Setting
from benchmarks.table import Claim, Outcome, Run, runs_grid

SETTING = Setting(accounts=200, subscriptions=20, latency=0.1)
CHAIN = 5
"""Latencies that no width can hide: reads that wait for one another."""
CPU = 0.7
"""Milliseconds of CPU that one request of a scan may cost."""
PROCESS = 1.3
"""A scan's process may live this many times as long as the floor's."""


def whole_scan(width: int, bound: float, rounds: int, *words: str, setting: Setting = SETTING) -> Outcome:
    """Compare; `bound` is how many times the floor and its chain a scan may last, `words` go to the scan."""
    floors, sdks, scans = [], [], []
    with serving(setting) as server:
        # The server keeps rendered answers: after this scan all clients find them ready.
        reads = scan(server, width, *words, reads=True)[0].served.reads
        for _ in range(rounds):
            floors.append(_floor(server, width, reads))
            scans.append(scan(server, width, *words)[0].run)
            sdks.append(replayed(server, width, reads, "benchmarks.plain_sdk", "many"))
    floor, ours, sdk = Run.median_of(floors), Run.median_of(scans), Run.median_of(sdks)
    size = f"{setting.accounts} accounts in {setting.subscriptions} subscriptions"
    latency = f"{1000 * setting.latency:.0f} ms a request"
    each = ", ".join(f"{ratio(*pair, setting):.3f}" for pair in zip(floors, scans, strict=True))
    return Outcome(
        title=" ".join((f"{size}, {latency}, width {width}", *words)),
        measured=runs_grid(
            (("floor: bare aiohttp", floor), ("plain asynchronous SDK client", sdk), ("hwaudit scan", ours))
        ),
        claims=(
            Claim(f"span / (floor + {CHAIN} x latency)", ratio(floor, ours, setting), bound),
            Claim("CPU of a request", ours.reading_per_request, CPU, "ms"),
            Claim("process / floor's process", ours.wall / floor.wall, PROCESS),
        ),
        notes=(
            f"Medians of {rounds}; the span's ratio by round: {each}.",
            f"{_log_queries(reads):,} of {len(reads):,} reads are log queries, {MOST_LOG_QUERIES} of them at once.",
        ),
    )


def ratio(floor: Run, other: Run, setting: Setting) -> float:
    """Compare a client with the floor, where 1.0 is the best that is possible."""
    return other.span / (floor.span + CHAIN * setting.latency)


def _floor(server: Server, width: int, reads: tuple[Replay, ...]) -> Run:
    return replayed(server, width, reads, "benchmarks.floor")


def _log_queries(reads: tuple[Replay, ...]) -> int:
    return sum(read.body is not None for read in reads)
