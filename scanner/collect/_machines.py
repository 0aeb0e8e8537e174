"""Azure VMs and Arc-enabled servers: all of a subscription in bulk, and by id those that workers name elsewhere.

What only hybrid workers' machines are asked for (a missing state, extensions, sizes, the network) is read for machines
that workers of User groups name; System groups hold up to 4,000 workers of their own, for which the lists must do.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec

from scanner.collect._elsewhere import Elsewhere
from scanner.collect._machine_lists import ARC, VM, Kind, MachineLists, later, with_nested
from scanner.collect._machine_parsing import (
    completed,
    names_one,
    parse_extension,
    parse_size,
)
from scanner.collect._network import Network
from scanner.collect._once import Once
from scanner.collect._reader import Endpoint, Reader
from scanner.collect._resource_graph import Bulk
from scanner.inventory import (
    ArmId,
    Extension,
    GroupType,
    HybridWorker,
    Machine,
    MachineSize,
    Reading,
    SeenState,
    WorkerGroup,
    WorkerType,
)

SKUS = "2021-07-01"
"""The api-version of azure-mgmt-compute 39 for SKUs."""
SILENT_AFTER = timedelta(minutes=30)
"""Hybrid workers that did not ping for 30 minutes do not count as active (Hybrid Runbook Worker, Microsoft, 2025)."""


class _Sizes(Endpoint, frozen=True):
    """The SKUs of a region, which Compute lists under the subscription and filters by region."""

    def path(self, scope: ArmId) -> str:
        """The path of the SKUs in the subscription of a region."""
        return Endpoint.path(self, scope.subscription)


MACHINE_SIZES = _Sizes(Reading.MACHINE_SIZES, "arm", SKUS, "providers/Microsoft.Compute/skus")


class Machines:
    """Collects machines; `start` runs a coroutine beside the others of the scan.

    A worker's silence is measured up to `as_of`, or up to the moment at which the worker was read.
    """

    def __init__(
        self,
        reader: Reader,
        start: Callable[[Coroutine[Any, Any, Any]], None],
        elsewhere: Elsewhere,
        as_of: datetime | None = None,
    ) -> None:
        self._reader = reader
        self._start = start
        self._as_of = as_of
        self._network = Network(reader, start)
        self._lists = MachineLists(reader)
        self._elsewhere = elsewhere
        self._named: Once[Machine | None] = Once()
        self._confirmed: Once[None] = Once()
        self._sizes: Once[Mapping[str, MachineSize]] = Once()
        self._sizes_in_use: set[str] = set()
        self._system_groups: set[str] = set()
        self._resources_known = 0

    def plan(self, subscription: ArmId) -> None:
        """Enter a subscription's lists of machines into the ledger."""
        self._lists.plan(subscription)

    async def subscription(self, subscription: ArmId, bulk: Bulk) -> None:
        """Read all machines of a planned subscription."""
        await self._lists.subscription(subscription, bulk, self._start)

    # -- machines that workers name -----------------------------------------------------------------------------

    async def worker(self, worker: HybridWorker) -> None:
        """Read what the lists left out of the machine that this worker names; its group was kept before it."""
        id_ = worker.machine
        kind = next((kind for kind in (VM, ARC) if id_ is not None and names_one(id_, kind.type)), None)
        if id_ is None or kind is None or self._lists.skipped or self._is_of_system_group(worker):
            return
        machine = await self._named.of(id_.key, partial(self._machine, kind, id_))
        if machine is None:
            return
        if worker.worker_type is not WorkerType.V1 and machine.extensions_told and self._lacks_worker(id_):
            self._start(self._confirmed.of(id_.key, partial(self._confirm, kind, machine)))
        if kind is ARC:
            return
        if self._is_silent(worker):
            self._network.machine(machine)
        await self._size(machine)

    def _is_of_system_group(self, worker: HybridWorker) -> bool:
        new = self._reader.resources[self._resources_known :]
        self._resources_known += len(new)
        self._system_groups.update(
            group.id.key for group in new if isinstance(group, WorkerGroup) and group.group_type is GroupType.SYSTEM
        )
        return worker.group.key in self._system_groups

    def _is_silent(self, worker: HybridWorker) -> bool:
        if worker.last_seen is None:
            return worker.seen is SeenState.NEVER
        return (self._as_of or worker.read_at) - worker.last_seen >= SILENT_AFTER

    async def _machine(self, kind: Kind, id_: ArmId) -> Machine | None:
        """Return the machine as its list showed it, or as its own GET does when that said too little."""
        machine = await self._lists.shown(kind, id_) or await self._shown_elsewhere(kind, id_)
        if machine is None or (machine.power_state or machine.arc_status) is None:
            machine = await self._fetched(kind, id_, machine)
        if machine is not None and not machine.extensions_told:
            self._start(self._extensions(kind, machine))
        return machine

    async def _shown_elsewhere(self, kind: Kind, id_: ArmId) -> Machine | None:
        """Keep what the lists of another shard's subscription show of a machine."""
        machine, extensions = await self._elsewhere.machine(kind, id_)
        for shown in (*extensions, machine):
            if shown is not None:
                self._reader.keep(shown)
        return machine

    def _lacks_worker(self, machine: ArmId) -> bool:
        return self._lists.lacks_worker(machine) or self._elsewhere.lacks_worker(machine)

    async def _fetched(self, kind: Kind, id_: ArmId, listed: Machine | None) -> Machine | None:
        """Fetch a machine, and complete it by what its list said."""
        scope = listed.id if listed is not None else id_
        nested: list[Extension] = []
        fetched = await self._reader.item(kind.item, scope, with_nested(kind, nested), beside=nested)
        if fetched is None:
            gone = self._reader.answered(kind.item.reading, scope)
            return None if gone else listed
        # Compute writes resource groups in capitals at times: an id stays as its list wrote it.
        machine = fetched if listed is None else msgspec.structs.replace(completed(fetched, listed), id=listed.id)
        self._lists.hold(nested)
        self._lists.keep(machine)
        return machine

    async def _confirm(self, kind: Kind, machine: Machine) -> None:
        """Ask ARM for an extension that a worker needs and that the bulk answer, which proves no absence, left out."""
        self._reader.keep(msgspec.structs.replace(machine, extensions_told=False))
        await self._extensions(kind, machine)

    async def _extensions(self, kind: Kind, machine: Machine) -> None:
        """Read the extensions of one machine; all of them were told unless one could not be read."""
        await self._reader.collection(kind.extensions, machine.id, partial(parse_extension, of=machine.id))
        if self._reader.answered(kind.extensions.reading, machine.id):
            self._reader.keep(msgspec.structs.replace(machine, extensions_told=True))

    # -- sizes --------------------------------------------------------------------------------------------------

    async def _size(self, vm: Machine) -> None:
        """Keep the size of a VM out of its region's sizes, which are read once."""
        if vm.size is None or vm.location is None or not vm.location.isalnum():
            return
        region = ArmId(f"{vm.id.subscription}/providers/Microsoft.Compute/locations/{vm.location}")
        sizes = await self._sizes.of(region.key, partial(self._sizes_of, region))
        size = sizes.get(vm.size.lower())
        if size is not None and size.id.key not in self._sizes_in_use:
            self._sizes_in_use.add(size.id.key)
            self._reader.keep(size)

    async def _sizes_of(self, region: ArmId) -> Mapping[str, MachineSize]:
        located = "$filter=" + quote(f"location eq '{region.name}'", safe="")
        sizes = await self._reader.collection(
            MACHINE_SIZES, region, partial(parse_size, region), query=located, keep=later
        )
        return {size.name.lower(): size for size in sizes}
