"""What the other shards of a scan hold: consulted where something here names what is there, and kept out of the ledger.

A subscription of another shard is enumerated here in the very way in which its own shard does it, so that what follows
from its lists (an account they do not show, a VM whose state they leave out) is decided as one scan would decide it.
Only what is named is kept, and no read is entered: the ledger of that subscription is its own shard's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any

from scanner.collect import _resource_graph as resource_graph
from scanner.collect._listing import Listing, listed
from scanner.collect._machine_lists import Kind, MachineLists
from scanner.collect._machine_parsing import ARC_TYPE, VM_TYPE
from scanner.collect._once import Once
from scanner.collect._progress import Unwatched
from scanner.collect._reader import Reader
from scanner.inventory import ArmId, Extension, Machine, Resource

MACHINE_TYPES = (VM_TYPE, f"{VM_TYPE}/extensions", ARC_TYPE, f"{ARC_TYPE}/extensions")


class Elsewhere:
    """The subscriptions (by GUID) that other shards hold; `start` runs a coroutine beside the others of the scan."""

    def __init__(self, reader: Reader, start: Callable[[Coroutine[Any, Any, Any]], None]) -> None:
        self.guids: frozenset[str] = frozenset()
        self._start = start
        self._scan = reader
        self._reader = Reader(reader.sessions, Unwatched(), reader.skipped)
        self._bulks: dict[tuple[str, ...], _Bulks] = {}
        self._listed: Once[Mapping[str, Resource]] = Once()
        self._begun: Once[None] = Once()
        self._machines = MachineLists(self._reader)
        self._extensions: dict[str, list[Extension]] = {}
        self._known = 0

    def hold(self, guids: Iterable[str]) -> None:
        """Tell which subscriptions the other shards hold, before anything is asked."""
        self.guids = frozenset(guids)
        self._reader.listed_subscriptions = self._scan.listed_subscriptions

    def holds(self, id_: ArmId) -> bool:
        """Whether another shard holds the subscription of this resource."""
        return id_.subscription_id in self.guids

    async def resource(self, listing: Listing[Any], id_: ArmId) -> Resource | None:
        """Return a resource as the list of its subscription shows it; None when that does not, or nobody holds it."""
        if not self.holds(id_):
            return None
        key = f"{listing.endpoint.reading} {id_.subscription.key}"
        return (await self._listed.of(key, partial(self._list, listing, id_.subscription))).get(id_.key)

    async def _list(self, listing: Listing[Any], subscription: ArmId) -> Mapping[str, Resource]:
        bulk = await self._bulk((listing.type,), subscription)
        return {resource.id.key: resource for resource in await listed(self._reader, listing, subscription, bulk)}

    async def machine(self, kind: Kind, id_: ArmId) -> tuple[Machine | None, list[Extension]]:
        """Return a machine as the lists of its subscription show it, and the extensions of it that they show."""
        if not self.holds(id_):
            return None, []
        await self._begun.of(id_.subscription.key, partial(self._begin, id_.subscription))
        machine = await self._machines.shown(kind, id_)
        new = self._reader.resources[self._known :]
        self._known += len(new)
        for extension in (found for found in new if isinstance(found, Extension)):
            self._extensions.setdefault(extension.machine.key, []).append(extension)
        return machine, self._extensions.get(id_.key, [])

    def lacks_worker(self, machine: ArmId) -> bool:
        """Whether Resource Graph left out a hybrid worker extension of the machine."""
        return self._machines.lacks_worker(machine)

    async def _begin(self, subscription: ArmId) -> None:
        bulk = await self._bulk(MACHINE_TYPES, subscription)
        self._machines.plan(subscription)
        self._start(self._machines.subscription(subscription, bulk, self._start))

    async def _bulk(self, types: tuple[str, ...], subscription: ArmId) -> resource_graph.Bulk:
        bulks = self._bulks.setdefault(types, _Bulks(self._reader, types))
        return await bulks.of(subscription.subscription_id)


class _Bulks:
    """Resource Graph's rows of some types: one query for all subscriptions that were asked for while the last ran."""

    def __init__(self, reader: Reader, types: tuple[str, ...]) -> None:
        self._reader = reader
        self._types = types
        self._one_at_a_time = asyncio.Lock()
        self._waiting: set[str] = set()
        self._answers: dict[str, resource_graph.Bulk] = {}

    async def of(self, guid: str) -> resource_graph.Bulk:
        if guid not in self._answers:
            self._waiting.add(guid)
        async with self._one_at_a_time:
            if guid not in self._answers:
                asked, self._waiting = sorted(self._waiting), set()
                bulk = await resource_graph.query(self._reader, asked, lambda _: None, types=self._types)
                self._answers.update(dict.fromkeys(asked, bulk))
        return self._answers[guid]
