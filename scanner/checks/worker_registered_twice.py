"""worker-registered-twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import MINYEAR, UTC, datetime
from itertools import combinations
from typing import ClassVar, Literal

from scanner.checks._check import check
from scanner.checks._heartbeat import os_of
from scanner.checks._machine import MACHINE_READINGS
from scanner.checks._worker import WorkerEvidence, removal_of
from scanner.findings import FoundOn, Severity, Step, Unseen
from scanner.graph import EstateGraph, host_label, same_host
from scanner.inventory import ArmId, GroupType, HybridWorker, OsType, Reading, WorkerType

Proof = Literal["vmResourceId", "workerName and ip", "workerName and VMUUID"]
_AGREES = {"workerName and ip": "IP address", "workerName and VMUUID": "machine UUID"}


class MachineRegisteredTwice(WorkerEvidence, frozen=True, kw_only=True):
    """A machine with more than one registration; the one that is there for longest stands for it.

    Of those whose time ties or is not told, it is one of V2, then one of a User group, then the one whose id sorts
    first: so no new or renamed registration takes its place, and pseudonyms do so only where all else is equal.
    `others` are its other registrations; `accounts` and `groups` are those that it is registered to, sorted. `os` is
    None where neither a machine nor a heartbeat tells it.
    """

    identity: ClassVar[tuple[str, ...]] = ("proof",)

    proof: Proof
    others: tuple[ArmId, ...]
    accounts: tuple[ArmId, ...]
    groups: tuple[ArmId, ...]
    os: OsType | None

    @property
    def scenarios(self) -> tuple[str, ...] | None:
        return {OsType.WINDOWS: ("S13",), OsType.LINUX: ("S14",), None: None}[self.os]

    @property
    def severity(self) -> Severity:
        certain = self.proof == "vmResourceId" and len(self.accounts) > 1
        return Severity.HIGH if certain else Severity.MEDIUM

    def message(self) -> str:
        if len(self.accounts) == 1:
            groups = _names(self.groups)
            return f"{self.worker_name} is registered in {len(self.groups)} groups of {self.account.name}: {groups}"
        agreeing = _AGREES.get(self.proof)
        certainty = f"is possibly (same host name and {agreeing})" if agreeing else "is"
        count, accounts = len(self.accounts), _names(self.accounts)
        return f"{self.worker_name} {certainty} registered in {count} Automation accounts: {accounts}"

    def remediation(self) -> tuple[Step, ...]:
        key = (
            "; on Windows, a V1 registration elsewhere also leaves the key "
            r"HKLM:\SOFTWARE\Microsoft\HybridRunbookWorker behind, which is deleted before HealthService restarts"
        )
        return (
            Step(f"Decide where {self.worker_name} belongs{'' if self.os is OsType.LINUX else key}."),
            *(
                removal_of(worker, f"If it does not belong to {_place(worker)}, remove that registration.")
                for worker in (self.worker, *self.others)
            ),
        )


def _names(ids: tuple[ArmId, ...]) -> str:
    """The names; where two are equal, with the subscription and resource group that tell them apart."""
    names = [id_.name for id_ in ids]
    if len({name.lower() for name in names}) < len(names):
        names = [f"{id_.name} ({id_.subscription_id}, {id_.resource_group})" for id_ in ids]
    return ", ".join(names)


def _place(worker: ArmId) -> str:
    return f"{worker.parent.name} of {worker.parent.parent.name}"


@check(
    reads=(Reading.WORKERS,),
    refines=(*MACHINE_READINGS, Reading.LINKED_WORKSPACE, Reading.HEARTBEATS),
    severities=(Severity.HIGH, Severity.MEDIUM),
    found_on=FoundOn.WORKER,
    tenant_wide=True,
    scenarios=("S13", "S14"),
)
def worker_registered_twice(graph: EstateGraph) -> Iterator[MachineRegisteredTwice | Unseen]:
    """One machine is registered as a hybrid worker more than once.

    ## What it finds
    * Workers with one machine id (vmResourceId) in two accounts: high.
    * Workers of one platform with one machine id in two User groups of one account: medium.
    * Workers with one host name in two accounts, and one IP address or one machine UUID, but not one machine id:
      medium, and only possible. A short host name equals the first label of a full one. The UUID is that of the
      machine, or of the heartbeats that the workspace linked to the account holds of it. Where several tenants were
      scanned, an address speaks within one of them only.

    A V1 entry beside a V2 entry, or a System entry beside a User entry, of one machine in one account is normal.

    ## Why it matters
    A machine can be registered to one Automation account only. Its registration elsewhere is refused as "already
    registered", and the entry left over never pings again.

    ## How to fix it
    Decide where the machine belongs, and remove its other registrations.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    for machine in graph.machines():
        workers = graph.registrations(machine)
        if len(_accounts(workers)) > 1:
            yield _evidence(graph, workers, "vmResourceId")
        else:
            yield from _within_one_account(graph, workers)
    for namesakes in _namesakes(graph):
        yield from _by_name(graph, namesakes)


