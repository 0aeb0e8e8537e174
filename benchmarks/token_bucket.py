"""One large subscription under Azure's limits, in real time: 250 reads at once, then 25 a second."""

from __future__ import annotations

from benchmarks.clients import scan, serving
from benchmarks.server import Served, Setting
from benchmarks.table import Claim, Outcome, runs_grid
from scanner.emulator import Bucket

WIDTH = 64
LATENCY = 0.02
SPAN = 1.05
REFUSED = 1.0
"""Percent of the answers that may be 429s."""
LOG_QUERIES, LOG_WINDOW = 200, 30.0


def token_bucket(accounts: int) -> Outcome:
    """Scan one subscription of so many accounts."""
    setting = Setting(accounts=accounts, subscriptions=1, latency=LATENCY, throttled=True)
    with serving(setting) as server:
        done, coverage = scan(server, WIDTH)
    run, served = done.run, done.served
    least, of_logs = bucket_bound(served), log_bound(served)
    return Outcome(
        title=f"Token bucket: one subscription of {accounts} accounts, {Bucket().capacity} reads + "
        f"{Bucket().refill:g}/s, {1000 * LATENCY:.0f} ms, width {WIDTH}",
        measured=runs_grid((("hwaudit scan", run),)),
        claims=(
            Claim(f"span / the limits' own {max(least, of_logs):.1f} s", run.span / max(least, of_logs), SPAN),
            Claim("reads answered", 100 * coverage, 100, "%", at_least=True),
            Claim("429s of all answers", 100 * run.refused / run.requests, REFUSED, "%"),
        ),
        notes=(
            f"{served.metered:,} reads of the subscription take the bucket {least:.1f} s.",
            f"{served.log_queries:,} log queries take {of_logs:.1f} s ({LOG_QUERIES} in {LOG_WINDOW:g} s).",
        ),
    )


def bucket_bound(served: Served) -> float:
    """The seconds that the bucket itself needs for the subscription's reads."""
    bucket = Bucket()
    return max(0.0, (served.metered - bucket.capacity) / bucket.refill)


def log_bound(served: Served) -> float:
    """The seconds that pass until the last window of log queries begins."""
    return LOG_WINDOW * ((served.log_queries - 1) // LOG_QUERIES) if served.log_queries else 0.0
