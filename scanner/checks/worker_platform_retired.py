"""worker-platform-retired."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._gaps import workers_listed
from scanner.checks._worker import WorkerEvidence, any_active, other_groups
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph, host_label, same_host
from scanner.inventory import ArmId, GroupType, HybridWorker, Reading, WorkerGroup, WorkerType


class RetiredPlatformWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A V1 worker; `v2_active` tells of the same machine's V2 entry, None when that was not seen.

    `targeted` tells whether work is sent to its group, and `group_active` whether the group has an active V2 worker;
    both are None where that was not seen.
    """

    v2_active: bool | None
    targeted: bool | None
    group_active: bool | None

    @property
    def severity(self) -> Severity:
        if self.v2_active:
            return Severity.LOW
        return Severity.CRITICAL if self.targeted and self.group_active is False else Severity.HIGH

    def message(self) -> str:
        rest = {
            True: "its V2 entry is active",
            False: f"{self.account.name} has no active V2 entry of it; {self._targets}",
            None: f"whether it has an active V2 entry was not seen; {self._targets}",
        }[self.v2_active]
        return (
            f"{self.worker_name} in {self.group_name} is a V1 worker, whose platform was retired on 2024-08-31 "
            f"and whose jobs were stopped from 2025-04-01, and {rest}"
        )

    @property
    def _targets(self) -> str:
        if self.targeted is None:
            return "whether a schedule, a webhook or a job targets the group was not seen"
        if not self.targeted:
            return "no schedule, webhook or recent job targets the group"
        rest = {True: "another worker", False: "no worker", None: "no worker that was seen"}[self.group_active]
        return f"work is sent to the group, of which {rest} is active"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step(f"Install the hybrid worker extension on {self.worker_name} and add it to {self.group_name} as V2."),
            self.extension_check(),
            self.removal("When its V2 entry pings, remove the V1 registration, then the Log Analytics agent."),
        )


@check(
    reads=(Reading.WORKERS,),
    refines=TARGET_READINGS,
    severities=(Severity.CRITICAL, Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
)
def worker_platform_retired(graph: EstateGraph) -> Iterator[RetiredPlatformWorker | Unseen | Settled]:
    """A hybrid worker still runs on the retired Log Analytics agent (V1).

    ## What it finds
    Workers of User groups whose type is HybridV1, whether they ping or not. The severity is high, and low when the
    same machine has an active V2 entry: one with the same machine id, or with the same host name in the same account,
    for Azure often leaves the machine id of a V1 worker empty. Where the account's groups or their workers were not
    listed in full, the message says that such an entry was not seen. The severity is critical
    when work is sent to the group (by a schedule, a webhook or a job of the last 7 days) and no V2 worker of it is
    active. Where that was not seen it stays high, and the message says so.

    ## Why it matters
    Agent-based User workers were retired on 2024-08-31, and their jobs were stopped from 2025-04-01 (Hybrid Runbook
    Worker overview). A V1 worker may still ping, but a group of V1 workers runs nothing.

    ## How to fix it
    Install the hybrid worker extension on the machine, let it ping as V2, then remove the V1 registration and agent.

    ## Read more
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    * [Migrate agent-based workers to extension-based workers](https://learn.microsoft.com/azure/automation/migrate-existing-agent-based-hybrid-worker-to-extension-based-workers)
    """
    yield from other_groups(graph)
    whole = {account.id for account in graph.accounts() if workers_listed(graph, account.id)}
    namesakes = _entries_by_host(graph)
    states: dict[ArmId, tuple[bool | None, bool | None]] = {}
    for group, worker in graph.user_workers():
        if worker.worker_type is None:
            yield Unseen(worker.id, "workerType")
        elif worker.worker_type is WorkerType.V1:
            if group.id not in states:
                states[group.id] = _state(graph, group)
            targeted, group_active = states[group.id]
            yield RetiredPlatformWorker(
                **WorkerEvidence.facts_of(graph, worker),
                v2_active=any_active(graph, _other_entries(graph, worker, namesakes), all_seen=group.account in whole),
                targeted=targeted,
                group_active=group_active,
            )


def _state(graph: EstateGraph, group: WorkerGroup) -> tuple[bool | None, bool | None]:
    """Whether work is sent to the group, and whether it has an active worker."""
    all_seen = graph.listed(Reading.WORKERS, group.id)
    return graph.targets.of(group.id).targeted, any_active(graph, graph.workers(group.id), all_seen=all_seen)


_Host = tuple[ArmId, str]


def _may_be_v2(graph: EstateGraph, worker: HybridWorker) -> bool:
    in_system_group = graph.group_of(worker).group_type is GroupType.SYSTEM
    return worker.worker_type is not WorkerType.V1 and not in_system_group


def _entries_by_host(graph: EstateGraph) -> dict[_Host, list[HybridWorker]]:
    """All entries that may be V2, by account and short host name."""
    found: dict[_Host, list[HybridWorker]] = {}
    for account in graph.accounts():
        for group in graph.groups(account.id):
            for worker in graph.workers(group.id):
                if _may_be_v2(graph, worker):
                    found.setdefault((account.id, host_label(worker.worker_name)), []).append(worker)
    return found


def _other_entries(
    graph: EstateGraph, worker: HybridWorker, namesakes: dict[_Host, list[HybridWorker]]
) -> tuple[HybridWorker, ...]:
    """The same machine's entries that may be V2: by machine id anywhere, by host name in its account."""
    by_machine = graph.registrations(worker.machine) if worker.machine else ()
    by_name = namesakes.get((worker.group.parent, host_label(worker.worker_name)), [])
    return (
        *(other for other in by_machine if _may_be_v2(graph, other)),
        *(other for other in by_name if _may_be_one_machine(worker, other)),
    )


def _may_be_one_machine(worker: HybridWorker, other: HybridWorker) -> bool:
    told_apart = worker.machine is not None and other.machine is not None and worker.machine != other.machine
    return not told_apart and same_host(worker.worker_name, other.worker_name)
