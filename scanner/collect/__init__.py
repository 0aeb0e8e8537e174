"""Collects an Estate through a Session: the reads, their answers and their Gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner.collect._choice import EVERYTHING, Choice
from scanner.collect._lookback import LookBack
from scanner.collect._reader import Progress, Reader
from scanner.collect._walk import Walk
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Estate,
    Extension,
    HybridWorker,
    LinkedService,
    Machine,
    NetworkInterface,
    Read,
    Reading,
    Resource,
    ScanFacts,
    Scope,
    Subnet,
    Subscription,
    WorkspaceLink,
)
from scanner.inventory.journal import Journal
from scanner.session import Session

__all__ = ["EVERYTHING", "Choice", "Progress", "collect_estate"]


async def collect_estate(
    session: Session,
    scope: Scope,
    *,
    progress: Progress,
    tenant_id: str | None = None,
    as_of: datetime | None = None,
    choice: Choice = EVERYTHING,
    stop: asyncio.Event | None = None,
    journal: Journal | None = None,
) -> Estate:
    """Read everything in `scope` that `choice` leaves in.

    When `stop` is set, what was seen so far is returned, marked interrupted; each unfinished read is then a Gap.
    What `journal` holds is not read again, and what is answered goes into it; a scan that goes on with one looks back
    from where the first began. Raises StartError when no subscription can be listed or none is left by the scope.
    """
    journal = journal or Journal()
    started = journal.start()
    reader = Reader(session, progress, choice.skipped_readings, journal)
    look_back = LookBack(started, as_of, choice.since)
    walk = asyncio.ensure_future(Walk(reader, scope, look_back, frozenset(choice.included)).run())
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
        since=choice.since,
        skipped=tuple(sorted(choice.skipped)),
        included=tuple(sorted(choice.included)),
        interrupted=interrupted,
        requests=session.counts,
        notes=(*(() if interrupted else walk.result()), *session.clock.notes(as_of)),
    )
    return Estate.of(facts, reads, _existing(reader.resources, reads))


def _as_first_named(reads: list[Read], resources: list[Resource]) -> list[Read]:
    """Name what was only referred to in one way, whichever reference was followed first: the one that sorts first."""
    names: dict[str, str] = {}
    for id_ in (id_ for resource in resources for id_ in _references(resource)):
        names[id_.key] = min(names.get(id_.key, id_.text), id_.text)
    own = {resource.id.key for resource in resources}
    return [_renamed(read, names.get(read.scope.lower())) if read.scope.lower() not in own else read for read in reads]


def _references(resource: Resource) -> Iterator[ArmId]:
    """The ids that a resource refers to and that are fetched by id."""
    match resource:
        case WorkspaceLink(workspace=ArmId() as id_) | LinkedService(target=ArmId() as id_):
            yield id_
        case HybridWorker(machine=ArmId() as id_) | Subnet(security_group=ArmId() as id_):
            yield id_
        case Machine(interfaces=ids):
            yield from ids
        case NetworkInterface(subnets=ids, security_group=group):
            yield from ids
            yield from (group,) if group else ()
        case _:
            return


def _renamed(read: Read, scope: str | None) -> Read:
    if scope is None:
        return read
    gap = msgspec.structs.replace(read.gap, scope=scope) if read.gap else None
    return msgspec.structs.replace(read, scope=scope, gap=gap)


def _existing(resources: list[Resource], reads: list[Read]) -> list[Resource]:
    """Leave out accounts and machines that a list showed and that their own GET knows no more."""
    gone = {read.scope.lower() for read in reads if read.reading in _BY_ID and read.answered and read.answered.missing}
    return [resource for resource in resources if not gone.intersection(_existence(resource))]


_BY_ID = frozenset({Reading.ACCOUNT, Reading.VIRTUAL_MACHINE, Reading.ARC_MACHINE})


def _existence(resource: Resource) -> tuple[str, ...]:
    """The ids that must exist for the resource to exist."""
    match resource:
        case AutomationAccount() | Machine():
            return (resource.id.key,)
        case Extension():
            return (resource.machine.key,)
        case _:
            return ()


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
