"""What the checks of a worker's machine have in common: which machine it is, what was seen of it, and what hides it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

from scanner.checks._worker import on_machine, other_groups
from scanner.findings import Evidence, Settled, Step, Unseen
from scanner.graph import ACTIVE_WITHIN, EstateGraph, Presence
from scanner.inventory import (
    ArmId,
    Extension,
    Gap,
    GroupType,
    HybridWorker,
    Machine,
    OsType,
    Reading,
    SeenState,
    WorkerType,
    with_prerequisites,
)

VIRTUAL_MACHINE = "microsoft.compute/virtualmachines"
ARC_MACHINE = "microsoft.hybridcompute/machines"
MACHINE_TYPES = (VIRTUAL_MACHINE, ARC_MACHINE)

VM_READINGS = (Reading.VIRTUAL_MACHINES, Reading.VIRTUAL_MACHINE)
"""The reads that show Azure VMs, in bulk and by id."""
MACHINE_READINGS = (*VM_READINGS, Reading.ARC_MACHINES, Reading.ARC_MACHINE)
"""The reads that show machines of both kinds."""
EXTENSION_READINGS = (*MACHINE_READINGS, Reading.VM_EXTENSIONS, Reading.ARC_EXTENSIONS)
"""The reads that show machines and what is installed on them."""

_PUBLISHER = "Microsoft.Azure.Automation.HybridWorker"

E = TypeVar("E", bound=Evidence)


def each_machine(
    graph: EstateGraph,
    readings: tuple[Reading, ...],
    judge: Callable[[EstateGraph, HybridWorker, Machine], Iterator[E | Unseen]],
    *,
    types: tuple[str, ...] = MACHINE_TYPES,
    v2_only: bool = False,
    silent_only: bool = False,
) -> Iterator[E | Unseen | Settled]:
    """Judge the machine of each User worker, as far as it was seen; a worker whose machine is hidden is unseen itself.

    So the Gaps in `readings` are settled: they hide nothing more. `types` are the machine types that concern the check.
    `silent_only` leaves out workers that pinged within 30 minutes. A finding of a V2 check on a worker of untold type
    is no finding yet.
    """
    yield from other_groups(graph)
    yield from settled(graph, readings)
    for _, worker in graph.user_workers():
        if (v2_only and worker.worker_type is WorkerType.V1) or (silent_only and pings(graph, worker)):
            continue
        machine = located(graph, worker, types)
        if isinstance(machine, Unseen):
            yield machine
        elif machine is not None and silent_only and worker.seen is SeenState.UNREADABLE:
            yield Unseen(worker.id, "lastSeenDateTime")
        elif machine is not None:
            for judgement in judge(graph, worker, machine):
                untold = v2_only and worker.worker_type is None and isinstance(judgement, Evidence)
                yield Unseen(worker.id, "workerType") if untold else judgement


def settled(graph: EstateGraph, readings: tuple[Reading, ...]) -> Iterator[Settled]:
    """Clear the places where `readings` were not answered, but not those where workers themselves are hidden."""
    of_workers = with_prerequisites((Reading.WORKERS,))
    places: set[ArmId] = set()
    hidden: set[ArmId] = set()
    for read, place in graph.ledger.without_result:
        if read.reading in of_workers:
            hidden.add(place)
        elif read.reading in readings:
            places.add(place)
    yield from (Settled(place) for place in sorted(places - hidden))


def settled_system_groups(graph: EstateGraph) -> Iterator[Settled]:
    """Clear System groups: no User worker can be hidden in one."""
    for account in graph.accounts():
        for group in graph.groups(account.id):
            if group.group_type is GroupType.SYSTEM:
                yield Settled(group.id)


def unread_user_workers(graph: EstateGraph, account: ArmId) -> Gap | str | None:
    """What hides User workers of the account; None when all of them were listed."""
    if not graph.listed(Reading.GROUPS, account):
        return graph.gap(Reading.GROUPS, account) or "hybridRunbookWorkerGroups"
    for group in graph.groups(account):
        if group.group_type is not GroupType.SYSTEM and not graph.listed(Reading.WORKERS, group.id):
            return graph.gap(Reading.WORKERS, group.id) or "hybridRunbookWorkers"
    return None


# -- which machine ----------------------------------------------------------------------------------------------


def located(
    graph: EstateGraph, worker: HybridWorker, types: tuple[str, ...] = MACHINE_TYPES
) -> Machine | Unseen | None:
    """The worker's machine; None when it is gone, of no concern, or (V1 outside Azure) has no id."""
    id_ = worker.machine
    if id_ is None:
        return None if worker.worker_type is WorkerType.V1 else Unseen(worker.id, "vmResourceId")
    if id_.type not in MACHINE_TYPES:
        return Unseen(worker.id, "vmResourceId")
    if id_.type not in types or graph.presence(id_) is Presence.MISSING:
        return None
    return graph.machine(id_) or Unseen(worker.id, unread_machine(graph, id_))


