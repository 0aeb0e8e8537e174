"""Joins workers and machines with the heartbeats that workspaces hold of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import msgspec

from scanner.graph._hosts import host_label, same_host
from scanner.graph._kinds import Presence
from scanner.inventory import ArmId, Heartbeat, HybridWorker, Machine

if TYPE_CHECKING:
    from scanner.graph._estate_graph import EstateGraph


class Join(msgspec.Struct, frozen=True):
    """The heartbeats of one worker, newest first, and by which key they were joined (None: there are none).

    `ambiguous` tells that the key also fits another machine: then the heartbeats may be that one's.
    """

    heartbeats: tuple[Heartbeat, ...] = ()
    key: str | None = None
    ambiguous: bool = False


class Heartbeats:
    """The heartbeats of an estate, by every key that can join them.

    The order of the keys follows how Azure writes them: ResourceId is best, then VMUUID (which old Linux agents write
    with the first three groups' bytes swapped), then the host name, short in one place and full in another.
    """

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._joins: dict[tuple[ArmId | None, str, bool | None], Join] = {}

    @cached_property
    def _by_machine(self) -> dict[str, list[Heartbeat]]:
        return _indexed(self._graph.estate.heartbeats, lambda beat: beat.machine.key if beat.machine else None)

    @cached_property
    def _by_uuid(self) -> dict[str, list[Heartbeat]]:
        return _indexed(self._graph.estate.heartbeats, lambda beat: _uuid(beat.vm_uuid))

    @cached_property
    def _by_host(self) -> dict[str, list[Heartbeat]]:
        return _indexed(self._graph.estate.heartbeats, lambda beat: host_label(beat.computer) or None)

    @cached_property
    def _machines_by_host(self) -> dict[str, set[tuple[str, str]]]:
        """The machines that share a host label, each with its name: workers' machines, and machines that were seen."""
        found: dict[str, set[tuple[str, str]]] = {}
        for worker in self._graph.estate.workers:
            if worker.machine is not None:
                found.setdefault(host_label(worker.worker_name), set()).add((worker.machine.key, worker.worker_name))
        for machine in self._graph.estate.machines:
            name = machine.computer_name or machine.name
            found.setdefault(host_label(name), set()).add((machine.id.key, name))
        return found

    @cached_property
    def _machines_by_uuid(self) -> dict[str, set[str]]:
        """The machines that share an id, whichever way its bytes stand."""
        found: dict[str, set[str]] = {}
        for machine in self._graph.estate.machines:
            known = _canonical(machine.vm_id)
            if known is not None:
                found.setdefault(known, set()).add(machine.id.key)
        return found

    def of(self, worker: HybridWorker, *, agent: bool | None = True) -> Join:
        """The heartbeats of a worker by the Log Analytics agent (`agent`), the Azure Monitor Agent (False) or any."""
        return self.of_host(worker.machine, worker.worker_name, agent=agent)

    def of_host(self, machine: ArmId | None, host: str, *, agent: bool | None = True) -> Join:
        """The heartbeats of a machine that is known by its id, by its host name or by both."""
        wanted = (machine, host.lower(), agent)
        if wanted not in self._joins:
            self._joins[wanted] = self._join(machine, host, agent)
        return self._joins[wanted]

    def _join(self, machine: ArmId | None, host: str, agent: bool | None) -> Join:
        if machine is not None:
            found = _of_agent(self._by_machine.get(machine.key, ()), agent)
            if found:
                return Join(found, "ResourceId")
            join = self._by_vm_id(self._graph.machine(machine), host, agent)
            if join is not None:
                return join
        return self._by_name(machine, host, agent)

    def uuids(self, machine: ArmId | None, beats: Iterable[Heartbeat]) -> frozenset[str]:
        """The UUIDs of a machine by what was seen of it and by these heartbeats, the same for both byte orders."""
        seen = self._graph.machine(machine) if machine else None
        told = (_canonical(written) for written in (seen.vm_id if seen else None, *(beat.vm_uuid for beat in beats)))
        return frozenset(known for known in told if known is not None)

    def _by_vm_id(self, machine: Machine | None, host: str, agent: bool | None) -> Join | None:
        vm_id = _uuid(machine.vm_id) if machine else None
        if machine is None or vm_id is None:
            return None
        for key, wanted in (("VMUUID", vm_id), ("VMUUID, its bytes swapped", _swapped(vm_id))):
            rows = self._own(machine.id, self._by_uuid.get(wanted, ()))
            found = _of_agent(rows, agent)
            if found and (len(self._machines_by_uuid[_either(vm_id)]) > 1 or not _of_one_host(rows)):  # a clone
                own = tuple(beat for beat in found if same_host(beat.computer, host))
                return Join(own or found, key, ambiguous=not own or not _of_one_host(own))
            if found:
                return Join(found, key)
        return None

    def _by_name(self, machine: ArmId | None, host: str, agent: bool | None) -> Join:
        same = (beat for beat in self._by_host.get(host_label(host), ()) if same_host(beat.computer, host))
        named = self._own(machine, same)
        found = _of_agent(named, agent)
        return Join(found, "host name", ambiguous=self._is_doubtful(machine, named)) if found else Join()

    def _own(self, machine: ArmId | None, beats: Iterable[Heartbeat]) -> tuple[Heartbeat, ...]:
        """The rows without those that name another machine by its id; a machine that is gone may have a new id."""
        if machine is None or self._graph.presence(machine) is Presence.MISSING:
            return tuple(beats)
        return tuple(beat for beat in beats if beat.machine is None or beat.machine == machine)

    def _is_doubtful(self, machine: ArmId | None, named: tuple[Heartbeat, ...]) -> bool:
        """Whether rows of a machine's host name may be another machine's."""
        moved = machine is not None and any(beat.machine not in {None, machine} for beat in named)
        several = len({_identity(beat) for beat in named}) > 1
        return moved or several or self._is_shared({beat.computer for beat in named}) or self._is_other(machine, named)

    def _is_shared(self, names: Iterable[str]) -> bool:
        """Whether two machines answer to one of these names."""
        first: str | None = None
        for name in names:
            for key, own in self._machines_by_host.get(host_label(name), ()):
                if same_host(own, name) and (first := first or key) != key:
                    return True
        return False

    def _is_other(self, machine: ArmId | None, named: tuple[Heartbeat, ...]) -> bool:
        """Whether rows tell another id than the VM has; the id of an Arc machine need not be that of its hardware."""
        seen = self._graph.machine(machine) if machine else None
        known = _canonical(seen.vm_id) if seen and not seen.is_arc else None
        return known is not None and any(_canonical(beat.vm_uuid) not in {None, known} for beat in named)


def _indexed(beats: Iterable[Heartbeat], key_of: Callable[[Heartbeat], str | None]) -> dict[str, list[Heartbeat]]:
    found: dict[str, list[Heartbeat]] = {}
    for beat in beats:
        key = key_of(beat)
        if key is not None:
            found.setdefault(key, []).append(beat)
    return found


def _of_agent(beats: Iterable[Heartbeat], agent: bool | None) -> tuple[Heartbeat, ...]:
    chosen = (beat for beat in beats if agent is None or beat.agent is agent)
    return tuple(sorted(chosen, key=lambda beat: beat.last_at, reverse=True))


def _of_one_host(beats: Iterable[Heartbeat]) -> bool:
    return all(same_host(one, other) for one, other in combinations({beat.computer for beat in beats}, 2))


def _identity(beat: Heartbeat) -> str | None:
    return _canonical(beat.vm_uuid) or (beat.machine.key if beat.machine else None)


def _uuid(written: str | None) -> str | None:
    """The UUID in one form; None for none, and for those that firmware gives to every machine: all zeros, all ones."""
    try:
        known = uuid.UUID(written) if written else None
    except ValueError:
        return None
    return None if known is None or known.int in {0, 2**128 - 1} else str(known)


def _canonical(written: str | None) -> str | None:
    known = _uuid(written)
    return None if known is None else _either(known)


def _either(known: str) -> str:
    return min(known, _swapped(known))


def _swapped(written: str) -> str:
    return str(uuid.UUID(bytes_le=uuid.UUID(written).bytes))
