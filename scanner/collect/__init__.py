"""Collects an Estate through a Session: the reads, their answers and their Gaps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from scanner import __version__
from scanner.collect._authorization import (
    READ_PERMISSIONS,
    READ_PROVIDERS,
    KnownTenant,
    Permission,
    Unanswered,
    read_permissions,
    read_registration,
    read_tenants,
)
from scanner.collect._choice import EVERYTHING, Choice
from scanner.collect._estimate import Estimate
from scanner.collect._lookback import LookBack
from scanner.collect._progress import Progress, Unwatched
from scanner.collect._reader import Reader
from scanner.collect._sample import OF_EACH_KIND, Sample, sample_estate
from scanner.collect._walk import Walk
from scanner.inventory import Estate, ScanFacts, Scope, Subscription
from scanner.inventory.journal import Journal
from scanner.inventory.settling import as_first_named, existing, home_tenant
from scanner.session import Session
from scanner.sessions import Sessions

__all__ = [
    "EVERYTHING",
    "OF_EACH_KIND",
    "READ_PERMISSIONS",
    "READ_PROVIDERS",
    "Choice",
    "Estimate",
    "KnownTenant",
    "Permission",
    "Progress",
    "Sample",
    "Unanswered",
    "Unwatched",
    "collect_estate",
    "read_permissions",
    "read_registration",
    "read_tenants",
    "sample_estate",
]


async def collect_estate(
    session: Session | Sessions,
    scope: Scope,
    *,
    progress: Progress,
    tenant_id: str | None = None,
    as_of: datetime | None = None,
    choice: Choice = EVERYTHING,
    stop: asyncio.Event | None = None,
    journal: Journal | None = None,
) -> Estate:
    """Read everything in `scope` that `choice` leaves in, through one session or those of several tenants.

    When `stop` is set, what was seen so far is returned, marked interrupted; each unfinished read is then a Gap.
    What `journal` holds is not read again, and what is answered goes into it; a scan that goes on with one looks back
    from where the first began. Raises StartError when no subscription can be listed or none is left by the scope.
    """
    journal = journal or Journal()
    started = journal.start()
    reader = Reader(session, progress, choice.skipped_readings, journal)
    look_back = LookBack(started, as_of, choice.since)
    sessions = reader.sessions
    walk = Walk(reader, scope, look_back, frozenset(choice.included))
    walking = asyncio.ensure_future(walk.run())
    interrupted = await _finished_or_stopped(walking, stop)
    reads = as_first_named(reader.reads(), reader.resources)
    subscriptions = [resource for resource in reader.resources if isinstance(resource, Subscription)]
    facts = ScanFacts(
        started_at=started,
        finished_at=datetime.now(UTC),
        as_of=as_of,
        cloud=sessions.cloud.name,
        tenant_id=None if sessions.several else home_tenant(subscriptions) or tenant_id,
        scope=scope,
        since=choice.since,
        skipped=tuple(sorted(choice.skipped)),
        included=tuple(sorted(choice.included)),
        interrupted=interrupted,
        requests=sessions.counts,
        notes=(*(() if interrupted else walking.result()), *sessions.clock.notes(as_of)),
        elsewhere=tuple(sorted(walk.elsewhere.guids)),
        version=__version__,
        tenants=sessions.tenants,
    )
    return Estate.of(facts, reads, existing(reader.resources, reads))


async def _finished_or_stopped(walk: asyncio.Future[tuple[str, ...]], stop: asyncio.Event | None) -> bool:
    """Wait for the walk or for `stop`; True when it was stopped."""
    if stop is None:
        await walk
        return False
    stopped = asyncio.ensure_future(stop.wait())
    ends: set[asyncio.Future[Any]] = {walk, stopped}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if walk.done():
        walk.result()
        return False
    walk.cancel()
    await asyncio.wait({walk})
    return True