def _accounts(workers: Iterable[HybridWorker]) -> set[ArmId]:
    return {worker.group.parent for worker in workers}


def _evidence(graph: EstateGraph, workers: Iterable[HybridWorker], proof: Proof) -> MachineRegisteredTwice:
    first, *others = sorted(workers, key=lambda worker: _standing(graph, worker))
    systems = (_os(graph, worker) for worker in (first, *others))
    return MachineRegisteredTwice(
        **WorkerEvidence.facts_of(graph, first),
        proof=proof,
        others=tuple(worker.id for worker in others),
        accounts=tuple(sorted(_accounts((first, *others)))),
        groups=tuple(sorted({worker.group for worker in (first, *others)})),
        os=next((system for system in systems if system is not None), None),
    )


def _standing(graph: EstateGraph, worker: HybridWorker) -> tuple[datetime, bool, bool, ArmId]:
    """By which the registrations of a machine are sorted; a time that Azure did not set comes last."""
    told = worker.registered_at is not None and worker.registered_at.year != MINYEAR
    since = worker.registered_at if told and worker.registered_at else datetime.max.replace(tzinfo=UTC)
    is_system = graph.group_of(worker).group_type is GroupType.SYSTEM
    return since, worker.worker_type is not WorkerType.V2, is_system, worker.id


def _os(graph: EstateGraph, worker: HybridWorker) -> OsType | None:
    join = graph.heartbeats.of(worker, agent=None)
    return os_of(graph, worker, () if join.ambiguous else join.heartbeats)


def _within_one_account(
    graph: EstateGraph, workers: tuple[HybridWorker, ...]
) -> Iterator[MachineRegisteredTwice | Unseen]:
    """Judge the User entries of one machine in one account: only two of one platform in two groups are wrong."""
    double: dict[ArmId, HybridWorker] = {}
    unseen: list[Unseen] = []
    entries = [worker for worker in workers if graph.group_of(worker).group_type is not GroupType.SYSTEM]
    for pair in combinations(entries, 2):
        types = {worker.worker_type for worker in pair}
        if pair[0].group == pair[1].group or types == {WorkerType.V1, WorkerType.V2}:
            continue
        unclear = [unclear for worker in pair for unclear in _unclear(graph, worker)]
        unseen += unclear
        if not unclear:
            double |= {worker.id: worker for worker in pair}
    if double:
        yield _evidence(graph, double.values(), "vmResourceId")
    else:
        yield from unseen


def _unclear(graph: EstateGraph, worker: HybridWorker) -> Iterator[Unseen]:
    if graph.group_of(worker).group_type is None:
        yield Unseen(worker.group, "groupType")
    if worker.worker_type is None:
        yield Unseen(worker.id, "workerType")


def _namesakes(graph: EstateGraph) -> Iterator[list[HybridWorker]]:
    """Workers of one short host name in two accounts."""
    found: dict[str, list[HybridWorker]] = {}
    for account in graph.accounts():
        for group in graph.groups(account.id):
            for worker in graph.workers(group.id):
                found.setdefault(host_label(worker.worker_name), []).append(worker)
    for workers in found.values():
        if len(_accounts(workers)) > 1:
            yield workers


