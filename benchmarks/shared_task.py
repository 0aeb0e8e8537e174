"""The one task that other tools can do too: list the accounts of a subscription and read each one's variables."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.clients import Measured, Server, measured, replayed, serving
from benchmarks.custodian import CUSTODIAN, run_custodian
from benchmarks.server import Setting
from benchmarks.table import Claim, Outcome, Run, runs_grid

SETTING = Setting(accounts=500, subscriptions=1, latency=0.02, variables=2)
WIDTH = 64
TIMES_FASTER = 10.0
QUICKEST_PEER = 2.0
"""Seconds that the quickest other tool needed for a task of this shape (CloudSploit, ten requests at once)."""


def shared_task(rounds: int, setting: Setting = SETTING) -> Outcome:
    """Compare the clients, each in a process of its own, the quick ones in alternating rounds."""
    floors, ours = [], []
    with serving(setting) as server:
        warm = _read(_sequential, server, setting, reads=True)
        _read(_own, server, setting)
        for _ in range(rounds):
            floors.append(replayed(server, WIDTH, warm.served.reads, "benchmarks.floor"))
            ours.append(_read(_own, server, setting).run)
        script = _read(_sequential, server, setting).run
        peer = _peer(server, setting) if CUSTODIAN.exists() else None
    own = Run.median_of(ours)
    rows = [("floor: bare aiohttp", Run.median_of(floors)), ("hwaudit's collecting", own)]
    rows.append(("plain sequential SDK script", script))
    claims = [Claim("hwaudit's process", own.wall, QUICKEST_PEER, "s")]
    notes: tuple[str, ...] = ()
    if peer is None:
        notes = ("c7n-azure is not installed; `make bench-c7n` installs it, 692 MB.",)
    else:
        rows.append(("c7n-azure 0.7.52", peer))
        claims.append(Claim("c7n-azure's span / hwaudit's", peer.span / own.span, TIMES_FASTER, at_least=True))
        claims.append(Claim("c7n-azure's process / hwaudit's", peer.wall / own.wall, TIMES_FASTER, at_least=True))
    title = f"Shared task: {setting.accounts} accounts and each one's variables, {1000 * setting.latency:.0f} ms"
    return Outcome(title=title, measured=runs_grid(rows), claims=tuple(claims), notes=notes)


Client = Callable[..., Measured]


def _read(client: Client, server: Server, setting: Setting, *, reads: bool = False) -> Measured:
    """Run one client; raises RuntimeError when it did not see every variable."""
    done = client(server, reads=reads)
    if int(done.printed) != setting.accounts * setting.variables:
        raise RuntimeError(f"{client.__name__} saw {done.printed.strip()} variables")
    return done


def _peer(server: Server, setting: Setting) -> Run:
    """Run c7n-azure; raises RuntimeError when it did not read every account's variables."""
    run = run_custodian(server).run
    if run.requests <= setting.accounts:
        raise RuntimeError(f"c7n-azure sent {run.requests:.0f} requests for {setting.accounts} accounts")
    return run


def _own(server: Server, *, reads: bool) -> Measured:
    words = ("-m", "benchmarks.one_collection", server.listening.url, str(WIDTH))
    return measured(server, sys.executable, *words, environment=server.listening.environment, reads=reads)


def _sequential(server: Server, *, reads: bool) -> Measured:
    listening = server.listening
    words = ("-m", "benchmarks.plain_sdk", "one", listening.subscription, listening.url)
    return measured(server, sys.executable, *words, environment=listening.environment, reads=reads)
