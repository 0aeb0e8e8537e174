"""Collects an Estate through a Session: the reads, their answers and their Gaps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner.collect._limiter import Limiter
from scanner.collect._reader import Progress, Reader
from scanner.collect._walk import Walk
from scanner.inventory import (
    AutomationAccount,
    Estate,
    LinkedService,
    Read,
    Reading,
    Resource,
    ScanFacts,
    Scope,
    Subscription,
    WorkspaceLink,
)
from scanner.session import Session

__all__ = ["Progress", "collect_estate"]


async def collect_estate(
    session: Session,
    scope: Scope,
    *,
    progress: Progress,
    concurrency: int = 64,
    tenant_id: str | None = None,
    as_of: datetime | None = None,
    stop: asyncio.Event | None = None,
) -> Estate:
    """Read everything in `scope`, at most `concurrency` requests at once.

    When `stop` is set, what was seen so far is returned, marked interrupted; each unfinished read is then a Gap.
    Raises StartError when no subscription can be listed or none is left by the scope.
    """
    started = datetime.now(UTC)
    limiter = Limiter(concurrency)
    reader = Reader(session, limiter, progress)
    walk = asyncio.ensure_future(Walk(reader, limiter, scope).run())
    interrupted = await _finished_or_stopped(walk, stop)
    reads = _as_first_named(reader.reads(), reader.resources)
    subscriptions = [resource for resource in reader.resources if isinstance(resource, Subscription)]
    facts = ScanFacts(
        started_at=started,
        finished_at=datetime.now(UTC),
        as_of=as_of,
        cloud=session.cloud.name,
        tenant_id=_home_tenant(subscriptions) or tenant_id,
        scope=scope,
        interrupted=interrupted,
        requests=session.counts,
        notes=() if interrupted else walk.result(),
    )
    return Estate.of(facts, reads, _existing(reader.resources, reads))


def _as_first_named(reads: list[Read], resources: list[Resource]) -> list[Read]:
    """Name what was only referred to in one way, whichever reference was followed first: the one that sorts first."""
    names: dict[str, str] = {}
    links = (resource.workspace for resource in resources if isinstance(resource, WorkspaceLink))
    services = (resource.target for resource in resources if isinstance(resource, LinkedService))
    for id_ in (*links, *services):
        if id_ is not None:
            names[id_.key] = min(names.get(id_.key, id_.text), id_.text)
    own = {resource.id.key for resource in resources}
    return [_renamed(read, names.get(read.scope.lower())) if read.scope.lower() not in own else read for read in reads]


def _renamed(read: Read, scope: str | None) -> Read:
    if scope is None:
        return read
    gap = msgspec.structs.replace(read.gap, scope=scope) if read.gap else None
    return msgspec.structs.replace(read, scope=scope, gap=gap)


def _existing(resources: list[Resource], reads: list[Read]) -> list[Resource]:
    """Leave out accounts that a list showed and that their own GET knows no more."""
    gone = {
        read.scope.lower()
        for read in reads
        if read.reading is Reading.ACCOUNT and read.answered and read.answered.missing
    }
    return [r for r in resources if not (isinstance(r, AutomationAccount) and r.id.key in gone)]


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


def _home_tenant(subscriptions: list[Subscription]) -> str | None:
    """The tenant of the subscriptions that no other tenant manages, if there is exactly one such tenant."""
    tenants = {
        subscription.tenant_id
        for subscription in subscriptions
        if subscription.tenant_id and not subscription.managed_by
    }
    return tenants.pop() if len(tenants) == 1 else None