def unread_machine(graph: EstateGraph, machine: ArmId) -> Gap | str:
    """What hides a machine: the Gap of its own read, of its subscription's list, or that nothing more is known."""
    item, bulk = (
        (Reading.ARC_MACHINE, Reading.ARC_MACHINES)
        if machine.type == ARC_MACHINE
        else (Reading.VIRTUAL_MACHINE, Reading.VIRTUAL_MACHINES)
    )
    return graph.gap(item, machine) or graph.gap(bulk, machine.subscription) or "vmResourceId"


def host_of(machine: Machine) -> str:
    """The machine's own host name, else the name of its resource."""
    return machine.computer_name or machine.name


# -- what was seen of it ----------------------------------------------------------------------------------------


def pings(graph: EstateGraph, worker: HybridWorker) -> bool:
    """Whether the worker pinged within 30 minutes, and so works."""
    age = graph.age(worker)
    return age is not None and age < ACTIVE_WITHIN


def running(machine: Machine) -> bool | None:
    """Whether the machine runs: a VM by its power state, an Arc-enabled server by its status; None where untold."""
    state = (machine.arc_status if machine.is_arc else machine.power_state) or ""
    if state.lower() in {"", "unknown"}:
        return None
    return state.lower() == ("connected" if machine.is_arc else "running")


def unread_state(graph: EstateGraph, machine: Machine) -> Gap | str:
    """What hides whether a machine runs."""
    if machine.is_arc:
        return graph.gap(Reading.ARC_MACHINE, machine.id) or "status"
    of_list = graph.gap(Reading.VM_STATUSES, machine.id.subscription)
    return graph.gap(Reading.VIRTUAL_MACHINE, machine.id) or of_list or "powerState"


def worker_extensions(graph: EstateGraph, machine: ArmId) -> tuple[Extension, ...]:
    """The hybrid worker extensions seen on a machine, by their type whatever their publisher."""
    return tuple(each for each in graph.extensions(machine) if each.type.lower().startswith("hybridworkerfor"))


def unread_extensions(graph: EstateGraph, machine: Machine) -> Gap | str | None:
    """What hides extensions of a machine; None when all of them were told."""
    reading = Reading.ARC_EXTENSIONS if machine.is_arc else Reading.VM_EXTENSIONS
    vanished = graph.answered(reading, machine.id) and not graph.listed(reading, machine.id)
    told = machine.extensions_told and not vanished
    return graph.gap(reading, machine.id) or (None if told else "extensions")


# -- commands ---------------------------------------------------------------------------------------------------


def extension_removal(extension: ArmId, text: str) -> Step:
    """The step that removes an extension from its machine."""
    name = ("--name", extension.name)
    vm = ("vm", "extension", "delete", *name, "--vm-name")
    return on_machine(
        extension.parent, text, vm=vm, arc=("connectedmachine", "extension", "delete", *name, "--machine-name")
    )


def extension_installation(
    machine: ArmId, os: OsType | None, location: str | None, account_url: str | None, text: str
) -> Step:
    """The step that installs the hybrid worker extension; without a command where what it needs was not told."""
    if os is None or account_url is None or (machine.type == ARC_MACHINE and location is None):
        return Step(text)
    type_ = f"HybridWorkerFor{os}"
    settings = ("--publisher", _PUBLISHER, "--settings", json.dumps({"AutomationAccountURL": account_url}))
    vm = ("vm", "extension", "set", "--name", type_, *settings, "--enable-auto-upgrade", "true", "--vm-name")
    arc = ("connectedmachine", "extension", "create", "--name", type_, "--type", type_, *settings)
    return on_machine(machine, text, vm=vm, arc=(*arc, "--location", location or "", "--machine-name"))
