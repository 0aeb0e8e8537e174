"""Whole scans of ever larger tenants: what an account costs must not depend on how many there are."""

from __future__ import annotations

from benchmarks.clients import scan, serving
from benchmarks.server import Setting
from benchmarks.table import Outcome, Run, growth_claims, runs_grid

ACCOUNTS_OF_A_SUBSCRIPTION = 20
WIDTH = 64
LATENCY = 0.005


def growth(*sizes: int) -> Outcome:
    """Scan tenants of these numbers of accounts, in ascending order."""
    runs = [(size, _scan(size)) for size in sizes]
    notes = [
        f"{size:,} accounts: {run.requests / run.span:,.0f} requests/s, {1000 * run.span / size:.1f} ms an account, "
        f"{1000 * run.cpu / size:.1f} ms of them CPU."
        for size, run in runs
    ]
    return Outcome(
        title=f"Growth: {ACCOUNTS_OF_A_SUBSCRIPTION} accounts a subscription, {1000 * LATENCY:.0f} ms, width {WIDTH}",
        measured=runs_grid((f"{size:,} accounts", run) for size, run in runs),
        claims=tuple(growth_claims((size, run.span) for size, run in runs)),
        notes=tuple(notes),
    )


def _scan(accounts: int) -> Run:
    subscriptions = max(1, accounts // ACCOUNTS_OF_A_SUBSCRIPTION)
    with serving(Setting(accounts=accounts, subscriptions=subscriptions, latency=LATENCY)) as server:
        return scan(server, WIDTH)[0].run
