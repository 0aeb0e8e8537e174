"""All Azure VMs and Arc-enabled servers of subscriptions: Resource Graph's rows, or ARM's lists where it shows none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

import msgspec

from scanner.collect._machine_parsing import (
    ARC_TYPE,
    VM_TYPE,
    completed,
    nested_extensions,
    parse_arc,
    parse_extension,
    parse_vm,
    parse_vm_status,
)
from scanner.collect._pages import Parse
from scanner.collect._reader import Endpoint, Reader
from scanner.collect._resource_graph import Bulk
from scanner.collect._tasks import waited
from scanner.collect._wire import Malformed
from scanner.inventory import ArmId, Extension, Machine, Reading

COMPUTE = "2026-04-01"
"""The api-version of azure-mgmt-compute 39 for VMs."""
HYBRID_COMPUTE = "2026-07-15"
"""The api-version of azure-mgmt-hybridcompute 10."""

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

Shown = Mapping[str, Machine]


class MachineLists:
    """The lists of machines that one reader reads, a subscription at a time."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lists: dict[tuple[str, str], asyncio.Future[Shown]] = {}
        self._nested: dict[str, list[Extension]] = {}
        self._without_worker: set[str] = set()

    @property
    def skipped(self) -> bool:
        """Whether the user left machines out."""
        return Reading.VIRTUAL_MACHINES in self._reader.skipped

    def plan(self, subscription: ArmId) -> None:
        """Enter a subscription's lists of machines into the ledger."""
        for kind in (VM, ARC):
            if self.skipped:
                self._reader.skip(kind.list.reading, subscription)
            else:
                self._reader.plan(kind.list.reading, subscription)
                self._lists[kind.type, subscription.key] = asyncio.get_running_loop().create_future()

    async def subscription(
        self, subscription: ArmId, bulk: Bulk, start: Callable[[Coroutine[Any, Any, Any]], None]
    ) -> None:
        """Read all machines of a planned subscription; `start` runs a coroutine beside the others of the scan."""
        if not self.skipped:
            start(self._list(ARC, subscription, bulk))
            await self._list(VM, subscription, bulk)

    async def shown(self, kind: Kind, id_: ArmId) -> Machine | None:
        """Wait for the list that may show the machine; None when it does not, or was never planned."""
        listed = self._lists.get((kind.type, id_.subscription.key))
        return None if listed is None else (await waited(listed)).get(id_.key)

    def lacks_worker(self, machine: ArmId) -> bool:
        """Whether the bulk answer, which proves no absence, left out a hybrid worker extension of the machine."""
        return machine.key in self._without_worker

    async def _list(self, kind: Kind, subscription: ArmId, bulk: Bulk) -> None:
        shown = self._of_bulk(kind, subscription, bulk)
        if not shown:
            shown = await self._of_arm(kind, subscription)
        self._lists[kind.type, subscription.key].set_result({machine.id.key: machine for machine in shown})

    def _of_bulk(self, kind: Kind, subscription: ArmId, bulk: Bulk) -> list[Machine]:
        """Take the machines from the bulk answer; none when it shows none, or one that cannot be read."""
        if self._reader.journal.remembers(kind.list.reading, subscription):
            return self._of_earlier_bulk(kind, subscription)
        rows = bulk.take(subscription.subscription_id, kind.type)
        try:
            machines = [machine for row in rows if (machine := kind.parse(row, bulk.read_at)) is not None]
        except Malformed:
            return []  # ARM's own list decides, and says which item it is
        if not machines:
            return []
        extensions = _extensions_of_bulk(kind, subscription, bulk)
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
        with_worker = {extension.machine.key for extension in extensions if extension.is_worker}
        self._without_worker.update(machine.id.key for machine in shown if machine.id.key not in with_worker)

    async def _of_arm(self, kind: Kind, subscription: ArmId) -> list[Machine]:
        nested: list[Extension] = []
        parse = with_nested(kind, nested)
        shown = await self._reader.collection(kind.list, subscription, parse, keep=later, beside=nested)
        self.hold(nested)
        for machine in shown:
            self.keep(machine)
        return await self._with_states(subscription, shown) if kind is VM and shown else shown

    async def _with_states(self, subscription: ArmId, vms: list[Machine]) -> list[Machine]:
        """Complete a list of VMs, which leaves out their power states, by the list of those alone."""
        statuses = await self._reader.collection(VM_STATUSES, subscription, parse_vm_status, keep=later)
        by_id = {status.id.key: status for status in statuses}
        complete = [completed(vm, by_id[vm.id.key]) if vm.id.key in by_id else vm for vm in vms]
        for vm in complete:
            self._reader.keep(vm)
        return complete

    def hold(self, nested: list[Extension]) -> None:
        """Hold ready what machines showed inside themselves until these are kept."""
        for extension in nested:
            self._nested.setdefault(extension.machine.key, []).append(extension)

    def keep(self, machine: Machine) -> None:
        """Keep a machine with the extensions that it showed inside itself."""
        for extension in self._nested.pop(machine.id.key, ()):
            self._reader.keep(extension)
        self._reader.keep(machine)


def with_nested(kind: Kind, nested: list[Extension]) -> Parse[Machine]:
    """Parse machines, and put into `nested` the extensions that they show inside themselves."""

    def parse(item: Mapping[str, Any], moment: datetime) -> Machine | None:
        machine, extensions = kind.parse(item, moment), nested_extensions(item, moment)
        if machine is None or extensions is None:
            return machine
        nested.extend(extensions)
        return msgspec.structs.replace(machine, extensions_told=True)

    return parse


def _extensions_of_bulk(kind: Kind, subscription: ArmId, bulk: Bulk) -> list[Extension] | None:
    """Read the extensions of a kind of machine; None when the bulk answer proves nothing about them."""
    rows = bulk.take(subscription.subscription_id, f"{kind.type}/extensions")
    try:
        extensions = [found for row in rows if (found := parse_extension(row, bulk.read_at)) is not None]
    except Malformed:
        return None
    return extensions if rows else None


def later(_: Any) -> bool:
    """Keep nothing yet: what a list shows is kept when the rest of it is known."""
    return False
