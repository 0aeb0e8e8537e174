"""Azure VMs and Arc-enabled servers: all of a subscription in bulk, and by id those that workers name elsewhere.

What only hybrid workers' machines are asked for (a missing state, extensions, sizes, the network) is read for machines
that workers of User groups name; System groups hold up to 4,000 workers of their own, for which the lists must do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec

from scanner.collect._machine_parsing import (
    ARC_TYPE,
    VM_TYPE,
    completed,
    is_worker,
    names_one,
    nested_extensions,
    parse_arc,
    parse_extension,
    parse_size,
    parse_vm,
    parse_vm_status,
)
from scanner.collect._network import Network
from scanner.collect._once import Once
from scanner.collect._pages import Parse
from scanner.collect._reader import Endpoint, Reader
from scanner.collect._resource_graph import Bulk
from scanner.collect._wire import Malformed
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

COMPUTE = "2026-04-01"
"""The api-version of azure-mgmt-compute 39 for VMs."""
SKUS = "2021-07-01"
"""The api-version of azure-mgmt-compute 39 for SKUs."""
HYBRID_COMPUTE = "2026-07-15"
"""The api-version of azure-mgmt-hybridcompute 10."""
SILENT_AFTER = timedelta(minutes=30)
"""Hybrid workers that did not ping for 30 minutes do not count as active (Hybrid Runbook Worker, Microsoft, 2025)."""

_VMS = "providers/Microsoft.Compute/virtualMachines"


class Kind(msgspec.Struct, frozen=True):
    """One of the two kinds of machine, and where it is read."""

    type: str
    list: Endpoint
    item: Endpoint
    extensions: Endpoint
    parse: Parse[Machine]


VM = Kind(
    type=VM_TYPE,
    list=Endpoint(Reading.VIRTUAL_MACHINES, "arm", COMPUTE, _VMS),
    item=Endpoint(Reading.VIRTUAL_MACHINE, "arm", COMPUTE, query="$expand=instanceView"),
    extensions=Endpoint(Reading.VM_EXTENSIONS, "arm", COMPUTE, "extensions"),
    parse=parse_vm,
)
ARC = Kind(
    type=ARC_TYPE,
    list=Endpoint(Reading.ARC_MACHINES, "arm", HYBRID_COMPUTE, "providers/Microsoft.HybridCompute/machines"),
    item=Endpoint(Reading.ARC_MACHINE, "arm", HYBRID_COMPUTE),
    extensions=Endpoint(Reading.ARC_EXTENSIONS, "arm", HYBRID_COMPUTE, "extensions"),
    parse=parse_arc,
)
VM_STATUSES = Endpoint(Reading.VM_STATUSES, "arm", COMPUTE, _VMS, query="statusOnly=true")


class _Sizes(Endpoint, frozen=True):
    """The SKUs of a region, which Compute lists under the subscription and filters by region."""

    def path(self, scope: ArmId) -> str:
        """The path of the SKUs in the subscription of a region."""
        return Endpoint.path(self, scope.subscription)


MACHINE_SIZES = _Sizes(Reading.MACHINE_SIZES, "arm", SKUS, "providers/Microsoft.Compute/skus")

Shown = Mapping[str, Machine]


class Machines:
    """Collects machines; `start` runs a coroutine beside the others of the scan.

    A worker's silence is measured up to `as_of`, or up to the moment at which the worker was read.
    """

    def __init__(
        self, reader: Reader, start: Callable[[Coroutine[Any, Any, Any]], None], as_of: datetime | None = None
    ) -> None:
        self._reader = reader
        self._start = start
        self._as_of = as_of
        self._network = Network(reader, start)
        self._lists: dict[tuple[str, str], asyncio.Future[Shown]] = {}
        self._nested: dict[str, list[Extension]] = {}
        self._without_worker: set[str] = set()
        self._named: Once[Machine | None] = Once()
        self._confirmed: Once[None] = Once()
        self._sizes: Once[Mapping[str, MachineSize]] = Once()
        self._sizes_in_use: set[str] = set()
        self._system_groups: set[str] = set()
        self._resources_known = 0

    @property
    def _skipped(self) -> bool:
        return Reading.VIRTUAL_MACHINES in self._reader.skipped

    # -- all machines of a subscription -------------------------------------------------------------------------

    def plan(self, subscription: ArmId) -> None:
        """Enter a subscription's lists of machines into the ledger."""
        for kind in (VM, ARC):
            if self._skipped:
                self._reader.skip(kind.list.reading, subscription)
            else:
                self._reader.plan(kind.list.reading, subscription)
                self._lists[kind.type, subscription.key] = asyncio.get_running_loop().create_future()

    async def subscription(self, subscription: ArmId, bulk: Bulk) -> None:
        """Read all machines of a planned subscription."""
        if not self._skipped:
            self._start(self._list(ARC, subscription, bulk))
            await self._list(VM, subscription, bulk)

    async def _list(self, kind: Kind, subscription: ArmId, bulk: Bulk) -> None:
        shown = self._of_bulk(kind, subscription, bulk)
        if not shown:
            shown = await self._of_arm(kind, subscription)
        self._lists[kind.type, subscription.key].set_result({machine.id.key: machine for machine in shown})

    def _of_bulk(self, kind: Kind, subscription: ArmId, bulk: Bulk) -> list[Machine]:
        """Take the machines from the bulk answer; none when it shows none, or one that cannot be read."""
        if self._reader.journal.remembers(kind.list.reading, subscription):
            return self._of_earlier_bulk(kind, subscription)
        rows = bulk.of(subscription.subscription_id, kind.type)
        try:
            machines = [machine for row in rows if (machine := kind.parse(row, bulk.read_at)) is not None]
        except Malformed:
            return []  # ARM's own list decides, and says which item it is
        if not machines:
            return []
        extensions = self._extensions_of_bulk(kind, subscription, bulk)
        shown = [msgspec.structs.replace(machine, extensions_told=extensions is not None) for machine in machines]
        self._keep_bulk(shown, extensions or [])
        self._reader.answer(
            kind.list.reading,
            subscription,
            items=len(shown),
            at=bulk.read_at,
            resources=shown,
            beside=extensions,
            bulk=True,
        )
        return shown

    def _of_earlier_bulk(self, kind: Kind, subscription: ArmId) -> list[Machine]:
        """Take the machines from the journal if Resource Graph's answer brought them there."""
        if not self._reader.journal.remembers(kind.list.reading, subscription, bulk=True):
            return []
        record = self._reader.recall(kind.list.reading, subscription)
        shown = [resource for resource in record.resources if isinstance(resource, Machine)] if record else []
        extensions = [resource for resource in record.beside if isinstance(resource, Extension)] if record else []
        self._keep_bulk(shown, extensions)
        return shown

    def _keep_bulk(self, shown: list[Machine], extensions: list[Extension]) -> None:
        for resource in (*extensions, *shown):
            self._reader.keep(resource)
        with_worker = {extension.machine.key for extension in extensions if is_worker(extension)}
        self._without_worker.update(machine.id.key for machine in shown if machine.id.key not in with_worker)

    @staticmethod
    def _extensions_of_bulk(kind: Kind, subscription: ArmId, bulk: Bulk) -> list[Extension] | None:
        """Read the extensions of a kind of machine; None when the bulk answer proves nothing about them."""
        rows = bulk.of(subscription.subscription_id, f"{kind.type}/extensions")
        try:
            extensions = [found for row in rows if (found := parse_extension(row, bulk.read_at)) is not None]
        except Malformed:
            return None
        return extensions if rows else None

    async def _of_arm(self, kind: Kind, subscription: ArmId) -> list[Machine]:
        nested: list[Extension] = []
        parse = _with_nested(kind, nested)
        shown = await self._reader.collection(kind.list, subscription, parse, keep=_later, beside=nested)
        self._hold(nested)
        for machine in shown:
            self._keep(machine)
        return await self._with_states(subscription, shown) if kind is VM and shown else shown

    async def _with_states(self, subscription: ArmId, vms: list[Machine]) -> list[Machine]:
        """Complete a list of VMs, which leaves out their power states, by the list of those alone."""
        statuses = await self._reader.collection(VM_STATUSES, subscription, parse_vm_status, keep=_later)
        by_id = {status.id.key: status for status in statuses}
        complete = [completed(vm, by_id[vm.id.key]) if vm.id.key in by_id else vm for vm in vms]
        for vm in complete:
            self._reader.keep(vm)
        return complete

    def _hold(self, nested: list[Extension]) -> None:
        """Hold ready what machines showed inside themselves until these are kept."""
        for extension in nested:
            self._nested.setdefault(extension.machine.key, []).append(extension)

    def _keep(self, machine: Machine) -> None:
        for extension in self._nested.pop(machine.id.key, ()):
            self._reader.keep(extension)
        self._reader.keep(machine)

    # -- machines that workers name -----------------------------------------------------------------------------

    async def worker(self, worker: HybridWorker) -> None:
        """Read what the lists left out of the machine that this worker names; its group was kept before it."""
        id_ = worker.machine
        kind = next((kind for kind in (VM, ARC) if id_ is not None and names_one(id_, kind.type)), None)
        if id_ is None or kind is None or self._skipped or self._is_of_system_group(worker):
            return
        machine = await self._named.of(id_.key, partial(self._machine, kind, id_))
        if machine is None:
            return
        if worker.worker_type is not WorkerType.V1 and machine.extensions_told and id_.key in self._without_worker:
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
        listed = self._lists.get((kind.type, id_.subscription.key))
        machine = None if listed is None else (await asyncio.shield(listed)).get(id_.key)
        if machine is None or (machine.power_state or machine.arc_status) is None:
            machine = await self._fetched(kind, id_, machine)
        if machine is not None and not machine.extensions_told:
            self._start(self._extensions(kind, machine))
        return machine

    async def _fetched(self, kind: Kind, id_: ArmId, listed: Machine | None) -> Machine | None:
        """Fetch a machine, and complete it by what its list said."""
        scope = listed.id if listed is not None else id_
        nested: list[Extension] = []
        fetched = await self._reader.item(kind.item, scope, _with_nested(kind, nested), beside=nested)
        if fetched is None:
            gone = self._reader.answered(kind.item.reading, scope)
            return None if gone else listed
        # Compute writes resource groups in capitals at times: an id stays as its list wrote it.
        machine = fetched if listed is None else msgspec.structs.replace(completed(fetched, listed), id=listed.id)
        self._hold(nested)
        self._keep(machine)
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
            MACHINE_SIZES, region, partial(parse_size, region), query=located, keep=_later
        )
        return {size.name.lower(): size for size in sizes}


def _with_nested(kind: Kind, nested: list[Extension]) -> Parse[Machine]:
    """Parse machines, and put into `nested` the extensions that they show inside themselves."""

    def parse(item: Mapping[str, Any], moment: datetime) -> Machine | None:
        machine, extensions = kind.parse(item, moment), nested_extensions(item, moment)
        if machine is None or extensions is None:
            return machine
        nested.extend(extensions)
        return msgspec.structs.replace(machine, extensions_told=True)

    return parse


def _later(_: Any) -> bool:
    """Keep nothing yet: what a list shows is kept when the rest of it is known."""
    return False
