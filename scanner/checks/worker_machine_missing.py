"""worker-machine-missing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from scanner.checks._check import check
from scanner.checks._machine import MACHINE_READINGS, host_of, located, pings, settled
from scanner.checks._worker import WorkerEvidence, other_groups
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph, Presence, host_label, same_host
from scanner.inventory import ArmId, HybridWorker, Machine, Reading


class MissingMachine(WorkerEvidence, frozen=True, kw_only=True):
    """A worker whose machine is gone; `pings` tells that the worker works.

    `namesake` is a machine of its name elsewhere, or of the machine UUID that its heartbeats told (`same_uuid`).
    """

    namesake: ArmId | None
    same_uuid: bool = False
    pings: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.pings or self.namesake else Severity.HIGH

    def message(self) -> str:
        gone = f"The machine of {self.worker_name} in {self.group_name} is gone from where it was registered"
        if self.pings:
            return f"{gone}, but the worker pings: the machine was moved"
        if self.namesake is not None:
            place = f"resource group {self.namesake.resource_group} of subscription {self.namesake.subscription_id}"
            what = "machine UUID" if self.same_uuid else "name"
            return f"{gone}; {self.namesake.name} in {place} has its {what}, so it may have been moved"
        return gone

    def remediation(self) -> tuple[Step, ...]:
        moved = Step("If it was moved, add the machine to the group again, so that Azure knows it by its new id.")
        removal = self.removal("If the machine was deleted for good, remove the worker's registration.")
        return (moved, removal) if self.severity is Severity.LOW else (removal,)


@check(
    reads=(Reading.WORKERS, *MACHINE_READINGS),
    refines=(Reading.HEARTBEATS,),
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
)
def worker_machine_missing(graph: EstateGraph) -> Iterator[MissingMachine | Unseen | Settled]:
    """The machine of a hybrid worker does not exist any more.

    ## What it finds
    Workers of User groups whose machine id (vmResourceId) Azure answers with "not found", in a subscription that the
    login sees. The severity is high, and low where the machine was probably moved: the worker pinged within 30 minutes,
    or a visible machine elsewhere has its name, or the machine UUID that its own heartbeats told. A machine in a
    subscription that cannot be read is unknown, not gone.

    ## Why it matters
    A worker without a machine runs nothing. Its registration stays until Automation purges it after 30 days, and jobs
    that are sent to a group of such workers wait and fail.

    ## How to fix it
    Remove the registration of a machine that was deleted; add a machine that was moved to the group again.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from other_groups(graph)
    yield from settled(graph, MACHINE_READINGS)
    elsewhere = _Elsewhere(graph)
    for _, worker in graph.user_workers():
        machine = located(graph, worker)
        if isinstance(machine, Unseen):
            yield machine
        elif worker.machine is not None and graph.presence(worker.machine) is Presence.MISSING:
            namesake, twin = elsewhere.named(worker, worker.machine), elsewhere.of_uuid(worker, worker.machine)
            yield MissingMachine(
                **WorkerEvidence.facts_of(graph, worker),
                namesake=namesake or twin,
                same_uuid=namesake is None and twin is not None,
                pings=pings(graph, worker),
            )


class _Elsewhere:
    """Every machine seen, worker or not, by its names and by its UUID."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph

    @cached_property
    def _by_host(self) -> dict[str, list[Machine]]:
        """By the labels of its host name and of its resource's name."""
        found: dict[str, list[Machine]] = {}
        for machine in self._graph.estate.machines:
            for label in {host_label(host_of(machine)), host_label(machine.name)}:
                found.setdefault(label, []).append(machine)
        return found

    @cached_property
    def _by_uuid(self) -> dict[str, list[ArmId]]:
        found: dict[str, list[ArmId]] = {}
        for machine in self._graph.estate.machines:
            for known in self._graph.heartbeats.uuids(machine.id, ()):
                found.setdefault(known, []).append(machine.id)
        return found

    def named(self, worker: HybridWorker, gone: ArmId) -> ArmId | None:
        """A machine with the name of the worker, or of the machine that is gone."""
        for name in (worker.worker_name, gone.name):
            for machine in self._by_host.get(host_label(name), ()):
                if machine.id != gone and (same_host(name, host_of(machine)) or same_host(name, machine.name)):
                    return machine.id
        return None

    def of_uuid(self, worker: HybridWorker, gone: ArmId) -> ArmId | None:
        """A machine with the UUID that heartbeats under the id of the machine that is gone told."""
        join = self._graph.heartbeats.of(worker, agent=None)
        if join.key != "ResourceId":  # any other key is a guess: the machine itself cannot confirm it any more
            return None
        known = sorted(self._graph.heartbeats.uuids(None, join.heartbeats))
        twins = (twin for uuid in known for twin in self._by_uuid.get(uuid, ()) if twin != gone)
        return next(twins, None)