def _by_name(graph: EstateGraph, namesakes: list[HybridWorker]) -> Iterator[MachineRegisteredTwice | Unseen]:
    said: set[ArmId] = set()
    for proof, workers in _alike(graph, namesakes):
        pairs = [
            pair for pair in combinations(workers, 2) if _may_be_one_machine(*pair) and _proves(graph, proof, *pair)
        ]
        same = {worker.id: worker for pair in pairs for worker in pair}
        said |= same.keys()
        if same and not _told_by_machine(graph, same.values()):
            yield _evidence(graph, same.values(), proof)
    for worker in namesakes:
        if worker.id not in said and any(_may_be_one_machine(worker, other) for other in namesakes):
            yield from _untold(graph, worker)


def _alike(graph: EstateGraph, namesakes: list[HybridWorker]) -> Iterator[tuple[Proof, list[HybridWorker]]]:
    """The namesakes of each address, then those of each machine UUID."""
    by_address: dict[str, list[HybridWorker]] = {}
    by_uuid: dict[str, list[HybridWorker]] = {}
    for worker in namesakes:
        if address := _address(worker):
            by_address.setdefault(address, []).append(worker)
        for known in sorted(_uuids(graph, worker)):
            by_uuid.setdefault(known, []).append(worker)
    yield from (("workerName and ip", workers) for workers in by_address.values())
    yield from (("workerName and VMUUID", workers) for workers in by_uuid.values())


def _proves(graph: EstateGraph, proof: Proof, one: HybridWorker, other: HybridWorker) -> bool:
    """Whether the proof says something new; a heartbeat that was joined to both by name proves nothing."""
    if proof == "workerName and ip":
        return not _are_strangers(graph, one, other)
    named = any(graph.heartbeats.of(worker, agent=None).key == "host name" for worker in (one, other))
    same_address = bool(_address(one)) and _address(one) == _address(other)
    return not same_address and not (named and _home(graph, one) == _home(graph, other))


def _are_strangers(graph: EstateGraph, one: HybridWorker, other: HybridWorker) -> bool:
    """Whether they are of two tenants of a scan of several: private addresses and host names recur in each of them."""
    homes = {graph.home_of(worker.id) for worker in (one, other)}
    return bool(graph.estate.facts.tenants) and len(homes) > 1


def _untold(graph: EstateGraph, worker: HybridWorker) -> Iterator[Unseen]:
    """What may hide that a worker and its namesake are one machine."""
    home = _home(graph, worker)
    gap = graph.gap(Reading.HEARTBEATS, home) if home is not None else None
    if worker.machine is None and not _address(worker):
        yield Unseen(worker.id, "ip")
    elif gap is not None and not graph.heartbeats.uuids(worker.machine, ()):
        yield Unseen(worker.id, gap)


def _address(worker: HybridWorker) -> str:
    return (worker.ip or "").strip().lower()


def _uuids(graph: EstateGraph, worker: HybridWorker) -> frozenset[str]:
    """The machine UUIDs that are known of a worker; by its name it is joined with its own workspace only."""
    join = graph.heartbeats.of(worker, agent=None)
    beats = () if join.ambiguous else join.heartbeats
    if join.key == "host name":
        beats = tuple(beat for beat in beats if beat.workspace == _home(graph, worker))
    return graph.heartbeats.uuids(worker.machine, beats)


def _home(graph: EstateGraph, worker: HybridWorker) -> ArmId | None:
    """The workspace that the worker's account is linked to."""
    link = graph.link(worker.group.parent)
    return link.workspace if link else None


def _may_be_one_machine(one: HybridWorker, other: HybridWorker) -> bool:
    """Whether only the names can tell: one machine id on both sides is certain, and told elsewhere."""
    return (
        one.group.parent != other.group.parent
        and (one.machine is None or one.machine != other.machine)
        and same_host(one.worker_name, other.worker_name)
    )


def _told_by_machine(graph: EstateGraph, workers: Iterable[HybridWorker]) -> bool:
    """Whether the machine id of one of them proves as many accounts already: then this would be said twice."""
    accounts = _accounts(workers)
    machines = {worker.machine for worker in workers if worker.machine is not None}
    return any(accounts <= _accounts(graph.registrations(machine)) for machine in machines)
